// AuditTable: what people did through the command line, append-only. Each entry is chained to the
// one before it: hash(n) = SHA-256(hash(n-1) || record(n)), hash(0) = 32 zero bytes. Old entries
// go; a checkpoint keeps the hash they ended with, so that what stays can still be verified. Store
// thread.
//
// Invariants: numbers have no gap; an entry is written in the transaction of the action it speaks
// of; the end is noted, so that an entry cut off there is missed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/sha256.h"
#include "agent/core/operator_action.h"
#include "store/outbox_reader.h"
#include "store/sqlite.h"
#include "store/tuning.h"

namespace storeward::store {

class AuditTable {
 public:
  AuditTable(Connection& db, const Tuning& tuning);

  void load();

  // Within a transaction. kept_ms: retention clock.
  void append(const AuditEntry& entry, WallTime at, std::int64_t kept_ms);

  // Entries written before, and what is above the bound. One step takes a bounded number.
  bool prunable(std::int64_t before_ms) const;
  void prune_step(std::int64_t before_ms);

 private:
  void save_end();

  Connection& db_;
  const Tuning& tuning_;
  std::uint64_t pruned_through_ = 0, last_ = 0;
  std::int64_t oldest_ms_ = 0;  // retention clock; never later than the true one
  Sha256 pruned_chain_{}, chain_{};
  Query insert_, save_end_;
};

// For the reader.
std::vector<AuditLine> read_audit(Connection& db, std::uint64_t from, std::size_t limit);

// Names the place of each break: `tell` gets the place and what is wrong there.
void check_audit(Connection& db,
                 const std::function<void(std::string place, std::string what)>& tell);

}  // namespace storeward::store
