#include "store/salvage_rows.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "store/database_pages.h"
#include "store/identity.h"
#include "store/run.h"
#include "store/salvage_source.h"
#include "store/salvaged_dedup.h"
#include "store/salvaged_run.h"
#include "store/salvaged_tables.h"
#include "store/schema.h"
#include "store/stream_table.h"
#include "store/tail_file.h"

namespace storeward::store {
namespace {

constexpr int runs_per_commit = 64;
constexpr int exception_numbers_skipped = 1000;  // where some may have been lost

class Salvager {
 public:
  Salvager(const std::filesystem::path& damaged, Connection& fresh, const Tuning& tuning,
           const std::string& source_root)
      : damaged_(damaged),
        tail_(read_tail(damaged.parent_path())),
        source_(open_salvage_source(damaged, tail_, source_root)),
        from_(source_.db.get()),
        to_(fresh),
        tuning_(tuning),
        source_root_(source_root),
        runs_(fresh) {
    try {
      if (!from_) return;
      if (const auto version = from_->integer("PRAGMA user_version"); version > 0) {
        version_ = version;
      }
    } catch (const Failure&) {
      // Of the newest, then.
    }
  }

  SalvageReport salvage(const Epoch& new_epoch, const std::string& reason, const Clock& clock) {
    to_.execute("DELETE FROM audit_end");  // the new file's own, to be replaced
    for (const SalvagedTable& table : salvaged_tables()) copy(table);
    settle_exceptions_and_audit();
    read_stream_rows();
    copy_runs_by_key();
    copy_runs_from_pages();
    end_transaction();
    const bool cursors_whole = settle_streams();
    const bool dedup_whole = copy_dedup(from_, version_, to_);
    if (!dedup_whole) lost("the memory of repeats");
    if (!dedup_whole || !cursors_whole) rebuild_dedup(to_, runs_, tuning_);
    StreamTable streams(to_, runs_);
    Transaction transaction(to_);
    streams.begin_epoch(new_epoch, clock.wall(), reason);
    transaction.commit();
    to_.checkpoint();
    report_.ends_known = tail_.has_value();
    for (const auto& [run, events] : foreign_) report_.foreign_events += events;
    return report_;
  }

 private:
  struct Known {
    Sequence pruned_through = 0, published = 0, confirmed = 0;
    bool confirmed_is_known = true;
  };

  struct Taken {
    Place last = 0;
    std::uint32_t crc = 0;
  };

  void lost(const std::string& part) {
    if (std::ranges::find(report_.lost_parts, part) == report_.lost_parts.end()) {
      report_.lost_parts.push_back(part);
    }
  }

  // From the front as far as it goes, then from the back: one bad page costs what is in it.
  void copy(const SalvagedTable& table) {
    if (from_ && table.since > version_) return;
    Transaction transaction(to_);
    Query insert(to_, insert_into(table, version_));
    if (!copy_rows(from_, select_from_front(table, version_), insert)) {
      lost(table.name);
      copy_rows(from_, select_from_back(table, version_), insert);
    }
    transaction.commit();
  }

  // Numbers that the hub has heard of are not given to other exceptions. An audit trail that has
  // lost its end gets one: that it is broken is for `verify` to say.
  void settle_exceptions_and_audit() {
    const bool exceptions_lost =
        std::ranges::find(report_.lost_parts, "exception") != report_.lost_parts.end();
    Transaction transaction(to_);
    to_.execute("DELETE FROM sqlite_sequence WHERE name='exception'");
    to_.execute(
        "INSERT INTO sqlite_sequence(name,seq) SELECT 'exception'," +
        std::to_string(exceptions_lost ? exception_numbers_skipped : 0) +
        "+max(coalesce((SELECT max(number) FROM exception),0),coalesce((SELECT CAST(value AS "
        "INTEGER) FROM source_cursor WHERE driver='agent' AND key='exceptions.announced'),0))");
    if (to_.integer("SELECT count(*) FROM audit_end") == 0) {
      to_.execute(
          "INSERT INTO audit_end(one,pruned_through,pruned_chain,last,chain,crc) SELECT 1,"
          "coalesce(min(number),1)-1,zeroblob(32),coalesce(max(number),0),coalesce((SELECT chain "
          "FROM audit ORDER BY number DESC LIMIT 1),zeroblob(32)),0 FROM audit");
      to_.execute("UPDATE audit_end SET crc=crc32c(one,pruned_through,pruned_chain,last,chain)");
    }
    transaction.commit();
  }

