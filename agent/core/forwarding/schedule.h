// Schedule: which stream's message goes next when several wait. Pure.
//
// Weighted fair: each turn a class pays 1/weight, the class that has paid least goes next. A class
// that was idle joins at the present price, so it neither saves up nor waits for its turn; at equal
// price the higher priority goes first. Nothing starves.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "agent/core/stream.h"

namespace storeward {

class Schedule {
 public:
  // One class per stream, and one behind them all for replays asked by an operator.
  static constexpr std::size_t class_count = stream_count + 1;
  static constexpr std::size_t replay_class = stream_count;

  // The class that goes next among those that wait; none when nothing waits.
  std::optional<std::size_t> next(const std::array<bool, class_count>& waiting);

 private:
  std::array<std::uint64_t, class_count> paid_{};
  std::array<bool, class_count> was_waiting_{};
  std::uint64_t price_ = 0;  // what the latest turn's class had paid before it
};

}  // namespace storeward
