// Numbers of a fixed width, as dates and times have them. Pure.
#pragma once

#include <charconv>
#include <string>

namespace storeward {

// What printf makes of "%0*d": zeros in front up to `width` characters, the sign among them.
// Without a format string to read, which costs more than all else about a date.
inline void append_padded(std::string& out, int value, std::size_t width) {
  char digits[12];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const char* const begin = value < 0 ? digits + 1 : digits;
  if (value < 0) out.push_back('-');
  const auto written = static_cast<std::size_t>(end - digits);
  if (written < width) out.append(width - written, '0');
  out.append(begin, end);
}

// YYYY-MM-DD of a year from 0 to 9999.
inline void append_date(std::string& out, int year, unsigned month, unsigned day) {
  append_padded(out, year, 4);
  out.push_back('-');
  append_padded(out, static_cast<int>(month), 2);
  out.push_back('-');
  append_padded(out, static_cast<int>(day), 2);
}

// hh:mm:ss
inline void append_clock(std::string& out, int hour, int minute, int second) {
  append_padded(out, hour, 2);
  out.push_back(':');
  append_padded(out, minute, 2);
  out.push_back(':');
  append_padded(out, second, 2);
}

}  // namespace storeward
