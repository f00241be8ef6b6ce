#include "drivers/frame_lane.h"

#include <algorithm>

namespace storeward {
namespace {

constexpr std::uint64_t longest_wait_s = 2;  // where only we wait: asking the store costs little

}  // namespace

FrameLane::FrameLane(std::shared_ptr<FrameIntake> intake, mapping::Given peer, Wires wires)
    : intake_(std::move(intake)),
      peer_(std::move(peer)),
      wires_(std::move(wires)),
      cutter_(intake_->rules().form, intake_->rules().max_frame_bytes),
      retry_(intake_->io()) {}

bool FrameLane::blocked() const {
  if (waiting_for_room_) return true;
  if (held_) return paused_ || !held_->due;
  if (stopped_ || refusal_told_ || held_up_) return true;
  return silent() ? paused_ : slots_.size() >= max_in_flight;
}

bool FrameLane::wants_bytes() const {
  return !blocked() && !held_;
}

void FrameLane::feed(std::string_view bytes) {
  ASSERT(wants_bytes());
  cutter_.feed(bytes);
  pump();
}

void FrameLane::set_paused(bool paused) {
  paused_ = paused;
  if (!paused) pump();
}

void FrameLane::hold_up(bool held_up) {
  const bool goes_on = held_up_ && !held_up;
  held_up_ = held_up;
  if (goes_on) pump();
}

void FrameLane::begin_anew() {
  cutter_.forget();
  refusal_told_ = false;
}

void FrameLane::resume() {
  cutter_.resume();
  refusal_told_ = false;
  pump();
}

std::string FrameLane::half_frame() const {
  if (cutter_.kept() == 0 || !refusal().empty()) return {};
  return std::string("it ended in the middle of a frame, which was not taken") +
         (intake_->rules().form == FrameForm::lines ? "; a line ends with CR or LF" : "");
}

void FrameLane::turn() {
  waiting_for_room_ = false;
  pump();
}

void FrameLane::pump() {
  if (pumping_) return;  // answered at once: the loop below goes on
  pumping_ = true;
  do {
    while (!blocked() && take_frame()) {
    }
  } while (send_answers());  // which makes room for more frames
  pumping_ = false;
  wires_.on_change();
}

bool FrameLane::take_frame() {
  if (!held_ && cutter_.kept() == 0) return false;
  // Room is asked for before a frame is cut: what is cut is handed in.
  if (!paused_ && !intake_->has_room_for(*this)) {
    waiting_for_room_ = true;
    return false;
  }
  if (!held_) return cut_frame();
  const Held again = *held_;
  held_->due = false;
  hand_in(again.frame, again.given);
  return true;
}

bool FrameLane::cut_frame() {
  std::string_view frame;
  switch (cutter_.next(frame)) {
    case FrameCutter::Step::need_more:
      return false;
    case FrameCutter::Step::refused:
      refusal_told_ = true;
      slots_.push_back({true, on_the_wire({FrameWord::refused, 0, cutter_.refusal()},
                                          intake_->rules().acknowledge)});
      return false;
    case FrameCutter::Step::frame:
      break;
  }
  ++told_apart_;
  if (paused_) {
    slots_.push_back(
        {true, on_the_wire({FrameWord::later, refused_retry_s, {}}, intake_->rules().acknowledge)});
    return true;
  }
  mapping::Given given = intake_->stamp(peer_);
  if (silent()) held_ = Held{.frame = std::string(frame), .given = given};
  hand_in(frame, given);
  return true;
}

void FrameLane::hand_in(std::string_view frame, const mapping::Given& given) {
  const std::uint64_t number = first_slot_ + slots_.size();
  slots_.emplace_back();
  intake_->hand_in(frame, given, [weak = weak_from_this(), number](const FrameAnswer& answer) {
    if (const auto self = weak.lock()) self->answered(number, answer);
  });
}

void FrameLane::answered(std::uint64_t frame, const FrameAnswer& answer) {
  Slot& slot = slots_[frame - first_slot_];
  ASSERT(!slot.answered);
  slot.answered = true;
  slot.wire = on_the_wire(answer, intake_->rules().acknowledge);
  if (silent() && answer.word == FrameWord::later) {
    hand_in_later(answer.number);
  } else {
    held_.reset();
  }
  if (!pumping_) pump();
}

// The peer will not send it again: nothing behind it is taken before it is through.
void FrameLane::hand_in_later(std::uint64_t seconds) {
  retry_.expires_after(std::chrono::seconds(std::min(seconds, longest_wait_s)));
  retry_.async_wait([weak = weak_from_this()](const asio::error_code& cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self || !self->held_) return;
    self->held_->due = true;
    self->pump();
  });
}

// False: there were none.
bool FrameLane::send_answers() {
  std::string answers;
  while (!slots_.empty() && slots_.front().answered) {
    answers += slots_.front().wire;
    slots_.pop_front();
    ++first_slot_;
  }
  if (answers.empty()) return false;
  wires_.send(answers);
  return true;
}

}  // namespace storeward
