#include "store/salvaged_run.h"

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include "agent/core/event_layout.h"

namespace storeward::store {

std::optional<Epoch> epoch_of_whole(const Run& run) {
  try {
    const std::string plain = plain_of(run);
    std::optional<Epoch> epoch;
    for (RunEvents events(run, plain); events.next();) {
      const std::string_view event = events.event();
      if (event.size() <= event_layout::unstamped.size()) return std::nullopt;
      const Epoch here(event_layout::epoch_of(event));
      if (event_layout::sequence_of(event) != events.sequence()) return std::nullopt;
      if (epoch && *epoch != here) return std::nullopt;
      epoch = here;
    }
    return epoch;
  } catch (const Failure&) {
    return std::nullopt;
  }
}

bool is_below_root(const Run& run, std::string_view root) {
  const std::string plain = plain_of(run);
  RunEvents events(run, plain);
  if (!events.next()) return false;
  const auto event = nlohmann::json::parse(events.event(), nullptr, false);
  const auto source = event.find("source");
  return source != event.end() && source->is_string() &&
         source->get_ref<const std::string&>().starts_with(root);
}

std::optional<Run> run_in(std::int64_t rowid, const std::vector<StoredValue>& columns) {
  if (columns.size() != 10 || rowid <= 0 || !is_place(static_cast<Place>(rowid))) {
    return std::nullopt;
  }
  std::array<std::int64_t, 6> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto* number = std::get_if<std::int64_t>(&columns[i + 1]);
    if (number == nullptr) return std::nullopt;
    numbers[i] = *number;
  }
  std::array<std::string_view, 3> blobs;
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    const auto* blob = std::get_if<std::string_view>(&columns[i + 7]);
    if (blob == nullptr) return std::nullopt;
    blobs[i] = *blob;
  }
  Run run;
  run.key = static_cast<Place>(rowid);
  run.last = static_cast<Sequence>(numbers[0]);
  if (run.last < run.first() || run.last > max_sequence) return std::nullopt;
  run.accepted_ms = numbers[1];
  run.kept_ms = numbers[2];
  run.codec = numbers[3] == 0 ? Codec::plain : Codec::zstd;
  run.plain_size = static_cast<std::uint64_t>(numbers[4]);
  run.crc = static_cast<std::uint32_t>(numbers[5]);
  if (blobs[0].size() != run.chain.size()) return std::nullopt;
  std::memcpy(run.chain.data(), blobs[0].data(), run.chain.size());
  run.digests = blobs[1];
  run.bytes = std::make_shared<const std::string>(blobs[2]);
  return run;
}

}  // namespace storeward::store
