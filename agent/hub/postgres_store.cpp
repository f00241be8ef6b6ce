// The hub's store in PostgreSQL, for several receivers: each transaction holds the rows of its
// agents (SELECT … FOR UPDATE), reads their state, and nothing is kept in between.
#include <pqxx/pqxx>

#include "agent/hub/hub_store.h"

namespace storeward::hub {
namespace {

constexpr int schema_version = 1;
constexpr std::int64_t schema_lock = 0x73746f7265;  // receivers that start together create it once

constexpr const char* schema = R"sql(
CREATE TABLE agent (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, root text NOT NULL UNIQUE,
                    serial bigint NOT NULL DEFAULT 0);
CREATE TABLE stream (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                     agent bigint NOT NULL REFERENCES agent, epoch text NOT NULL,
                     name text NOT NULL, confirmed bigint NOT NULL DEFAULT 0,
                     beyond text NOT NULL DEFAULT '', highest bigint NOT NULL DEFAULT 0, hash text,
                     conflicts bigint NOT NULL DEFAULT 0, repeats bigint NOT NULL DEFAULT 0,
                     rejected bigint NOT NULL DEFAULT 0, UNIQUE (agent, epoch, name));
CREATE TABLE run (stream bigint NOT NULL REFERENCES stream, first bigint NOT NULL,
                  last bigint NOT NULL, payload bytea NOT NULL, PRIMARY KEY (stream, first));
ALTER TABLE run ALTER payload SET STORAGE EXTERNAL;
CREATE TABLE identity (agent bigint NOT NULL, source text NOT NULL, id text NOT NULL,
                       revision text NOT NULL, stream bigint NOT NULL, sequence bigint NOT NULL,
                       PRIMARY KEY (agent, source, id, revision));
CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                   stream bigint NOT NULL REFERENCES stream, first bigint NOT NULL,
                   last bigint NOT NULL, kind integer NOT NULL, detail text NOT NULL);
CREATE INDEX note_stream ON note (stream, first);
CREATE TABLE total (agent bigint NOT NULL, day text NOT NULL, type text NOT NULL,
                    currency text NOT NULL, events bigint NOT NULL, lines bigint NOT NULL,
                    units numeric NOT NULL, gross_minor bigint NOT NULL,
                    PRIMARY KEY (agent, day, type, currency));
CREATE TABLE schema_version (version integer NOT NULL);
INSERT INTO schema_version VALUES (1);
)sql";

// NUL cannot stand in a text column; JSON may carry it as an escape.
std::string storable(std::string_view text) {
  std::string clean(text);
  for (std::size_t at = 0; (at = clean.find('\0', at)) != clean.npos;) {
    clean.replace(at, 1, "\\u0000");
  }
  return clean;
}

// One text[] literal: multi-row inserts as parallel arrays.
class TextArray {
 public:
  void add(std::string_view text) {
    literal_ += literal_.size() == 1 ? "\"" : ",\"";
    for (const char c : storable(text)) {
      if (c == '"' || c == '\\') literal_ += '\\';
      literal_ += c;
    }
    literal_ += '"';
  }
  std::string text() const { return literal_ + "}"; }

 private:
  std::string literal_ = "{";
};

Run run_at(const pqxx::row& row) {
  const pqxx::binarystring payload(row[2]);
  return {{row[0].as<Sequence>(), row[1].as<Sequence>()}, payload.str()};
}

Note note_at(const pqxx::row& row) {
  return {row[0].as<StreamId>(),
          {row[1].as<Sequence>(), row[2].as<Sequence>()},
          static_cast<NoteKind>(row[3].as<int>()),
          row[4].as<std::string>()};
}

StreamRow stream_at(const pqxx::row& row) {
  StreamRow stream;
  stream.id = row[0].as<StreamId>();
  const auto name = stream_named(row[2].as<std::string>());
  const auto held = SequenceSet::from_text(row[3].as<Sequence>(), row[4].as<std::string>());
  stream.hash.reset();
  const bool hash_fits =
      row[6].is_null() || from_hex(row[6].as<std::string>(), stream.hash.emplace());
  if (!name || !held || !hash_fits) {
    throw pqxx::failure("table stream: row " + std::to_string(stream.id) + " is damaged");
  }
  stream.key = {row[1].as<std::string>(), *name};
  stream.held = *held;
  stream.hashed = held->confirmed();
  stream.highest = row[5].as<Sequence>();
  stream.conflicts = row[7].as<std::uint64_t>();
  stream.repeats = row[8].as<std::uint64_t>();
  stream.rejected = row[9].as<std::uint64_t>();
  return stream;
}

class PostgresTransaction final : public HubTransaction {
 public:
  explicit PostgresTransaction(pqxx::work& work) : work_(work) {}

  AgentId lock_agent(const std::string& root) override {
    const char* const find = "SELECT id FROM agent WHERE root = $1 FOR UPDATE";
    auto found = work_.exec_params(find, root);
    if (found.empty()) {
      work_.exec_params("INSERT INTO agent (root) VALUES ($1) ON CONFLICT DO NOTHING", root);
      found = work_.exec_params(find, root);
    }
    return found.at(0)[0].as<AgentId>();
  }

