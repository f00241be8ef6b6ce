// What became of the events: counts, the ones that were not stored, and how long answers took.
// Bounded whatever runs through it. Owned by one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/till/till_event.h"

namespace storeward::till {

// Durations in buckets about 3 % wide, from 1 us to over an hour.
class LatencyHistogram {
 public:
  void add(std::chrono::microseconds latency);
  // The upper edge of the bucket in which the quantile lies; 0 where nothing was added.
  std::chrono::microseconds quantile(int per_thousand) const;

 private:
  static constexpr int steps_bits = 5;  // buckets per doubling: 2^5
  std::array<std::uint64_t, (33 - steps_bits) << steps_bits> buckets_{};
  std::uint64_t count_ = 0;
};

struct NotStored {
  std::string id;
  std::string status;  // quarantined, conflict, refused
  std::string reason;
};

class Tally {
 public:
  static constexpr std::size_t max_listed = 1000;

  void stored(Kind kind) { ++stored_, ++by_kind_[static_cast<std::size_t>(kind)]; }
  void duplicate(Kind kind) { ++duplicates_, ++by_kind_[static_cast<std::size_t>(kind)]; }
  void not_stored(Kind kind, NotStored entry);
  void unanswered(std::uint64_t events) { unanswered_ += events; }
  void retried() { ++retries_; }
  void answered_in(std::chrono::microseconds latency) { latencies_.add(latency); }

  std::uint64_t answered() const { return stored_ + duplicates_ + not_stored_; }
  std::uint64_t retries() const { return retries_; }
  bool all_stored() const { return not_stored_ == 0 && unanswered_ == 0; }

  std::string as_text(Millis elapsed, const std::string& url) const;
  std::string as_json(Millis elapsed, const std::string& url) const;

 private:
  std::uint64_t per_second(Millis elapsed) const;

  std::array<std::uint64_t, kind_count> by_kind_{};
  std::uint64_t stored_ = 0, duplicates_ = 0, not_stored_ = 0, unanswered_ = 0, retries_ = 0;
  std::vector<NotStored> listed_;
  LatencyHistogram latencies_;
};

}  // namespace storeward::till
