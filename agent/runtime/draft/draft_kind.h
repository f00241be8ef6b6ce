// DraftKind: which of the shipped CSV templates a file fits, and what that one calls its columns.
// Pure.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace storeward {

struct DraftKind {
  std::string_view extends;
  // Alternatives, each a list of roles: the kind fits if all of one of them are there …
  std::vector<std::vector<std::string_view>> signs;
  std::vector<std::string_view> never;  // … and none of these.
  // The template's columns: "on_hand=on_hand|quantity": the first of these roles that is there.
  std::vector<std::string_view> columns;
  std::string_view when;               // its column of the time
  std::vector<std::string_view> must;  // columns without which nothing can be told apart
};

// The first that fits; null: none does.
const DraftKind* kind_of_roles(const std::set<std::string_view>& roles);

}  // namespace storeward
