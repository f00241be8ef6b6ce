#include "store/outbox_reader.h"

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

#include "store/audit_table.h"
#include "store/exception_table.h"
#include "store/reader_state.h"
#include "store/salvage.h"
#include "store/source_cursor_table.h"

namespace storeward::store {
namespace {

// Plain bytes gathered for one message when small runs are joined.
constexpr std::size_t join_bytes = 256 * 1024;
// A run with at least so many events is sent as it is stored, rather than unfolded and joined.
constexpr std::size_t worth_sending_alone = 250;

}  // namespace

OutboxReader::State::State(const OutboxOptions& given, std::unique_ptr<DirectoryLock> held)
    : options(given),
      lock(std::move(held)),
      db(options.directory / "outbox.db", Connection::Mode::read_only, options.vfs),
      checked(db),
      runs(db),
      cursor(
          db,
          "SELECT e.no,coalesce(s.pruned_through,0),s.pruned_chain FROM epoch e LEFT JOIN stream "
          "s ON s.epoch_no=e.no AND s.stream=?2 WHERE e.uuid=?1"),
      absent(db,
             "SELECT first,last FROM absent WHERE epoch_no=?1 AND stream=?2 AND last>=?3 "
             "AND first<=?4 ORDER BY first") {}

std::optional<ReadStream> OutboxReader::State::find(const StreamKey& key) {
  Query::Rows rows = cursor.rows(key.epoch, static_cast<int>(key.stream));
  if (!rows.next()) return std::nullopt;
  ReadStream stream{{static_cast<EpochNumber>(rows.integer(0)), key.stream},
                    static_cast<Sequence>(rows.integer(1)),
                    {}};
  const std::string_view chain = rows.blob(2);
  std::copy_n(chain.begin(), std::min<std::size_t>(chain.size(), 32), stream.pruned_chain.begin());
  return stream;
}

std::vector<Range> OutboxReader::State::absent_in(StreamNumber stream, Range range) {
  std::vector<Range> found;
  Query::Rows rows =
      absent.rows(stream.epoch, static_cast<int>(stream.stream), range.first, range.last);
  while (rows.next()) {
    found.push_back(
        {static_cast<Sequence>(rows.integer(0)), static_cast<Sequence>(rows.integer(1))});
  }
  return found;
}

namespace {

bool holds(const std::vector<Range>& ranges, Sequence sequence) {
  return std::ranges::any_of(ranges, [sequence](const Range& range) {
    return sequence >= range.first && sequence <= range.last;
  });
}

// Gathers events until a bound is reached; `ends` remembers where each ends, so that a message that
// turns out too large after compression can be cut.
struct Gathered {
  std::string plain = "[";
  std::vector<std::pair<std::size_t, Sequence>> ends;
};

Message finish(const ReadRequest& request, Gathered& gathered) {
  Message message;
  message.stream = request.stream;
  message.range = request.wanted;
  if (gathered.ends.empty()) return message;
  for (std::size_t events = gathered.ends.size();;) {
    const auto [size, last] = gathered.ends[events - 1];
    std::string payload = gathered.plain.substr(0, size) + "]";
    message.codec = Codec::plain;
    if (request.compress && payload.size() >= compress_from_bytes) {
      std::string frame = zstd_compress(payload);
      if (frame.size() < payload.size()) {
        payload = std::move(frame);
        message.codec = Codec::zstd;
      }
    }
    if (payload.size() <= request.max_bytes || events == 1) {
      message.range.last = last;
      message.events = static_cast<std::uint32_t>(events);
      message.payload = std::make_shared<const std::string>(std::move(payload));
      return message;
    }
    events = std::max<std::size_t>(1, events * request.max_bytes / (payload.size() + 1));
  }
}

}  // namespace

Message OutboxReader::State::read(const ReadRequest& request) {
  Message nothing;
  nothing.stream = request.stream;
  nothing.range = request.wanted;
  const auto stream = find(request.stream);
  if (!stream || request.wanted.first > request.wanted.last) return nothing;
  const std::size_t plain_limit =
      request.compress ? std::max(join_bytes, request.max_bytes) : request.max_bytes;
  Gathered gathered;
  Sequence at = std::max<Sequence>(request.wanted.first, 1);
  while (at <= request.wanted.last && gathered.ends.size() < request.max_events) {
    const auto run = runs.at_or_after(stream->number, at);
    if (!run || run->first() > request.wanted.last) break;
    const auto gone = absent_in(stream->number, {run->first(), run->last});
    const bool whole = run->first() >= at && run->last <= request.wanted.last && gone.empty() &&
                       run->events() <= request.max_events &&
                       run->bytes->size() <= request.max_bytes &&
                       (run->codec == Codec::plain || request.compress);
    if (whole && run->events() >= worth_sending_alone) {
      if (!gathered.ends.empty()) break;  // it is the next message
      Message message = nothing;
      message.range.last = run->last;
      message.events = static_cast<std::uint32_t>(run->events());
      message.codec = run->codec;
      message.payload = run->bytes;
      return message;
    }
    const std::string plain = plain_of(*run);
    RunEvents events(*run, plain);
    while (events.next()) {
      const Sequence sequence = events.sequence();
      if (sequence < at || holds(gone, sequence)) continue;
      if (sequence > request.wanted.last || gathered.ends.size() >= request.max_events) break;
      const bool fits = gathered.plain.size() + events.event().size() + 2 <= plain_limit;
      if (!fits && !gathered.ends.empty()) return finish(request, gathered);
      if (!gathered.ends.empty()) gathered.plain += ',';
      gathered.plain += events.event();
      gathered.ends.emplace_back(gathered.plain.size(), sequence);
    }
    at = run->last + 1;
  }
  return finish(request, gathered);
}

std::optional<Sha256> OutboxReader::State::hash_at(const StreamKey& key, Sequence sequence) {
  const auto stream = find(key);
  if (!stream || sequence < stream->pruned_through) return std::nullopt;
  if (sequence == stream->pruned_through) return stream->pruned_chain;
  const auto run = runs.at_or_before(stream->number, sequence);
  if (!run || !run->holds(sequence)) return std::nullopt;
  if (run->last == sequence) return run->chain;
  const auto before = runs.outline_at_or_before(stream->number, run->first() - 1);
  const Sequence known_through = before ? before->last : stream->pruned_through;
  if (known_through + 1 != run->first()) return std::nullopt;  // behind a gap that salvage left
  Sha256 chain = before ? before->chain : stream->pruned_chain;
  const std::string plain = plain_of(*run);
  RunEvents events(*run, plain);
  while (events.next() && events.sequence() <= sequence) {
    chain = chain_next(chain, sha256(events.event()));
  }
  return chain;
}

std::vector<StoredEvent> OutboxReader::State::list(const StreamKey& key, Sequence from,
                                                   std::size_t limit) {
  std::vector<StoredEvent> found;
  const auto stream = find(key);
  if (!stream) return found;
  for (Sequence at = from; found.size() < limit && at <= max_sequence;) {
    const auto run = runs.at_or_after(stream->number, at);
    if (!run) break;
    const auto gone = absent_in(stream->number, {run->first(), run->last});
    const std::string plain = plain_of(*run);
    RunEvents events(*run, plain);
    while (found.size() < limit && events.next()) {
      if (events.sequence() < at) continue;
      found.push_back(
          {key, events.sequence(), std::string(events.event()), holds(gone, events.sequence())});
    }
    at = run->last + 1;
  }
  return found;
}

// The index knows identities only by their digest, so a bare id is looked for in the events
// themselves, newest first. Each run is a read of its own.
std::vector<StoredEvent> OutboxReader::State::find_id(std::string_view id) {
  constexpr std::size_t most = 100;
  const std::string needle =
      "\"id\":" + nlohmann::json(id).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  // Events are full of quotes: string_view::find() would stop at each of them.
  const std::boyer_moore_horspool_searcher searcher(needle.begin(), needle.end());
  const auto mentioned_in = [&](std::string_view text) {
    return std::search(text.begin(), text.end(), searcher) != text.end();
  };
  std::vector<StoredEvent> found;
  std::vector<EpochRow> epochs = StreamTable::read_epochs(db);
  std::ranges::reverse(epochs);
  for (const EpochRow& epoch : epochs) {
    for (const Stream stream : all_streams) {
      const StreamNumber number{epoch.number, stream};
      auto run = runs.at_or_before(number, max_sequence);
      while (run && found.size() < most) {
        const std::string plain = plain_of(*run);
        const auto gone = absent_in(number, {run->first(), run->last});
        const bool worth_reading = mentioned_in(plain);
        for (RunEvents events(*run, plain); worth_reading && events.next();) {
          if (!mentioned_in(events.event())) continue;
          const auto json = nlohmann::json::parse(events.event(), nullptr, false);
          if (!json.is_object() || json.value("id", nlohmann::json()) != nlohmann::json(id))
            continue;
          found.push_back({{epoch.uuid, stream},
                           events.sequence(),
                           std::string(events.event()),
                           holds(gone, events.sequence())});
        }
        if (run->first() <= 1) break;
        run = runs.at_or_before(number, run->first() - 1);
      }
    }
  }
  return found;
}

OutboxReader::OutboxReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutboxReader::~OutboxReader() = default;
OutboxReader::OutboxReader(OutboxReader&&) noexcept = default;

namespace {
template <typename T, typename Work>
StoreResult<T> answer(const OutboxOptions& options, Work work) {
  try {
    return work();
  } catch (const Failure& failure) {
    const StoreError& error = failure.error();
    if (error.kind == StoreFailure::corrupt) mark_damaged(options, error.message);
    return Unexpected<StoreError>{error};
  }
}

// Before the lock file is made: one that belongs to whoever looks would shut the agent's user out.
void refuse_absent(const std::filesystem::path& directory) {
  std::error_code unknown;  // what may not be looked at is left to the lock to name
  if (std::filesystem::exists(directory / "outbox.db", unknown) || unknown) return;
  if (is_marked_damaged(directory)) {
    throw Failure(StoreFailure::corrupt,
                  (directory / "outbox.db").string() +
                      ": set aside as damaged; start the agent, which saves what is whole");
  }
  throw Failure(StoreFailure::absent, "there is no outbox yet in " + directory.string() +
                                          "; the first `storeward run` makes it");
}
}  // namespace

StoreResult<OutboxReader> OutboxReader::open(const OutboxOptions& options) {
  return answer<OutboxReader>(
      options, [&] { return OutboxReader(std::make_unique<State>(options, nullptr)); });
}

StoreResult<OutboxReader> OutboxReader::open_unattended(const OutboxOptions& options) {
  return answer<OutboxReader>(options, [&] {
    refuse_absent(options.directory);
    auto lock = std::make_unique<DirectoryLock>(options.directory);
    return OutboxReader(std::make_unique<State>(options, std::move(lock)));
  });
}

StoreResult<Message> OutboxReader::read(const ReadRequest& request) {
  return answer<Message>(state_->options, [&] { return state_->read(request); });
}

StoreResult<std::optional<Sha256>> OutboxReader::hash_at(const StreamKey& stream,
                                                         Sequence sequence) {
  return answer<std::optional<Sha256>>(state_->options,
                                       [&] { return state_->hash_at(stream, sequence); });
}

StoreResult<std::vector<StreamState>> OutboxReader::streams() {
  return answer<std::vector<StreamState>>(state_->options, [&] {
    const Snapshot snapshot(state_->db);
    const std::vector<EpochRow> epochs = StreamTable::read_epochs(state_->db);
    const auto rows = StreamTable::read(state_->db, state_->runs);
    std::vector<StreamState> result;
    for (auto epoch = epochs.rbegin(); epoch != epochs.rend(); ++epoch) {
      for (const Stream stream : all_streams) {
        const StreamRow& row = rows.at({epoch->number, stream});
        if (epoch == epochs.rbegin() || row.last > row.pruned_through) {
          result.push_back({{epoch->uuid, stream}, row.head()});
        }
      }
    }
    return result;
  });
}

StoreResult<std::vector<StoredEvent>> OutboxReader::list(const StreamKey& stream, Sequence from,
                                                         std::size_t limit) {
  return answer<std::vector<StoredEvent>>(state_->options,
                                          [&] { return state_->list(stream, from, limit); });
}

StoreResult<std::vector<StoredEvent>> OutboxReader::find(std::string_view id) {
  return answer<std::vector<StoredEvent>>(state_->options, [&] { return state_->find_id(id); });
}

StoreResult<std::vector<Exception>> OutboxReader::exceptions(const ExceptionFilter& filter) {
  return answer<std::vector<Exception>>(state_->options,
                                        [&] { return read_exceptions(state_->db, filter); });
}

StoreResult<std::optional<Exception>> OutboxReader::exception(std::uint64_t number) {
  return answer<std::optional<Exception>>(state_->options, [&]() -> std::optional<Exception> {
    auto found = read_exceptions(state_->db, {.from = number, .limit = 1});
    if (found.empty() || found.front().number != number) return std::nullopt;
    return std::move(found.front());
  });
}

StoreResult<std::vector<std::string>> OutboxReader::exception_drivers() {
  return answer<std::vector<std::string>>(state_->options,
                                          [&] { return read_exception_drivers(state_->db); });
}

StoreResult<Unannounced> OutboxReader::unannounced(std::uint64_t after, std::size_t limit) {
  return answer<Unannounced>(state_->options, [&] {
    const Snapshot snapshot(state_->db);
    return read_unannounced(state_->db, after, limit);
  });
}

StoreResult<std::vector<AuditLine>> OutboxReader::audit(std::uint64_t from, std::size_t limit) {
  return answer<std::vector<AuditLine>>(state_->options,
                                        [&] { return read_audit(state_->db, from, limit); });
}

StoreResult<std::optional<std::string>> OutboxReader::source_cursor(std::string_view driver,
                                                                    std::string_view key) {
  return answer<std::optional<std::string>>(
      state_->options, [&] { return read_source_cursor(state_->db, driver, key); });
}

StoreResult<std::vector<SourceCursor>> OutboxReader::source_cursors(std::string_view driver,
                                                                    std::string_view after_key,
                                                                    std::size_t limit) {
  return answer<std::vector<SourceCursor>>(
      state_->options, [&] { return read_source_cursors(state_->db, driver, after_key, limit); });
}

StoreResult<std::vector<RegisterDay>> OutboxReader::register_days(std::uint64_t after_touched,
                                                                  std::size_t limit) {
  return answer<std::vector<RegisterDay>>(
      state_->options, [&] { return read_register_days(state_->db, after_touched, limit); });
}

StoreResult<RegisterDayBook> OutboxReader::register_day(const RegisterDay& day) {
  return answer<RegisterDayBook>(state_->options,
                                 [&] { return read_register_day(state_->db, day); });
}

StoreResult<VerifyReport> OutboxReader::verify(
    const std::function<void(std::uint64_t events)>& progress) {
  return answer<VerifyReport>(state_->options, [&] {
    VerifyReport report = state_->verify(progress);
    for (const VerifyFinding& finding : report.findings) {
      if (finding.in_audit) continue;
      mark_damaged(state_->options, finding.place + ": " + finding.what);
      break;
    }
    return report;
  });
}

}  // namespace storeward::store
