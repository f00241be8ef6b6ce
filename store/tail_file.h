// TailFile: outbox.tail remembers, beside the database, where each stream of the current epoch
// ends.
//
// A WAL that was cut or lost looks like one that never was: SQLite opens what is left without a
// word. So after each commit its end is noted here, unsynced and therefore for nothing. Whatever
// the file says was committed before: an outbox that ends earlier has lost its newest commits. A
// note that is missing, torn or old proves nothing and raises no alarm. Store thread.
#pragma once

#include <array>
#include <filesystem>
#include <optional>

#include "agent/core/hub_protocol.h"
#include "store/place.h"

namespace storeward::store {

struct Tail {
  EpochNumber number = 0;
  Epoch epoch;
  std::array<Sequence, stream_count> last{};
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
