// CrashGuard: what a program was working on when it died, and how often in a row (F6). Pure.
//
// Open is what it has begun, a delivery until it takes the answer, and the answer itself until the
// program says anything again. Whatever was open at `deaths` ends in a row, with the same content,
// is poison: the program is told to skip it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace storeward::exec {

class CrashGuard {
 public:
  static constexpr int deaths = 3;

  struct Poison {
    std::string id;
    bool durable = false;  // its delivery has been kept all the same
  };

  void begun(std::string_view id);  // instead of what was begun before; "": nothing
  void handed(std::string_view id, std::uint64_t digest);
  void settled(std::string_view id);   // durable
  void answered(std::string_view id);  // the answer has left; until heard() it stays open
  void heard();

  std::vector<Poison> died();  // nothing is open any more

 private:
  struct Open {
    std::string id;
    std::uint64_t digest = 0;
    bool durable = false, answered = false;
    int deaths = 0;
    friend bool operator==(const Open& a, const Open& b) {
      return a.id == b.id && a.digest == b.digest;
    }
  };
  std::vector<Open> open_;      // at most one that was begun, and the deliveries in flight
  std::vector<Open> at_death_;  // at the last one
};

}  // namespace storeward::exec
