// AgentLine: between a driver's own thread and the agent. The thread hands deliveries in, asks for
// cursors and says how it is; the io thread pauses it, wakes it and ends it. Shared by both, for a
// thread that hangs in a dead file system is left behind at the end, and must then find nothing of
// the agent to touch: after hang_up() every call of the thread says that it is to end.
//
// One delivery at a time is with the store. Two could be decided differently (the first refused for
// want of space, the second, smaller, kept), and then a cursor would pass over records that are
// nowhere; so the next delivery is made while the one before it is being stored, and waits for it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "drivers/driver.h"
#include "drivers/file_drop/descriptor.h"

namespace storeward::file_drop {

class AgentLine : public std::enable_shared_from_this<AgentLine> {
 public:
  AgentLine(std::string driver, const DriverHost& host);

  // ---- On the io thread ----
  void set_paused(bool paused);
  void ask_to_end();
  void hang_up();  // the host is going
  bool wait_until_ended(Millis most);
  bool ended() const;
  DriverHealth health() const;

  // ---- On the driver's thread ----
  bool ending() const;
  void say_ended();
  bool paused() const;
  // False: the thread is to end.
  bool wait_while_paused();
  // Sleeps; shorter where something can be read from `hint` (-1: none), or the thread is to end.
  void sleep(Millis time, int hint);

  void set_health(DriverState state, std::string detail, bool look = false);
  std::string driver() const { return driver_; }

  // Begins to hand in; what was sent before must have been answered. `when_refused`: what becomes
  // durable on its own at the first refusal.
  void send(Delivery delivery, std::optional<SourceCursor> when_refused = std::nullopt);
  // Waits until it is durable, handing it in again as often as it is refused. None: the thread is
  // to end, and it may or may not have been stored. Also none if nothing was sent.
  std::optional<std::vector<ItemOutcome>> answer();
  bool answer_is_out() const { return sent_.has_value(); }

  // None: the thread is to end.
  std::optional<Result<std::optional<std::string>>> find_cursor(const std::string& key);

 private:
  struct Ticket {
    std::optional<SubmitResult> result;
  };

  void wake();
  bool submit_once();
  void note_refusal();
  void be_refused(const std::string& reason, std::uint32_t retry_after_s);
  bool wait_a_little(Millis time);

  const std::string driver_;
  Descriptor wake_;  // an eventfd beside the condition, for sleep()

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  const DriverHost* host_;
  bool paused_ = false, ending_ = false, ended_ = false;
  DriverHealth health_;

  // The driver's thread alone.
  std::optional<Delivery> sent_;
  std::optional<SourceCursor> when_refused_;
  std::shared_ptr<Ticket> ticket_;
  bool said_refused_ = false;
};

}  // namespace storeward::file_drop
