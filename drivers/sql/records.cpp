#include "drivers/sql/records.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "agent/core/json_text.h"
#include "drivers/sql/column_name.h"

namespace storeward::sql {
namespace {

Result<std::size_t> find(const std::vector<std::string>& columns, const std::string& wanted) {
  if (const auto found = find_column(columns, wanted)) return *found;
  return fail("the query gives no column \"" + wanted + "\"");
}

// Of JSON's numbers it is known that they may have to be rounded, of its texts that they say what
// they say. What is not finite is no number in JSON.
void append_value(std::string& out, const Value& value) {
  if (value.floating && nlohmann::json::accept(value.text)) {
    out += value.text;
  } else {
    json_text::append_string(out, value.text);
  }
}

// A look begins at a value of the cursor: only rows that share it are read together for certain.
std::string why_cut(const Reading& reading, const std::string& one, const std::string& other) {
  std::string group;
  for (const std::string& column : reading.group_by) group += (group.empty() ? "" : ", ") + column;
  return "rows that are alike in " + group + " have different values of the cursor " +
         reading.cursor + ", " + one + " and " + other +
         ": a look could begin amid them. With group_by the cursor must be the same in all rows of "
         "a record, such as the receipt's number or the time it was closed";
}

}  // namespace

std::string why_no_cursor(const Reading& reading, std::string_view value) {
  return "the column \"" + reading.cursor + "\" has the value \"" +
         std::string(value.substr(0, 100)) + "\", which is no " +
         (reading.kind == CursorKind::key ? "whole number" : "time");
}

Result<RecordMaking> RecordMaking::make(const Reading& reading,
                                        const std::vector<std::string>& columns) {
  RecordMaking making(reading, columns);
  const auto cursor = find(columns, reading.cursor);
  if (!cursor) return Unexpected{cursor.error()};
  making.cursor_ = *cursor;
  for (const std::string& column : reading.group_by) {
    const auto found = find(columns, column);
    if (!found) return Unexpected{found.error()};
    making.group_.push_back(*found);
  }
  return making;
}

bool RecordMaking::same_group(const Row& one, const Row& other) const {
  return !group_.empty() &&
         std::ranges::all_of(group_, [&](std::size_t i) { return one[i] == other[i]; });
}

std::string RecordMaking::members(const Row& row) const {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!row[i]) continue;
    if (!text.empty()) text += ',';
    json_text::append_string(text, columns_[i]);
    text += ':';
    append_value(text, *row[i]);
  }
  return text;
}

Result<std::vector<SqlRecord>> RecordMaking::records(const Rows& page, bool page_is_cut) const {
  std::vector<SqlRecord> made;
  const auto& rows = page.rows;
  for (std::size_t first = 0, next = 0; first < rows.size(); first = next) {
    SqlRecord record;
    std::string list;
    for (next = first; next == first || (next < rows.size() && same_group(rows[first], rows[next]));
         ++next) {
      const std::string at = rows[next][cursor_].value_or("").text;
      const auto order = order_of(reading_.kind, at);
      if (!order) return fail(why_no_cursor(reading_, at));
      if (next == first) {
        record.at = at;
        record.order = *order;
      } else if (*order != record.order) {
        return fail(why_cut(reading_, record.at, at));
      }
      if (!group_.empty()) list += (list.empty() ? "{" : ",{") + members(rows[next]) + "}";
    }
    if (page_is_cut && next == rows.size() && !group_.empty()) break;
    const std::string own = members(rows[first]);
    record.json = "{" + own;
    if (!group_.empty()) record.json += (own.empty() ? "\"row\":[" : ",\"row\":[") + list + "]";
    record.json += '}';
    made.push_back(std::move(record));
  }
  return made;
}

}  // namespace storeward::sql
