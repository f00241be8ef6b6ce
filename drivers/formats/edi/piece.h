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
  enum class State : std::uint8_t { open, complete, stray };
  State state = State::open;
  std::uint64_t begin = 0, end = 0, line = 1;
  std::uint64_t counted = 0;  // segments
  std::vector<EdiSpan> segments;
  bool lone = false;  // a segment that is a set by itself
  bool too_long = false;
  std::string excerpt;  // its first bytes, where it is too long
  std::string fault;
  std::vector<std::string> warnings;
  EdiSetSeen seen;
};

}  // namespace storeward
