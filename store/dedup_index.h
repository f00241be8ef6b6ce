// DedupIndex: has this event been here before? Decision 0011. Store thread.
//
// New entries stay in memory until there are Tuning::dedup_recent of them, then become a sorted
// segment in the file; segments of one level merge into one of the next in small steps. Of a
// segment only a Bloom filter and the first key of each block are in memory (below 2 bytes an
// entry).
//
// Invariants: an entry is in memory or in a segment as long as its event may be asked for (the
// horizon); at start the unmerged ones come back from the runs. The newest entry of a key wins.
// add() and every step that writes run inside the caller's transaction; after a rollback the whole
// index is loaded again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/place.h"
#include "store/sqlite.h"
#include "store/tuning.h"

namespace storeward::store {

struct DedupEntry {
  std::uint64_t key = 0, content = 0;
  Place place = 0;
};
static_assert(sizeof(DedupEntry) == 24);

class DedupIndex {
 public:
  DedupIndex(Connection& db, const Tuning& tuning);
  ~DedupIndex();

  void load();  // filters and fences; the caller adds the entries of the unmerged runs

  std::optional<DedupEntry> find(std::uint64_t key);
  const DedupEntry* find_recent(std::uint64_t key) const;
  void add(const DedupEntry& entry, std::int64_t kept_ms);

  std::size_t recent() const { return recent_count_; }
  void write_segment();                 // everything recent becomes one segment
  std::uint64_t segment_bytes() const;  // that takes of the file, at most

  // One bounded step of merging or dropping. horizon_ms: how long a segment is kept at least.
  // True: more to do.
  bool step(std::int64_t horizon_ms);
  bool has_work(std::int64_t horizon_ms) const;

  // Segments whose newest entry is older than this are given up.
  void expire(std::int64_t before_ms);
  bool expires(std::int64_t before_ms) const;

  std::size_t segments() const;
  std::size_t memory_bytes() const;  // filters and fences

 private:
  struct Segment;
  struct Merge;

  const Segment* oldest_of_mergeable_level(std::int64_t horizon_ms) const;
  void start_merge(std::int64_t horizon_ms);
  void advance_merge();
  bool drop_step();
  std::vector<DedupEntry> read_block(std::uint64_t segment, std::size_t block);
  void put_block(std::uint64_t segment, std::size_t block, const DedupEntry* entries,
                 std::size_t count);
  void grow_recent();

  Connection& db_;
  const Tuning& tuning_;
  std::vector<DedupEntry> recent_;  // open addressing; place 0: vacant
  std::size_t recent_count_ = 0;
  std::int64_t recent_oldest_ms_ = 0, recent_newest_ms_ = 0;
  std::vector<std::unique_ptr<Segment>> segments_;                 // oldest first
  std::vector<std::pair<std::uint64_t, std::uint64_t>> dropping_;  // id, blocks left
  std::unique_ptr<Merge> merge_;
  std::uint64_t next_id_ = 1;
  Query read_block_, put_block_, drop_blocks_, put_segment_, finish_segment_, give_up_, forget_;
};

}  // namespace storeward::store
