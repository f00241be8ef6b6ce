// HubStore: what the hub keeps. Two of them: SQLite in one file for one receiver, PostgreSQL for
// several receivers that agree through it. Used by one thread.
//
// What is kept: the agents by root; their streams with the numbers held, the hash chain up to the
// confirmed one and the counts of what was odd; runs = consecutive events of one stream as a batch
// payload (exact bytes, `[{…},…]`, zstd or plain); identities; notes on numbers that do not count;
// totals.
//
// Invariants: runs of a stream are gapless and never overlap, so a number is in at most one; an
// identity belongs to one number; totals are in step with the runs, since one transaction writes
// both, and sum up each revision of an event, voided or not: who reports them takes back what is
// outdated() or uncounted(). State is read under the agent's lock and never kept across
// transactions, so any number of receivers may work on one database.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/hub/decimal.h"
#include "agent/hub/sequence_set.h"

namespace storeward::hub {

using AgentId = std::int64_t;
using StreamId = std::int64_t;

struct AgentRow {
  AgentId id = 0;
  std::string root;  // {prefix}/{tenant}/{site}/{agent}
};

struct StreamRow {
  StreamId id = 0;
  StreamKey key;
  SequenceSet held;
  Sequence highest = 0;                   // seen in a message, or published according to heads
  std::optional<Sha256> hash = Sha256{};  // h(hashed); none from the first absent number on
  Sequence hashed = 0;  // equal to held.confirmed() outside of a change; where there is a hash
  std::uint64_t conflicts = 0, repeats = 0, rejected = 0;
};

struct Run {
  Range range;
  std::string payload;
};

// (source, id, revision) of the event with this number.
struct Claim {
  std::string source, id, revision;
  Sequence sequence = 0;
};

// Where an event that counts is held.
struct Found {
  StreamId stream = 0;
  Sequence sequence = 0;
  friend auto operator<=>(const Found&, const Found&) = default;
};

// repeat: the event was here before under another number. rejected: it can never be applied.
// absent: announced as never coming. Numbers with a repeat or rejected note do not count in totals.
enum class NoteKind : std::uint8_t { repeat = 1, rejected = 2, absent = 3 };

struct Note {
  StreamId stream = 0;
  Range range;
  NoteKind kind = NoteKind::repeat;
  std::string detail;
};

struct TotalKey {
  std::string day, type, currency;
  friend auto operator<=>(const TotalKey&, const TotalKey&) = default;
};

struct TotalSum {
  std::uint64_t events = 0, lines = 0;
  Decimal units;
  std::int64_t gross_minor = 0;

  TotalSum& operator+=(const TotalSum& other) {
    events += other.events;
    lines += other.lines;
    units += other.units;
    gross_minor += other.gross_minor;
    return *this;
  }
  TotalSum& operator-=(const TotalSum& other) {
    events -= other.events;
    lines -= other.lines;
    units -= other.units;
    gross_minor -= other.gross_minor;
    return *this;
  }
};

using Totals = std::map<TotalKey, TotalSum>;

inline constexpr std::uint64_t max_runs_at_once = 100;  // of up to 256 KiB, as agents send them

// The operations inside one transaction. One that fails unwinds to HubStore::transact.
class HubTransaction {
 public:
  virtual ~HubTransaction() = default;

  // Creates the agent where it is new. Nobody else works on it until the transaction ends. Several
  // agents are locked in the order of their roots, so that receivers never wait in a circle.
  virtual AgentId lock_agent(const std::string& root) = 0;
  // Of its ack: higher than all before it and than `above`, and at least the UTC milliseconds of
  // the store's clock. An agent gets few acks a second, so a store that is made anew or comes from
  // a backup goes on above what agents have seen of the lost one.
  virtual std::uint64_t next_serial(AgentId agent, std::uint64_t above) = 0;

  virtual std::vector<StreamRow> streams(AgentId agent) = 0;  // in the order they appeared
  virtual StreamId add_stream(AgentId agent, const StreamKey& key) = 0;
  virtual void save_stream(const StreamRow& stream) = 0;

  virtual void add_run(StreamId stream, const Range& range, std::string_view payload) = 0;
  virtual std::optional<Run> run_with(StreamId stream, Sequence sequence) = 0;
  // The next ones, at most max_runs_at_once: of a till that sells one by one each sale is a run,
  // and a question to PostgreSQL for each would take minutes. None: there are no more.
  virtual std::vector<Run> runs_from(StreamId stream, Sequence first) = 0;

  // True for those that nobody held before; the others are repeats.
  virtual std::vector<bool> claim(AgentId agent, StreamId stream,
                                  std::span<const Claim> claims) = 0;

  // By id, whatever its source and revision. Reads all identities of the agent.
  virtual std::vector<Found> find(AgentId agent, const std::string& id) = 0;
  // The events of which a later revision is held; a stream's in a row and in order. Reads all
  // identities of the agent.
  virtual std::vector<Found> outdated(AgentId agent) = 0;

  virtual void add_note(const Note& note) = 0;
  virtual std::vector<Note> notes(StreamId stream) = 0;
  virtual std::vector<Note> newest_rejections(AgentId agent, std::size_t most) = 0;

  virtual void add_totals(AgentId agent, const Totals& deltas) = 0;
  virtual Totals totals(AgentId agent) = 0;
  virtual std::vector<AgentRow> agents() = 0;  // by root
};

enum class Access : std::uint8_t { read, write };

class HubStore {
 public:
  virtual ~HubStore() = default;

  // Durable when it returns without an error; otherwise nothing has happened. With Access::read
  // all that is read is of one moment.
  virtual Result<void> transact(const std::function<void(HubTransaction&)>& work) = 0;

  // After a failed transact: whether the same may succeed a little later.
  virtual bool may_come_back() const = 0;
};

// A file name, or postgresql://… Creates or migrates the schema for Access::write; refuses one that
// is newer than this program.
Result<std::unique_ptr<HubStore>> open_store(const std::string& where, Access access);

// The two behind it.
Result<std::unique_ptr<HubStore>> open_sqlite_store(const std::string& file, Access access);
Result<std::unique_ptr<HubStore>> open_postgres_store(const std::string& url, Access access);

}  // namespace storeward::hub
