// The hub's store in one SQLite file: WAL, synchronous FULL, one receiver.
#include <chrono>
#include <thread>

#include "agent/hub/hub_store.h"
#include "agent/hub/sqlite_statement.h"

namespace storeward::hub {
namespace {

constexpr int schema_version = 1;
constexpr std::chrono::milliseconds busy_timeout{5000}, between_attempts{50};

constexpr const char* schema = R"sql(
CREATE TABLE agent (id INTEGER PRIMARY KEY, root TEXT NOT NULL UNIQUE,
                    serial INTEGER NOT NULL DEFAULT 0);
CREATE TABLE stream (id INTEGER PRIMARY KEY, agent INTEGER NOT NULL REFERENCES agent,
                     epoch TEXT NOT NULL, name TEXT NOT NULL,
                     confirmed INTEGER NOT NULL DEFAULT 0, beyond TEXT NOT NULL DEFAULT '',
                     highest INTEGER NOT NULL DEFAULT 0, hash BLOB,
                     conflicts INTEGER NOT NULL DEFAULT 0, repeats INTEGER NOT NULL DEFAULT 0,
                     rejected INTEGER NOT NULL DEFAULT 0, UNIQUE (agent, epoch, name));
CREATE TABLE run (stream INTEGER NOT NULL REFERENCES stream, first INTEGER NOT NULL,
                  last INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE UNIQUE INDEX run_first ON run (stream, first);
CREATE TABLE identity (agent INTEGER NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
                       revision TEXT NOT NULL, stream INTEGER NOT NULL, sequence INTEGER NOT NULL,
                       PRIMARY KEY (agent, source, id, revision)) WITHOUT ROWID;
CREATE TABLE note (id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream,
                   first INTEGER NOT NULL, last INTEGER NOT NULL, kind INTEGER NOT NULL,
                   detail TEXT NOT NULL);
CREATE INDEX note_stream ON note (stream, first);
CREATE TABLE total (agent INTEGER NOT NULL, day TEXT NOT NULL, type TEXT NOT NULL,
                    currency TEXT NOT NULL, events INTEGER NOT NULL, lines INTEGER NOT NULL,
                    units TEXT NOT NULL, gross_minor INTEGER NOT NULL,
                    PRIMARY KEY (agent, day, type, currency)) WITHOUT ROWID;
)sql";

// All statements, prepared once.
struct Statements {
  explicit Statements(sqlite3* db) : db_(db) {}
  sqlite3* db_;

#define STATEMENT(name, sql) \
  SqliteStatement name {     \
    db_, sql                 \
  }
  STATEMENT(begin_read, "BEGIN");
  STATEMENT(begin_write, "BEGIN IMMEDIATE");
  STATEMENT(commit, "COMMIT");
  STATEMENT(add_agent, "INSERT INTO agent (root) VALUES (?1) ON CONFLICT DO NOTHING");
  STATEMENT(find_agent, "SELECT id FROM agent WHERE root = ?1");
  STATEMENT(agents, "SELECT id, root FROM agent ORDER BY root");
  STATEMENT(next_serial,
            "UPDATE agent SET serial = max(serial + 1, ?2 + 1,"
            " CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"
            " WHERE id = ?1 RETURNING serial");
  STATEMENT(streams,
            "SELECT id, epoch, name, confirmed, beyond, highest, hash, conflicts, repeats, rejected"
            " FROM stream WHERE agent = ?1 ORDER BY id");
  STATEMENT(add_stream,
            "INSERT INTO stream (agent, epoch, name, hash) VALUES (?1, ?2, ?3, ?4) RETURNING id");
  STATEMENT(
      save_stream,
      "UPDATE stream SET confirmed = ?2, beyond = ?3, highest = ?4, hash = ?5, conflicts = ?6,"
      " repeats = ?7, rejected = ?8 WHERE id = ?1");
  STATEMENT(add_run, "INSERT INTO run (stream, first, last, payload) VALUES (?1, ?2, ?3, ?4)");
  STATEMENT(run_with,
            "SELECT first, last, payload FROM run WHERE stream = ?1 AND first <= ?2"
            " ORDER BY first DESC LIMIT 1");
  STATEMENT(runs_from,
            "SELECT first, last, payload FROM run WHERE stream = ?1 AND first >= ?2"
            " ORDER BY first LIMIT ?3");
  STATEMENT(claim, "INSERT INTO identity VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING");
  STATEMENT(find, "SELECT stream, sequence FROM identity WHERE agent = ?1 AND id = ?2");
  // CROSS JOIN keeps the order: one pass for the few that correct, a look-up for each of those.
  STATEMENT(outdated,
            "SELECT DISTINCT earlier.stream, earlier.sequence"
            " FROM identity AS later CROSS JOIN identity AS earlier"
            " WHERE later.agent = ?1 AND later.revision <> '1' AND earlier.agent = later.agent"
            " AND earlier.source = later.source AND earlier.id = later.id"
            " AND (length(earlier.revision), earlier.revision)"
            " < (length(later.revision), later.revision) ORDER BY 1, 2");
  STATEMENT(add_note,
            "INSERT INTO note (stream, first, last, kind, detail) VALUES (?1, ?2, ?3, ?4, ?5)");
  STATEMENT(notes,
            "SELECT stream, first, last, kind, detail FROM note WHERE stream = ?1 ORDER BY first");
  STATEMENT(rejections,
            "SELECT n.stream, n.first, n.last, n.kind, n.detail FROM note n JOIN stream s"
            " ON s.id = n.stream WHERE s.agent = ?1 AND n.kind = 2 ORDER BY n.id DESC LIMIT ?2");
  STATEMENT(total,
            "SELECT events, lines, units, gross_minor FROM total"
            " WHERE agent = ?1 AND day = ?2 AND type = ?3 AND currency = ?4");
  STATEMENT(save_total, "INSERT OR REPLACE INTO total VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  STATEMENT(totals,
            "SELECT day, type, currency, events, lines, units, gross_minor FROM total"
            " WHERE agent = ?1");
#undef STATEMENT
};

Run run_at(SqliteStatement& row) {
  return {{static_cast<Sequence>(row.number(0)), static_cast<Sequence>(row.number(1))},
          row.text(2)};
}

Note note_at(SqliteStatement& row) {
  return {row.number(0),
          {static_cast<Sequence>(row.number(1)), static_cast<Sequence>(row.number(2))},
          static_cast<NoteKind>(row.number(3)),
          row.text(4)};
}

TotalSum sum_at(SqliteStatement& row, int column) {
  TotalSum sum;
  sum.events = static_cast<std::uint64_t>(row.number(column));
  sum.lines = static_cast<std::uint64_t>(row.number(column + 1));
  const auto units = Decimal::parse(row.text(column + 2));
  if (!units) throw StoreFailure{"table total: column units holds no decimal"};
  sum.units = *units;
  sum.gross_minor = row.number(column + 3);
  return sum;
}

StreamRow stream_at(SqliteStatement& row) {
  StreamRow stream;
  stream.id = row.number(0);
  const auto name = stream_named(row.text(2));
  const auto held = SequenceSet::from_text(static_cast<Sequence>(row.number(3)), row.text(4));
  const std::string hash = row.text(6);
  if (!name || !held || (!row.null(6) && hash.size() != Sha256{}.size())) {
    throw StoreFailure{"table stream: row " + std::to_string(stream.id) + " is damaged"};
  }
  stream.key = {row.text(1), *name};
  stream.held = *held;
  stream.hashed = held->confirmed();
  stream.highest = static_cast<Sequence>(row.number(5));
  stream.hash.reset();
  if (!row.null(6)) std::copy(hash.begin(), hash.end(), stream.hash.emplace().begin());
  stream.conflicts = static_cast<std::uint64_t>(row.number(7));
  stream.repeats = static_cast<std::uint64_t>(row.number(8));
  stream.rejected = static_cast<std::uint64_t>(row.number(9));
  return stream;
}

class SqliteTransaction final : public HubTransaction {
 public:
  explicit SqliteTransaction(Statements& sql) : sql_(sql) {}

