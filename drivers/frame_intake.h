// FrameIntake: what all peers of one framed driver (tcp, serial) share: the way of a frame to the
// store, and the room for frames under way. io thread; outlives its lanes' answers by weak_ptr.
//
// A frame gets what the line does not say, for {value = …} in the template:
//   receivedAt   when it came, RFC 3339 in UTC
//   sequence     never given twice, also not after a restart or with a clock set back
//   remote, connection   who sent it (tcp), set by the driver
//
// Invariants: at most rules.max_in_flight frames, and max_in_flight_bytes of them, are with the
// store; who waits for room gets it in turn, one frame at a time, so that one noisy peer does not
// hold up its neighbours and one noisy driver not the other drivers.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/driver.h"
#include "drivers/frame_answer.h"
#include "drivers/frame_cutter.h"

namespace storeward {

struct FrameRules {
  FrameForm form = FrameForm::lines;
  std::size_t max_frame_bytes = 64 * 1024;
  Acknowledge acknowledge = Acknowledge::line;
  std::size_t max_in_flight = 64;  // frames of all peers together
};

class FrameLane;

class FrameIntake : public std::enable_shared_from_this<FrameIntake> {
 public:
  static constexpr std::size_t max_in_flight_bytes = 4u << 20;
  static constexpr std::size_t highest_frame_bytes = 256u * 1024;  // mapped on the io thread

  FrameIntake(FrameRules rules, std::shared_ptr<const FeedPlan> plan, const DriverHost& host);

  const FrameRules& rules() const { return rules_; }
  asio::io_context& io() { return host_.io; }

  // `peer` with receivedAt and sequence of a frame that has just come.
  mapping::Given stamp(const mapping::Given& peer);

  using Answered = std::function<void(const FrameAnswer&)>;
  // Answered once, now or after the commit, on the io thread. `given`: as stamped; a frame handed
  // in again (after `later`) keeps its stamp.
  void hand_in(std::string_view frame, const mapping::Given& given, Answered answered);

  // Whether one more frame may go; if not, the lane gets its turn() when one may.
  bool has_room_for(FrameLane& lane);

  bool idle() const { return in_flight_ == 0; }
  std::optional<WallTime> last_delivery() const { return last_delivery_; }

 private:
  void submit(Delivery&& delivery, std::size_t bytes, const FrameAnswer& without_items,
              Answered answered);
  void give_back(std::size_t bytes);
  void serve_soon();
  void serve_waiting();
  bool has_room() const;

  const FrameRules rules_;
  const std::shared_ptr<const FeedPlan> plan_;
  const DriverHost host_;
  const std::string start_;  // another one in each process
  std::uint64_t counter_ = 0;
  std::size_t in_flight_ = 0, in_flight_bytes_ = 0;
  std::deque<std::weak_ptr<FrameLane>> waiting_;
  FrameLane* turn_of_ = nullptr;  // while waiting lanes are served
  bool serving_ = false;          // or about to
  std::optional<WallTime> last_delivery_;
};

}  // namespace storeward
