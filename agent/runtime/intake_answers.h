// What the intake answers: outcomes as JSON, and "later". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/event.h"
#include "agent/http/message.h"

namespace storeward {

// {"results":[…]} (CONTRACT section 4).
std::string to_json(const std::vector<ItemOutcome>& outcomes);

// 503 with Retry-After.
http::HttpResponse unavailable(std::string_view reason, std::uint32_t retry_after_s);

// 405: only POST is possible.
http::HttpResponse only_post();

// 429: the client hands in more than it may.
http::HttpResponse too_fast(std::uint32_t retry_after_s);

}  // namespace storeward
