// LevelTable: the newest snapshot of each place that waits for its sequence. A newer one (as_of)
// takes the place of a waiting one; an older one is acknowledged and ignored. Store thread.
#pragma once

#include <string>

#include "agent/core/event.h"
#include "store/sqlite.h"

namespace storeward::store {

class LevelTable {
 public:
  explicit LevelTable(Connection& db);

  void load();
  std::uint64_t waiting() const { return waiting_; }

  enum class Put : std::uint8_t { stored, duplicate, conflict };
  Put put(const Event& event);
  // Whether the one that waits at its place has its identity and another content.
  bool contradicts(const Event& event);

  // The longest waiting ones leave the table, oldest first: each(bytes, digests).
  template <typename Each>
  void take(std::size_t limit, Each each) {
    std::int64_t through = 0;
    {
      Query::Rows rows = oldest_.rows(std::uint64_t{limit});
      while (rows.next()) {
        through = rows.integer(0);
        each(std::string(rows.blob(3)), EventDigests{static_cast<std::uint64_t>(rows.integer(1)),
                                                     static_cast<std::uint64_t>(rows.integer(2))});
      }
    }
    remove_.run(through);
    waiting_ -= static_cast<std::uint64_t>(db_.changes());
  }

 private:
  Connection& db_;
  std::uint64_t waiting_ = 0;
  Query find_, insert_, replace_, oldest_, remove_;
};

}  // namespace storeward::store