  void read_stream_rows() {
    for (const EpochRow& epoch : StreamTable::read_epochs(to_)) {
      epochs_[epoch.number] = epoch.uuid;
      if (source_.at_home) own_epochs_.insert(epoch.uuid);
    }
    Query query(to_, "SELECT epoch_no,stream,pruned_through,published,confirmed FROM stream");
    for (Query::Rows rows = query.rows(); rows.next();) {
      const StreamNumber number{static_cast<EpochNumber>(rows.integer(0)),
                                static_cast<Stream>(rows.integer(1))};
      known_[number] = {static_cast<Sequence>(rows.integer(2)),
                        static_cast<Sequence>(rows.integer(3)),
                        static_cast<Sequence>(rows.integer(4))};
    }
    if (!tail_) return;
    epochs_[tail_->number] = tail_->epoch;
    own_epochs_.insert(tail_->epoch);
  }

  const StreamTail* noted(StreamNumber number) const {
    if (!tail_ || tail_->number != number.epoch) return nullptr;
    return &tail_->streams[index_of(number.stream)];
  }

  void copy_runs_by_key() {
    if (!from_) return;
    try {
      RunTable source(*from_);
      for (const auto& [epoch, uuid] : epochs_) {
        for (const Stream stream : all_streams) copy_runs_of(source, {epoch, stream});
      }
    } catch (const Failure& failure) {
      if (failure.error().kind != StoreFailure::corrupt) throw;
    }
  }

  void copy_runs_of(RunTable& source, StreamNumber stream) {
    try {
      for (Sequence next = 1; next <= max_sequence;) {
        const auto run = source.at_or_after(stream, next);
        if (!run) return;
        next = std::max(run->last, next) + 1;
        if (const auto epoch = own_epoch_of(*run)) take(*run, *epoch);
      }
    } catch (const Failure& failure) {
      if (failure.error().kind != StoreFailure::corrupt) throw;
    }
  }

  // What no tree leads to any more. Also rows that are long deleted: those were pruned, or have
  // moved to another number in a fork; their events are known.
  void copy_runs_from_pages() {
    std::ranges::sort(digests_);
    const std::size_t sorted = digests_.size();
    DatabasePages(damaged_).for_each_row(
        [&](std::int64_t rowid, const std::vector<StoredValue>& columns) {
          const auto run = run_in(rowid, columns);
          if (!run || is_copied(*run)) return;
          const auto known = known_.find(stream_at(run->key));
          if (known != known_.end() && run->first() <= known->second.pruned_through) return;
          const auto epoch = own_epoch_of(*run);
          if (!epoch || run->digests.size() < run_digest_bytes) return;
          const std::uint64_t key = digest_at(run->digests, 0).digests.key;
          const auto end = digests_.begin() + static_cast<std::ptrdiff_t>(sorted);
          if (!std::binary_search(digests_.begin(), end, key)) take(*run, *epoch);
        });
  }

  bool is_taken(const Run& run) const {
    const auto after = taken_.upper_bound(place_of(stream_at(run.key), run.last));
    return after != taken_.begin() && std::prev(after)->second.last >= run.key;
  }

  // The same row, in another version of its page.
  bool is_copied(const Run& run) const {
    const auto same = taken_.find(run.key);
    return same != taken_.end() && same->second.crc == run.crc;
  }

