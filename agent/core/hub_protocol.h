// What agent and hub say to each other beside the events: CONTRACT section 5. Pure values and their
// JSON form; used by the agent, the reference hub and the simulator's hub.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/base/sha256.h"
#include "agent/core/stream.h"

namespace storeward {

// Far above what a store can number: beyond it a sequence is a mistake or a lie.
inline constexpr Sequence max_told_sequence = Sequence{1} << 50;

using Epoch = std::string;  // UUIDv7 text, 36 characters

// One stream of one epoch: a gapless sequence with one hash chain.
struct StreamKey {
  Epoch epoch;
  Stream stream = Stream::sales;
  friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
};

struct Range {  // both ends included, first >= 1
  Sequence first = 0;
  Sequence last = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

// ---- {root}/ack -------------------------------------------------------------------------------

struct HubRejection {
  Stream stream = Stream::sales;
  Sequence sequence = 0;
  std::string reason;
};

struct EpochAck {
  std::map<Stream, Sequence> confirmed;
  std::map<Stream, std::vector<Range>> missing;
  std::vector<HubRejection> rejected;
  std::map<Stream, Sha256> hash;  // at `confirmed`
};

struct HubAck {
  std::uint64_t serial = 0;
  std::map<Epoch, EpochAck> epochs;
};

// Unknown fields are ignored, unknown streams too; anything of the wrong shape is an error that
// names the field. Bounded: at most 1 MiB, 64 levels, 1,000 epochs, 10,000 ranges and rejections.
Result<HubAck> parse_hub_ack(std::string_view json);
std::string to_json(const HubAck& ack);

// ---- {root}/heads -----------------------------------------------------------------------------

enum class AbsentReason : std::uint8_t { withheld, pruned, salvage };
std::string_view name_of(AbsentReason reason);

struct AbsentRange {
  Range range;
  AbsentReason reason = AbsentReason::withheld;
};

struct StreamHead {
  Sequence first = 1;  // the oldest the agent can still send; last + 1 when it keeps none
  Sequence last = 0;
  Sequence published = 0;  // highest the broker has acked
  Sequence confirmed = 0;
  Sha256 hash{};  // h(last); 32 zero bytes at last = 0
  std::vector<AbsentRange> absent;
};

struct Heads {
  Epoch current;
  std::map<StreamKey, StreamHead> streams;
};

Result<Heads> parse_heads(std::string_view json);
std::string to_json(const Heads& heads);

// ---- {root}/down/command ----------------------------------------------------------------------

struct ReplayCommand {
  StreamKey stream;
  Range range;
};

struct ReplayAnswer {
  bool ok = false;
  std::vector<Range> accepted;
  std::vector<Range> unavailable;
  std::string reason;  // where not ok
};

Result<ReplayCommand> parse_command(std::string_view json);
std::string to_json(const ReplayCommand& command);
std::string to_json(const ReplayAnswer& answer);

// ---- {root}/up/{stream} -----------------------------------------------------------------------

enum class Codec : std::uint8_t { plain, zstd };  // a reader tells by the first bytes

inline constexpr std::size_t compress_from_bytes = 1024;
inline constexpr std::size_t max_batch_bytes = 8u << 20;  // cap on what a zstd frame may unfold to

std::string zstd_compress(std::string_view bytes);  // level 1
Result<std::string> zstd_decompress(std::string_view frame, std::size_t limit = max_batch_bytes);
bool is_zstd(std::string_view payload);

// The events of a batch (plain, `[{…},{…}]`) as views on their exact bytes. Errors name the
// position.
Result<std::vector<std::string_view>> split_batch(std::string_view plain_batch);

}  // namespace storeward
