#include "drivers/formats/special_bytes.h"

#include <algorithm>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace storeward {

SpecialBytes::SpecialBytes(char first, char second) : first_(first), second_(second) {
  std::fill_n(special_.begin(), '\r' + 1, std::uint8_t{1});
  special_[static_cast<unsigned char>(first)] = 1;
  special_[static_cast<unsigned char>(second)] = 1;
}

void SpecialBytes::load(std::size_t from) {
  base_ = from - from % block;
  const std::size_t there = text_.size() - base_;
  if (there >= block) {
    classify(text_.data() + base_);
  } else {
    std::array<char, block> tail{};
    std::copy_n(text_.data() + base_, there, tail.begin());
    classify(tail.data());
    const std::uint64_t inside = (std::uint64_t{1} << there) - 1;
    specials_ &= inside;
    highs_ &= inside;
  }
  beyond_ascii_ = beyond_ascii_ || (highs_ >> (from - base_)) != 0;
}

#ifdef __SSE2__

void SpecialBytes::classify(const char* bytes) {
  const __m128i first = _mm_set1_epi8(first_);
  const __m128i second = _mm_set1_epi8(second_);
  const __m128i last_control = _mm_set1_epi8('\r');
  specials_ = highs_ = 0;
  for (unsigned lane = 0; lane < block; lane += 16) {
    const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + lane));
    const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, last_control), chunk);
    const __m128i either =
        _mm_or_si128(_mm_cmpeq_epi8(chunk, first), _mm_cmpeq_epi8(chunk, second));
    const auto mask = [lane](__m128i lanes) {
      return std::uint64_t{static_cast<std::uint32_t>(_mm_movemask_epi8(lanes))} << lane;
    };
    specials_ |= mask(_mm_or_si128(control, either));
    highs_ |= mask(chunk);
  }
}

#else

void SpecialBytes::classify(const char* bytes) {
  specials_ = highs_ = 0;
  for (unsigned i = 0; i < block; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    specials_ |= std::uint64_t{special_[byte]} << i;
    highs_ |= std::uint64_t{byte >> 7u} << i;
  }
}

#endif

}  // namespace storeward
