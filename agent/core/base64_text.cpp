#include "agent/core/base64_text.h"

#include <array>
#include <cstdint>

namespace storeward {
namespace {

constexpr std::array<std::int8_t, 256> base64_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < 26; ++i) {
    values['A' + i] = static_cast<std::int8_t>(i);
    values['a' + i] = static_cast<std::int8_t>(26 + i);
  }
  for (std::size_t i = 0; i < 10; ++i) values['0' + i] = static_cast<std::int8_t>(52 + i);
  values['+'] = values['-'] = 62;
  values['/'] = values['_'] = 63;
  return values;
}();

int base64_value(char c) {
  return base64_values[static_cast<unsigned char>(c)];
}

}  // namespace

std::string printable_in_base64(std::string_view token) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : token) {
    bits = bits << 6 | static_cast<std::uint32_t>(base64_value(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const auto byte = static_cast<char>(bits >> count & 0xFF);
    const bool of_utf16 = byte == '\0' || (text.empty() && (byte == '\xFE' || byte == '\xFF'));
    if (of_utf16) continue;
    if ((byte < 0x20 || byte > 0x7E) && byte != '\t' && byte != '\n' && byte != '\r') break;
    text.push_back(byte);
  }
  return text;
}

std::size_t base64_wrap(std::string_view text, std::size_t begin, std::size_t end) {
  constexpr std::size_t shortest_line = 60;  // 64 in PEM, 76 in MIME
  if (end - begin < shortest_line) return 0;
  for (std::size_t at = end; at > end - shortest_line; --at) {
    if (base64_value(text[at - 1]) < 0) return 0;
  }
  const std::string_view rest = text.substr(end, 3);
  const std::size_t width = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
  const bool goes_on = width > 0 && width < rest.size() && base64_value(rest[width]) >= 0;
  return goes_on ? width : 0;
}

}  // namespace storeward