  std::uint64_t next_serial(AgentId agent, std::uint64_t above) override {
    return work_
        .exec_params1(
            "UPDATE agent SET serial = greatest(serial + 1, $2::bigint + 1,"
            " (extract(epoch FROM clock_timestamp()) * 1000)::bigint)"
            " WHERE id = $1 RETURNING serial",
            agent, above)[0]
        .as<std::uint64_t>();
  }

  std::vector<StreamRow> streams(AgentId agent) override {
    std::vector<StreamRow> rows;
    for (const auto& row : work_.exec_params(
             "SELECT id, epoch, name, confirmed, beyond, highest, hash, conflicts, repeats,"
             " rejected FROM stream WHERE agent = $1 ORDER BY id",
             agent)) {
      rows.push_back(stream_at(row));
    }
    return rows;
  }

  StreamId add_stream(AgentId agent, const StreamKey& key) override {
    return work_
        .exec_params1(
            "INSERT INTO stream (agent, epoch, name, hash) VALUES ($1, $2, $3, $4)"
            " RETURNING id",
            agent, storable(key.epoch), std::string(name_of(key.stream)), to_hex(Sha256{}))[0]
        .as<StreamId>();
  }

  void save_stream(const StreamRow& stream) override {
    const std::string hash = stream.hash ? to_hex(*stream.hash) : "";
    work_.exec_params0(
        "UPDATE stream SET confirmed = $2, beyond = $3, highest = $4, hash = nullif($5, ''),"
        " conflicts = $6, repeats = $7, rejected = $8 WHERE id = $1",
        stream.id, stream.held.confirmed(), stream.held.beyond_text(), stream.highest, hash,
        stream.conflicts, stream.repeats, stream.rejected);
  }

  void add_run(StreamId stream, const Range& range, std::string_view payload) override {
    work_.exec_params0("INSERT INTO run VALUES ($1, $2, $3, $4)", stream, range.first, range.last,
                       pqxx::binarystring(payload.data(), payload.size()));
  }

  std::optional<Run> run_with(StreamId stream, Sequence sequence) override {
    auto run = one_run(
        work_.exec_params("SELECT first, last, payload FROM run WHERE stream = $1 AND first <= $2"
                          " ORDER BY first DESC LIMIT 1",
                          stream, sequence));
    if (run && run->range.last < sequence) run.reset();
    return run;
  }

  std::vector<Run> runs_from(StreamId stream, Sequence first) override {
    std::vector<Run> runs;
    for (const auto& row :
         work_.exec_params("SELECT first, last, payload FROM run WHERE stream = $1 AND first >= $2"
                           " ORDER BY first LIMIT $3",
                           stream, first, max_runs_at_once)) {
      runs.push_back(run_at(row));
    }
    return runs;
  }

  std::vector<bool> claim(AgentId agent, StreamId stream, std::span<const Claim> claims) override {
    std::vector<bool> fresh(claims.size(), false);
    if (claims.empty()) return fresh;
    TextArray sources, ids, revisions, sequences;
    std::map<Sequence, std::size_t> position;
    for (std::size_t i = 0; i < claims.size(); ++i) {
      sources.add(claims[i].source);
      ids.add(claims[i].id);
      revisions.add(claims[i].revision);
      sequences.add(std::to_string(claims[i].sequence));
      position[claims[i].sequence] = i;
    }
    for (const auto& row : work_.exec_params(
             "INSERT INTO identity SELECT $1, s, i, r, $2, q FROM unnest($3::text[], $4::text[],"
             " $5::text[], $6::bigint[]) AS t (s, i, r, q) ON CONFLICT DO NOTHING"
             " RETURNING sequence",
             agent, stream, sources.text(), ids.text(), revisions.text(), sequences.text())) {
      fresh[position.at(row[0].as<Sequence>())] = true;
    }
    return fresh;
  }

  std::vector<Found> find(AgentId agent, const std::string& id) override {
    return found_of(
        work_.exec_params("SELECT stream, sequence FROM identity WHERE agent = $1 AND id = $2"
                          " ORDER BY stream, sequence",
                          agent, storable(id)));
  }

  std::vector<Found> outdated(AgentId agent) override {
    return found_of(work_.exec_params(
        "SELECT DISTINCT earlier.stream, earlier.sequence"
        " FROM identity AS later JOIN identity AS earlier USING (agent, source, id)"
        " WHERE agent = $1 AND later.revision <> '1'"
        " AND (length(earlier.revision), earlier.revision COLLATE \"C\")"
        " < (length(later.revision), later.revision COLLATE \"C\") ORDER BY 1, 2",
        agent));
  }

  void add_note(const Note& note) override {
    work_.exec_params0(
        "INSERT INTO note (stream, first, last, kind, detail) VALUES ($1, $2, $3, $4, $5)",
        note.stream, note.range.first, note.range.last, static_cast<int>(note.kind),
        storable(note.detail));
  }

