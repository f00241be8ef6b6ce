// Restarts: when a program that has ended is started again. Pure; time and randomness come in.
//
// Full jitter below a ceiling that doubles. A program that ends `loop_ends` times in a row, each
// time soon and without having handed in anything new, is in a crash loop: it is tried slowly, and
// the driver's state says so.
#pragma once

#include "agent/base/chance.h"
#include "agent/base/clock.h"

namespace storeward::exec {

class Restarts {
 public:
  static constexpr int loop_ends = 5;

  struct Options {
    Millis first{1'000};    // the first ceiling
    Millis most{300'000};   // the last one; in a crash loop at least half of it
    Millis stable{60'000};  // a program that has run so long is sound
    Millis again{60'000};   // after an orderly end
  };

  Restarts(Options options, std::uint64_t seed) : options_(options), chance_(seed) {}

  void begun(Instant now) { begun_ = now; }
  void has_handed_in() { ends_ = 0; }  // something new
  Millis after_end(Instant now, bool orderly);

  int ends_in_a_row() const { return ends_; }
  bool looping() const { return ends_ >= loop_ends; }
  bool sound(Instant now) const { return ends_ == 0 || now - begun_ >= options_.stable; }

 private:
  Millis up_to(Millis most);

  Options options_;
  Chance chance_;
  Instant begun_{};
  int ends_ = 0;
};

}  // namespace storeward::exec
