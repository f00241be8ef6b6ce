#include "store/exception_table.h"

#include <algorithm>
#include <array>

#include "store/stream_table.h"

namespace storeward::store {
namespace {

constexpr std::array<std::string_view, 4> kind_names = {"quarantined", "conflict", "withheld",
                                                        "rejected"};
constexpr std::array<std::string_view, 4> state_names = {"open", "retried", "discarded",
                                                         "superseded"};
// `masked`: what was handed in, or nothing in its place.
std::string columns(std::string_view masked) {
  return "number,state,kind,source,id,revision,reason," + std::string(masked) +
         ",at_ms,epoch_no,stream,sequence,driver,place,template_name,template_version,given,note,"
         "first_reason,failed_ms,times,last_ms,template_extends";
}

Exception exception_in(const Query::Rows& rows, const std::vector<EpochRow>& epochs) {
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
  exception.origin = {.driver = rows.text(12),
                      .place = rows.text(13),
                      .template_name = rows.text(14),
                      .template_version = rows.text(15),
                      .template_extends = rows.text(22),
                      .given = rows.text(16)};
  exception.note = rows.text(17);
  exception.first_reason = rows.text(18);
  if (rows.integer(19) != 0) {
    exception.retry_failed_at = to_rfc3339(WallTime(Millis(rows.integer(19))));
  }
  exception.times = static_cast<std::uint64_t>(rows.integer(20));
  if (rows.integer(21) != 0) {
    exception.last_at = to_rfc3339(WallTime(Millis(rows.integer(21))));
  }
  for (const EpochRow& epoch : epochs) {
    if (exception.sequence != 0 && epoch.number == static_cast<EpochNumber>(rows.integer(9))) {
      exception.stream = StreamKey{epoch.uuid, static_cast<Stream>(rows.integer(10) & 7)};
    }
  }
  return exception;
}

// -1: any; -2: there is none of that name.
int state_number(const std::string& name) {
  if (name.empty()) return -1;
  const auto* found = std::ranges::find(state_names, name);
  return found == state_names.end() ? -2 : static_cast<int>(found - state_names.begin());
}

}  // namespace

ExceptionTable::ExceptionTable(Connection& db, const Tuning& tuning, std::size_t bound)
    : tuning_(tuning),
      bound_(bound),
      db_(db),
      find_(db, "SELECT number FROM exception WHERE key=?1 AND content=?2"),
      find_open_(db, "SELECT 1 FROM exception WHERE number=?1 AND state=0"),
      insert_(db,
              "INSERT INTO exception(state,kind,key,content,source,id,revision,reason,masked,"
              "at_ms,epoch_no,stream,sequence,driver,place,template_name,template_version,given,"
              "template_extends) "
              "VALUES(0,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)"),
      count_again_(db, "UPDATE exception SET times=times+1,last_ms=?2 WHERE number=?1"),
      supersede_(db,
                 "UPDATE exception SET state=3,closed_ms=?2 WHERE key=?1 AND state=0 AND kind=0 "
                 "RETURNING kind,driver"),
      supersede_earlier_(db,
                         "UPDATE exception INDEXED BY exception_open SET state=3,closed_ms=?4 "
                         "WHERE state=0 AND kind<2 AND source=?1 AND id=?2 AND "
                         "CAST(revision AS INTEGER)<CAST(?3 AS INTEGER) RETURNING kind,driver"),
      close_(db,
             "UPDATE exception SET state=?2,note=?3,closed_ms=?4 WHERE number=?1 AND state=0 "
             "RETURNING kind,driver"),
      edit_(db, "UPDATE exception SET masked=?2 WHERE number=?1 AND state=0 AND kind<2"),
      blame_(db,
             "UPDATE exception SET first_reason=CASE WHEN first_reason='' AND reason<>?2 THEN "
             "reason ELSE first_reason END,reason=?2,failed_ms=?3 WHERE number=?1 AND state=0 AND "
             "kind<2"),
      drop_oldest_closed_(
          db,
          "DELETE FROM exception WHERE number IN "
          "(SELECT number FROM exception INDEXED BY exception_closed WHERE state<>0 "
          "ORDER BY closed_ms LIMIT 1)") {
  load();
}

void ExceptionTable::load() {
  open_keys_.clear();
  open_by_driver_.clear();
  open_by_kind_ = {};
  count_ = static_cast<std::uint64_t>(
      db_.integer("SELECT count(*) FROM exception INDEXED BY exception_by_digest"));
  newest_ = static_cast<std::uint64_t>(
      db_.integer("SELECT seq FROM sqlite_sequence WHERE name='exception'"));
  Query open(db_, "SELECT kind,driver,key FROM exception INDEXED BY exception_open WHERE state=0");
  for (Query::Rows rows = open.rows(); rows.next();) {
    note_open(static_cast<std::size_t>(rows.integer(0)), rows.text(1));
    open_keys_.insert(static_cast<std::uint64_t>(rows.integer(2)));
  }
  find_first_closed();
}

void ExceptionTable::find_first_closed() {
  Query closed(db_,
               "SELECT closed_ms FROM exception INDEXED BY exception_closed WHERE state<>0 ORDER "
               "BY closed_ms LIMIT 1");
  Query::Rows rows = closed.rows();
  first_closed_ms_.reset();
  if (rows.next()) first_closed_ms_ = rows.integer(0);
}

std::vector<std::pair<std::string, std::uint64_t>> ExceptionTable::open_by_driver() const {
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  for (const auto& [driver, count] : open_by_driver_) {
    if (count != 0) counts.emplace_back(driver, count);
  }
  return counts;
}

std::optional<std::uint64_t> ExceptionTable::known(EventDigests digests) {
  Query::Rows rows = find_.rows(digests.key, digests.content);
  if (!rows.next()) return std::nullopt;
  return static_cast<std::uint64_t>(rows.integer(0));
}

bool ExceptionTable::is_open(std::uint64_t number) {
  return find_open_.rows(number).next();
}

std::uint64_t ExceptionTable::record(const ExceptionFacts& facts, WallTime at) {
  const std::int64_t at_ms = at.time_since_epoch().count();
  if (const auto number = known(facts.digests)) {
    // What the hub says of a stored event it says again with each word.
    const bool handed_in =
        facts.kind == ExceptionKind::quarantined || facts.kind == ExceptionKind::conflict;
    if (handed_in) count_again_.run(*number, at_ms);
    return *number;
  }
  make_room();
  const StreamNumber stream = stream_at(facts.place);
  const Origin& origin = facts.origin;
  insert_.run(static_cast<int>(facts.kind), facts.digests.key, facts.digests.content,
              facts.identity.source, facts.identity.id, facts.identity.revision, facts.reason,
              facts.masked, at_ms, stream.epoch, static_cast<int>(stream.stream),
              sequence_at(facts.place), origin.driver, origin.place, origin.template_name,
              origin.template_version, origin.given, origin.template_extends);
  note_open(static_cast<std::size_t>(facts.kind), origin.driver);
  ++count_;
  if (facts.kind == ExceptionKind::quarantined) open_keys_.insert(facts.digests.key);
  newest_ = static_cast<std::uint64_t>(db_.integer("SELECT last_insert_rowid()"));
  return newest_;
}

void ExceptionTable::make_room() {
  if (count_ < bound_ || count_ == open_count()) return;
  drop_oldest_closed_.run();
  count_ -= static_cast<std::uint64_t>(db_.changes());
}

void ExceptionTable::note_open(std::size_t kind, const std::string& driver) {
  ++open_by_kind_.at(kind);
  ++open_by_driver_[driver];
}

// Counts the rows that a statement has closed.
bool ExceptionTable::note_closed(Query::Rows rows, std::int64_t now_ms) {
  bool any = false;
  while (rows.next()) {
    any = true;
    --open_by_kind_.at(static_cast<std::size_t>(rows.integer(0)));
    --open_by_driver_[rows.text(1)];
  }
  if (any && !first_closed_ms_) first_closed_ms_ = now_ms;
  return any;
}

void ExceptionTable::close_superseded(std::uint64_t key, std::int64_t now_ms) {
  note_closed(supersede_.rows(key, now_ms), now_ms);
  open_keys_.erase(key);
}

void ExceptionTable::supersede_earlier(const EventIdentity& identity, std::int64_t now_ms) {
  if (open_count() == 0 || identity.revision == "1") return;
  note_closed(supersede_earlier_.rows(identity.source, identity.id, identity.revision, now_ms),
              now_ms);
}

bool ExceptionTable::settle(std::uint64_t number, std::int64_t now_ms) {
  return note_closed(close_.rows(number, static_cast<int>(ExceptionState::retried), "", now_ms),
                     now_ms);
}

bool ExceptionTable::discard(std::uint64_t number, std::string_view reason, std::int64_t now_ms) {
  const auto discarded = static_cast<int>(ExceptionState::discarded);
  return note_closed(close_.rows(number, discarded, reason, now_ms), now_ms);
}

bool ExceptionTable::edit(std::uint64_t number, std::string_view masked) {
  edit_.run(number, masked);
  return db_.changes() != 0;
}

void ExceptionTable::blame(std::uint64_t number, std::string_view reason, WallTime at) {
  blame_.run(number, reason, std::int64_t{at.time_since_epoch().count()});
}

bool ExceptionTable::expires(std::int64_t before_ms) const {
  return first_closed_ms_ && *first_closed_ms_ < before_ms;
}

void ExceptionTable::expire_step(std::int64_t before_ms) {
  Query drop(db_,
             "DELETE FROM exception WHERE number IN (SELECT number FROM exception INDEXED BY "
             "exception_closed WHERE state<>0 AND closed_ms<?1 ORDER BY closed_ms LIMIT ?2)");
  drop.run(before_ms, std::uint64_t{tuning_.expire_exceptions});
  count_ -= static_cast<std::uint64_t>(db_.changes());
  find_first_closed();
}

std::vector<Exception> read_exceptions(Connection& db, const ExceptionFilter& filter) {
  const std::vector<EpochRow> epochs = StreamTable::read_epochs(db);
  std::vector<Exception> found;
  Query query(db, "SELECT " + columns(filter.with_text ? "masked" : "''") +
                      " FROM exception WHERE number>=?1 AND (?3='' OR driver=?3) AND (?4=-1 OR "
                      "state=?4) AND (?5='' OR instr(lower(reason),lower(?5))>0) ORDER BY number "
                      "LIMIT ?2");
  Query::Rows rows = query.rows(filter.from, std::uint64_t{filter.limit}, filter.driver,
                                state_number(filter.state), filter.reason_contains);
  while (rows.next()) found.push_back(exception_in(rows, epochs));
  return found;
}

std::vector<std::string> read_exception_drivers(Connection& db) {
  constexpr std::uint64_t most = 1000;
  std::vector<std::string> drivers;
  Query query(db,
              "SELECT DISTINCT driver FROM exception WHERE driver<>'' ORDER BY driver LIMIT ?1");
  for (Query::Rows rows = query.rows(most); rows.next();) drivers.push_back(rows.text(0));
  return drivers;
}

Unannounced read_unannounced(Connection& db, std::uint64_t after, std::size_t limit) {
  Unannounced fresh;
  fresh.through = after;
  Query first(db, "SELECT " + columns("''") +
                      " FROM exception WHERE number>?1 AND source<>?3 ORDER BY number LIMIT ?2");
  for (Query::Rows rows = first.rows(after, std::uint64_t{limit}, own_source); rows.next();) {
    fresh.first.push_back(exception_in(rows, {}));
    fresh.through = fresh.first.back().number;
  }
  Query rest(db,
             "SELECT coalesce(sum(source<>?2),0),coalesce(max(number),?1) FROM exception WHERE "
             "number>?1");
  Query::Rows rows = rest.rows(fresh.through, own_source);
  if (!rows.next()) return fresh;
  fresh.more = static_cast<std::uint64_t>(rows.integer(0));
  fresh.through = static_cast<std::uint64_t>(rows.integer(1));
  return fresh;
}

}  // namespace storeward::store
