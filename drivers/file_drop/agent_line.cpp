#include "drivers/file_drop/agent_line.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/base/log.h"

namespace storeward::file_drop {

AgentLine::AgentLine(std::string driver, const DriverHost& host)
    : driver_(std::move(driver)), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), host_(&host) {}

void AgentLine::wake() {
  changed_.notify_all();
  if (wake_) ::eventfd_write(*wake_, 1);
}

void AgentLine::set_paused(bool paused) {
  {
    const std::lock_guard lock(mutex_);
    paused_ = paused;
  }
  wake();
}

void AgentLine::ask_to_end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake();
}

void AgentLine::hang_up() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    host_ = nullptr;
  }
  wake();
}

bool AgentLine::wait_until_ended(Millis most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, most, [this] { return ended_; });
}

bool AgentLine::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

DriverHealth AgentLine::health() const {
  const std::lock_guard lock(mutex_);
  DriverHealth health = health_;
  if (ended_) {
    health.state = DriverState::stopped;
  } else if (paused_ && health.state == DriverState::ok) {
    health.state = DriverState::paused;
    health.detail = "the outbox is full; the files wait in their directory";
  }
  return health;
}

bool AgentLine::ending() const {
  const std::lock_guard lock(mutex_);
  return ending_;
}

void AgentLine::say_ended() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake();
}

bool AgentLine::paused() const {
  const std::lock_guard lock(mutex_);
  return paused_;
}

bool AgentLine::wait_while_paused() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || !paused_; });
  return !ending_;
}

void AgentLine::sleep(Millis time, int hint) {
  if (ending()) return;
  std::array<pollfd, 2> watched = {pollfd{*wake_, POLLIN, 0}, pollfd{hint, POLLIN, 0}};
  ::poll(watched.data(), watched.size(), static_cast<int>(time.count()));
  eventfd_t woken = 0;
  ::eventfd_read(*wake_, &woken);
}

bool AgentLine::wait_a_little(Millis time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return ending_; });
  return !ending_;
}

void AgentLine::set_health(DriverState state, std::string detail, bool look) {
  const std::lock_guard lock(mutex_);
  health_.state = state;
  health_.detail = std::move(detail);
  health_.look = look;
}

void AgentLine::send(Delivery delivery, std::optional<SourceCursor> when_refused) {
  ASSERT(!sent_);
  sent_ = std::move(delivery);
  when_refused_ = std::move(when_refused);
  ticket_.reset();
  submit_once();
}

// False: the queue is full, or there is no host any more. The delivery is kept, to be handed in
// again should it be refused.
bool AgentLine::submit_once() {
  auto ticket = std::make_shared<Ticket>();
  Delivery copy = *sent_;
  const bool brings = !copy.items.empty() || !copy.numbers.empty();  // more than a note of its own
  const std::lock_guard lock(mutex_);
  if (host_ == nullptr) return false;
  const bool taken = host_->submit(
      std::move(copy), [self = shared_from_this(), ticket, brings](SubmitResult result) {
        {
          const std::lock_guard answer_lock(self->mutex_);
          if (result && brings && self->host_ != nullptr) {
            self->health_.last_delivery = self->host_->clock.wall();
          }
          ticket->result = std::move(result);
        }
        self->changed_.notify_all();
      });
  if (taken) ticket_ = std::move(ticket);
  return taken;
}

std::optional<std::vector<ItemOutcome>> AgentLine::answer() {
  while (sent_) {
    if (!ticket_ && !submit_once()) {
      if (!wait_a_little(full_queue_pause)) break;
      continue;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || ticket_->result; });
    if (!ticket_->result) break;
    SubmitResult result = std::move(*ticket_->result);
    lock.unlock();
    ticket_.reset();
    if (result && !refusal_in(*result)) {
      sent_.reset();
      if (std::exchange(said_refused_, false)) set_health(DriverState::ok, "");
      return std::move(result).value();
    }
    constexpr std::uint32_t pause_s = 5;
    be_refused(result ? "there is no room for such events now" : result.error().reason,
               result ? pause_s : result.error().retry_after_s);
    if (ending()) break;
  }
  return std::nullopt;
}

void AgentLine::note_refusal() {
  if (!when_refused_) return;
  Delivery note{.items = {}, .cursors = {*std::exchange(when_refused_, std::nullopt)}};
  const std::lock_guard lock(mutex_);
  if (host_ != nullptr) host_->submit(std::move(note), [](const SubmitResult&) {});
}

void AgentLine::be_refused(const std::string& reason, std::uint32_t retry_after_s) {
  note_refusal();
  if (!std::exchange(said_refused_, true)) {
    log::warn("{}: the store takes nothing ({}); tried again every {} s", driver_, reason,
              retry_after_s);
  }
  set_health(DriverState::paused, "the store takes nothing: " + reason);
  wait_a_little(std::chrono::seconds(std::max<std::uint32_t>(retry_after_s, 1)));
}

std::optional<Result<std::optional<std::string>>> AgentLine::find_cursor(const std::string& key) {
  struct Question {
    std::optional<Result<std::optional<std::string>>> found;
  };
  const auto question = std::make_shared<Question>();
  const auto ask = [&] {
    const std::lock_guard lock(mutex_);
    return host_ != nullptr &&
           host_->cursors.find(driver_, key, [self = shared_from_this(), question](auto found) {
             {
               const std::lock_guard answer_lock(self->mutex_);
               question->found.emplace(std::move(found));
             }
             self->changed_.notify_all();
           });
  };
  while (!ask()) {
    if (!wait_a_little(full_queue_pause)) return std::nullopt;
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ending_ || question->found; });
  return question->found;
}

}  // namespace storeward::file_drop
