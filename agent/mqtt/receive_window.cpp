#include "agent/mqtt/receive_window.h"

#include <utility>

namespace storeward {
namespace {

constexpr std::size_t most_waiting = 1'000;

}  // namespace

bool ReceiveWindow::hold(PublishId id, OutgoingMessage message) {
  if (message.retained) {
    std::erase_if(waiting_, [&](const Waiting& older) {
      return older.message.retained && older.message.topic == message.topic;
    });
  }
  if (id == 0 && waiting_.size() >= most_waiting) return false;
  waiting_.push_back({id, std::move(message)});
  return true;
}

std::optional<ReceiveWindow::Waiting> ReceiveWindow::next() {
  if (waiting_.empty()) return std::nullopt;
  Waiting oldest = std::move(waiting_.front());
  waiting_.pop_front();
  return oldest;
}

}  // namespace storeward
