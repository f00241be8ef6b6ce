// Place: where an event is, packed into one integer that sorts by epoch, stream, sequence. It is
// the key of a run (its first event) and the last field of a dedup entry.
#pragma once

#include <cstdint>

#include "agent/base/assert.h"
#include "agent/core/stream.h"

namespace storeward::store {

using EpochNumber = std::uint32_t;  // 1 … max_epoch_number, in order of creation

inline constexpr EpochNumber max_epoch_number = 0xffff;
inline constexpr Sequence max_sequence = (Sequence{1} << 44) - 1;

// A stream of an epoch, as number; orders like the places of its events.
struct StreamNumber {
  EpochNumber epoch = 0;
  Stream stream = Stream::sales;
  friend auto operator<=>(const StreamNumber&, const StreamNumber&) = default;
};

using Place = std::uint64_t;

constexpr Place place_of(StreamNumber stream, Sequence sequence) {
  ASSERT(stream.epoch <= max_epoch_number && sequence <= max_sequence);
  return Place{stream.epoch} << 47 | Place{index_of(stream.stream)} << 44 | sequence;
}

constexpr Sequence sequence_at(Place place) {
  return place & max_sequence;
}

constexpr StreamNumber stream_at(Place place) {
  return {static_cast<EpochNumber>(place >> 47), static_cast<Stream>(place >> 44 & 7)};
}

// What was read from a disk may be no place at all.
constexpr bool is_place(Place place) {
  const StreamNumber stream = stream_at(place);
  return stream.epoch >= 1 && stream.epoch <= max_epoch_number &&
         index_of(stream.stream) < stream_count && sequence_at(place) >= 1;
}

}  // namespace storeward::store
