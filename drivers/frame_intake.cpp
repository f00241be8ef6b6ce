#include "drivers/frame_intake.h"

#include <asio/post.hpp>

#include <cstdio>
#include <random>

#include "drivers/frame_lane.h"

namespace storeward {
namespace {

// Not from the clock: a box without a battery for it starts at the same second each time.
std::string another_start() {
  std::random_device device;
  char text[20];
  std::snprintf(text, sizeof text, "%08x%08x", device(), device());
  return text;
}

FrameAnswer later(std::uint32_t seconds) {
  return {FrameWord::later, seconds, {}};
}

FrameAnswer answer_to(const SubmitResult& result, const FrameAnswer& without_items) {
  if (!result) return later(result.error().retry_after_s);
  if (result->empty()) return without_items;
  if (refusal_in(*result)) return later(refused_retry_s);
  return answer_to(*result);
}

}  // namespace

FrameIntake::FrameIntake(FrameRules rules, std::shared_ptr<const FeedPlan> plan,
                         const DriverHost& host)
    : rules_(rules), plan_(std::move(plan)), host_(host), start_(another_start()) {
  ASSERT(rules_.max_frame_bytes <= highest_frame_bytes && rules_.max_in_flight > 0);
}

mapping::Given FrameIntake::stamp(const mapping::Given& peer) {
  mapping::Given given = peer;
  given["receivedAt"] = to_rfc3339(host_.clock.wall());
  given["sequence"] = start_ + '-' + std::to_string(++counter_);
  return given;
}

void FrameIntake::hand_in(std::string_view frame, const mapping::Given& given, Answered answered) {
  auto feed = Feed::open(plan_, "", given);
  ASSERT(feed);  // the driver board has tried it
  feed->feed(frame, true);
  Delivery delivery;
  std::string ignored;
  FedRecord fed;
  while (feed->next(fed) == Fed::record) {
    if (ignored.empty()) ignored = std::move(fed.ignored);
    hand_over(fed, delivery);
  }
  const FrameAnswer without_items{ignored.empty() ? FrameWord::ok : FrameWord::ignored, 0,
                                  std::move(ignored)};
  if (delivery.items.empty() && delivery.numbers.empty()) return answered(without_items);
  submit(std::move(delivery), frame.size(), without_items, std::move(answered));
}

void FrameIntake::submit(Delivery&& delivery, std::size_t bytes, const FrameAnswer& without_items,
                         Answered answered) {
  ++in_flight_;
  in_flight_bytes_ += bytes;
  const bool taken = host_.submit(
      std::move(delivery),
      [weak = weak_from_this(), bytes, without_items, answered](const SubmitResult& result) {
        const auto self = weak.lock();
        if (!self) return;
        const FrameAnswer answer = answer_to(result, without_items);
        if (answer.word != FrameWord::later) self->last_delivery_ = self->host_.clock.wall();
        self->give_back(bytes);
        answered(answer);
      });
  if (taken) return;
  give_back(bytes);
  answered(later(queue_full_retry_s));
}

bool FrameIntake::has_room() const {
  return in_flight_ < rules_.max_in_flight && in_flight_bytes_ < max_in_flight_bytes;
}

bool FrameIntake::has_room_for(FrameLane& lane) {
  if (turn_of_ == &lane) {
    turn_of_ = nullptr;  // one frame a turn
    return true;
  }
  if (waiting_.empty() && !serving_ && has_room()) return true;
  waiting_.push_back(lane.weak_from_this());
  return false;
}

void FrameIntake::give_back(std::size_t bytes) {
  ASSERT(in_flight_ > 0 && in_flight_bytes_ >= bytes);
  --in_flight_;
  in_flight_bytes_ -= bytes;
  if (!waiting_.empty() && !serving_) serve_soon();
}

void FrameIntake::serve_soon() {
  serving_ = true;
  asio::post(host_.io, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->serve_waiting();
  });
}

void FrameIntake::serve_waiting() {
  // A lane without a frame to hand in leaves the room to the next.
  for (std::size_t left = waiting_.size(); left > 0 && has_room(); --left) {
    const auto lane = waiting_.front().lock();
    waiting_.pop_front();
    if (!lane) continue;
    turn_of_ = lane.get();
    lane->turn();
    turn_of_ = nullptr;
  }
  serving_ = false;
  if (!waiting_.empty() && has_room()) serve_soon();
}

}  // namespace storeward
