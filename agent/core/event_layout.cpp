#include "agent/core/event_layout.h"

#include <cstdio>
#include <cstring>

#include "agent/base/assert.h"

namespace storeward::event_layout {

static_assert(unstamped.substr(epoch_at, epoch_width) == "00000000-0000-0000-0000-000000000000");
static_assert(unstamped.substr(sequence_at, sequence_width) == "00000000000000000000");
static_assert(unstamped.substr(recordedtime_at, recordedtime_width) == "0000-00-00T00:00:00.000Z");

void stamp(std::string& bytes, std::string_view epoch, Sequence sequence,
           std::string_view recordedtime) {
  ASSERT(bytes.size() > unstamped.size());
  ASSERT(epoch.size() == epoch_width && recordedtime.size() == recordedtime_width);
  std::memcpy(bytes.data() + epoch_at, epoch.data(), epoch_width);
  for (std::size_t i = sequence_width; i-- > 0; sequence /= 10) {
    bytes[sequence_at + i] = static_cast<char>('0' + sequence % 10);
  }
  std::memcpy(bytes.data() + recordedtime_at, recordedtime.data(), recordedtime_width);
}

Sequence sequence_of(std::string_view bytes) {
  ASSERT(bytes.size() > unstamped.size());
  Sequence sequence = 0;
  for (const char digit : bytes.substr(sequence_at, sequence_width)) {
    sequence = sequence * 10 + static_cast<Sequence>(digit - '0');
  }
  return sequence;
}

std::string_view epoch_of(std::string_view bytes) {
  ASSERT(bytes.size() > unstamped.size());
  return bytes.substr(epoch_at, epoch_width);
}

std::string_view recordedtime_of(std::string_view bytes) {
  ASSERT(bytes.size() > unstamped.size());
  return bytes.substr(recordedtime_at, recordedtime_width);
}

}  // namespace storeward::event_layout
