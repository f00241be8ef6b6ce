// Where the store writes into the published bytes of an event.
//
// Every published event opens with the same fixed-width head, so a commit stamps it in place
// without parsing or copying, and a reader finds these fields without a JSON parser:
//
//   {"epoch":"<36>","sequence":"<20>","recordedtime":"<24>","stream":…
//
// The rest follows: `stream`, `partitionkey`, `traceparent` if any, then the source's own members
// in canonical order (RFC 8785) with `source` widened to /{tenant}/{site}/{agent}/{source}.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/core/stream.h"

namespace storeward::event_layout {

inline constexpr std::string_view unstamped =
    R"({"epoch":"00000000-0000-0000-0000-000000000000","sequence":"00000000000000000000",)"
    R"("recordedtime":"0000-00-00T00:00:00.000Z",)";

inline constexpr std::size_t epoch_at = 10, epoch_width = 36;
inline constexpr std::size_t sequence_at = 60, sequence_width = 20;
inline constexpr std::size_t recordedtime_at = 98, recordedtime_width = 24;

// bytes starts with the head; epoch has 36 characters; recordedtime 24 (to_rfc3339).
void stamp(std::string& bytes, std::string_view epoch, Sequence sequence,
           std::string_view recordedtime);

Sequence sequence_of(std::string_view bytes);
std::string_view epoch_of(std::string_view bytes);
std::string_view recordedtime_of(std::string_view bytes);

}  // namespace storeward::event_layout
