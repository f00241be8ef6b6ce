// What a kind of driver says of a record beside the record itself ({value = "…"} in a template),
// and whether a template's keys can do with that. Pure. docs/writing-a-template.md has the table.
//
// The rule: a part of a key that nobody ever says is left out, so different records would get one
// id, and all but the first be lost as duplicates. Such a driver is refused before it takes any.
#pragma once

#include <string>

#include "agent/core/mapping/template.h"
#include "config/config.h"

namespace storeward {

// What the keys need and this driver never says, in words; empty: nothing. What may be there or not
// (the record's own fields, a header that is named) is not looked into.
std::string unsaid_in_keys(const mapping::Template& mapping, const config::Driver& driver);

}  // namespace storeward
