// How events are read back out of their runs: a batch for the forwarder, the chain at a sequence,
// those of one stream or of one id.
#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

#include "agent/base/json_dump.h"
#include "store/reader_state.h"

namespace storeward::store {
namespace {

// Plain bytes gathered for one message when small runs are joined.
constexpr std::size_t join_bytes = 256 * 1024;
// A run with at least so many events is sent as it is stored, rather than unfolded and joined.
constexpr std::size_t worth_sending_alone = 250;

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
  const std::string needle = "\"id\":" + dumped(nlohmann::json(id));
  // Events are full of quotes: string_view::find() would stop at each of them.
  const std::boyer_moore_horspool_searcher searcher(needle.begin(), needle.end());
  const auto mentioned_in = [&](std::string_view text) {
    return std::search(text.begin(), text.end(), searcher) != text.end();
  };
  std::vector<StoredEvent> found = find_waiting_level(id);
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

std::vector<StoredEvent> OutboxReader::State::find_waiting_level(std::string_view id) {
  std::vector<StoredEvent> found;
  const StreamKey stream{StreamTable::read_epochs(db).back().uuid, Stream::levels};
  Query query(db, "SELECT bytes FROM level WHERE json_extract(CAST(bytes AS TEXT),'$.id')=?1");
  for (Query::Rows rows = query.rows(id); rows.next();) {
    found.push_back({stream, 0, std::string(rows.blob(0)), false});
  }
  return found;
}

}  // namespace storeward::store