  // None where the run is not whole, or not ours: that is counted.
  std::optional<Epoch> own_epoch_of(const Run& run) {
    if (run.last < run.first() || run.last > max_sequence) return std::nullopt;
    auto epoch = epoch_of_whole(run);
    if (!epoch) return std::nullopt;
    const auto numbered = epochs_.find(stream_at(run.key).epoch);
    const bool other_number = numbered != epochs_.end() && numbered->second != *epoch;
    if (!other_number && (own_epochs_.contains(*epoch) || is_below_root(run, source_root_))) {
      return epoch;
    }
    foreign_[{*epoch, run.key}] = run.events();
    return std::nullopt;
  }

  void take(const Run& run, const Epoch& epoch) {
    if (is_taken(run)) return;
    epochs_.try_emplace(stream_at(run.key).epoch, epoch);
    if (!transaction_) transaction_.emplace(to_);
    runs_.insert(run);
    taken_[run.key] = {place_of(stream_at(run.key), run.last), run.crc};
    for (std::size_t i = 0; i < run.events(); ++i) {
      digests_.push_back(digest_at(run.digests, i).digests.key);
    }
    report_.events += run.events();
    if (++in_transaction_ >= runs_per_commit) end_transaction();
  }

  void end_transaction() {
    if (!transaction_) return;
    transaction_->commit();
    transaction_.reset();
    in_transaction_ = 0;
    if (to_.wal_pages() >= salvage_checkpoint_pages) to_.checkpoint();
  }

  // The cursors of each stream must fit what is left of it. False where some had to be invented.
  bool settle_streams() {
    Transaction transaction(to_);
    Query put_epoch(to_,
                    "INSERT INTO epoch(no,uuid,began_ms,reason) VALUES(?1,?2,0,'its row was lost') "
                    "ON CONFLICT(no) DO UPDATE SET uuid=?2");
    for (const auto& [number, uuid] : epochs_) put_epoch.run(number, uuid);
    bool whole = true;
    for (const auto& [number, uuid] : epochs_) {
      for (const Stream stream : all_streams) whole = settle({number, stream}) && whole;
    }
    transaction.commit();
    return whole;
  }

  bool settle(StreamNumber number) {
    const auto begin = taken_.lower_bound(place_of(number, 0));
    const auto end = taken_.upper_bound(place_of(number, max_sequence));
    const Sequence first_kept = begin == end ? max_sequence : sequence_at(begin->first);
    const StreamTail* tail = noted(number);
    const Sequence used_through = tail ? tail->last : 0;
    const auto found = known_.find(number);
    if (found == known_.end() && begin == end && used_through == 0) return true;
    const Known known =
        found != known_.end() ? believed(number, found->second) : invented(number, first_kept);
    Sequence next = known.pruned_through + 1;
    for (auto run = begin; run != end; ++run) {
      note_gone(number, next, sequence_at(run->first), known);
      next = sequence_at(run->second.last) + 1;
    }
    note_gone(number, next, std::max(known.published, used_through) + 1, known);
    return found != known_.end();
  }

  // The row that was found, brought up to what the tail has noted since.
  Known believed(StreamNumber number, Known known) {
    const StreamTail* tail = noted(number);
    if (!tail || tail->confirmed <= known.confirmed) return known;
    known.confirmed = tail->confirmed;
    known.published = std::max(known.published, known.confirmed);
    Query put(to_,
              "UPDATE stream SET confirmed=?3,published=?4,crc=crc32c(epoch_no,stream,?3,?4,"
              "pruned_through,merged_through,pruned_chain) WHERE epoch_no=?1 AND stream=?2");
    put.run(number.epoch, static_cast<int>(number.stream), known.confirmed, known.published);
    return known;
  }

  // Without a row: from the tail, or as if nothing had been confirmed.
  Known invented(StreamNumber number, Sequence first_kept) {
    StreamTail row;
    const StreamTail* tail = noted(number);
    const bool is_noted = tail && tail_->knows_confirmed;
    if (is_noted) row = *tail;
    // Older ones that were found again are kept; h() of where they begin is not known then.
    if (first_kept <= row.pruned_through) row.pruned_through = 0, row.pruned_chain = {};
    Query put(to_,
              "INSERT INTO stream(epoch_no,stream,confirmed,published,pruned_through,"
              "merged_through,pruned_chain,crc) VALUES(?1,?2,?3,?3,?4,0,?5,"
              "crc32c(?1,?2,?3,?3,?4,0,?5))");
    put.run(number.epoch, static_cast<int>(number.stream), row.confirmed, row.pruned_through,
            Blob{bytes_of(row.pruned_chain)});
    return {row.pruned_through, row.confirmed, row.confirmed, is_noted};
  }

