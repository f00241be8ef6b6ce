// Messages on their way to the hub, as the store reads them and the forwarder sends them.
#pragma once

#include <memory>
#include <string>

#include "agent/core/hub_protocol.h"

namespace storeward {

// One MQTT message: consecutive events of one stream and epoch (withheld ones left out), as a JSON
// array, compressed where that pays. `range` may be wider than what is inside when numbers are
// absent.
struct Message {
  StreamKey stream;
  Range range;
  std::uint32_t events = 0;
  Codec codec = Codec::plain;
  std::shared_ptr<const std::string> payload;  // shared: stays until the broker's ack
};

// What the forwarder asks of the store's reader. The answer is at most one message that starts at
// the first present event at or after `wanted.first` and ends at or before `wanted.last`; its range
// starts at wanted.first. A single event larger than max_bytes is given all the same (whoever asks
// decides). An empty payload says: nothing present in the whole range.
struct ReadRequest {
  StreamKey stream;
  Range wanted;
  std::uint32_t max_events = 1000;
  std::size_t max_bytes = 256 * 1024;  // payload as published (after compression)
  bool compress = true;
  friend bool operator==(const ReadRequest&, const ReadRequest&) = default;
};

}  // namespace storeward
