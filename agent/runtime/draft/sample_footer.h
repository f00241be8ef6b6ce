// The rows at the end of a sample that are none of its records: totals, the day it was printed.
// Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace storeward {

struct SampleRow {
  std::vector<std::string> fields;  // as many as there are columns
  std::size_t width = 0;            // as many as it had
  std::uint64_t line = 0;
};

inline constexpr std::size_t most_footers = 5;

// How many at the end of these rows. A row that merely leaves out its last fields is none.
std::size_t footers_in(const std::vector<SampleRow>& rows, std::size_t columns);

// The word of a row of totals that a text begins with, "Summe" of "Summe 20.11.2026"; empty: none.
std::string_view total_word(std::string_view text);

// The first that is filled; the number of fields if none is.
std::size_t first_filled(const std::vector<std::string>& fields);

}  // namespace storeward
