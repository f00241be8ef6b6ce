// SeenRecords: what of the overlap window has been handed in and answered in this life of the
// program, so that each look hands in only what is new. Pure.
//
// Invariant: at most `most`; what is forgotten too early is handed in again, and is a duplicate.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_set>

namespace storeward::sql {

class SeenRecords {
 public:
  static constexpr std::size_t most = 200'000;

  bool knows(std::string_view json) const;
  void add(std::string_view json, std::int64_t order);
  void forget_before(std::int64_t order);
  void clear();

 private:
  struct Seen {
    std::int64_t order;
    std::uint64_t digest;
  };
  std::deque<Seen> in_order_;
  std::unordered_set<std::uint64_t> digests_;
};

}  // namespace storeward::sql
