// DeliveryQueue: what a program has handed in -> the store, in order, and the answers back. io
// thread.
//
// What waits goes into one transaction together, the program's cursors with it; the next one only
// after the answer, so that no cursor is kept before what it speaks of. What is refused is handed
// in again until it is taken: nothing overtakes it, nothing is dropped.
//
// Invariant: what has been added is settled exactly once, unless the queue is dropped or destroyed.
#pragma once

#include <asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/driver.h"
#include "drivers/exec/protocol.h"

namespace storeward::exec {

class DeliveryQueue {
 public:
  static constexpr std::size_t most_waiting = 256, most_waiting_bytes = 8u << 20;
  static constexpr std::size_t together_items = 500, together_bytes = 512u << 10;

  struct Settled {
    std::string id;      // empty: it was none of the program's
    std::string answer;  // its line
    bool any_new = false;
    bool records = false;  // it was more than a cursor
  };

  DeliveryQueue(const DriverHost& host, std::shared_ptr<const FeedPlan> plan,
                std::function<void(Settled)> on_settled);

  // With what is to be kept for a person beside it.
  void add(const Handed& handed, std::optional<Rejected> beside = std::nullopt);
  void add_unreadable(std::string id, std::string_view line, std::string_view reason);
  // A note of the driver's own, with what is to be kept for a person.
  void add_note(SourceCursor cursor, std::optional<Rejected> kept = std::nullopt);
  void drop();

  bool full() const {
    return waiting_.size() >= most_waiting || waiting_bytes_ >= most_waiting_bytes;
  }
  bool empty() const { return waiting_.empty(); }
  bool sending() const { return sent_ > 0; }
  const std::string& why_refused() const { return why_refused_; }  // empty: it is not

 private:
  struct Piece {  // a record of the delivery
    std::size_t items = 0;
    std::string ignored;
  };
  struct Waiting {
    std::string id;
    std::vector<Piece> pieces;
    Delivery delivery;
    std::size_t bytes = 0;
  };

  void add_too_many(const Handed& handed, Waiting& to) const;
  void add_records(const Handed& handed, Waiting& to) const;
  void add_body(const Handed& handed, Waiting& to) const;
  static void take(FedRecord& fed, const std::string& place, Waiting& to);
  void push(Waiting waiting);
  void submit();
  Delivery gather();
  void answered(SubmitResult result);
  void try_later(Millis wait);
  static Settled settled(const Waiting& waiting, std::span<ItemOutcome> outcomes);

  const DriverHost& host_;
  const std::shared_ptr<const FeedPlan> plan_;
  const std::function<void(Settled)> on_settled_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::size_t sent_ = 0;     // so many from the front are with the store
  bool one_by_one_ = false;  // one of those that went together was refused
  std::string why_refused_;
  asio::steady_timer retry_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for late answers
};

}  // namespace storeward::exec
