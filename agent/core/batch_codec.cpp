// The payload of {root}/up/{stream}: a JSON array of events, plain or as one zstd frame.
#include <zstd.h>

#include <memory>

#include "agent/base/ascii.h"
#include "agent/core/hub_protocol.h"

namespace storeward {
namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

bool is_zstd(std::string_view payload) {
  return payload.starts_with("\x28\xb5\x2f\xfd");
}

std::string zstd_compress(std::string_view bytes) {
  // One context a thread: setting one up costs more than compressing a small batch.
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  std::string frame(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size(), 1);
  ASSERT(!ZSTD_isError(size));
  frame.resize(size);
  return frame;
}

Result<std::string> zstd_decompress(std::string_view frame, std::size_t limit) {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return fail("the payload is no zstd frame of known size");
  }
  if (size > limit) return fail("the payload unfolds to more than the allowed size");
  std::string bytes(size, '\0');
  const std::size_t got =
      ZSTD_decompressDCtx(context.get(), bytes.data(), bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(got) || got != bytes.size()) return fail("the zstd frame is damaged");
  return bytes;
}

Result<std::vector<std::string_view>> split_batch(std::string_view batch) {
  // Follows nesting and strings only: the events themselves are read by whoever needs their fields.
  std::vector<std::string_view> events;
  if (batch.size() < 2 || batch.front() != '[')
    return fail("position 0: the batch is no JSON array");
  std::size_t begin = 0;  // of the event we are in
  std::size_t depth = 0;
  bool in_string = false;
  bool comma_seen = false;
  for (std::size_t i = 1; i < batch.size(); ++i) {
    const char c = batch[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (depth > 0) {
      if (c == '"') in_string = true;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0)
        events.push_back(batch.substr(begin, i + 1 - begin));
      continue;
    }
    if (is_white_space(c)) continue;
    const bool event_may_follow = events.empty() || comma_seen;
    if (c == '{' && event_may_follow) {
      begin = i;
      depth = 1;
      comma_seen = false;
    } else if (c == ',' && !event_may_follow) {
      comma_seen = true;
    } else if (c == ']' && !comma_seen) {
      if (batch.find_first_not_of(white_space, i + 1) != std::string_view::npos) {
        return fail("position " + std::to_string(i + 1) + ": more after the end of the batch");
      }
      return events;
    } else {
      return fail("position " + std::to_string(i) + ": expected an event");
    }
  }
  return fail("position " + std::to_string(batch.size()) + ": the batch is cut off");
}

}  // namespace storeward