  AgentId lock_agent(const std::string& root) override {
    sql_.add_agent.bind(std::string_view(root)).run();
    const bool found = sql_.find_agent.bind(std::string_view(root)).step();
    ASSERT(found);
    const AgentId id = sql_.find_agent.number(0);
    sql_.find_agent.run();
    return id;
  }

  std::uint64_t next_serial(AgentId agent, std::uint64_t above) override {
    const bool found = sql_.next_serial.bind(agent, above).step();
    ASSERT(found);
    const auto serial = static_cast<std::uint64_t>(sql_.next_serial.number(0));
    sql_.next_serial.run();
    return serial;
  }

  std::vector<StreamRow> streams(AgentId agent) override {
    std::vector<StreamRow> rows;
    for (sql_.streams.bind(agent); sql_.streams.step();) rows.push_back(stream_at(sql_.streams));
    return rows;
  }

  StreamId add_stream(AgentId agent, const StreamKey& key) override {
    sql_.add_stream
        .bind(agent, std::string_view(key.epoch), name_of(key.stream),
              std::optional<Sha256>(Sha256{}))
        .step();
    const StreamId id = sql_.add_stream.number(0);
    sql_.add_stream.run();
    return id;
  }

  void save_stream(const StreamRow& stream) override {
    const std::string beyond = stream.held.beyond_text();
    sql_.save_stream
        .bind(stream.id, stream.held.confirmed(), std::string_view(beyond), stream.highest,
              stream.hash, stream.conflicts, stream.repeats, stream.rejected)
        .run();
  }

