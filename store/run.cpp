#include "store/run.h"

#include "store/crc32c.h"

namespace storeward::store {
namespace {

template <typename Integer>
void append(std::string& bytes, Integer value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);  // little-endian machines only
}

Sha256 hash_in(std::string_view bytes, Place key) {
  Sha256 hash;
  if (bytes.size() != hash.size()) {
    throw Failure(StoreFailure::corrupt,
                  "outbox.db: run " + std::to_string(key) + ": its hash is cut");
  }
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

[[noreturn]] void damaged(const Run& run, std::string_view what) {
  const StreamNumber stream = stream_at(run.key);
  throw Failure(StoreFailure::corrupt, "outbox.db: epoch " + std::to_string(stream.epoch) +
                                           " stream " + std::string(name_of(stream.stream)) +
                                           " sequences " + std::to_string(run.first()) + " to " +
                                           std::to_string(run.last) + ": " + std::string(what));
}

}  // namespace

RunDigest digest_at(std::string_view digests, std::size_t index) {
  ASSERT((index + 1) * run_digest_bytes <= digests.size());
  const char* at = digests.data() + index * run_digest_bytes;
  RunDigest digest;
  std::memcpy(&digest.digests.key, at, 8);
  std::memcpy(&digest.digests.content, at + 8, 8);
  std::memcpy(&digest.size, at + 16, 4);
  return digest;
}

std::uint32_t crc_of(const Run& run) {
  return Crc32c()
      .add(run.key)
      .add(run.last)
      .add(static_cast<std::uint64_t>(run.accepted_ms))
      .add(static_cast<std::uint64_t>(run.kept_ms))
      .add(static_cast<std::uint64_t>(run.codec))
      .add(run.plain_size)
      .add(bytes_of(run.chain))
      .add(run.digests)
      .add(*run.bytes)
      .value();
}

std::string plain_of(const Run& run) {
  if (!is_place(run.key)) {
    throw Failure(StoreFailure::corrupt, "outbox.db: run " + std::to_string(run.key) +
                                             ": its key is no place; run `storeward verify`");
  }
  if (crc_of(run) != run.crc) damaged(run, "the row's checksum does not match");
  // Divided, not multiplied: a wrong `last` must not wrap round to the right size.
  if (run.last < run.first() || run.last > max_sequence ||
      run.digests.size() % run_digest_bytes != 0 ||
      run.digests.size() / run_digest_bytes != run.events()) {
    damaged(run, "the row's digests do not match its events");
  }
  std::string plain;
  if (run.codec == Codec::plain) {
    plain = *run.bytes;
  } else {
    auto unfolded = zstd_decompress(*run.bytes);
    if (!unfolded) damaged(run, unfolded.error().message);
    plain = std::move(*unfolded);
  }
  std::size_t size = 1;
  for (std::size_t i = 0; i < run.events(); ++i) {
    size += std::size_t{digest_at(run.digests, i).size} + 1;  // 2^32 - 1 must not wrap round
  }
  if (plain.size() != size || run.plain_size != size) damaged(run, "its events are cut");
  return plain;
}

bool RunEvents::next() {
  if (index_ * run_digest_bytes == digests_.size()) return false;
  digest_ = digest_at(digests_, index_);
  event_ = plain_.substr(at_, digest_.size);
  at_ += std::size_t{digest_.size} + 1;
  ++index_;
  return true;
}

void RunBuilder::add(std::string_view event, EventDigests digests, const Sha256& chain) {
  plain_ += events_ == 0 ? '[' : ',';
  plain_ += event;
  append(digests_, digests.key);
  append(digests_, digests.content);
  append(digests_, static_cast<std::uint32_t>(event.size()));
  chain_ = chain;
  ++events_;
}

Run RunBuilder::finish(Place key, std::int64_t accepted_ms, std::int64_t kept_ms) {
  ASSERT(events_ > 0);
  plain_ += ']';
  Run run;
  run.key = key;
  run.last = sequence_at(key) + events_ - 1;
  run.accepted_ms = accepted_ms;
  run.kept_ms = kept_ms;
  run.plain_size = plain_.size();
  run.chain = chain_;
  run.digests = digests_;
  if (plain_.size() >= compress_from_bytes) {
    std::string frame = zstd_compress(plain_);
    if (frame.size() < plain_.size() - plain_.size() / 8) {
      run.codec = Codec::zstd;
      run.bytes = std::make_shared<const std::string>(std::move(frame));
    }
  }
  if (!run.bytes) run.bytes = std::make_shared<const std::string>(plain_);
  run.crc = crc_of(run);
  plain_.clear();
  digests_.clear();
  events_ = 0;
  return run;
}

namespace {
constexpr std::string_view run_columns =
    "SELECT key,last,accepted_ms,kept_ms,codec,plain_size,crc,chain,digests,bytes FROM run "
    "WHERE key BETWEEN ?1 AND ?2 ORDER BY key ";
constexpr std::string_view outline_columns =
    "SELECT key,last,accepted_ms,kept_ms,chain FROM run WHERE key BETWEEN ?1 AND ?2 ORDER BY key ";
}  // namespace

RunTable::RunTable(Connection& db)
    : insert_(db,
              "INSERT INTO run(key,last,accepted_ms,kept_ms,codec,plain_size,crc,chain,digests,"
              "bytes) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"),
      erase_(db, "DELETE FROM run WHERE key=?1"),
      before_(db, std::string(run_columns) + "DESC LIMIT 1"),
      after_(db, std::string(run_columns) + "LIMIT 1"),
      outline_before_(db, std::string(outline_columns) + "DESC LIMIT 1"),
      outline_after_(db, std::string(outline_columns) + "LIMIT 1") {}

void RunTable::insert(const Run& run) {
  insert_.run(run.key, run.last, run.accepted_ms, run.kept_ms, static_cast<int>(run.codec),
              run.plain_size, run.crc, Blob{bytes_of(run.chain)}, Blob{run.digests},
              Blob{*run.bytes});
}

void RunTable::erase(Place key) {
  erase_.run(key);
}

std::optional<Run> RunTable::read(Query& query, Place from, Place to) {
  Query::Rows rows = query.rows(from, to);
  if (!rows.next()) return std::nullopt;
  Run run;
  run.key = static_cast<Place>(rows.integer(0));
  run.last = static_cast<Sequence>(rows.integer(1));
  run.accepted_ms = rows.integer(2);
  run.kept_ms = rows.integer(3);
  run.codec = rows.integer(4) == 0 ? Codec::plain : Codec::zstd;
  run.plain_size = static_cast<std::uint64_t>(rows.integer(5));
  run.crc = static_cast<std::uint32_t>(rows.integer(6));
  run.chain = hash_in(rows.blob(7), run.key);
  run.digests = rows.blob(8);
  run.bytes = std::make_shared<const std::string>(rows.blob(9));
  return run;
}

std::optional<RunTable::Outline> RunTable::read_outline(Query& query, Place from, Place to) {
  Query::Rows rows = query.rows(from, to);
  if (!rows.next()) return std::nullopt;
  const auto key = static_cast<Place>(rows.integer(0));
  return Outline{key, static_cast<Sequence>(rows.integer(1)), rows.integer(2), rows.integer(3),
                 hash_in(rows.blob(4), key)};
}

std::optional<Run> RunTable::at_or_before(StreamNumber stream, Sequence sequence) {
  return read(before_, place_of(stream, 0), place_of(stream, sequence));
}

std::optional<Run> RunTable::at_or_after(StreamNumber stream, Sequence sequence) {
  auto run = at_or_before(stream, sequence);
  if (run && run->holds(sequence)) return run;
  return read(after_, place_of(stream, sequence), place_of(stream, max_sequence));
}

std::optional<RunTable::Outline> RunTable::newest(StreamNumber stream) {
  return outline_at_or_before(stream, max_sequence);
}

std::optional<RunTable::Outline> RunTable::outline_at_or_before(StreamNumber stream,
                                                                Sequence sequence) {
  return read_outline(outline_before_, place_of(stream, 0), place_of(stream, sequence));
}

std::optional<RunTable::Outline> RunTable::outline_at_or_after(StreamNumber stream,
                                                               Sequence sequence) {
  auto outline = outline_at_or_before(stream, sequence);
  if (outline && outline->last >= sequence) return outline;
  return read_outline(outline_after_, place_of(stream, sequence), place_of(stream, max_sequence));
}

}  // namespace storeward::store
