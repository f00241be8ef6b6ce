// Expression: one value of an event as a template describes it, compiled. Data only; made by
// config/template_compiler, evaluated by Evaluation. No variables, no loops but over nodes of the
// record, so every evaluation ends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/time_zone.h"
#include "agent/core/mapping/decimal.h"
#include "agent/core/mapping/path.h"

namespace storeward::mapping {

struct Condition;
struct Expression;
struct NamedCondition;

// Where the value comes from.
enum class Origin : std::uint8_t {
  nothing,
  path,      // the text at `path`
  name,      // what the node at `path` is called
  constant,  // `text`
  given,     // a value by the name `text` that the driver's configuration or the agent gives
  index,     // 1, 2, … of the element of the innermost list, or of the event's place (`each`)
  join,      // `parts` joined by `text`; absent ones left out
  first,     // the first of `parts` that is there
  cases,     // the part whose condition holds; `parts` has one more: otherwise
  add,       // numbers; absent ones count as nothing
  subtract,
  multiply,  // absent if one is
  sum,       // of parts[0] at each node of `path` for which `conditions` hold
  count,     // of these nodes
  object,    // members `names` with `parts`
  array,     // of `parts`, absent ones left out
  list       // parts[0] at each node of `path` for which `conditions` hold
};

// As what it is written.
enum class As : std::uint8_t {
  text,
  integer,
  decimal,
  money,     // {"amountMinor":…,"currency":…}
  price,     // {"amount":…,"currency":…}
  quantity,  // {"value":…,"unit":…}
  date,
  time,
  boolean,
  gtin,
  gs1_elements  // {"gtin":…,"lot":…} of scan data
};

enum class Sign : std::uint8_t {
  keep,
  negate,
  absolute,
  below_zero  // absolute, then negated
};

// A table of texts that a template carries: units, tender types, reasons.
struct Table {
  std::string name;
  std::vector<std::pair<std::string, std::string>> entries;  // sorted
  const std::string* find(std::string_view key) const;
};

// What is done to a text before it is looked at, in this order. It is always trimmed first.
struct Shaping {
  // Of scan data (agent/core/gs1.h): "gtin", "symbology", "plain", or an identifier such as "10".
  std::string gs1;
  std::string epc;               // of an EPC (agent/core/epc.h): "gtin", "serial", "lot"
  std::string split_by;          // the text is parted by it …
  std::uint32_t split_part = 0;  // … and this part taken, from 1; 0: not split
  std::int32_t from = 1;         // the first character (byte); below 0: counted from the end
  std::uint32_t length = 0;      // characters; 0: all
  char strip_leading = '\0';     // '0': leading zeros go, one digit stays
  bool digits_only = false;
  bool upper = false, lower = false;
  const Table* table = nullptr;          // owned by the template
  std::optional<std::string> otherwise;  // where the table has no entry; none: a fault
  bool keep_unknown = false;             // the text stays where the table has no entry
  bool any() const;
};

struct Expression {
  Origin origin = Origin::nothing;
  As as = As::text;
  Path path;
  std::string text;
  std::vector<Expression> parts;
  std::vector<std::string> names;
  std::vector<Condition> conditions;
  std::unique_ptr<Expression> distinct;  // of nodes with the same text here only the first counts
  std::unique_ptr<Shaping> shaping;
  std::optional<std::size_t> named;  // which of the named values this is (Answers)
  bool of_record = false;            // of a named value: is_of_record()

  // of numbers
  std::optional<NumberFormat> number_format;  // else the template's
  std::uint8_t implied_decimals = 0;
  Sign sign = Sign::keep;
  bool minor = false;                    // money that is in minor units already
  std::unique_ptr<Expression> currency;  // else the template's
  std::unique_ptr<Expression> unit;      // else the template's

  // of dates and times
  std::vector<std::string> time_formats;  // tried in order; none: the template's
  std::optional<TimeZone> zone;           // else the template's
  std::unique_ptr<Expression> zone_name;  // an IANA name, from the record
};

enum class Test : std::uint8_t {
  present,
  equals,  // one of `texts`
  starts_with,
  ends_with,
  contains,
  less,     // than `number`
  greater,  // than `number`
  all,      // of `parts`
  any,      // of `parts`
  named     // what `named` comes to
};

// The value is that of one of `parts`.
inline bool chooses(Origin origin) {
  return origin == Origin::first || origin == Origin::cases;
}

struct Condition {
  Test test = Test::present;
  bool negated = false;
  Expression subject;
  std::vector<std::string> texts;
  Decimal number;
  std::vector<Condition> parts;
  const NamedCondition* named = nullptr;  // owned by the template
};

// Said once and asked from many places.
struct NamedCondition {
  std::size_t number;  // among those of its template of which is_of_record() says the same, from 0
  bool of_record;      // is_of_record()
  Condition is;
};

// Whether it comes to the same wherever in the record it is asked: all that it reads is found from
// the root. Asked at each of many lines, it would go through all of them each time.
bool is_of_record(const Expression& expression);
bool is_of_record(const Condition& condition);

}  // namespace storeward::mapping
