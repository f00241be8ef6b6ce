#include "drivers/formats/text_encoding.h"

#include <algorithm>
#include <cstring>

#include "agent/core/utf8.h"

namespace storeward {
namespace {

constexpr char no_character = '\xFF';

// Where windows-1252 differs from ISO 8859-1: 0x80 to 0x9F (0: not defined).
constexpr std::array<char16_t, 32> windows_1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

struct Replaced {
  unsigned char byte;
  char16_t character;
};
constexpr std::array<Replaced, 8> iso_8859_15 = {{{0xA4, 0x20AC},
                                                  {0xA6, 0x0160},
                                                  {0xA8, 0x0161},
                                                  {0xB4, 0x017D},
                                                  {0xB8, 0x017E},
                                                  {0xBC, 0x0152},
                                                  {0xBD, 0x0153},
                                                  {0xBE, 0x0178}}};

void append_utf8(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto put_rest = [&](unsigned shift) { put(0x80u | ((c >> shift) & 0x3Fu)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0u | (c >> 6u));
    put_rest(0);
  } else if (c < 0x10000) {
    put(0xE0u | (c >> 12u));
    put_rest(6);
    put_rest(0);
  } else {
    put(0xF0u | (c >> 18u));
    put_rest(12);
    put_rest(6);
    put_rest(0);
  }
}

bool is_high_surrogate(char16_t unit) {
  return (unit & 0xFC00u) == 0xD800u;
}
bool is_low_surrogate(char16_t unit) {
  return (unit & 0xFC00u) == 0xDC00u;
}

// Of how many bytes at the beginning all are ASCII, in steps of eight.
std::size_t ascii_prefix(std::string_view bytes) {
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + at, 8);
    if ((eight & 0x8080808080808080u) != 0) break;
  }
  return at;
}

}  // namespace

Result<TextEncoding> TextEncoding::named(std::string_view name) {
  if (name == "utf-8") return TextEncoding("utf-8", Kind::utf8);
  if (name == "utf-16") return TextEncoding("utf-16", Kind::utf16);

  TextEncoding encoding("iso-8859-1", Kind::single_byte);
  for (std::size_t i = 0; i < encoding.upper_half_.size(); ++i) {
    encoding.upper_half_[i] = static_cast<char16_t>(0x80 + i);
  }
  if (name == "iso-8859-1") return encoding;
  if (name == "iso-8859-15") {
    encoding.name_ = "iso-8859-15";
    for (const Replaced& one : iso_8859_15) encoding.upper_half_[one.byte - 0x80u] = one.character;
    return encoding;
  }
  if (name == "windows-1252") {
    encoding.name_ = "windows-1252";
    std::copy(windows_1252.begin(), windows_1252.end(), encoding.upper_half_.begin());
    return encoding;
  }
  return fail("format.encoding: \"" + std::string(name) +
              "\" is not one of utf-8, windows-1252, iso-8859-1, iso-8859-15, utf-16");
}

void TextEncoding::decode(std::string_view bytes, bool last, std::string& text) {
  switch (kind_) {
    case Kind::utf8:
      text.append(bytes);
      break;
    case Kind::single_byte:
      decode_single_bytes(bytes, text);
      break;
    case Kind::utf16:
      decode_utf16(bytes, last, text);
      break;
  }
}

void TextEncoding::decode_single_bytes(std::string_view bytes, std::string& text) const {
  while (!bytes.empty()) {
    const std::size_t plain = ascii_prefix(bytes);
    text.append(bytes.substr(0, plain));
    bytes.remove_prefix(plain);
    const std::string_view few = bytes.substr(0, 8);
    for (const char c : few) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80) {
        text.push_back(c);
      } else if (const char16_t character = upper_half_[byte - 0x80u]; character != 0) {
        append_utf8(text, character);
      } else {
        text.push_back(no_character);
      }
    }
    bytes.remove_prefix(few.size());
  }
}

void TextEncoding::decode_utf16(std::string_view bytes, bool last, std::string& text) {
  for (const char byte : bytes) {
    if (half_unit_) {
      take_unit(half_, byte, text);
    } else {
      half_ = byte;
    }
    half_unit_ = !half_unit_;
  }
  if (!last) return;
  if (high_surrogate_ != 0) append_utf8(text, high_surrogate_);
  if (half_unit_) text.push_back(no_character);
  high_surrogate_ = 0;
  half_unit_ = false;
}

void TextEncoding::take_unit(char first, char second, std::string& text) {
  if (order_ == Order::unknown) {
    const bool big = first == '\0' || (first == '\xFE' && second == '\xFF');
    order_ = big ? Order::big : Order::little;
  }
  const auto high = static_cast<unsigned char>(order_ == Order::big ? first : second);
  const auto low = static_cast<unsigned char>(order_ == Order::big ? second : first);
  const auto unit = static_cast<char16_t>(unsigned{high} << 8u | low);
  if (high_surrogate_ != 0) {
    const char32_t before = high_surrogate_;
    high_surrogate_ = 0;
    if (is_low_surrogate(unit)) {
      append_utf8(text, 0x10000u + ((before - 0xD800u) << 10u) + (unit - 0xDC00u));
      return;
    }
    append_utf8(text, before);
  }
  if (is_high_surrogate(unit)) {
    high_surrogate_ = unit;
  } else {
    append_utf8(text, unit);
  }
}

std::uint64_t TextEncoding::source_bytes(std::string_view text) const {
  if (kind_ == Kind::utf8) return text.size();
  if (kind_ == Kind::single_byte) return utf8_characters(text);
  std::uint64_t bytes = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0u) == 0x80u) continue;
    bytes += c == no_character ? 1 : byte >= 0xF0 ? 4 : 2;
  }
  return bytes;
}

}  // namespace storeward
