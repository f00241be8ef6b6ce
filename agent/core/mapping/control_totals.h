// ControlTotals: what a source says of itself at its end (a trailer with the number of its records
// and their sum) against what was read since the last such record. One per source; pure. A file
// that was cut, or sent in part, is noticed by it; what was read counts all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/mapping/evaluation.h"

namespace storeward::mapping {

class ControlTotals {
 public:
  explicit ControlTotals(const Template& by);

  // Every record in its order. What differs, in a technician's words; empty: nothing.
  std::string take(const Record& record, const MappingContext& context);
  // One that could not be read: it counts, its sums are not known.
  void take_unreadable();
  // At the end of the source: what never came, in a technician's words; empty: nothing.
  std::string missing() const;

 private:
  struct Count {
    std::uint64_t records = 0;
    std::vector<std::optional<Decimal>> sums;  // nothing: too large, or not all could be read
    bool claimed = false;
  };

  void count(const ControlTotal& control, Count& count, Evaluation& evaluation) const;
  std::string compared(const ControlTotal& control, const Count& count,
                       Evaluation& evaluation) const;

  const Template* by_;         // outlives this
  std::vector<Count> counts_;  // one per control total of the template
};

}  // namespace storeward::mapping
