// EdiLoops: below which node of a record a segment stands. Which segments open a loop, and which
// belong to it, is a constant table per set or message type (loops.cpp); sets that are not in it
// stay flat. Pure; one per record.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "agent/core/record.h"

namespace storeward {

struct EdiSetLoops;

class EdiLoops {
 public:
  static constexpr std::size_t max_levels = 20;  // of a tree of HL segments

  explicit EdiLoops(std::string_view set);

  // Closes the loops that end before a segment of this tag; says below which node it stands.
  Record::Node parent_of(std::string_view tag);
  // The segment has become this node: it may open a loop.
  void added(std::string_view tag, Record::Node node);

  // Sets whose HL segments are a tree (X12 856) go by the numbers in HL01 and HL02 instead.
  bool is_tree(std::string_view tag) const;
  enum class Level : std::uint8_t { placed, orphan, too_deep };
  // Below which node the HL stands that names `above` as its parent. An orphan names one that is
  // not there: it stands below the root.
  Level parent_of_level(std::string_view above, Record::Node& parent);
  void added_level(std::string_view id, Record::Node node);

 private:
  struct Open {
    std::string_view opener, members;
    Record::Node node;
  };
  struct TreeNode {
    Record::Node node;
    std::size_t depth;
  };

  const EdiSetLoops* table_;  // nullptr: flat
  std::vector<Open> open_;
  std::map<std::string_view, TreeNode> levels_;
  std::size_t depth_ = 0;  // of the HL placed last
};

}  // namespace storeward
