// What an event takes over from the one it is `like`. Private to config/.
//
// toml++ copies a node without its place in the file. So the places of what is taken over are
// remembered beside the tree, by the copy's address: nodes stay where they are when the tables that
// hold them are moved.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <unordered_map>

#include "config/document.h"

namespace storeward::config {

class TakenOver {
 public:
  // Puts into each event what the one before it, whose name its `like` says, has and it does not
  // say itself. Done when all that is extended has been merged: who changes the first one changes
  // those like it as well. Returns the first `like` that names none.
  std::optional<Problem> complete(toml::table& root);

  // In the file: of a copy, where the original stands.
  Place place_of(const toml::node& node) const;
  bool holds(const toml::node& node) const;

 private:
  void take_over(toml::table& own, const toml::table& liked);
  void note(const toml::node& copy, const toml::node& original);

  std::unordered_map<const toml::node*, Place> places_;
};

}  // namespace storeward::config
