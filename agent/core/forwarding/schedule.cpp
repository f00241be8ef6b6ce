#include "agent/core/forwarding/schedule.h"

#include <algorithm>

namespace storeward {
namespace {

// What a turn costs: 1/weight in integers. sales has 64 turns where a replay has one.
constexpr std::array<std::uint64_t, Schedule::class_count> cost = {1, 2, 4, 8, 16, 32, 64, 64};

}  // namespace

std::optional<std::size_t> Schedule::next(const std::array<bool, class_count>& waiting) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < class_count; ++i) {
    if (!waiting[i]) continue;
    if (!was_waiting_[i]) paid_[i] = std::max(paid_[i], price_);
    if (!best || paid_[i] < paid_[*best]) best = i;
  }
  was_waiting_ = waiting;
  if (best) {
    price_ = paid_[*best];
    paid_[*best] += cost[*best];
  }
  return best;
}

}  // namespace storeward
