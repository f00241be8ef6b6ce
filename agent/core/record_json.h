// A record as JSON, for a person to read and edit, and back: how what could not become an event is
// kept. A node with children is an object, one without is its text; a text beside children stands
// under "#text"; children of one name are an array. Pure.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "agent/core/json_tree.h"
#include "agent/core/record.h"

namespace storeward {

// Of the whole record. The order of children of different names is kept.
std::string record_json(const Record& record);

// Fails with the reason and the place; the record then holds nothing.
Result<void> read_record_json(std::string_view json, Record& record);

// From an object within a tree; false: too large, the record then holds nothing.
bool read_record(const JsonTree& tree, const JsonNode& object, Record& record);

}  // namespace storeward
