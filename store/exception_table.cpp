#include "store/exception_table.h"

#include <array>

#include "store/stream_table.h"

namespace storeward::store {
namespace {

constexpr std::array<std::string_view, 4> kind_names = {"quarantined", "conflict", "withheld",
                                                        "rejected"};
constexpr std::array<std::string_view, 4> state_names = {"open", "retried", "discarded",
                                                         "superseded"};

}  // namespace

ExceptionTable::ExceptionTable(Connection& db, const Tuning& tuning)
    : tuning_(tuning),
      db_(db),
      find_(db, "SELECT number FROM exception WHERE key=?1 AND content=?2"),
      insert_(db,
              "INSERT INTO exception(state,kind,key,content,source,id,revision,reason,masked,"
              "at_ms,epoch_no,stream,sequence) VALUES(0,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)"),
      supersede_(db, "UPDATE exception SET state=3 WHERE key=?1 AND state=0 AND kind=0"),
      drop_oldest_closed_(db,
                          "DELETE FROM exception WHERE number IN "
                          "(SELECT number FROM exception WHERE state<>0 ORDER BY number LIMIT 1)") {
  load();
}

void ExceptionTable::load() {
  open_keys_.clear();
  open_count_ = static_cast<std::uint64_t>(
      db_.integer("SELECT count(*) FROM exception INDEXED BY exception_open WHERE state=0"));
  count_ = static_cast<std::uint64_t>(
      db_.integer("SELECT count(*) FROM exception INDEXED BY exception_by_digest"));
  Query open(db_, "SELECT key FROM exception INDEXED BY exception_open WHERE state=0");
  for (Query::Rows rows = open.rows(); rows.next();) {
    open_keys_.insert(static_cast<std::uint64_t>(rows.integer(0)));
  }
}

std::optional<std::uint64_t> ExceptionTable::known(EventDigests digests) {
  Query::Rows rows = find_.rows(digests.key, digests.content);
  if (!rows.next()) return std::nullopt;
  return static_cast<std::uint64_t>(rows.integer(0));
}

std::uint64_t ExceptionTable::record(ExceptionKind kind, const EventIdentity& identity,
                                     EventDigests digests, std::string_view reason,
                                     std::string_view masked, WallTime at, Place place) {
  if (const auto number = known(digests)) return *number;
  make_room();
  const StreamNumber stream = stream_at(place);
  insert_.run(static_cast<int>(kind), digests.key, digests.content, identity.source, identity.id,
              identity.revision, reason, masked, std::int64_t{at.time_since_epoch().count()},
              stream.epoch, static_cast<int>(stream.stream), sequence_at(place));
  ++open_count_;
  ++count_;
  if (kind == ExceptionKind::quarantined) open_keys_.insert(digests.key);
  return static_cast<std::uint64_t>(db_.integer("SELECT last_insert_rowid()"));
}

void ExceptionTable::make_room() {
  if (count_ < tuning_.exceptions) return;
  drop_oldest_closed_.run();
  count_ -= static_cast<std::uint64_t>(db_.changes());
}

void ExceptionTable::close_superseded(std::uint64_t key) {
  supersede_.run(key);
  open_count_ -= static_cast<std::uint64_t>(db_.changes());
  open_keys_.erase(key);
}

std::vector<Exception> read_exceptions(Connection& db, std::uint64_t from, std::size_t limit) {
  const std::vector<EpochRow> epochs = StreamTable::read_epochs(db);
  std::vector<Exception> found;
  Query query(db,
              "SELECT number,state,kind,source,id,revision,reason,masked,at_ms,epoch_no,stream,"
              "sequence FROM exception WHERE number>=?1 ORDER BY number LIMIT ?2");
  for (Query::Rows rows = query.rows(from, std::uint64_t{limit}); rows.next();) {
    Exception exception;
    exception.number = static_cast<std::uint64_t>(rows.integer(0));
    exception.state = state_names[static_cast<std::size_t>(rows.integer(1)) & 3];
    exception.kind = kind_names[static_cast<std::size_t>(rows.integer(2)) & 3];
    exception.source = rows.text(3);
    exception.id = rows.text(4);
    exception.revision = rows.text(5);
    exception.reason = rows.text(6);
    exception.masked = rows.text(7);
    exception.at = to_rfc3339(WallTime(Millis(rows.integer(8))));
    exception.sequence = static_cast<Sequence>(rows.integer(11));
    for (const EpochRow& epoch : epochs) {
      if (exception.sequence != 0 && epoch.number == static_cast<EpochNumber>(rows.integer(9))) {
        exception.stream = StreamKey{epoch.uuid, static_cast<Stream>(rows.integer(10) & 7)};
      }
    }
    found.push_back(std::move(exception));
  }
  return found;
}

}  // namespace storeward::store
