#include "drivers/sql/position.h"

#include <algorithm>

namespace storeward::sql {
namespace {

constexpr char part = '\x1f';
constexpr std::size_t longest_cursor = 4096;

}  // namespace

std::string to_text(const Position& position) {
  return position.at + part + position.identity;
}

std::optional<Position> read_position(std::string_view text) {
  const std::size_t end = text.find(part);
  if (end == std::string_view::npos) return std::nullopt;
  return Position{std::string(text.substr(0, end)), std::string(text.substr(end + 1))};
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
