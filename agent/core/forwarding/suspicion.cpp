#include "agent/core/forwarding/suspicion.h"

#include <algorithm>

#include "agent/base/assert.h"

namespace storeward {
namespace {

constexpr std::uint32_t trials_after_hang_up = 3;

}  // namespace

void Suspicion::halve(Range range) {
  ASSERT(range.first < range.last);
  std::erase_if(pieces_, [&](const Range& piece) {
    return piece.first <= range.last && piece.last >= range.first;
  });
  const Sequence middle = range.first + (range.last - range.first) / 2;
  pieces_.push_back({range.first, middle});
  pieces_.push_back({middle + 1, range.last});
}

bool Suspicion::set_aside(Sequence sequence, Evidence evidence, const std::string& reason) {
  std::erase_if(pieces_, [&](const Range& piece) {
    return piece.first == sequence && piece.last == sequence;
  });
  aside_.push_back({sequence, evidence, 0, reason});
  return ++in_a_row_ >= too_many_in_a_row;
}

void Suspicion::on_taken(Range range) {
  in_a_row_ = 0;
  std::vector<Range> left;
  for (const Range& piece : pieces_) {
    if (piece.first < range.first) {
      left.push_back({piece.first, std::min(piece.last, range.first - 1)});
    }
    if (piece.last > range.last)
      left.push_back({std::max(piece.first, range.last + 1), piece.last});
  }
  pieces_ = std::move(left);
  std::erase_if(aside_, [&](const Suspect& suspect) {
    return suspect.sequence >= range.first && suspect.sequence <= range.last;
  });
}

bool Suspicion::on_trial_failed(Sequence sequence) {
  for (Suspect& suspect : aside_) {
    if (suspect.sequence != sequence) continue;
    ++suspect.failed_trials;
    return suspect.evidence != Evidence::hang_up || suspect.failed_trials >= trials_after_hang_up;
  }
  return false;
}

void Suspicion::drop(Sequence sequence) {
  std::erase_if(aside_, [&](const Suspect& suspect) { return suspect.sequence == sequence; });
}

void Suspicion::forget() {
  pieces_.clear();
  aside_.clear();
  in_a_row_ = 0;
}

Range Suspicion::limit(Range range) const {
  for (const Range& piece : pieces_) {
    if (piece.first <= range.first && range.first <= piece.last) {
      range.last = std::min(range.last, piece.last);
    } else if (piece.first > range.first) {
      range.last = std::min(range.last, piece.first - 1);
    }
  }
  return range;
}

std::vector<Sequence> Suspicion::set_aside() const {
  std::vector<Sequence> sequences;
  for (const Suspect& suspect : aside_) sequences.push_back(suspect.sequence);
  return sequences;
}

}  // namespace storeward
