#include "drivers/sql/records.h"

#include <algorithm>

#include "agent/core/json_text.h"

namespace storeward::sql {
namespace {

// id, "Id", [Id], `Id`, t.id
std::string bare(std::string_view column) {
  if (const std::size_t dot = column.rfind('.'); dot != std::string_view::npos) {
    column.remove_prefix(dot + 1);
  }
  std::string name;
  for (const char c : column) {
    if (std::string_view("\"[]` ").find(c) != std::string_view::npos) continue;
    name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return name;
}

Result<std::size_t> find(const std::vector<std::string>& columns, const std::string& wanted) {
  const auto found = std::ranges::find(columns, bare(wanted), bare);
  if (found == columns.end()) return fail("the query gives no column \"" + wanted + "\"");
  return static_cast<std::size_t>(found - columns.begin());
}

}  // namespace

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
    json_text::append_string(text, *row[i]);
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
      const std::string at = rows[next][cursor_].value_or("");
      const auto order = order_of(reading_.kind, at);
      if (!order) {
        return fail("the column \"" + reading_.cursor + "\" has the value \"" + at.substr(0, 100) +
                    "\", which is no " +
                    (reading_.kind == CursorKind::key ? "whole number" : "time"));
      }
      if (next == first || *order > record.order) {
        record.at = at;
        record.order = *order;
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