  void add_run(StreamId stream, const Range& range, std::string_view payload) override {
    sql_.add_run.bind(stream, range.first, range.last, std::span<const char>(payload)).run();
  }

  std::optional<Run> run_with(StreamId stream, Sequence sequence) override {
    auto run = one_run(sql_.run_with.bind(stream, sequence));
    if (run && run->range.last < sequence) run.reset();
    return run;
  }

  std::vector<Run> runs_from(StreamId stream, Sequence first) override {
    std::vector<Run> runs;
    sql_.runs_from.bind(stream, first, max_runs_at_once);
    while (sql_.runs_from.step()) runs.push_back(run_at(sql_.runs_from));
    return runs;
  }

  std::vector<bool> claim(AgentId agent, StreamId stream, std::span<const Claim> claims) override {
    std::vector<bool> fresh;
    fresh.reserve(claims.size());
    for (const Claim& claim : claims) {
      sql_.claim
          .bind(agent, std::string_view(claim.source), std::string_view(claim.id),
                std::string_view(claim.revision), stream, claim.sequence)
          .run();
      fresh.push_back(sqlite3_changes(sql_.db_) == 1);
    }
    return fresh;
  }

  std::vector<Found> find(AgentId agent, const std::string& id) override {
    return found_by(sql_.find.bind(agent, std::string_view(id)));
  }

  std::vector<Found> outdated(AgentId agent) override {
    return found_by(sql_.outdated.bind(agent));
  }

  void add_note(const Note& note) override {
    sql_.add_note
        .bind(note.stream, note.range.first, note.range.last, static_cast<int>(note.kind),
              std::string_view(note.detail))
        .run();
  }

  std::vector<Note> notes(StreamId stream) override {
    std::vector<Note> found;
    for (sql_.notes.bind(stream); sql_.notes.step();) found.push_back(note_at(sql_.notes));
    return found;
  }

  std::vector<Note> newest_rejections(AgentId agent, std::size_t most) override {
    std::vector<Note> found;
    sql_.rejections.bind(agent, std::uint64_t{most});
    while (sql_.rejections.step()) found.push_back(note_at(sql_.rejections));
    return found;
  }

  void add_totals(AgentId agent, const Totals& deltas) override {
    for (const auto& [key, delta] : deltas) {
      const std::string_view day = key.day, type = key.type, currency = key.currency;
      TotalSum sum = delta;
      for (sql_.total.bind(agent, day, type, currency); sql_.total.step();) {
        sum += sum_at(sql_.total, 0);
      }
      const std::string units = sum.units.to_text();
      sql_.save_total
          .bind(agent, day, type, currency, sum.events, sum.lines, std::string_view(units),
                sum.gross_minor)
          .run();
    }
  }

  Totals totals(AgentId agent) override {
    Totals all;
    for (sql_.totals.bind(agent); sql_.totals.step();) {
      all[{sql_.totals.text(0), sql_.totals.text(1), sql_.totals.text(2)}] = sum_at(sql_.totals, 3);
    }
    return all;
  }

  std::vector<AgentRow> agents() override {
    std::vector<AgentRow> rows;
    for (sql_.agents.bind(); sql_.agents.step();) {
      rows.push_back({sql_.agents.number(0), sql_.agents.text(1)});
    }
    return rows;
  }

