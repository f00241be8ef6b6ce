// ExceptionTable: what could not become an event, or could not be delivered, kept (masked) for a
// person. One row per (key, content): the same bad item again is the same exception. Store thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "agent/base/clock.h"
#include "agent/core/event.h"
#include "store/outbox_reader.h"
#include "store/place.h"
#include "store/sqlite.h"
#include "store/tuning.h"

namespace storeward::store {

enum class ExceptionKind : std::uint8_t { quarantined, conflict, withheld, rejected };
enum class ExceptionState : std::uint8_t { open, retried, discarded, superseded };

class ExceptionTable {
 public:
  ExceptionTable(Connection& db, const Tuning& tuning);

  void load();
  std::uint64_t open_count() const { return open_count_; }
  bool full() const { return open_count_ >= tuning_.exceptions; }

  // The number of the exception about this item, new or the one it already has. place: of the
  // stored event it is about, 0 if none.
  std::uint64_t record(ExceptionKind kind, const EventIdentity& identity, EventDigests digests,
                       std::string_view reason, std::string_view masked, WallTime at, Place place);

  std::optional<std::uint64_t> known(EventDigests digests);

  // A good event with this key has been stored: its quarantined forerunners are settled.
  void supersede(std::uint64_t key) {
    if (!open_keys_.empty() && open_keys_.contains(key)) close_superseded(key);
  }

 private:
  void close_superseded(std::uint64_t key);
  void make_room();

  const Tuning& tuning_;
  Connection& db_;
  std::uint64_t open_count_ = 0, count_ = 0;
  std::unordered_set<std::uint64_t> open_keys_;  // of quarantined ones; at most Tuning::exceptions
  Query find_, insert_, supersede_, drop_oldest_closed_;
};

// For the reader.
std::vector<Exception> read_exceptions(Connection& db, std::uint64_t from, std::size_t limit);

}  // namespace storeward::store
