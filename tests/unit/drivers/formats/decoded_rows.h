// What a decoder of rows makes of a source, as text that tests can compare.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/formats/decoder.h"

namespace storeward::testing {

struct DecodedRow {
  bool fault = false;
  // "a=1 b=2", children in brackets: "a=1 row[a=1]"; of a fault its reason.
  std::string text;
  std::string raw;
  RecordPlace place;
  std::vector<std::string> warnings;

  bool operator==(const DecodedRow& other) const;
};

// How many bytes to feed next; at least 1.
using Slices = std::function<std::size_t()>;

std::vector<DecodedRow> decoded(const FormatOptions& options, std::string_view source,
                                const Slices& slices = {});
// Only the texts, a fault as "fault: " and its reason.
std::vector<std::string> texts(const FormatOptions& options, std::string_view source);
// Why the options are refused; empty if they are not.
std::string refusal(const FormatOptions& options);

}  // namespace storeward::testing
