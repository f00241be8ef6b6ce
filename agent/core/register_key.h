// Whose receipts, numbers and closes they are: a register, and the site that it stands in where
// that is not the agent's own, for the files of several sites may come to one agent, each with a
// register 1. As a key it is the `register_id` of facts, tables and day totals; that of a register
// of the agent's own site is its id alone. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward {

struct RegisterName {
  std::string site;  // empty: the agent's own
  std::string id;
  friend bool operator==(const RegisterName&, const RegisterName&) = default;
};

// `site`: as the event or the record names it; empty where it names none.
std::string register_key(std::string_view site, std::string_view own_site, std::string_view id);
RegisterName register_name(std::string_view key);

// For a person: "register 3", "register 3 of site store-B".
std::string register_words(std::string_view key);

}  // namespace storeward
