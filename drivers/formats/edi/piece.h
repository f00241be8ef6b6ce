// EdiPiece: the part of an EDI source that becomes one record or fault: a set, or segments that
// belong to none. Pure; a value of the decoder's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "drivers/formats/edi/envelope.h"

namespace storeward {

// A segment of the piece.
struct EdiSpan {
  std::uint32_t begin, bytes;  // begin: from the piece's first byte
  std::uint64_t line;
};

struct EdiPiece {
  enum class State : std::uint8_t {
    open,      // a set whose end has not come
    complete,  // a set
    stray,     // segments that belong to no set
    envelope   // says that the interchange does not add up
  };
  State state = State::open;
  std::uint64_t begin = 0, end = 0, line = 1;
  std::uint64_t counted = 0;  // segments
  std::vector<EdiSpan> segments;
  bool lone = false;  // a segment that is a set by itself
  bool too_long = false;
  // Its first bytes, where it is too long; the header of an interchange whose trailer never came.
  std::string excerpt;
  std::string fault;
  std::vector<std::string> warnings;
  EdiSetSeen seen;
};

}  // namespace storeward
