// A source's share of the queue to the store: while so much of its own is on the way, more is
// refused as if the queue were full. So a source that hands in without end waits for itself, and
// the others find room.
#pragma once

#include <cstddef>

#include "agent/core/submit.h"

namespace storeward {

inline constexpr std::size_t share_of_a_source = 8u << 20;  // bytes: a quarter of the queue

// Callable from where `submit` is. A delivery larger than the share is taken when nothing else of
// the source is on the way.
Submit with_queue_share(Submit submit, std::size_t bytes);

}  // namespace storeward
