#include "drivers/file_drop/file_cursor.h"

#include <array>
#include <charconv>

#include "agent/base/sha256.h"
#include "agent/core/utf8.h"

namespace storeward::file_drop {
namespace {

constexpr std::array<std::string_view, 3> states = {"reading", "done", "failed"};
constexpr std::size_t longest_name = 1024;

std::string_view take_word(std::string_view& text) {
  const std::size_t blank = text.find(' ');
  const std::string_view word = text.substr(0, blank);
  text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
  return word;
}

template <typename Number>
bool read_number(std::string_view word, Number& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc() && end == word.data() + word.size();
}

template <typename Number>
bool take_number(std::string_view& text, Number& number) {
  return read_number(take_word(text), number);
}

// "12", or "12/3" where three of them are unkept: what was written before there were such reads as
// it did.
std::string exceptions_text(const FileTally& tally) {
  const std::string text = std::to_string(tally.exceptions);
  return tally.unkept == 0 ? text : text + '/' + std::to_string(tally.unkept);
}

bool take_exceptions(std::string_view& text, FileTally& tally) {
  const std::string_view word = take_word(text);
  const std::size_t slash = word.find('/');
  if (!read_number(word.substr(0, slash), tally.exceptions)) return false;
  return slash == std::string_view::npos || read_number(word.substr(slash + 1), tally.unkept);
}

}  // namespace

std::string to_text(const FileCursor& cursor) {
  std::string text(states[static_cast<std::size_t>(cursor.state)]);
  for (const std::uint64_t number : {cursor.records, cursor.offset, std::uint64_t{cursor.attempts},
                                     cursor.tally.events, cursor.tally.duplicates}) {
    text += ' ' + std::to_string(number);
  }
  text += ' ' + exceptions_text(cursor.tally) + ' ' + std::to_string(cursor.tally.ignored);
  text += ' ' + std::to_string(cursor.inode) + ' ' + std::to_string(cursor.mtime_ns) + ' ';
  return text.append(utf8_prefix(cursor.name, longest_name));
}

std::optional<FileCursor> parse_cursor(std::string_view text) {
  FileCursor cursor;
  const std::string_view state = take_word(text);
  std::size_t known = 0;
  while (known < states.size() && states[known] != state) ++known;
  if (known == states.size()) return std::nullopt;
  cursor.state = static_cast<FileState>(known);
  FileTally& tally = cursor.tally;
  if (!take_number(text, cursor.records) || !take_number(text, cursor.offset) ||
      !take_number(text, cursor.attempts) || !take_number(text, tally.events) ||
      !take_number(text, tally.duplicates) || !take_exceptions(text, tally) ||
      !take_number(text, tally.ignored) || !take_number(text, cursor.inode) ||
      !take_number(text, cursor.mtime_ns)) {
    return std::nullopt;
  }
  cursor.name = text;
  return cursor;
}

std::string content_key(std::string_view content_hex) {
  return "content/" + std::string(content_hex);
}
std::string rules_key(std::string_view content_hex) {
  return "rules/" + std::string(content_hex);
}
std::string name_key(std::string_view name) {
  return "name/" + to_hex(sha256(name));
}
std::string age_key() {
  return "age";
}
std::string directory_key(std::string_view path) {
  return "directory/" + to_hex(sha256(path));
}

}  // namespace storeward::file_drop
