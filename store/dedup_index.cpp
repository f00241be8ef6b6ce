#include "store/dedup_index.h"

#include <algorithm>
#include <cstring>

#include "store/dedup_filter.h"
#include "store/schema.h"

namespace storeward::store {
namespace {

constexpr std::size_t block_entries = 166;  // 3,984 bytes: one row fills one page
constexpr int block_bits = 24;
constexpr int dropped_level = -1;

std::string_view bytes_of(const void* from, std::size_t size) {
  return {static_cast<const char*>(from), size};
}

bool by_key(const DedupEntry& a, const DedupEntry& b) {
  return a.key < b.key;
}

}  // namespace

struct DedupIndex::Segment {
  std::uint64_t id = 0;
  int level = 0;
  std::uint64_t entries = 0;
  std::int64_t oldest_ms = 0, newest_ms = 0;
  DedupFilter filter;
  std::vector<std::uint64_t> fences;  // the first key of each block
};

struct DedupIndex::Merge {
  struct Input {
    const Segment* segment;
    std::size_t next_block = 0;
    std::vector<DedupEntry> entries;
    std::size_t at = 0;
  };
  std::vector<Input> inputs;
  std::unique_ptr<Segment> output;
  std::vector<DedupEntry> block;  // not yet written
};

DedupIndex::DedupIndex(Connection& db, const Tuning& tuning)
    : db_(db),
      tuning_(tuning),
      read_block_(
          db, "SELECT entries,crc IS NULL OR crc=crc32c(id,entries) FROM dedup_block WHERE id=?1"),
      put_block_(db, "INSERT INTO dedup_block(id,entries,crc) VALUES(?1,?2,crc32c(?1,?2))"),
      drop_blocks_(db, "DELETE FROM dedup_block WHERE id BETWEEN ?1 AND ?2"),
      put_segment_(db,
                   "INSERT INTO dedup_segment(id,level,entries,blocks,oldest_ms,newest_ms,filter,"
                   "fences,crc) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,crc32c(?1,?2,?3,?4,?5,?6,?7,?8))"),
      finish_segment_(db,
                      "UPDATE dedup_segment SET level=?2,entries=?3,blocks=?4,filter=?5,fences=?6,"
                      "crc=crc32c(?1,?2,?3,?4,oldest_ms,newest_ms,?5,?6) WHERE id=?1"),
      give_up_(db,
               "UPDATE dedup_segment SET level=-1,filter=x'',fences=x'',"
               "crc=crc32c(id,-1,entries,blocks,oldest_ms,newest_ms,x'',x'') WHERE id=?1"),
      forget_(db, "DELETE FROM dedup_segment WHERE id=?1") {
  load();
}

DedupIndex::~DedupIndex() = default;

void DedupIndex::load() {
  recent_.assign(1024, {});
  recent_count_ = 0;
  segments_.clear();
  dropping_.clear();
  merge_.reset();
  Query all(db_,
            "SELECT id,level,entries,blocks,oldest_ms,newest_ms,filter,fences,crc IS NULL OR "
            "crc=crc32c(id,level,entries,blocks,oldest_ms,newest_ms,filter,fences) "
            "FROM dedup_segment ORDER BY oldest_ms,id");
  Query::Rows rows = all.rows();
  while (rows.next()) {
    const auto id = static_cast<std::uint64_t>(rows.integer(0));
    next_id_ = std::max(next_id_, id + 1);
    const bool whole = rows.integer(8) == 1;
    if (whole && rows.integer(1) == dropped_level) {
      dropping_.emplace_back(id, rows.integer(3));
      continue;
    }
    auto segment = std::make_unique<Segment>(Segment{id,
                                                     static_cast<int>(rows.integer(1)),
                                                     static_cast<std::uint64_t>(rows.integer(2)),
                                                     rows.integer(4),
                                                     rows.integer(5),
                                                     DedupFilter(std::string(rows.blob(6))),
                                                     {}});
    const std::string_view fences = rows.blob(7);
    segment->fences.resize(fences.size() / sizeof(std::uint64_t));
    std::memcpy(segment->fences.data(), fences.data(), fences.size());
    if (!whole || segment->filter.bytes().empty() || segment->fences.empty()) {
      throw Failure(StoreFailure::corrupt,
                    "outbox.db: dedup segment " + std::to_string(id) + " has lost its filter");
    }
    segments_.push_back(std::move(segment));
  }
}

const DedupEntry* DedupIndex::find_recent(std::uint64_t key) const {
  const std::size_t mask = recent_.size() - 1;
  for (std::size_t i = key & mask;; i = (i + 1) & mask) {
    if (recent_[i].place == 0) return nullptr;
    if (recent_[i].key == key) return &recent_[i];
  }
}

std::optional<DedupEntry> DedupIndex::find(std::uint64_t key) {
  if (const DedupEntry* entry = find_recent(key)) return *entry;
  std::optional<DedupEntry> newest;
  for (const auto& segment : segments_) {
    if (!segment->filter.may_have(key)) continue;
    const auto fence = std::ranges::upper_bound(segment->fences, key);
    if (fence == segment->fences.begin()) continue;
    const auto block = static_cast<std::uint64_t>(fence - segment->fences.begin() - 1);
    const std::vector<DedupEntry> entries = read_block(segment->id, block);
    const auto found = std::ranges::lower_bound(entries, key, {}, &DedupEntry::key);
    if (found == entries.end() || found->key != key) continue;
    if (!newest || found->place > newest->place) newest = *found;
  }
  return newest;
}

void DedupIndex::add(const DedupEntry& entry, std::int64_t kept_ms) {
  ASSERT(entry.place != 0);
  if (recent_count_ * 2 >= recent_.size()) grow_recent();
  if (recent_count_ == 0) recent_oldest_ms_ = recent_newest_ms_ = kept_ms;
  recent_oldest_ms_ = std::min(recent_oldest_ms_, kept_ms);
  recent_newest_ms_ = std::max(recent_newest_ms_, kept_ms);
  const std::size_t mask = recent_.size() - 1;
  std::size_t i = entry.key & mask;
  while (recent_[i].place != 0 && recent_[i].key != entry.key) i = (i + 1) & mask;
  if (recent_[i].place == 0) ++recent_count_;
  recent_[i] = entry;
}

void DedupIndex::grow_recent() {
  std::vector<DedupEntry> old(recent_.size() * 2);
  old.swap(recent_);
  const std::size_t mask = recent_.size() - 1;
  for (const DedupEntry& entry : old) {
    if (entry.place == 0) continue;
    std::size_t i = entry.key & mask;
    while (recent_[i].place != 0) i = (i + 1) & mask;
    recent_[i] = entry;
  }
}

std::vector<DedupEntry> DedupIndex::read_block(std::uint64_t segment, std::size_t block) {
  Query::Rows rows = read_block_.rows(segment << block_bits | block);
  const bool whole = rows.next() && rows.integer(1) == 1;
  const std::string_view bytes = whole ? rows.blob(0) : std::string_view();
  if (bytes.empty()) {
    throw Failure(StoreFailure::corrupt, "outbox.db: dedup segment " + std::to_string(segment) +
                                             " has lost block " + std::to_string(block));
  }
  std::vector<DedupEntry> entries(bytes.size() / sizeof(DedupEntry));
  std::memcpy(entries.data(), bytes.data(), entries.size() * sizeof(DedupEntry));
  return entries;
}

void DedupIndex::put_block(std::uint64_t segment, std::size_t block, const DedupEntry* entries,
                           std::size_t count) {
  ASSERT(block < std::size_t{1} << block_bits);
  put_block_.run(segment << block_bits | block,
                 Blob{bytes_of(entries, count * sizeof(DedupEntry))});
}

void DedupIndex::write_segment() {
  if (recent_count_ == 0) return;
  std::vector<DedupEntry> sorted;
  sorted.reserve(recent_count_);
  std::ranges::copy_if(recent_, std::back_inserter(sorted),
                       [](const DedupEntry& entry) { return entry.place != 0; });
  std::ranges::sort(sorted, by_key);
  auto segment = std::make_unique<Segment>(Segment{next_id_++,
                                                   0,
                                                   sorted.size(),
                                                   recent_oldest_ms_,
                                                   recent_newest_ms_,
                                                   DedupFilter(sorted.size()),
                                                   {}});
  for (const DedupEntry& entry : sorted) segment->filter.add(entry.key);
  for (std::size_t at = 0; at < sorted.size(); at += block_entries) {
    put_block(segment->id, segment->fences.size(), &sorted[at],
              std::min(block_entries, sorted.size() - at));
    segment->fences.push_back(sorted[at].key);
  }
  put_segment_.run(
      segment->id, 0, segment->entries, segment->fences.size(), segment->oldest_ms,
      segment->newest_ms, Blob{segment->filter.bytes()},
      Blob{bytes_of(segment->fences.data(), segment->fences.size() * sizeof(std::uint64_t))});
  segments_.push_back(std::move(segment));
  recent_.assign(1024, {});
  recent_count_ = 0;
}

std::uint64_t DedupIndex::segment_bytes() const {
  constexpr std::uint64_t other_pages = 4;  // the trees above the leaves, and a row's last page
  const std::uint64_t blocks = (recent_count_ + block_entries - 1) / block_entries;
  const std::uint64_t row_bytes =
      DedupFilter(recent_count_).bytes().size() + blocks * sizeof(std::uint64_t);
  return (blocks + blocks / 64 + row_bytes / page_bytes + other_pages) * page_bytes;
}

// The first of fan_in neighbours (by age) of one level that together span no more than a quarter of
// the horizon: so a segment expires soon after the newest of its entries might.
const DedupIndex::Segment* DedupIndex::oldest_of_mergeable_level(std::int64_t horizon_ms) const {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& first = *segments_[i];
    std::size_t found = 0;
    for (std::size_t j = i; j < segments_.size(); ++j) {
      if (segments_[j]->level != first.level) continue;
      if (segments_[j]->newest_ms - first.oldest_ms > horizon_ms / 4) break;
      if (++found == tuning_.dedup_fan_in) return &first;
    }
  }
  return nullptr;
}

