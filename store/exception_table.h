// ExceptionTable: what could not become an event, or could not be delivered, kept (masked) for a
// person. One row per (key, content): the same bad item again is the same exception. Store thread.
//
// Invariants: an open one never goes; closed ones go after their days, or when there are more than
// the bound; while that many are open, what would become another one is refused (CommitWork). A
// delivery is taken as a whole: the last one may go beyond the bound.
#pragma once

#include <array>
#include <map>
#include <numeric>
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

// What is kept of an item.
struct ExceptionFacts {
  ExceptionKind kind;
  const EventIdentity& identity;
  EventDigests digests;
  std::string_view reason, masked;
  const Origin& origin;
  Place place = 0;  // of the stored event it is about, 0 if none
};

class ExceptionTable {
 public:
  ExceptionTable(Connection& db, const Tuning& tuning, std::size_t bound);

  void load();
  std::uint64_t open_count() const {
    return std::accumulate(open_by_kind_.begin(), open_by_kind_.end(), std::uint64_t{0});
  }
  std::uint64_t open_count(ExceptionKind kind) const {
    return open_by_kind_[static_cast<std::size_t>(kind)];
  }
  std::vector<std::pair<std::string, std::uint64_t>> open_by_driver() const;
  std::uint64_t newest() const { return newest_; }  // number; 0: none yet
  bool full() const { return open_count() >= bound_; }

  // The number of the exception about this item, new or the one it already has; an item that was
  // handed in again is counted.
  std::uint64_t record(const ExceptionFacts& facts, WallTime at);

  std::optional<std::uint64_t> known(EventDigests digests);
  bool is_open(std::uint64_t number);

  // A good event with this key has been stored: its quarantined forerunners are settled.
  void supersede(std::uint64_t key, std::int64_t now_ms) {
    if (!open_keys_.empty() && open_keys_.contains(key)) close_superseded(key, now_ms);
  }

  // This revision has been stored: what was wrong with earlier ones of its event is settled too.
  void supersede_earlier(const EventIdentity& identity, std::int64_t now_ms);

  // Of an open one; false if it is not open. now_ms: retention clock.
  bool settle(std::uint64_t number, std::int64_t now_ms);
  bool discard(std::uint64_t number, std::string_view reason, std::int64_t now_ms);
  bool edit(std::uint64_t number, std::string_view masked);  // nor if it is about a stored event
  // Why it waits now; its first reason is kept. Not if it is about a stored event either.
  void blame(std::uint64_t number, std::string_view reason, WallTime at);

  // Closed ones that were closed before.
  bool expires(std::int64_t before_ms) const;
  void expire_step(std::int64_t before_ms);

 private:
  void close_superseded(std::uint64_t key, std::int64_t now_ms);
  void note_open(std::size_t kind, const std::string& driver);
  bool note_closed(Query::Rows rows, std::int64_t now_ms);
  void find_first_closed();
  void make_room();

  const Tuning& tuning_;
  const std::size_t bound_;
  Connection& db_;
  std::uint64_t count_ = 0, newest_ = 0;
  std::optional<std::int64_t> first_closed_ms_;  // never later than the true one; none: none closed
  std::array<std::uint64_t, 4> open_by_kind_{};
  std::map<std::string, std::uint64_t> open_by_driver_;  // bounded: drivers that were configured
  std::unordered_set<std::uint64_t> open_keys_;          // of quarantined ones; at most bound_
  Query find_, find_open_, insert_, count_again_, supersede_, supersede_earlier_, close_, edit_,
      blame_, drop_oldest_closed_;
};

// For the reader.
std::vector<Exception> read_exceptions(Connection& db, const ExceptionFilter& filter);
std::vector<std::string> read_exception_drivers(Connection& db);
Unannounced read_unannounced(Connection& db, std::uint64_t after, std::size_t limit);

}  // namespace storeward::store