 private:
  static std::vector<Found> found_by(SqliteStatement& row) {
    std::vector<Found> found;
    while (row.step()) found.push_back({row.number(0), static_cast<Sequence>(row.number(1))});
    return found;
  }

  static std::optional<Run> one_run(SqliteStatement& row) {
    if (!row.step()) return std::nullopt;
    Run run = run_at(row);
    row.run();
    return run;
  }

  Statements& sql_;
};

class SqliteStore final : public HubStore {
 public:
  SqliteStore(std::unique_ptr<sqlite3, SqliteClose> db, std::string file, Access access)
      : db_(std::move(db)), sql_(db_.get()), file_(std::move(file)), access_(access) {}

  Result<void> transact(const std::function<void(HubTransaction&)>& work) override {
    try {
      (access_ == Access::write ? sql_.begin_write : sql_.begin_read).bind().run();
      SqliteTransaction transaction(sql_);
      work(transaction);
      sql_.commit.bind().run();
      return {};
    } catch (const StoreFailure& failure) {
      if (sqlite3_get_autocommit(db_.get()) == 0) sqlite3_exec(db_.get(), "ROLLBACK", {}, {}, {});
      busy_ = failure.busy;
      return fail("store " + file_ + ": " + failure.message);
    }
  }

  // A failed flush is not retryable: the pages may be marked clean though they never reached disk.
  bool may_come_back() const override { return busy_; }

 private:
  std::unique_ptr<sqlite3, SqliteClose> db_;
  Statements sql_;
  std::string file_;
  Access access_;
  bool busy_ = false;  // that was why the last one failed
};

std::int64_t asked(sqlite3* db, const char* sql) {
  SqliteStatement statement(db, sql);
  statement.bind();
  return statement.step() ? statement.number(0) : 0;
}

void run(sqlite3* db, const char* sql) {
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw StoreFailure{sqlite3_errmsg(db)};
  }
}

// SQLite does not always wait for a lock in the change of a new file's mode: of two receivers that
// start together, one would be told that the file is locked.
void use_write_ahead_log(sqlite3* db) {
  const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
  for (;;) {
    const int code = sqlite3_exec(db, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    if (code != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) {
      throw StoreFailure{sqlite3_errmsg(db)};
    }
    std::this_thread::sleep_for(between_attempts);
  }
}

void prepare_schema(sqlite3* db, Access access) {
  const auto version = asked(db, "PRAGMA user_version");
  if (version > schema_version) {
    throw StoreFailure{"was written by a newer version of this program (schema " +
                       std::to_string(version) + "); install that version"};
  }
  if (version == schema_version) return;
  if (access == Access::read) throw StoreFailure{"is no store of the hub"};
  run(db, "BEGIN IMMEDIATE");
  // Unless one that started together with us has made it meanwhile.
  if (asked(db, "PRAGMA user_version") == version) {
    run(db, schema);
    run(db, ("PRAGMA user_version = " + std::to_string(schema_version)).c_str());
  }
  run(db, "COMMIT");
}

}  // namespace

Result<std::unique_ptr<HubStore>> open_sqlite_store(const std::string& file, Access access) {
  sqlite3* opened = nullptr;
  const int flags =
      access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(file.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<sqlite3, SqliteClose> db(opened);
  if (code != SQLITE_OK) {
    return fail("store " + file + ": " + sqlite3_errmsg(opened) + "; does the folder exist?");
  }
  try {
    sqlite3_busy_timeout(opened, static_cast<int>(busy_timeout.count()));
    if (access == Access::write) {
      // A reader of totals may look on; a second receiver has to use PostgreSQL.
      use_write_ahead_log(opened);
      run(opened,
          "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA secure_delete = OFF;"
          "PRAGMA journal_size_limit = 67108864");
      if (asked(opened, "PRAGMA synchronous") != 2) throw StoreFailure{"synchronous is not FULL"};
    }
    prepare_schema(opened, access);
    return std::unique_ptr<HubStore>(std::make_unique<SqliteStore>(std::move(db), file, access));
  } catch (const StoreFailure& failure) {
    return fail("store " + file + ": " + failure.message);
  }
}

}  // namespace storeward::hub
