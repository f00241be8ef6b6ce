// StoreThread: owns the Outbox and the one thread that writes. Group commit: whatever has gathered
// while the last flush ran becomes the next transaction; there is no timer that an answer waits
// for.
//
// submit() and apply() may be called from any thread; every answer and event comes on the io
// thread. A delivery is answered only after the commit that holds it. After a disk error nothing
// more is answered as stored; on_failed says so once, close() why: the process ends (exit 74) and
// reads again.
#pragma once

#include <asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "agent/base/batch_queue.h"
#include "agent/base/heartbeat.h"
#include "agent/core/submit.h"
#include "store/outbox.h"

namespace storeward {

class StoreThread {
 public:
  struct Events {
    // What a commit added, or pruning took, in order; levels_waiting: snapshots wait to be
    // numbered.
    std::function<void(const std::vector<store::CommittedStream>&, bool levels_waiting)>
        on_committed;
    std::function<void(const store::OutboxStatus&)> on_forked;
    std::function<void()> on_failed;
  };

  // The forwarder's wishes. Cursors are saved once a second; the rest goes with the next commit.
  struct Upkeep {
    std::vector<CursorSave> cursors;
    std::vector<Withhold> withheld;
    std::vector<HubRejected> rejected;
    bool take_levels = false;
  };

  StoreThread(store::Outbox outbox, asio::io_context& io, Events events);
  ~StoreThread();  // as close()
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // False when the queue is full (max_waiting_bytes): nothing was taken and nobody will be
  // answered.
  bool submit(Delivery&& delivery, Submitted answer);

  // What people ask for; answered like a delivery: per action why it was not done, empty if it was.
  using ActResult = Result<std::vector<std::string>, SubmitFailure>;
  using Acted = std::function<void(const ActResult&)>;
  bool act(std::vector<OperatorAction> actions, Acted answer);

  void apply(Upkeep upkeep);
  void fork_epoch(std::string reason);

  // Commits what waits and ends; answers nobody any more. Why the outbox is not as it should be
  // left, if so.
  std::optional<store::StoreError> close();

  // The facts as of the last commit (under load at most 50 ms older). Never waits for the disk.
  std::shared_ptr<const store::OutboxStatus> status() const;

  const Heartbeat& heartbeat() const { return heartbeat_; }

  static constexpr std::size_t max_waiting_bytes = 32u << 20;

 private:
  struct HandedIn {
    Delivery delivery;
    Submitted answer;
  };
  struct Fork {
    std::string reason;
  };
  struct Asked {
    std::vector<OperatorAction> actions;
    Acted answer;
  };
  using Work = std::variant<HandedIn, Upkeep, Fork, Asked>;

  void run();
  void put(Work work);
  void gather(std::vector<Work>& work);
  bool fork();
  bool commit_due() const;
  bool cursors_due() const;
  bool commit(bool with_cursors);
  void maintain();
  bool maintain_step();
  std::chrono::milliseconds longest_wait() const;
  void refuse(const store::StoreError& error);
  void failed(const store::StoreError& error);
  void publish_status();

  store::Outbox outbox_;  // store thread only, from here …
  store::Batch batch_;
  std::vector<Submitted> answers_;
  std::vector<std::pair<std::size_t, Acted>> acted_;  // of how many actions of the batch, in order
  std::map<StreamKey, CursorSave> cursors_;           // the latest wish per stream
  std::optional<Fork> fork_;                          // asked for, not through
  std::chrono::steady_clock::time_point cursors_since_;
  std::chrono::steady_clock::time_point status_at_;
  std::chrono::steady_clock::time_point upkeep_next_;  // at the earliest
  bool upkeep_left_ = false;
  bool levels_waiting_ = false;
  bool alive_ = true;
  std::optional<store::StoreError> left_badly_;  // … to here; after the thread's end, anybody

  asio::io_context& io_;
  Events events_;
  BatchQueue<Work> queue_;
  Heartbeat heartbeat_;
  mutable std::mutex status_mutex_;
  std::shared_ptr<const store::OutboxStatus> status_;
  std::thread thread_;  // last: starts when all else stands
};

}  // namespace storeward
