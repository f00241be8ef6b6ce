// ByteFinder: where in a text the next byte of a class stands, and where its run ends. 64 bytes are
// looked at at once, because all that is handed in is searched for card data, and a look at each
// byte would be the dearest thing about it. Pure.
//
// A class says of 64 bytes which ones are in it, one bit each, but for the last ones if it looks
// ahead. A text's end is no byte of any class.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace storeward {

struct Digits {
  static constexpr std::size_t looks_ahead = 0;
  static std::uint64_t of(const char* bytes);
};

// The letters of base64 and base64url, without '='.
struct Base64Letters {
  static constexpr std::size_t looks_ahead = 0;
  static std::uint64_t of(const char* bytes);
};

// Where what unescaped_text.h reads may begin: '\\', '&', '%' and the first bytes of the digits of
// full width and the Arabic ones.
struct EscapeBeginnings {
  static constexpr std::size_t looks_ahead = 0;
  static std::uint64_t of(const char* bytes);
};

// Where the name of a verification value, a PIN or track data may begin (field_names.h): its first
// letter, and behind it its second and its third, of either case.
struct SecretBeginnings {
  static constexpr std::size_t looks_ahead = 2;
  static std::uint64_t of(const char* bytes);
};

template <typename Class>
class ByteFinder {
 public:
  explicit ByteFinder(std::string_view text) : text_(text) {}

  // The next byte of the class at or behind `from`; the text's size if there is none.
  std::size_t next(std::size_t from) { return find(from, 0); }
  // The next byte that is not of the class; the text's size if there is none.
  std::size_t end_of_run(std::size_t from) { return find(from, ~std::uint64_t{0}); }

  std::size_t count() {
    std::size_t found = 0;
    for (std::size_t at = 0; at < text_.size(); at += block) {
      load(at);
      found += static_cast<std::size_t>(std::popcount(mask_));
    }
    return found;
  }

 private:
  static constexpr std::size_t looked_at = 64, block = looked_at - Class::looks_ahead;
  static constexpr std::uint64_t of_block = ~std::uint64_t{0} >> Class::looks_ahead;

  std::size_t find(std::size_t from, std::uint64_t inverted) {
    for (; from < text_.size(); from = base_ + block) {
      if (from - base_ >= block) load(from);
      const std::uint64_t ahead = ((mask_ ^ inverted) & of_block) >> (from - base_);
      if (ahead == 0) continue;
      from += static_cast<std::size_t>(std::countr_zero(ahead));
      return from < text_.size() ? from : text_.size();
    }
    return text_.size();
  }

  void load(std::size_t from) {
    base_ = from;
    const std::string_view rest = text_.substr(from);
    if (rest.size() >= looked_at) {
      mask_ = Class::of(rest.data());
      return;
    }
    char padded[looked_at] = {};
    rest.copy(padded, rest.size());
    mask_ = Class::of(padded);
  }

  std::string_view text_;
  std::size_t base_ = SIZE_MAX / 2;  // further than a block from any place
  std::uint64_t mask_ = 0;           // bit i: the byte base_ + i
};

}  // namespace storeward
