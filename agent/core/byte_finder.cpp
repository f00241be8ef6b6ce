#include "agent/core/byte_finder.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace storeward {
namespace {

#ifdef __SSE2__

using Bytes = __m128i;

Bytes all(char c) {
  return _mm_set1_epi8(c);
}
Bytes in_lower_case(Bytes bytes) {  // of letters; other bytes may change too
  return _mm_or_si128(bytes, all(0x20));
}
Bytes is(Bytes bytes, char c) {
  return _mm_cmpeq_epi8(bytes, all(c));
}
// first <= byte <= last, unsigned.
Bytes within(Bytes bytes, char first, char last) {
  const Bytes shifted = _mm_sub_epi8(bytes, all(first));
  return _mm_cmpeq_epi8(_mm_min_epu8(shifted, all(static_cast<char>(last - first))), shifted);
}
Bytes either(Bytes a, Bytes b) {
  return _mm_or_si128(a, b);
}

template <typename Test>
std::uint64_t mask_of(const char* bytes, const Test& test) {
  std::uint64_t mask = 0;
  for (unsigned at = 0; at < 64; at += 16) {
    const Bytes some = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + at));
    mask |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(test(some)))} << at;
  }
  return mask;
}

#else

using Bytes = char;

Bytes in_lower_case(Bytes byte) {
  return static_cast<char>(byte | 0x20);
}
bool is(Bytes byte, char c) {
  return byte == c;
}
bool within(Bytes byte, char first, char last) {
  return byte >= first && byte <= last;
}
bool either(bool a, bool b) {
  return a || b;
}

template <typename Test>
std::uint64_t mask_of(const char* bytes, const Test& test) {
  std::uint64_t mask = 0;
  for (unsigned at = 0; at < 64; ++at) mask |= std::uint64_t{test(bytes[at])} << at;
  return mask;
}

#endif

}  // namespace

std::uint64_t Digits::of(const char* bytes) {
  return mask_of(bytes, [](Bytes some) { return within(some, '0', '9'); });
}

std::uint64_t Base64Letters::of(const char* bytes) {
  return mask_of(bytes, [](Bytes some) {
    const auto letter = within(in_lower_case(some), 'a', 'z');
    const auto digit_or_slash = within(some, '/', '9');
    const auto mark = either(is(some, '+'), either(is(some, '-'), is(some, '_')));
    return either(either(letter, digit_or_slash), mark);
  });
}

std::uint64_t EscapeBeginnings::of(const char* bytes) {
  return mask_of(bytes, [](Bytes some) {
    const auto mark = either(is(some, '\\'), within(some, '%', '&'));
    const auto arabic = either(is(some, '\xD9'), is(some, '\xDB'));
    return either(either(mark, arabic), is(some, '\xEF'));
  });
}

std::uint64_t SecretBeginnings::of(const char* bytes) {
  const std::uint64_t firsts = mask_of(bytes, [](Bytes some) {
    const Bytes lower = in_lower_case(some);
    const auto one = either(either(is(lower, 'c'), is(lower, 'e')), is(lower, 'm'));
    const auto other = either(either(is(lower, 'p'), is(lower, 's')), is(lower, 't'));
    return either(either(one, other), is(lower, 'v'));
  });
  const std::uint64_t seconds = mask_of(bytes, [](Bytes some) {
    const Bytes lower = in_lower_case(some);
    const auto one = either(either(is(lower, 'a'), is(lower, 'e')), is(lower, 'i'));
    const auto other = either(either(is(lower, 'n'), is(lower, 'r')), is(lower, 'v'));
    return either(one, other);
  });
  const std::uint64_t thirds = mask_of(bytes, [](Bytes some) {
    const Bytes lower = in_lower_case(some);
    const auto one = either(either(is(lower, 'a'), within(lower, 'c', 'd')), is(lower, 'g'));
    const auto other = either(either(is(lower, 'n'), is(lower, 'r')), is(lower, 'v'));
    return either(one, other);
  });
  return firsts & seconds >> 1 & thirds >> 2;
}

}  // namespace storeward