  std::vector<Note> notes(StreamId stream) override {
    return notes_of(work_.exec_params(
        "SELECT stream, first, last, kind, detail FROM note WHERE stream = $1 ORDER BY first",
        stream));
  }

  std::vector<Note> newest_rejections(AgentId agent, std::size_t most) override {
    return notes_of(work_.exec_params(
        "SELECT n.stream, n.first, n.last, n.kind, n.detail FROM note n JOIN stream s"
        " ON s.id = n.stream WHERE s.agent = $1 AND n.kind = 2 ORDER BY n.id DESC LIMIT $2",
        agent, most));
  }

  void add_totals(AgentId agent, const Totals& deltas) override {
    for (const auto& [key, delta] : deltas) {
      work_.exec_params0(
          "INSERT INTO total AS t VALUES ($1, $2, $3, $4, $5, $6, $7::text::numeric, $8)"
          " ON CONFLICT (agent, day, type, currency) DO UPDATE SET"
          " events = t.events + excluded.events, lines = t.lines + excluded.lines,"
          " units = t.units + excluded.units, gross_minor = t.gross_minor + excluded.gross_minor",
          agent, storable(key.day), storable(key.type), storable(key.currency), delta.events,
          delta.lines, delta.units.to_text(), delta.gross_minor);
    }
  }

  Totals totals(AgentId agent) override {
    Totals all;
    for (const auto& row : work_.exec_params(
             "SELECT day, type, currency, events, lines, units::text, gross_minor FROM total"
             " WHERE agent = $1",
             agent)) {
      TotalSum& sum =
          all[{row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>()}];
      const auto units = Decimal::parse(row[5].as<std::string>());
      if (!units) throw pqxx::failure("table total: column units is out of range");
      sum = {row[3].as<std::uint64_t>(), row[4].as<std::uint64_t>(), *units,
             row[6].as<std::int64_t>()};
    }
    return all;
  }

  std::vector<AgentRow> agents() override {
    std::vector<AgentRow> rows;
    for (const auto& row : work_.exec("SELECT id, root FROM agent ORDER BY root COLLATE \"C\"")) {
      rows.push_back({row[0].as<AgentId>(), row[1].as<std::string>()});
    }
    return rows;
  }

 private:
  static std::optional<Run> one_run(const pqxx::result& found) {
    if (found.empty()) return std::nullopt;
    return run_at(found[0]);
  }
  static std::vector<Found> found_of(const pqxx::result& rows) {
    std::vector<Found> found;
    for (const auto& row : rows) {
      found.push_back({row[0].as<StreamId>(), row[1].as<Sequence>()});
    }
    return found;
  }
  static std::vector<Note> notes_of(const pqxx::result& found) {
    std::vector<Note> notes;
    for (const auto& row : found) notes.push_back(note_at(row));
    return notes;
  }

  pqxx::work& work_;
};

void prepare_schema(pqxx::connection& connection, Access access) {
  pqxx::work work(connection);
  work.exec_params("SELECT pg_advisory_xact_lock($1)", schema_lock);
  int version = 0;
  if (!work.exec1("SELECT to_regclass('schema_version')")[0].is_null()) {
    version = work.exec1("SELECT version FROM schema_version")[0].as<int>();
  }
  if (version > schema_version) {
    throw pqxx::failure("was written by a newer version of this program; install that version");
  }
  if (version == 0) {
    if (access == Access::read) throw pqxx::failure("holds no store of the hub");
    work.exec(schema);
  }
  work.commit();
}

class PostgresStore final : public HubStore {
 public:
  PostgresStore(std::string url, std::unique_ptr<pqxx::connection> connection, Access access)
      : url_(std::move(url)), connection_(std::move(connection)), access_(access) {}

  // An agent's lock is taken before anything of it is read, so READ COMMITTED sees what the
  // receiver before us has committed. A reader locks nothing, and receivers go on meanwhile.
  Result<void> transact(const std::function<void(HubTransaction&)>& work) override {
    try {
      if (!connection_) connection_ = std::make_unique<pqxx::connection>(url_);
      pqxx::work running(*connection_);
      if (access_ == Access::read) running.exec0("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
      PostgresTransaction transaction(running);
      work(transaction);
      running.commit();
      return {};
    } catch (const std::exception& error) {
      connection_.reset();  // the next one begins with a sound one
      return fail(std::string("store PostgreSQL: ") + error.what());
    }
  }

  // A commit whose answer was lost may have happened; the same batch again is only repeats.
  bool may_come_back() const override { return true; }

 private:
  const std::string url_;
  std::unique_ptr<pqxx::connection> connection_;
  const Access access_;
};

}  // namespace

Result<std::unique_ptr<HubStore>> open_postgres_store(const std::string& url, Access access) {
  try {
    auto connection = std::make_unique<pqxx::connection>(url);
    prepare_schema(*connection, access);
    return std::unique_ptr<HubStore>(
        std::make_unique<PostgresStore>(url, std::move(connection), access));
  } catch (const std::exception& error) {
    return fail(std::string("store PostgreSQL: ") + error.what());
  }
}

}  // namespace storeward::hub
