// `storeward verify`: every row against its checksum, every event against the hash chain, every
// stream against gaps and against its end as outbox.tail knows it, the file against SQLite's own
// check.
#include "agent/core/event_layout.h"
#include "store/audit_table.h"
#include "store/database_pages.h"
#include "store/reader_state.h"
#include "store/tail_file.h"

#include <algorithm>

namespace storeward::store {
namespace {

constexpr std::size_t most_findings = 100;

std::string place_name(const StreamKey& key, Sequence sequence) {
  return "epoch " + key.epoch + " stream " + std::string(name_of(key.stream)) + " sequence " +
         std::to_string(sequence);
}

// False: more than can be told.
bool add(VerifyReport& report, std::string place, std::string what, bool in_audit = false) {
  if (report.findings.size() >= most_findings) return false;
  report.findings.push_back({std::move(place), std::move(what), in_audit});
  return true;
}

// `gone`: the numbers before the run that salvage announced as absent.
void check_run(const StreamKey& key, const Run& run, const std::vector<Range>& gone,
               VerifyPlace& expected, VerifyReport& report) {
  const bool after_gap = !gone.empty() && gone.front().first <= expected.sequence &&
                         gone.back().last + 1 >= run.first();
  if (run.first() > expected.sequence && !after_gap) {
    add(report, place_name(key, expected.sequence),
        "missing up to " + std::to_string(run.first() - 1));
  } else if (run.first() < expected.sequence) {
    add(report, place_name(key, run.first()), "held twice");
  }
  const bool follows = run.first() == expected.sequence;
  try {
    const std::string plain = plain_of(run);
    for (RunEvents events(run, plain); events.next();) {
      const std::string_view event = events.event();
      if (event.size() <= event_layout::unstamped.size() ||
          event_layout::sequence_of(event) != events.sequence() ||
          event_layout::epoch_of(event) != key.epoch) {
        add(report, place_name(key, events.sequence()), "the event bears another number or epoch");
      }
      expected.chain = chain_next(expected.chain, sha256(event));
    }
    if (follows && expected.chain != run.chain) {
      add(report, place_name(key, run.first()),
          "the hash chain breaks between here and " + std::to_string(run.last));
    }
  } catch (const Failure& failure) {
    add(report, place_name(key, run.first()), failure.error().message);
  }
  report.events += run.last >= run.first() ? run.events() : 0;
  expected = {std::max(run.last, expected.sequence - 1) + 1, run.chain};
}

void check_source_cursors(Connection& db, VerifyReport& report) {
  Query damaged(db,
                "SELECT driver,key FROM source_cursor WHERE crc<>crc32c(driver,key,value,"
                "expires_ms) LIMIT 100");
  for (Query::Rows rows = damaged.rows(); rows.next();) {
    add(report, "driver " + rows.text(0) + " cursor " + rows.text(1),
        "the row differs from its checksum");
  }
}

// Damage that stops one look is a finding; what can still be looked at is.
template <typename Look, typename PlaceNow>
void note_damage(VerifyReport& report, Look look, PlaceNow place_now) {
  try {
    look();
  } catch (const Failure& failure) {
    if (failure.error().kind != StoreFailure::corrupt) throw;
    add(report, place_now(), failure.error().message);
  }
}

}  // namespace

// A fork that waits for room on the disk has moved some of what is behind this to a new epoch.
Sequence OutboxReader::State::kept_by_fork(StreamNumber stream) {
  Query plan(db, "SELECT keep_through FROM fork WHERE epoch_no=?1 AND stream=?2");
  Query::Rows rows = plan.rows(stream.epoch, static_cast<int>(stream.stream));
  return rows.next() ? static_cast<Sequence>(rows.integer(0)) : max_sequence;
}

void OutboxReader::State::follow_stream(const StreamKey& key, VerifyPlace& expected,
                                        VerifyReport& report,
                                        const std::function<void(std::uint64_t)>& progress) {
  auto stream = find(key);
  if (!stream) return;
  expected = {stream->pruned_through + 1, stream->pruned_chain};
  while (report.findings.size() < most_findings) {
    const Sequence next = expected.sequence;
    std::optional<Run> run;
    std::vector<Range> gone;
    {
      // Pruning may have passed us since the last step.
      const Snapshot snapshot(db);
      stream = find(key);
      if (!stream) return;
      if (stream->pruned_through >= next) {
        expected = {stream->pruned_through + 1, stream->pruned_chain};
      }
      run = runs.at_or_after(stream->number, expected.sequence);
      if (run && run->first() > expected.sequence) {
        if (run->first() > kept_by_fork(stream->number)) return;  // the rest is on its way
        gone = absent_in(stream->number, {expected.sequence, run->first() - 1});
      }
    }
    if (!run) return;
    check_run(key, *run, gone, expected, report);
    if (progress) progress(report.events);
  }
}

// An agent may be writing: what the note says before we look was committed before we look. While a
// new epoch is begun the ends of the old one move.
std::vector<MissingEnd> OutboxReader::State::missing_ends() {
  std::vector<MissingEnd> missing;
  if (!options.vfs.empty()) return missing;
  const auto noted = read_tail(options.directory);
  if (!noted) return missing;
  const Snapshot snapshot(db);
  if (db.integer("SELECT count(*) FROM fork") != 0) return missing;
  const auto noted_now = read_tail(options.directory);
  if (!noted_now || noted_now->epoch != noted->epoch) return missing;
  const std::vector<EpochRow> epochs = StreamTable::read_epochs(db);
  const auto epoch = std::ranges::find(epochs, noted->epoch, &EpochRow::uuid);
  const auto rows = StreamTable::read(db, runs);
  for (const Stream stream : all_streams) {
    const Sequence end = noted->streams[index_of(stream)].last;
    const Sequence last = epoch == epochs.end() ? 0 : rows.at({epoch->number, stream}).last;
    if (last < end) missing.push_back({{noted->epoch, stream}, {last + 1, end}});
  }
  return missing;
}

VerifyReport OutboxReader::State::verify(const std::function<void(std::uint64_t)>& progress) {
  VerifyReport report;
  if (files) {
    // What is in them is as it should be, and the next start will not find it.
    const std::string gone = files->look(0).gone;
    if (!gone.empty()) throw Failure(StoreFailure::io, gone + "; see storeward status");
  }
  const auto in_file = [] { return std::string("outbox.db"); };
  std::vector<EpochRow> epochs;
  note_damage(
      report, [&] { epochs = StreamTable::read_epochs(db); }, in_file);
  for (const EpochRow& epoch : epochs) {
    for (const Stream stream : all_streams) {
      const StreamKey key{epoch.uuid, stream};
      VerifyPlace at;
      note_damage(
          report, [&] { follow_stream(key, at, report, progress); },
          [&] { return place_name(key, at.sequence); });
    }
  }
  const auto check_ends = [&] {
    for (const auto& [stream, range] : missing_ends()) {
      add(report, place_name(stream, range.first),
          "missing up to " + std::to_string(range.last) +
              ": the newest commits are gone (was outbox.db-wal cut or deleted?)");
    }
  };
  note_damage(report, check_ends, in_file);
  note_damage(
      report, [&] { check_source_cursors(db, report); }, in_file);
  const auto check_trail = [&] {
    const Snapshot snapshot(db);
    check_audit(db, [&report](std::string place, std::string what) {
      add(report, std::move(place), std::move(what), true);
    });
  };
  note_damage(report, check_trail, in_file);
  const auto check_file = [&] {
    Query check(db, "PRAGMA integrity_check(20)");
    for (Query::Rows rows = check.rows(); rows.next();) {
      if (rows.text(0) != "ok") add(report, "outbox.db", rows.text(0));
    }
  };
  note_damage(report, check_file, in_file);
  if (!report.findings.empty()) {
    const std::string cut = DatabasePages::cut_in_words(options.directory / in_file());
    if (!cut.empty()) add(report, in_file(), cut);
  }
  return report;
}

}  // namespace storeward::store
