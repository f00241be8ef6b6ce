// SpecialBytes: where in a text the next byte stands that a row cutter has to look at: one of two
// given ones (the delimiter, the quote) or any byte up to CR (line ends, NUL). Tells also whether
// there were bytes beyond ASCII, so that only such rows are checked for their encoding. 64 bytes
// are looked at at once, because rows are short and fields shorter: a search for each field costs
// more than the field. Pure.
//
// Invariant: bit i of the masks is the byte base_ + i of the text; bits behind its end are 0.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace storeward {

class SpecialBytes {
 public:
  SpecialBytes(char first, char second);

  // The text to search from now on; also after every change of it.
  void look_at(std::string_view text) {
    text_ = text;
    base_ = nowhere;
  }

  // The next special byte at or behind `from`; the text's size if there is none.
  std::size_t next(std::size_t from) {
    for (;;) {
      if (from - base_ >= block) {
        if (from >= text_.size()) return text_.size();
        load(from);
      }
      const std::uint64_t ahead = specials_ >> (from - base_);
      if (ahead != 0) return from + static_cast<std::size_t>(std::countr_zero(ahead));
      from = base_ + block;
    }
  }

  // ascii() then speaks of what next() passes over from here on; a byte of up to 63 bytes behind
  // that may make it false.
  void mark(std::size_t from) {
    beyond_ascii_ = from - base_ < block && (highs_ >> (from - base_)) != 0;
  }
  bool ascii() const { return !beyond_ascii_; }

 private:
  static constexpr std::size_t block = 64;
  static constexpr std::size_t nowhere = SIZE_MAX / 2;  // further than a block from any place

  void load(std::size_t from);
  void classify(const char* bytes);

  std::string_view text_;
  std::size_t base_ = nowhere;
  std::uint64_t specials_ = 0;
  std::uint64_t highs_ = 0;
  bool beyond_ascii_ = false;
  char first_, second_;
  std::array<std::uint8_t, 256> special_{};  // where there is no SSE2
};

}  // namespace storeward
