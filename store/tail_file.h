// TailFile: outbox.tail remembers, beside the database, where each stream of the current epoch
// ends, and how far it is confirmed and pruned.
//
// A WAL that was cut or lost looks like one that never was: SQLite opens what is left without a
// word. So after each commit its end is noted here, unsynced and therefore for nothing. Whatever
// the file says was committed before: an outbox that ends earlier has lost its newest commits, and
// what is gone from it and was confirmed is no loss. A note that is missing, torn or old proves
// nothing and raises no alarm. Store thread.
//
// Version 2, one block, little-endian: "tail v2\n"; crc32c of all that follows (4 bytes); number of
// the epoch (4); its UUID (36); four zero bytes; per stream, in the contract's order, last,
// confirmed, pruned_through (8 each) and h(pruned_through) (32). Version 1 knew of the last only:
// crc, number, seven lasts, UUID.
#pragma once

#include <array>
#include <filesystem>
#include <optional>

#include "agent/base/sha256.h"
#include "agent/core/hub_protocol.h"
#include "store/place.h"

namespace storeward::store {

struct StreamTail {
  Sequence last = 0, confirmed = 0, pruned_through = 0;
  Sha256 pruned_chain{};  // h(pruned_through)
};

struct Tail {
  EpochNumber number = 0;
  Epoch epoch;
  std::array<StreamTail, stream_count> streams{};
  bool knows_confirmed = true;  // false: written as version 1, only `last` is known
};

std::optional<Tail> read_tail(const std::filesystem::path& directory);

class TailFile {
 public:
  // Nothing is written where there is no directory of that name (the tests' disks).
  explicit TailFile(const std::filesystem::path& directory);
  ~TailFile();
  TailFile(const TailFile&) = delete;
  TailFile& operator=(const TailFile&) = delete;

  void write(const Tail& tail) noexcept;

 private:
  int descriptor_;
};

}  // namespace storeward::store
