#include "tests/sim/world.h"

#include <iostream>

namespace storeward::sim {

void History::note(std::string what) {
  std::string line =
      "  " + std::to_string(clock_.now().time_since_epoch().count()) + " ms  " + what;
  if (verbose_) std::cout << line << "\n";
  lines_.push_back(std::move(line));
  if (lines_.size() > kept) lines_.pop_front();
}

void History::print() const {
  for (const std::string& line : lines_) std::cout << line << "\n";
}

}  // namespace storeward::sim
