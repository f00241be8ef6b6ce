// SourceCursorTable: what drivers have noted about their sources (agent/core/submit.h), written in
// the transaction of the delivery that carries it. Store thread.
//
// Invariant: at most Tuning::source_cursors per driver. Where a new one finds no room, the one of
// that driver that expires first goes; where none expires, the delivery is refused.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/submit.h"
#include "store/sqlite.h"
#include "store/tuning.h"

namespace storeward::store {

class SourceCursorTable {
 public:
  SourceCursorTable(Connection& db, const Tuning& tuning);

  void load();

  // Why these cannot be kept; empty: they can.
  std::string why_refused(std::span<const SourceCursor> cursors);

  // Within a transaction. now_ms: retention clock.
  void put(const SourceCursor& cursor, std::int64_t now_ms);
  void expire_step(std::int64_t now_ms);

  bool expires(std::int64_t now_ms) const;

 private:
  struct Held {
    std::uint64_t all = 0, expiring = 0;
    std::int64_t first_expiry_ms = 0;  // 0: none; never later than the true one
  };

  void note_gone(const std::string& driver, std::int64_t expires_ms);
  void drop(const std::string& driver, std::int64_t through_ms, std::uint64_t most);

  Connection& db_;
  const Tuning& tuning_;
  std::map<std::string, Held> held_;  // by driver: as many as have been configured
  Query find_, put_, erase_, drop_, first_expiry_;
};

// For the reader. A row that differs from its checksum is damage.
std::optional<std::string> read_source_cursor(Connection& db, std::string_view driver,
                                              std::string_view key);
std::vector<SourceCursor> read_source_cursors(Connection& db, std::string_view driver,
                                              std::string_view after_key, std::size_t limit);

}  // namespace storeward::store
