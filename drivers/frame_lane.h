// FrameLane: one peer's bytes -> frames -> the store -> answers, in the order of the frames. No
// sockets and no files: the driver feeds bytes in and sends out what comes back. io thread.
//
// Invariants: a frame is answered "done" only after the commit, and after all frames before it.
// Where the peer hears no answer, one frame is under way at a time and is handed in until it is
// done, so that nothing is skipped and the order stays. Bounded: max_in_flight frames under way,
// one frame and one feed() of bytes.
#pragma once

#include <asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/frame_intake.h"

namespace storeward {

class FrameLane : public std::enable_shared_from_this<FrameLane> {
 public:
  static constexpr std::size_t max_in_flight = 16;

  struct Wires {
    std::function<void(const std::string& answers)> send;
    std::function<void()> on_change;  // wants_bytes(), idle() or refusal() may say something else
  };

  // `peer`: what every frame of it is given.
  FrameLane(std::shared_ptr<FrameIntake> intake, mapping::Given peer, Wires wires);

  bool wants_bytes() const;
  void feed(std::string_view bytes);  // only if wanted

  void set_paused(bool paused);
  // While the peer does not take its answers, no frame of it is taken.
  void hold_up(bool held_up);
  // The peer has gone and come back: half a frame of before is nothing. What is under way goes on.
  void begin_anew();
  void stop() { stopped_ = true; }  // takes no frame any more; those taken are still answered
  bool idle() const { return slots_.empty() && !held_; }

  // Of a peer that says no more: why what it said last is no frame; empty: all of it was some.
  std::string half_frame() const;

  // Why no frame can be told apart any more; the peer has been told once this is idle.
  const std::string& refusal() const { return cutter_.refusal(); }
  // Lines only: what was refused is passed over up to its end, and the next line taken.
  void resume();
  std::uint64_t told_apart() const { return told_apart_; }  // frames so far

  void turn();  // for FrameIntake: it has room for this lane

 private:
  struct Slot {
    bool answered = false;
    std::string wire;
  };
  struct Held {
    std::string frame;
    mapping::Given given;
    bool due = false;  // not with the store: to be handed in again
  };

  bool silent() const { return intake_->rules().acknowledge == Acknowledge::none; }
  bool blocked() const;
  void pump();
  bool take_frame();
  bool cut_frame();
  void hand_in(std::string_view frame, const mapping::Given& given);
  void answered(std::uint64_t frame, const FrameAnswer& answer);
  void hand_in_later(std::uint64_t seconds);
  bool send_answers();

  const std::shared_ptr<FrameIntake> intake_;
  const mapping::Given peer_;
  const Wires wires_;
  FrameCutter cutter_;
  std::deque<Slot> slots_;  // of frames under way, in their order
  std::uint64_t told_apart_ = 0;
  std::uint64_t first_slot_ = 0;  // number of the frame that slots_.front() is of
  std::optional<Held> held_;      // silent: the frame under way
  asio::steady_timer retry_;
  bool waiting_for_room_ = false, pumping_ = false;
  bool refusal_told_ = false, paused_ = false, held_up_ = false, stopped_ = false;
};

// To what owns a lane and has the line's two ends; a lane may outlive it.
template <typename Owner>
FrameLane::Wires wires_to(std::weak_ptr<Owner> owner) {
  return {.send =
              [owner](const std::string& answers) {
                if (const auto self = owner.lock()) self->send(answers);
              },
          .on_change =
              [owner] {
                if (const auto self = owner.lock()) self->on_lane_change();
              }};
}

}  // namespace storeward
