#include "agent/core/json_text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "agent/core/utf8.h"

namespace storeward::json_text {
namespace {

void append_control(std::string& out, unsigned char c) {
  static constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += digits[c >> 4];
      out += digits[c & 15];
  }
}

// Whether each of the 8 bytes at `text` stands as it is: ASCII, no control, quote or backslash.
bool is_plain(const char* text) {
  constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
  std::uint64_t bytes;
  std::memcpy(&bytes, text, sizeof bytes);
  const auto is_zero = [](std::uint64_t each) { return (each - ones) & ~each; };
  const std::uint64_t special =
      (bytes - ones * 0x20) | is_zero(bytes ^ ones * '"') | is_zero(bytes ^ ones * '\\') | bytes;
  return (special & highs) == 0;
}

// How many bytes from the first on stand as they are: at least those in front of the eight of which
// one does not.
std::size_t plain_prefix(std::string_view text) {
  constexpr std::size_t step = 8;
  if (text.size() < step) {  // as most names of members are
    char padded[step] = {'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};
    text.copy(padded, text.size());
    return is_plain(padded) ? text.size() : 0;
  }
  std::size_t at = 0;
  for (; at + step <= text.size(); at += step) {
    if (!is_plain(text.data() + at)) return at;
  }
  return is_plain(text.data() + text.size() - step) ? text.size() : at;
}

template <typename Integer>
void append_integer(std::string& out, Integer value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  std::size_t at = plain_prefix(text);
  if (at == text.size()) {
    const std::size_t begin = out.size();
    out.append(text.size() + 2, '"');
    text.copy(out.data() + begin + 1, text.size());
    return;
  }
  out += '"';
  std::size_t plain_from = 0;
  const auto flush = [&] { out.append(text, plain_from, at - plain_from); };
  while (at < text.size()) {
    if (const std::size_t plain = plain_prefix(text.substr(at)); plain != 0) {
      at += plain;
      continue;
    }
    const auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\') {
      ++at;
      continue;
    }
    if (c >= 0x80) {
      if (const std::size_t length = utf8_length(text, at); length != 0) {
        at += length;
        continue;
      }
    }
    flush();
    if (c >= 0x80) {
      out += "\xEF\xBF\xBD";
    } else if (c < 0x20) {
      append_control(out, c);
    } else {
      out += '\\';
      out += text[at];
    }
    plain_from = ++at;
  }
  flush();
  out += '"';
}

void append_number(std::string& out, std::uint64_t value) {
  append_integer(out, value);
}
void append_number(std::string& out, std::int64_t value) {
  append_integer(out, value);
}

}  // namespace storeward::json_text
