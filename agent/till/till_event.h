// One event as a till hands it to the agent, and the few words every maker of events shares.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/time_zone.h"

namespace storeward::till {

enum class Kind : std::uint8_t { sale, returned, tender_movement, stock_adjusted, stock_counted };
inline constexpr std::size_t kind_count = 5;

// "retail.sale.completed.v1"
std::string_view type_of(Kind kind);

struct TillEvent {
  std::string id;
  Kind kind = Kind::sale;
  Millis due{0};     // after the start of the play
  std::string json;  // the whole CloudEvent
};

// The next event to hand in; none at the end. What has been given is never asked for again.
using EventFeed = std::function<std::optional<TillEvent>()>;

// Who sends: what every event of this till has in common.
struct TillIdentity {
  std::string source;       // the client's name at the agent
  std::string site;         // may be empty
  std::string register_id;  // may be empty
  std::string location;     // of stock
  std::string currency;     // with two decimals
};

}  // namespace storeward::till
