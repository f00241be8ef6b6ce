#include "agent/runtime/draft/sample_rows.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "agent/base/ascii.h"
#include "agent/core/utf8.h"
#include "agent/runtime/draft/value_shape.h"
#include "drivers/formats/decoder.h"
#include "drivers/formats/text_encoding.h"

namespace storeward {
namespace {

constexpr std::size_t most_title_lines = 30;  // above the header

struct RawRow {
  std::vector<std::string> fields;
  std::uint64_t line = 0;
};

std::string encoding_of(std::string_view sample) {
  if (sample.starts_with("\xFF\xFE") || sample.starts_with("\xFE\xFF")) return "utf-16";
  // Of ASCII in UTF-16 every other byte is zero.
  const std::string_view head = sample.substr(0, 64);
  const auto zeros = static_cast<std::size_t>(std::ranges::count(head, '\0'));
  if (head.size() >= 4 && zeros * 3 >= head.size()) return "utf-16";
  return is_utf8(sample) ? "utf-8" : "windows-1252";
}

// Without what the end of the sample may have cut.
std::string text_of(std::string_view sample, const std::string& encoding, bool whole) {
  auto reader = TextEncoding::named(encoding);
  ASSERT(reader);
  std::string text;
  reader->decode(sample, whole, text);
  if (!whole) text.resize(text.rfind('\n') + 1);
  return text;
}

std::vector<RawRow> cut(std::string_view text, char delimiter, std::size_t most) {
  FormatOptions options;
  options.delimiter = delimiter;
  options.header = false;
  auto decoder = make_decoder(options);
  ASSERT(decoder);
  (*decoder)->feed(text, true);
  std::vector<RawRow> rows;
  Record record;
  for (auto decoded = (*decoder)->next(record); decoded != Decoded::end && rows.size() < most;
       decoded = (*decoder)->next(record)) {
    if (decoded != Decoded::record) continue;
    RawRow row{.line = (*decoder)->place().line};
    for (auto node = record.first_child(Record::root); node != Record::none;
         node = record.next_sibling(node)) {
      row.fields.emplace_back(trimmed(record.text(node)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// How many fields most of the rows have, and how many rows these are.
std::pair<std::size_t, std::size_t> usual_width(const std::vector<RawRow>& rows) {
  std::map<std::size_t, std::size_t> counts;
  for (const RawRow& row : rows) ++counts[row.fields.size()];
  std::pair<std::size_t, std::size_t> best{0, 0};
  for (const auto& [width, count] : counts) {
    if (count >= best.second) best = {width, count};
  }
  return best;
}

// Rows and fields.
using Table = std::pair<std::size_t, std::size_t>;

bool is_better(Table one, Table other) {
  if (one.second < other.second) return !is_better(other, one);
  const bool all_but_footers = one.first + most_footers >= other.first;
  return one > other ||
         (one.second > other.second && all_but_footers && one.first * 2 > other.first);
}

// The one by which most rows get the same number of fields, more than one; of several the one that
// gives more fields: a decimal comma stands in every row as well, and in those of totals below
// them.
char delimiter_of(std::string_view text) {
  constexpr std::size_t looked_at = 60;
  char best = ',';
  Table most{0, 0};
  for (const char candidate : {',', ';', '\t', '|'}) {
    const auto [width, count] = usual_width(cut(text, candidate, looked_at));
    if (width < 2 || !is_better({count, width}, most)) continue;
    most = {count, width};
    best = candidate;
  }
  return best;
}

// Names, no values: nothing in it is a number, a date or a time.
bool is_header(const RawRow& row) {
  std::size_t names = 0;
  for (const std::string& field : row.fields) {
    if (field.empty()) continue;
    if (looks_like_number(field) || looks_like_time(field)) return false;
    ++names;
  }
  return names * 2 > row.fields.size();
}

}  // namespace

Result<SampleRows> SampleRows::read(std::string_view sample, bool whole) {
  SampleRows made;
  made.format.encoding = encoding_of(sample);
  std::string text = text_of(sample, made.format.encoding, whole);
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  made.format.delimiter = delimiter_of(text);
  std::vector<RawRow> rows = cut(text, made.format.delimiter, most_rows + most_title_lines);
  made.cut_off = !whole || rows.size() == most_rows + most_title_lines;
  const std::size_t width = usual_width(rows).first;
  auto first = rows.begin();
  while (first != rows.end() && first->fields.size() != width &&
         first - rows.begin() < std::ptrdiff_t(most_title_lines)) {
    ++first;
  }
  if (first == rows.end() || width < 2) {
    return fail(
        "no sign was found that parts its lines into fields. Columns of a fixed width: [format] "
        "kind = \"fixed\" in a template that extends one of `storeward template list`; "
        "docs/writing-a-template.md shows how");
  }
  made.format.skip_lines = first->line - 1;
  made.format.header = is_header(*first);
  for (std::size_t i = 0; i < width; ++i) {
    const std::string number = std::to_string(i + 1);
    made.columns.push_back(!made.format.header        ? "column_" + number
                           : first->fields[i].empty() ? number
                                                      : first->fields[i]);
  }
  if (made.format.header) ++first;
  std::vector<SampleRow> below;
  for (; first != rows.end() && below.size() < most_rows; ++first) {
    const std::size_t own_width = first->fields.size();
    first->fields.resize(width);
    below.push_back({std::move(first->fields), own_width, first->line});
  }
  if (below.empty()) {
    return fail("no row below a header was found; start from `storeward template list`");
  }
  const auto end =
      below.end() - static_cast<std::ptrdiff_t>(made.cut_off ? 0 : footers_in(below, width));
  for (auto row = below.begin(); row != end; ++row) made.rows.push_back(std::move(row->fields));
  std::move(end, below.end(), std::back_inserter(made.footers));
  return made;
}

std::vector<std::string_view> SampleRows::values(std::size_t column) const {
  std::vector<std::string_view> made;
  made.reserve(rows.size());
  for (const auto& row : rows) made.emplace_back(row[column]);
  return made;
}

}  // namespace storeward
