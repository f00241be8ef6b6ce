#include "agent/core/forwarding/window.h"

#include <algorithm>
#include <utility>

namespace storeward {
namespace {

// Heads, state and the answer to a command are QoS 1 as well, and nobody waits for their acks.
constexpr std::size_t reserved_for_others = 3;

// One event always fits, and takes less than ten seconds at 64 kbit/s.
constexpr std::size_t least_budget = 66 * 1024;
constexpr Millis prompt{2'000};
constexpr Millis slow{8'000};

}  // namespace

Window::Window(std::uint32_t max_messages, std::size_t max_bytes)
    : max_messages_(max_messages), max_bytes_(max_bytes), budget_(least_budget) {}

void Window::on_link_up(std::uint16_t receive_maximum) {
  const std::size_t below = receive_maximum > reserved_for_others + 1
                                ? receive_maximum - reserved_for_others - 1
                                : std::size_t{1};
  limit_ = std::max<std::size_t>(1, std::min<std::size_t>(max_messages_, below));
  acked_ = 0;
}

void Window::on_link_lost() {
  if (!in_flight_.empty()) budget_ = std::max(least_budget, budget_ / 2);
  in_flight_.clear();
  bytes_ = 0;
}

void Window::disown() {
  for (auto& [id, message] : in_flight_) message.purpose = Purpose::again;
}

bool Window::has_room() const {
  return in_flight_.empty() || (in_flight_.size() < limit_ && bytes_ < budget_);
}

PublishId Window::send(InFlight message) {
  if (in_flight_.empty()) last_progress_ = message.sent_at;
  bytes_ += message.bytes;
  in_flight_.emplace(next_id_, std::move(message));
  return next_id_++;
}

std::optional<InFlight> Window::on_ack(Instant now, PublishId id) {
  const auto at = in_flight_.find(id);
  if (at == in_flight_.end()) return std::nullopt;
  InFlight message = std::move(at->second);
  in_flight_.erase(at);
  bytes_ -= message.bytes;
  last_progress_ = now;
  ++acked_;
  const auto took = now - message.sent_at;
  if (took <= prompt) {
    budget_ = std::min(max_bytes_, budget_ + message.bytes);
  } else if (took > slow) {
    budget_ = std::max(least_budget, budget_ / 2);
  }
  return message;
}

std::optional<Instant> Window::waiting_since() const {
  if (in_flight_.empty()) return std::nullopt;
  return last_progress_;
}

std::size_t Window::message_bytes(std::size_t limit) const {
  return std::min(limit, budget_);
}

}  // namespace storeward
