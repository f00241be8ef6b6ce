#include "drivers/formats/column_names.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

bool is_column_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && text[0] != '0';
}

}  // namespace

ColumnNames ColumnNames::from_header(const std::vector<std::string_view>& header,
                                     const Rename& rename) {
  ColumnNames columns;
  columns.numbered_ = false;
  std::unordered_map<std::string, std::size_t> taken;  // and by which column, from 1
  std::unordered_map<std::string, std::size_t> next_suffix;
  for (const std::string_view field : header) {
    std::string name(trimmed(field, " \t\r\n\v\f"));
    if (const auto at = rename.find(name); at != rename.end()) name = at->second;
    if (name.empty()) name = std::to_string(columns.names_.size() + 1);
    const std::string once = name;
    const std::size_t column = columns.names_.size() + 1;
    if (const auto at = taken.find(name); at != taken.end()) {
      columns.repeated_.push_back({.name = name, .first = at->second, .second = column});
    }
    while (!taken.try_emplace(name, column).second) {
      std::size_t& suffix = next_suffix.try_emplace(once, 2).first->second;
      name = once + "_" + std::to_string(suffix++);
    }
    columns.add(std::move(name));
  }
  return columns;
}

ColumnNames ColumnNames::fixed_by_options(const std::vector<std::string>& names) {
  ColumnNames columns;
  columns.numbered_ = false;
  for (const std::string& name : names) columns.add(name);
  return columns;
}

void ColumnNames::add(std::string name) {
  views_.push_back(names_.emplace_back(std::move(name)));
}

std::string_view ColumnNames::number(std::size_t column) {
  ASSERT(numbered_);
  while (names_.size() <= column) add(std::to_string(names_.size() + 1));
  return views_[column];
}

bool ColumnNames::has(std::string_view name) const {
  if (numbered_) return is_column_number(name);
  return std::find(views_.begin(), views_.end(), name) != views_.end();
}

Result<void> ColumnNames::require(const std::vector<std::string>& wanted) const {
  constexpr std::size_t most_shown = 400;
  const auto missing = std::find_if(wanted.begin(), wanted.end(),
                                    [this](const std::string& name) { return !has(name); });
  if (missing == wanted.end()) return {};
  std::string there;
  for (const std::string& name : names_) {
    if (there.size() > most_shown) {
      there += ", …";
      break;
    }
    there.append(there.empty() ? "" : ", ").append(name.substr(0, most_shown));
  }
  return fail("there is no column \"" + *missing + "\" (there is: " + there + ")");
}

Result<void> ColumnNames::tell_apart(const std::set<std::string, std::less<>>& read) const {
  for (const Repeated& repeated : repeated_) {
    if (!read.contains(repeated.name) || read.contains(repeated.name + "_2")) continue;
    return fail("columns " + std::to_string(repeated.first) + " and " +
                std::to_string(repeated.second) + " are both called \"" + repeated.name +
                "\": nothing says which of them is meant; have the file name them apart, or see "
                "to what [format.rename] calls them");
  }
  return {};
}

}  // namespace storeward
