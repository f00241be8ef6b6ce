// The payload of {root}/up/{stream} (agent/core/batch_codec): what a frame unfolds to is bounded,
// what was folded comes back, and a batch is cut exactly where its events end.
#include "agent/core/hub_protocol.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

constexpr std::size_t most_unfolded = 1u << 20;

void check_cut(std::string_view batch) {
  const auto events = split_batch(batch);
  if (!events) {
    ASSERT(events.error().message.starts_with("position "));
    return;
  }
  bool all_json = true;
  const char* free_from = batch.data() + 1;
  for (const std::string_view event : *events) {
    ASSERT(event.data() >= free_from && event.starts_with('{') && event.size() >= 2);
    free_from = event.data() + event.size();
    ASSERT(free_from < batch.data() + batch.size());
    all_json = all_json && is_json(event);
  }
  ASSERT(all_json == is_json(batch));
}

void run(std::string_view payload) {
  if (is_zstd(payload)) {
    const auto plain = zstd_decompress(payload, most_unfolded);
    if (!plain) {
      ASSERT(!plain.error().message.empty());
      return;
    }
    ASSERT(plain->size() <= most_unfolded);
    check_cut(*plain);
    return;
  }
  const std::string frame = zstd_compress(payload);
  ASSERT(is_zstd(frame));
  const auto back = zstd_decompress(frame, payload.size());
  ASSERT(back && *back == payload);
  if (!payload.empty()) ASSERT(!zstd_decompress(frame, payload.size() - 1));
  check_cut(payload);
}

const Registered registered({"batch", 256u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
