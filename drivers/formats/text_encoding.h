// TextEncoding: the bytes of a source, as they come, -> UTF-8. One per source: it remembers a
// character that is cut in two by the end of what came so far. Pure.
//
// What is no character of the encoding becomes something that is no UTF-8 either, so that one check
// of the text finds it and blames its row: bytes of UTF-8 stay as they are, a byte that the set
// does not define and half a unit of UTF-16 become 0xFF, half a surrogate pair its three bytes.
// Therefore source_bytes() is exact for whatever text has come out of decode().
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward {

class TextEncoding {
 public:
  // utf-8, windows-1252, iso-8859-1, iso-8859-15 or utf-16. The last is read by its byte order
  // mark; without one the order is told by the zero byte of the first character.
  static Result<TextEncoding> named(std::string_view name);

  // Appends to `text`. A byte order mark is left in, as U+FEFF. `last`: nothing comes behind.
  void decode(std::string_view bytes, bool last, std::string& text);

  // How many bytes of the source a piece of decoded text was; the piece must not cut a character.
  std::uint64_t source_bytes(std::string_view text) const;

  std::string_view name() const { return name_; }

 private:
  enum class Kind : std::uint8_t { utf8, single_byte, utf16 };
  TextEncoding(std::string_view name, Kind kind) : name_(name), kind_(kind) {}

  void decode_single_bytes(std::string_view bytes, std::string& text) const;
  void decode_utf16(std::string_view bytes, bool last, std::string& text);
  void take_unit(char first, char second, std::string& text);

  std::string_view name_;
  Kind kind_;
  std::array<char16_t, 128> upper_half_{};  // 0: not defined
  // utf16 only
  enum class Order : std::uint8_t { unknown, little, big } order_ = Order::unknown;
  bool half_unit_ = false;
  char half_ = 0;
  char16_t high_surrogate_ = 0;
};

}  // namespace storeward