  // Numbers from `first` to before `end` are gone. What was confirmed counts as pruned.
  void note_gone(StreamNumber stream, Sequence first, Sequence end, const Known& known) {
    const Sequence unconfirmed = std::clamp(known.confirmed + 1, first, std::max(first, end));
    report_.confirmed_events += note_absent(stream, first, unconfirmed, AbsentReason::pruned);
    const auto lost = note_absent(stream, unconfirmed, end, AbsentReason::salvage);
    (known.confirmed_is_known ? report_.lost_events : report_.doubtful_events) += lost;
  }

  // But for those that were absent already. Returns how many.
  std::uint64_t note_absent(StreamNumber stream, Sequence first, Sequence end,
                            AbsentReason reason) {
    if (first >= end) return 0;
    Query within(to_,
                 "SELECT first,last FROM absent WHERE epoch_no=?1 AND stream=?2 AND last>=?3 "
                 "AND first<?4 ORDER BY first");
    std::vector<Range> gaps;
    {
      Query::Rows rows = within.rows(stream.epoch, static_cast<int>(stream.stream), first, end);
      while (rows.next()) {
        const auto absent_first = static_cast<Sequence>(rows.integer(0));
        if (absent_first > first) gaps.push_back({first, absent_first - 1});
        first = std::max(first, static_cast<Sequence>(rows.integer(1)) + 1);
      }
    }
    if (first < end) gaps.push_back({first, end - 1});
    Query put(to_,
              "INSERT INTO absent(epoch_no,stream,first,last,reason,crc) VALUES(?1,?2,?3,?4,?5,"
              "crc32c(?1,?2,?3,?4,?5))");
    std::uint64_t numbers = 0;
    for (const Range& gap : gaps) {
      put.run(stream.epoch, static_cast<int>(stream.stream), gap.first, gap.last,
              static_cast<int>(reason));
      numbers += gap.last - gap.first + 1;
    }
    return numbers;
  }

  const std::filesystem::path damaged_;
  const std::optional<Tail> tail_;
  const SalvageSource source_;
  Connection* const from_;            // none where SQLite can read nothing of ours
  std::int64_t version_ = INT64_MAX;  // the damaged file's schema; where unknown: the newest
  Connection& to_;
  const Tuning& tuning_;
  const std::string& source_root_;
  RunTable runs_;
  SalvageReport report_;
  std::map<EpochNumber, Epoch> epochs_;
  std::set<Epoch> own_epochs_;  // whatever name their sources bear: the agent may be renamed
  std::map<StreamNumber, Known> known_;
  std::map<std::pair<Epoch, Place>, std::size_t> foreign_;  // runs that are not ours, their events
  std::map<Place, Taken> taken_;                            // by the first event
  std::vector<std::uint64_t> digests_;                      // of their events
  std::optional<Transaction> transaction_;
  int in_transaction_ = 0;
};

}  // namespace

SalvageReport salvage_rows(const std::filesystem::path& damaged, const std::filesystem::path& fresh,
                           const OutboxOptions& options, const std::string& reason,
                           const Clock& clock) {
  const Tuning tuning = options.tuning ? *options.tuning : Tuning{};
  Connection db(fresh, Connection::Mode::read_write, std::string());
  prepare_schema(db, tuning, 0);
  const std::uint64_t seed = options.seed == 0 ? 0 : options.seed + 0x5a1;
  return Salvager(damaged, db, tuning, options.source_root)
      .salvage(make_epoch(clock.wall(), seed), reason, clock);
}

}  // namespace storeward::store
