// A stored run as the store reads it back (store/run): a damaged row is told from a good one, and
// what a run was made of comes back from it. The checksum is made to fit, so that the checks behind
// it are reached.
#include "store/run.h"

#include <vector>

#include "agent/base/assert.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

using namespace storeward::store;

// Takes numbers off the front of the input.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    for (const char byte : take(width)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(taken.size());
    return taken;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

// Walks all events; they stand one behind the other within the array.
std::vector<std::string> events_of(const Run& run, std::string_view plain) {
  std::vector<std::string> all;
  std::size_t size = 1;
  RunEvents events(run, plain);
  while (events.next()) {
    ASSERT(run.holds(events.sequence()));
    ASSERT(events.event().size() == events.digest().size);
    all.emplace_back(events.event());
    size += all.back().size() + 1;
  }
  ASSERT(size == plain.size() && all.size() == run.events());
  return all;
}

// As it may stand in a row: place and last of the run, its events' digests, its bytes.
void check_reading(Reader input) {
  Run run;
  run.codec = input.number(1) % 2 == 0 ? Codec::plain : Codec::zstd;
  run.key = input.number(8);
  run.last = input.number(8);
  run.plain_size = input.number(4);
  run.digests = input.take(input.number(2));
  run.bytes = std::make_shared<const std::string>(input.take(64u << 10));
  run.crc = crc_of(run);
  try {
    const std::string plain = plain_of(run);
    events_of(run, plain);
  } catch (const Failure& failure) {
    ASSERT(failure.error().kind == StoreFailure::corrupt && !failure.error().message.empty());
  }
  run.crc ^= 1;
  try {
    plain_of(run);
    ASSERT(false);
  } catch (const Failure& failure) {
    ASSERT(failure.error().kind == StoreFailure::corrupt);
  }
}

// The input cut into events by its first bytes.
void check_round_trip(Reader input) {
  RunBuilder builder;
  std::vector<std::string> given;
  while (!input.at_end() && given.size() < 64) {
    given.emplace_back(input.take(1 + input.number(2)));
    builder.add(given.back(), {given.size(), 7}, {});
  }
  if (given.empty()) return;
  const Run run = builder.finish(place_of({1, Stream::stock}, 4711), 1, 2);
  ASSERT(builder.empty() && run.first() == 4711 && run.events() == given.size());
  ASSERT(events_of(run, plain_of(run)) == given);
  ASSERT(digest_at(run.digests, given.size() - 1).digests.key == given.size());
}

void run(std::string_view bytes) {
  check_reading(Reader(bytes));
  check_round_trip(Reader(bytes));
}

const Registered registered({"stored_run", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
