// The store's fixed sizes. Not configuration: they are in one place so that tests can make them
// small enough to see every boundary.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "agent/base/clock.h"

namespace storeward::store {

struct Tuning {
  std::size_t run_events = 1000;         // per run, at most
  std::size_t run_bytes = 256 * 1024;    // plain
  std::size_t dedup_recent = 16 * 1024;  // entries in memory before they become a segment
  std::size_t dedup_fan_in = 4;          // segments of a level that merge into one
  std::size_t dedup_step_blocks = 32;    // per step of a merge: a millisecond
  std::size_t exceptions = 100'000;      // kept; at most as many open
  std::size_t expire_exceptions = 1000;  // per step
  std::size_t audit_entries = 1'000'000;
  std::size_t audit_step = 1000;           // entries that go at once
  std::size_t source_cursors = 1'000'000;  // per driver; the oldest that expire make room
  std::size_t expire_cursors = 1000;       // per step
  std::size_t levels_per_take = 1000;
  std::size_t prune_runs = 64;            // per step
  Millis prune_pause{1'000};              // of a stream, once a step has found less than that
  std::size_t days = 10'000;              // rows of daily totals
  int checkpoint_pages = 1024;            // 4 MiB of WAL: checkpoint with the next upkeep
  int checkpoint_at_commit_pages = 6144;  // 24 MiB: upkeep did not keep pace
  std::string synchronous = "FULL";       // anything else must be refused at open
};

}  // namespace storeward::store
