#include "drivers/sql/position.h"

#include <algorithm>

#include "drivers/sql/column_name.h"

namespace storeward::sql {
namespace {

constexpr char part = '\x1f';
constexpr std::size_t longest_cursor = 4096;
constexpr std::string_view key_word = "key", time_word = "time";

// Takes the last part off; none: there is but one.
std::optional<std::string_view> take_last(std::string_view& text) {
  const std::size_t end = text.rfind(part);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view last = text.substr(end + 1);
  text = text.substr(0, end);
  return last;
}

}  // namespace

std::string to_text(const Position& position) {
  std::string text = position.at + part + position.identity + part;
  text += position.kind == CursorKind::key ? key_word : time_word;
  return text + part + position.column;
}

std::optional<Position> read_position(std::string_view text) {
  const std::size_t end = text.find(part);
  if (end == std::string_view::npos) return std::nullopt;
  Position position{.at = std::string(text.substr(0, end)), .identity = {}, .column = {}};
  std::string_view identity = text.substr(end + 1), rest = identity;
  // The version before wrote no more than these two, and a database may put anything into its own.
  const auto column = take_last(rest), kind = take_last(rest);
  if (column && (kind == key_word || kind == time_word)) {
    position.column = *column;
    position.kind = kind == key_word ? CursorKind::key : CursorKind::time;
    identity = rest;
  }
  position.identity = identity;
  return position;
}

bool is_of(const Position& position, const Reading& reading) {
  if (position.at.empty()) return true;
  if (position.column.empty()) return order_of(reading.kind, position.at).has_value();
  return position.kind == reading.kind && same_column(position.column, reading.cursor);
}

std::string last_read_statement(Dialect dialect, const Reading& reading, const Position& position) {
  return newest_statement(dialect, reading,
                          position.column + " <= " + literal(dialect, position.kind, position.at));
}

Reading unread(Dialect dialect, Reading reading, const Position& position) {
  reading.query = "SELECT * FROM (" + reading.query + ") AS storeward_all WHERE " +
                  position.column + " > " + literal(dialect, position.kind, position.at);
  return reading;
}

std::string columns_text(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) {
    if (!text.empty()) text += part;
    text += column;
  }
  return text.size() <= longest_cursor ? text : std::string();
}

std::string why_columns_differ(std::string_view before, const std::vector<std::string>& now) {
  std::string gone, added;
  const auto list = [](std::string& words, std::string_view column) {
    words += (words.empty() ? "\"" : ", \"") + std::string(column) + "\"";
  };
  std::vector<std::string_view> known;
  for (std::size_t end = 0; !before.empty(); before.remove_prefix(end)) {
    end = std::min(before.find(part), before.size());
    known.push_back(before.substr(0, end));
    if (std::ranges::find(now, known.back()) == now.end()) list(gone, known.back());
    if (end < before.size()) ++end;
  }
  if (gone.empty()) return {};
  for (const std::string& column : now) {
    if (std::ranges::find(known, column) == known.end()) list(added, column);
  }
  return "the database has changed: " + gone + (gone.find(',') == gone.npos ? " is" : " are") +
         " not there any more" + (added.empty() ? "" : ", new is " + added);
}

}  // namespace storeward::sql