void DedupIndex::start_merge(std::int64_t horizon_ms) {
  const Segment* first = oldest_of_mergeable_level(horizon_ms);
  ASSERT(first != nullptr);
  auto merge = std::make_unique<Merge>();
  std::uint64_t entries = 0;
  std::size_t blocks = 1;
  std::int64_t oldest = first->oldest_ms;
  std::int64_t newest = first->newest_ms;
  bool reached = false;
  for (const auto& segment : segments_) {
    reached |= segment.get() == first;
    if (!reached || segment->level != first->level) continue;
    merge->inputs.push_back({segment.get(), 0, {}, 0});
    entries += segment->entries;
    blocks += segment->fences.size();
    oldest = std::min(oldest, segment->oldest_ms);
    newest = std::max(newest, segment->newest_ms);
    if (merge->inputs.size() == tuning_.dedup_fan_in) break;
  }
  merge->output = std::make_unique<Segment>(
      Segment{next_id_++, first->level + 1, 0, oldest, newest, DedupFilter(entries), {}});
  // Until it is finished a start would drop it.
  put_segment_.run(merge->output->id, dropped_level, 0, blocks, oldest, newest, Blob{}, Blob{});
  merge_ = std::move(merge);
}

void DedupIndex::advance_merge() {
  Merge& merge = *merge_;
  Segment& output = *merge.output;
  const auto write_block = [&] {
    put_block(output.id, output.fences.size(), merge.block.data(), merge.block.size());
    output.fences.push_back(merge.block.front().key);
    merge.block.clear();
  };
  for (std::size_t written = 0; written < tuning_.dedup_step_blocks;) {
    Merge::Input* least = nullptr;
    for (Merge::Input& input : merge.inputs) {
      if (input.at == input.entries.size()) {
        if (input.next_block == input.segment->fences.size()) continue;
        input.entries = read_block(input.segment->id, input.next_block++);
        input.at = 0;
      }
      if (!least || input.entries[input.at].key < least->entries[least->at].key) least = &input;
    }
    if (!least) break;
    const DedupEntry& entry = least->entries[least->at++];
    if (!merge.block.empty() && merge.block.back().key == entry.key) {
      if (entry.place > merge.block.back().place) merge.block.back() = entry;
      continue;
    }
    if (merge.block.size() == block_entries) {
      write_block();
      ++written;
    }
    merge.block.push_back(entry);
    output.filter.add(entry.key);
    ++output.entries;
  }
  const bool done = std::ranges::all_of(merge.inputs, [](const Merge::Input& input) {
    return input.at == input.entries.size() && input.next_block == input.segment->fences.size();
  });
  if (!done) return;
  write_block();
  finish_segment_.run(
      output.id, output.level, output.entries, output.fences.size(), Blob{output.filter.bytes()},
      Blob{bytes_of(output.fences.data(), output.fences.size() * sizeof(std::uint64_t))});
  for (const Merge::Input& input : merge.inputs) {
    give_up_.run(input.segment->id);
    dropping_.emplace_back(input.segment->id, input.segment->fences.size());
  }
  std::erase_if(segments_, [&](const auto& segment) {
    return std::ranges::any_of(
        merge.inputs, [&](const Merge::Input& input) { return input.segment == segment.get(); });
  });
  const auto at = std::ranges::upper_bound(segments_, output.oldest_ms, {},
                                           [](const auto& segment) { return segment->oldest_ms; });
  segments_.insert(at, std::move(merge.output));
  merge_.reset();
}

