#include "store/stream_table.h"

#include <algorithm>
#include <cstring>

namespace storeward::store {
namespace {

[[noreturn]] void damaged(const char* table, const Query::Rows& rows) {
  throw Failure(StoreFailure::corrupt,
                "outbox.db: table " + std::string(table) + ", epoch " +
                    std::to_string(rows.integer(0)) + " stream " + std::to_string(rows.integer(1)) +
                    ": the row's checksum does not match; restart to salvage the outbox");
}

void derive_end(RunTable& runs, StreamNumber number, StreamRow& row) {
  row.last = row.pruned_through;
  row.chain = row.pruned_chain;
  if (const auto newest = runs.newest(number)) {
    row.last = newest->last;
    row.chain = newest->chain;
  }
  // What a salvage could not find again was numbered all the same.
  if (!row.absent.empty()) row.last = std::max(row.last, row.absent.back().range.last);
}

}  // namespace

StreamHead StreamRow::head() const {
  StreamHead head;
  head.first = pruned_through + 1;
  head.last = last;
  head.published = published;
  head.confirmed = confirmed;
  head.hash = chain;
  head.absent = absent;
  return head;
}

bool StreamRow::is_absent(Sequence sequence) const {
  const auto after = std::ranges::upper_bound(
      absent, sequence, {},
      [](const AbsentRange& absent_range) { return absent_range.range.first; });
  return after != absent.begin() && std::prev(after)->range.last >= sequence;
}

StreamTable::StreamTable(Connection& db, RunTable& runs)
    : db_(db),
      runs_(runs),
      save_(db,
            "INSERT INTO stream(epoch_no,stream,confirmed,published,pruned_through,merged_through,"
            "pruned_chain,crc) VALUES(?1,?2,?3,?4,?5,?6,?7,crc32c(?1,?2,?3,?4,?5,?6,?7)) "
            "ON CONFLICT DO UPDATE SET confirmed=?3,published=?4,pruned_through=?5,"
            "merged_through=?6,pruned_chain=?7,crc=excluded.crc"),
      drop_absent_(db, "DELETE FROM absent WHERE epoch_no=?1 AND stream=?2"),
      put_absent_(db,
                  "INSERT INTO absent(epoch_no,stream,first,last,reason,crc) "
                  "VALUES(?1,?2,?3,?4,?5,crc32c(?1,?2,?3,?4,?5))") {
  load();
}

void StreamTable::load() {
  epochs_ = read_epochs(db_);
  rows_ = read(db_, runs_);
  for (auto& [number, row] : rows_) refresh_oldest(number);
}

std::vector<EpochRow> StreamTable::read_epochs(Connection& db) {
  std::vector<EpochRow> epochs;
  Query all(db, "SELECT no,uuid FROM epoch ORDER BY no");
  Query::Rows rows = all.rows();
  while (rows.next()) {
    epochs.push_back({static_cast<EpochNumber>(rows.integer(0)), rows.text(1)});
  }
  return epochs;
}

std::map<StreamNumber, StreamRow> StreamTable::read(Connection& db, RunTable& runs) {
  std::map<StreamNumber, StreamRow> result;
  for (const EpochRow& epoch : read_epochs(db)) {
    for (const Stream stream : all_streams) result[{epoch.number, stream}];
  }
  const auto row_at = [&result](const Query::Rows& rows) -> StreamRow* {
    const auto found = result.find(
        {static_cast<EpochNumber>(rows.integer(0)), static_cast<Stream>(rows.integer(1) & 7)});
    return found == result.end() ? nullptr : &found->second;
  };
  Query streams(db,
                "SELECT epoch_no,stream,confirmed,published,pruned_through,merged_through,"
                "pruned_chain,crc=crc32c(epoch_no,stream,confirmed,published,pruned_through,"
                "merged_through,pruned_chain) FROM stream");
  for (Query::Rows rows = streams.rows(); rows.next();) {
    if (rows.integer(7) != 1) damaged("stream", rows);
    StreamRow* row = row_at(rows);
    if (!row) continue;
    row->confirmed = static_cast<Sequence>(rows.integer(2));
    row->published = static_cast<Sequence>(rows.integer(3));
    row->pruned_through = static_cast<Sequence>(rows.integer(4));
    row->merged_through = static_cast<Sequence>(rows.integer(5));
    const std::string_view chain = rows.blob(6);
    std::memcpy(row->pruned_chain.data(), chain.data(), std::min<std::size_t>(32, chain.size()));
  }
  Query absent(db,
               "SELECT epoch_no,stream,first,last,reason,crc=crc32c(epoch_no,stream,first,last,"
               "reason) FROM absent ORDER BY 1,2,3");
  for (Query::Rows rows = absent.rows(); rows.next();) {
    if (rows.integer(5) != 1) damaged("absent", rows);
    if (StreamRow* row = row_at(rows)) {
      row->absent.push_back(
          {{static_cast<Sequence>(rows.integer(2)), static_cast<Sequence>(rows.integer(3))},
           static_cast<AbsentReason>(rows.integer(4))});
    }
  }
  for (auto& [number, row] : result) derive_end(runs, number, row);
  return result;
}

const EpochRow* StreamTable::epoch_named(std::string_view uuid) const {
  const auto found = std::ranges::find(epochs_, uuid, &EpochRow::uuid);
  return found == epochs_.end() ? nullptr : &*found;
}

const EpochRow& StreamTable::epoch(EpochNumber number) const {
  const auto found = std::ranges::find(epochs_, number, &EpochRow::number);
  ASSERT(found != epochs_.end());
  return *found;
}

StreamNumber StreamTable::number_of(const StreamKey& key) const {
  const EpochRow* epoch = epoch_named(key.epoch);
  ASSERT(epoch != nullptr);
  return {epoch->number, key.stream};
}

StreamRow* StreamTable::find(const StreamKey& key) {
  const EpochRow* epoch = epoch_named(key.epoch);
  return epoch ? &rows_.at({epoch->number, key.stream}) : nullptr;
}

void StreamTable::begin_epoch(const Epoch& uuid, WallTime now, const std::string& reason) {
  // Numbers are never used twice: a dropped epoch's places may still be in the dedup index.
  const auto number = static_cast<EpochNumber>(
      db_.integer("SELECT max((SELECT coalesce(max(no),0) FROM epoch),"
                  "(SELECT coalesce(max(value),0) FROM meta WHERE name='epoch_no'))") +
      1);
  if (number > max_epoch_number) {
    throw Failure(StoreFailure::invalid, "outbox.db: no epoch number is left; begin a new outbox");
  }
  Query insert(db_, "INSERT INTO epoch(no,uuid,began_ms,reason) VALUES(?1,?2,?3,?4)");
  insert.run(number, uuid, std::int64_t{now.time_since_epoch().count()}, reason);
  Query remember(db_, "INSERT OR REPLACE INTO meta(name,value) VALUES('epoch_no',?1)");
  remember.run(number);
  epochs_.push_back({number, uuid});
  for (const Stream stream : all_streams) rows_[{number, stream}];
}

void StreamTable::drop_epoch(EpochNumber number) {
  for (const char* table : {"stream", "absent"}) {
    Query drop(db_, "DELETE FROM " + std::string(table) + " WHERE epoch_no=?1");
    drop.run(number);
  }
  Query drop(db_, "DELETE FROM epoch WHERE no=?1");
  drop.run(number);
  std::erase_if(epochs_, [number](const EpochRow& epoch) { return epoch.number == number; });
  for (const Stream stream : all_streams) rows_.erase({number, stream});
}

void StreamTable::save(StreamNumber stream) {
  const StreamRow& row = rows_.at(stream);
  save_.run(stream.epoch, static_cast<int>(stream.stream), row.confirmed, row.published,
            row.pruned_through, row.merged_through, Blob{bytes_of(row.pruned_chain)});
}

void StreamTable::refresh_oldest(StreamNumber stream) {
  StreamRow& row = rows_.at(stream);
  row.oldest_waiting_ms = 0;
  row.oldest_waiting_until = row.last;
  if (row.confirmed >= row.last) return;
  if (const auto outline = runs_.outline_at_or_after(stream, row.confirmed + 1)) {
    row.oldest_waiting_until = outline->last;
    row.oldest_waiting_ms = outline->accepted_ms;
  }
}

void StreamTable::add_absent(StreamNumber stream, AbsentRange added) {
  StreamRow& row = rows_.at(stream);
  auto at = std::ranges::upper_bound(row.absent, added.range.first, {},
                                     [](const AbsentRange& a) { return a.range.first; });
  const auto adjoins = [](const AbsentRange& before, const AbsentRange& after) {
    return before.reason == after.reason && before.range.last + 1 == after.range.first;
  };
  if (at != row.absent.end() && adjoins(added, *at)) {
    added.range.last = at->range.last;
    at = row.absent.erase(at);
  }
  if (at != row.absent.begin() && adjoins(*std::prev(at), added)) {
    std::prev(at)->range.last = added.range.last;
  } else {
    row.absent.insert(at, added);
  }
  save_absent(stream);
}

void StreamTable::prune_absent(StreamNumber stream) {
  StreamRow& row = rows_.at(stream);
  if (row.absent.empty() || row.absent.front().range.last > row.pruned_through) return;
  std::erase_if(row.absent, [&row](const AbsentRange& absent) {
    return absent.range.last <= row.pruned_through;
  });
  save_absent(stream);
}

void StreamTable::save_absent(StreamNumber stream) {
  drop_absent_.run(stream.epoch, static_cast<int>(stream.stream));
  for (const AbsentRange& absent : rows_.at(stream).absent) {
    put_absent_.run(stream.epoch, static_cast<int>(stream.stream), absent.range.first,
                    absent.range.last, static_cast<int>(absent.reason));
  }
}

}  // namespace storeward::store
