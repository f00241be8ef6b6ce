// Run: consecutive events of one stream, one row of the outbox. RunBuilder collects what a commit
// adds to a stream; RunTable writes, finds and deletes the rows. Store thread for writing; the
// reader has its own RunTable on its own connection.
#pragma once

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/sha256.h"
#include "agent/core/event.h"
#include "agent/core/hub_protocol.h"
#include "store/place.h"
#include "store/sqlite.h"

namespace storeward::store {

struct RunDigest {  // what a run keeps of each of its events
  EventDigests digests;
  std::uint32_t size = 0;
};
inline constexpr std::size_t run_digest_bytes = 20;

RunDigest digest_at(std::string_view digests, std::size_t index);

struct Run {
  Place key = 0;  // of the first event
  Sequence last = 0;
  std::int64_t accepted_ms = 0;  // wall clock
  std::int64_t kept_ms = 0;      // retention clock
  Codec codec = Codec::plain;
  std::uint64_t plain_size = 0;
  std::uint32_t crc = 0;
  Sha256 chain{};       // h(last)
  std::string digests;  // run_digest_bytes per event
  std::shared_ptr<const std::string> bytes;

  Sequence first() const { return sequence_at(key); }
  std::size_t events() const { return last - first() + 1; }
  bool holds(Sequence sequence) const { return sequence >= first() && sequence <= last; }
};

std::uint32_t crc_of(const Run& run);

// The plain array. Throws Failure (corrupt) naming the place where the run is damaged.
std::string plain_of(const Run& run);

// Walks the events of a plain array by the sizes in `digests`.
class RunEvents {
 public:
  RunEvents(const Run& run, std::string_view plain)
      : plain_(plain), digests_(run.digests), sequence_(run.first()) {}

  bool next();  // to the first, then the next event
  std::string_view event() const { return event_; }
  Sequence sequence() const { return sequence_ + index_ - 1; }
  const RunDigest& digest() const { return digest_; }

 private:
  std::string_view plain_, digests_;
  Sequence sequence_;
  std::size_t index_ = 0, at_ = 1;  // after '['
  std::string_view event_;
  RunDigest digest_;
};

class RunBuilder {
 public:
  bool empty() const { return events_ == 0; }
  std::size_t events() const { return events_; }
  std::size_t plain_size() const { return plain_.size() + 1; }

  // event: stamped. chain: h of this event.
  void add(std::string_view event, EventDigests digests, const Sha256& chain);

  // Encodes what was added as the run that begins at `key`, and is empty again.
  Run finish(Place key, std::int64_t accepted_ms, std::int64_t kept_ms);

 private:
  std::string plain_, digests_;
  std::size_t events_ = 0;
  Sha256 chain_{};
};

class RunTable {
 public:
  explicit RunTable(Connection& db);

  void insert(const Run& run);
  void erase(Place key);

  // The run that holds `sequence`, else the first one after it in the same stream.
  std::optional<Run> at_or_after(StreamNumber stream, Sequence sequence);

  // The newest run of the stream that begins at or before `sequence`.
  std::optional<Run> at_or_before(StreamNumber stream, Sequence sequence);

  struct Outline {  // without the events: cheap
    Place key = 0;
    Sequence last = 0;
    std::int64_t accepted_ms = 0, kept_ms = 0;
    Sha256 chain{};
  };
  std::optional<Outline> newest(StreamNumber stream);
  std::optional<Outline> outline_at_or_after(StreamNumber stream, Sequence sequence);
  std::optional<Outline> outline_at_or_before(StreamNumber stream, Sequence sequence);

 private:
  std::optional<Run> read(Query& query, Place from, Place to);
  std::optional<Outline> read_outline(Query& query, Place from, Place to);

  Query insert_, erase_, before_, after_, outline_before_, outline_after_;
};

}  // namespace storeward::store
