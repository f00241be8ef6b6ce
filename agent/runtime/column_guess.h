// ColumnGuess: what the values and the name of a column say that it is. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace storeward {

enum class Meaning : std::uint8_t {
  unknown,
  receipt,  // number of a receipt, invoice, order
  registers,
  site,
  sku,
  gtin,
  description,
  quantity,
  unit_price,
  amount,  // of the line
  date,
  time,  // of day, or with the date
  currency,
  unit
};

struct ColumnGuess {
  std::string name;
  Meaning meaning = Meaning::unknown;
  std::string time_format;  // that fits all its values; empty: none, or ISO 8601
  bool is_time = false;     // all values are dates or times
  bool is_number = false, has_negative = false, comma_decimals = false, point_decimals = false;
  bool grouped_by_point = false, grouped_by_comma = false;
};

ColumnGuess guess_column(std::string_view name, const std::vector<std::string>& values);

}  // namespace storeward
