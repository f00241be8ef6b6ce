#include "store/salvaged_dedup.h"

#include <string>

#include "store/dedup_index.h"
#include "store/salvage_source.h"

namespace storeward::store {
namespace {

constexpr std::int64_t first_checked_version = 2;

void write_segment(Connection& to, DedupIndex& dedup) {
  Transaction transaction(to);
  dedup.write_segment();
  transaction.commit();
  if (to.wal_pages() >= salvage_checkpoint_pages) to.checkpoint();
}

}  // namespace

bool copy_dedup(Connection* from, std::int64_t version, Connection& to) {
  Transaction transaction(to);
  Query segment(to,
                "INSERT INTO dedup_segment(id,level,entries,blocks,oldest_ms,newest_ms,"
                "filter,fences,crc) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,"
                "crc32c(?1,?2,?3,?4,?5,?6,?7,?8))");
  Query block(to, "INSERT INTO dedup_block(id,entries,crc) VALUES(?1,?2,crc32c(?1,?2))");
  const auto checked = [version](const std::string& columns) {
    return version >= first_checked_version ? " AND (crc IS NULL OR crc=crc32c(" + columns + "))"
                                            : std::string();
  };
  const std::string columns = "id,level,entries,blocks,oldest_ms,newest_ms,filter,fences";
  bool whole = copy_rows(from,
                         "SELECT " + columns + " FROM dedup_segment WHERE level>=0" +
                             checked(columns) + " ORDER BY id",
                         segment) &&
               copy_rows(from,
                         "SELECT id,entries FROM dedup_block WHERE id>>24 IN (SELECT id FROM "
                         "dedup_segment WHERE level>=0)" +
                             checked("id,entries") + " ORDER BY id",
                         block);
  // Any of its columns may be what is damaged, the level too.
  whole = whole && to.integer("SELECT count(*) FROM dedup_segment") ==
                       from->integer("SELECT count(*) FROM dedup_segment WHERE NOT (level<0" +
                                     checked(columns) + ")");
  Query drop(to,
             "DELETE FROM dedup_segment WHERE blocks<>(SELECT count(*) FROM dedup_block AS b "
             "WHERE b.id>>24=dedup_segment.id) OR entries*24<>(SELECT sum(length(entries)) FROM "
             "dedup_block AS b WHERE b.id>>24=dedup_segment.id)");
  drop.run();
  whole = whole && to.changes() == 0;
  to.execute("DELETE FROM dedup_block WHERE id>>24 NOT IN (SELECT id FROM dedup_segment)");
  transaction.commit();
  return whole;
}

void rebuild_dedup(Connection& to, RunTable& runs, const Tuning& tuning) {
  DedupIndex dedup(to, tuning);
  Query after(to, "SELECT coalesce(min(key),0) FROM run WHERE key>?1");
  const auto next_after = [&after](Place key) {
    Query::Rows rows = after.rows(key);
    return rows.next() ? static_cast<Place>(rows.integer(0)) : Place{0};
  };
  for (Place key = next_after(0); key != 0; key = next_after(key)) {
    const auto run = runs.at_or_after(stream_at(key), sequence_at(key));
    ASSERT(run);
    for (std::size_t i = 0; i < run->events(); ++i) {
      const EventDigests digests = digest_at(run->digests, i).digests;
      dedup.add({digests.key, digests.content, key + i}, run->kept_ms);
    }
    if (dedup.recent() >= tuning.dedup_recent) write_segment(to, dedup);
  }
  if (dedup.recent() > 0) write_segment(to, dedup);
  // What a run still holds is in the index now, up to its end.
  to.execute(
      "UPDATE stream SET merged_through=max(pruned_through,coalesce((SELECT max(last) FROM run "
      "WHERE key>>44=stream.epoch_no<<3|stream.stream),0))");
  to.execute(
      "UPDATE stream SET crc=crc32c(epoch_no,stream,confirmed,published,pruned_through,"
      "merged_through,pruned_chain)");
}

}  // namespace storeward::store
