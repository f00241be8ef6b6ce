// ControlTotals: what a source says of itself (a trailer with the number of its records and their
// sums, a payout) against what was read since the last such record. One per source; pure. A file
// that was cut, or sent in part, is noticed by it; what was read counts all the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/mapping/evaluation.h"

namespace storeward::mapping {

class ControlTotals {
 public:
  static constexpr std::size_t max_groups = 10'000;  // of one control total; further ones share one

  explicit ControlTotals(const Template& by);

  // What became of one record.
  struct Reckoning {
    std::string differs;  // in a technician's words; empty: nothing
    // Of a trailer, for `{value = "control.…"}`: count, each sum by its name, differs.
    std::vector<std::pair<std::string, std::string>> values;
  };
  Reckoning take(const Record& record, const MappingContext& context);
  // One that could not be read: it counts, its sums are not known.
  void take_unreadable();
  // At the end of the source: what never came, in a technician's words; empty: nothing.
  std::string missing() const;

 private:
  struct Count {
    std::uint64_t records = 0;
    std::vector<std::optional<Decimal>> sums;  // nothing: too large, or not all could be read
  };
  struct Counts {
    std::map<std::string, Count, std::less<>> groups;  // by the text of `per`
    std::uint64_t unreadable = 0;                      // since the last trailer
    bool any_trailer = false;
  };

  static void add(const ControlTotal& control, Count& count, Evaluation& evaluation);
  static Reckoning reckon(const ControlTotal& control, const Count& count, Evaluation& evaluation);

  const Template* by_;          // outlives this
  std::vector<Counts> counts_;  // one per control total of the template
};

}  // namespace storeward::mapping