bool DedupIndex::drop_step() {
  auto& [id, blocks] = dropping_.back();
  const std::uint64_t step = std::min<std::uint64_t>(blocks, tuning_.dedup_step_blocks);
  if (step > 0) drop_blocks_.run(id << block_bits | (blocks - step), id << block_bits | blocks);
  blocks -= step;
  if (blocks == 0) {
    forget_.run(id);
    dropping_.pop_back();
  }
  return !dropping_.empty();
}

bool DedupIndex::has_work(std::int64_t horizon_ms) const {
  return merge_ || !dropping_.empty() || oldest_of_mergeable_level(horizon_ms) != nullptr;
}

bool DedupIndex::step(std::int64_t horizon_ms) {
  if (merge_) {
    advance_merge();
  } else if (!dropping_.empty()) {
    drop_step();
  } else if (oldest_of_mergeable_level(horizon_ms)) {
    start_merge(horizon_ms);
  }
  return has_work(horizon_ms);
}

bool DedupIndex::expires(std::int64_t before_ms) const {
  return !merge_ && std::ranges::any_of(segments_, [&](const auto& segment) {
    return segment->newest_ms < before_ms;
  });
}

void DedupIndex::expire(std::int64_t before_ms) {
  if (merge_) return;  // its inputs must stay; it ends soon
  std::erase_if(segments_, [&](const auto& segment) {
    if (segment->newest_ms >= before_ms) return false;
    give_up_.run(segment->id);
    dropping_.emplace_back(segment->id, segment->fences.size());
    return true;
  });
}

std::size_t DedupIndex::segments() const {
  return segments_.size();
}

std::size_t DedupIndex::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& segment : segments_) {
    bytes += segment->filter.bytes().size() + segment->fences.size() * sizeof(std::uint64_t);
  }
  return bytes;
}

}  // namespace storeward::store
