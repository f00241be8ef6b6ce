#include "agent/runtime/draft/sample_footer.h"

#include <algorithm>
#include <array>
#include <span>

#include "agent/base/ascii.h"
#include "agent/runtime/draft/column_words.h"
#include "agent/runtime/draft/value_shape.h"

namespace storeward {
namespace {

constexpr std::size_t most_above = 100;  // rows that are looked at for what is usual

using Rows = std::span<const SampleRow>;

bool all_filled(Rows rows, std::size_t column) {
  return std::ranges::none_of(
      rows, [column](const SampleRow& row) { return row.fields[column].empty(); });
}

// Something else than all rows above have there: a word among numbers, an amount among days.
bool is_odd(Rows above, std::size_t column, std::string_view value) {
  if (value.empty()) return false;
  for (const auto looks : {looks_like_number, looks_like_time}) {
    const bool alike =
        std::ranges::all_of(above, [&](const SampleRow& row) { return looks(row.fields[column]); });
    if (alike && !looks(value)) return true;
  }
  return false;
}

bool is_footer(Rows above, const SampleRow& row, std::size_t columns) {
  bool odd = false, lacking = false;
  for (std::size_t i = 0; i < columns; ++i) {
    if (!all_filled(above, i)) continue;
    odd = odd || is_odd(above, i, row.fields[i]);
    lacking = lacking || row.fields[i].empty();
  }
  const std::size_t first = first_filled(row.fields);
  if (first < columns && !total_word(row.fields[first]).empty()) return odd || lacking;
  return odd && row.width != columns;
}

}  // namespace

std::size_t first_filled(const std::vector<std::string>& fields) {
  const auto at = std::ranges::find_if(fields, [](const auto& field) { return !field.empty(); });
  return static_cast<std::size_t>(at - fields.begin());
}

std::string_view total_word(std::string_view text) {
  constexpr std::array<std::string_view, 17> words = {
      "total", "totals", "totale",   "totales",       "totaux",      "totaal",
      "sum",   "summe",  "summen",   "gesamt",        "gesamtsumme", "endsumme",
      "grand", "somme",  "subtotal", "zwischensumme", "tagessumme"};
  const auto is_of_word = [](char c) {
    return is_letter(c) || (static_cast<unsigned char>(c) & 0x80) != 0;
  };
  const auto end = std::ranges::find_if_not(text, is_of_word);
  const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  return std::ranges::find(words, plain_name(word)) != words.end() ? word : std::string_view{};
}

std::size_t footers_in(const std::vector<SampleRow>& rows, std::size_t columns) {
  std::size_t found = 0;
  for (std::size_t count = 1; count <= most_footers && count < rows.size(); ++count) {
    const Rows all_above(rows.data(), rows.size() - count);
    const Rows above = all_above.last(std::min(most_above, all_above.size()));
    // What stands below one is no record either.
    if (is_footer(above, rows[rows.size() - count], columns)) found = count;
  }
  return found;
}

}  // namespace storeward
