// Shape: what a JSON value must look like, as constant tables (event_rules.cpp), and the check of a
// value against one. Pure. Fields that no table names are kept and not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/core/json_tree.h"
#include "agent/core/place.h"

namespace storeward {

struct Shape;

struct Field {
  std::string_view name;
  bool required;
  const Shape* shape;
};

// One of several forms a shape allows; a value is checked by its kind.
enum class Form : std::uint8_t {
  any,            // also null
  text,           // not empty
  key,            // text of 1 to 256 characters
  key_or_number,  // key or integer
  word,           // one of `words`
  boolean,
  integer,  // within 2^53 - 1
  count,    // integer from 0
  decimal,
  decimal_positive,
  decimal_unsigned,
  currency,
  unit,
  gtin,
  last4,
  sha256,
  date,
  time,
  date_or_time,
  revision,
  array,  // of `items`
  object  // with `fields`
};

struct Shape {
  Form form;
  std::span<const Field> fields = {};
  std::span<const std::string_view> words = {};
  const Shape* items = nullptr;
  std::span<const std::string_view> one_of = {};  // of these members at least one stands
  const Shape* also = nullptr;                    // the value must fit this shape too
};

// Nothing if `node` fits; else the places, at most five, and what is wrong there:
// "data.lines[2].gtin: missing; data.totals: must be an object, not 5". `place` is where the node
// stands; null: it is the event. It quotes values as they stand: mask the tree before.
std::optional<std::string> misfit(const JsonTree& tree, const JsonNode& node, const Shape& shape,
                                  const Place* place);

}  // namespace storeward
