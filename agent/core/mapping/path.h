// Path: how a template names a place in a record, in the abbreviated form of XPath 1.0 that people
// know: steps parted by "/". Pure.
//
//   LineItem/Sale/Quantity        children by name
//   Quantity/@Units               attributes are children whose name begins with "@"
//   POSIdentity[@POSIDType='PLU'] only those whose child has this text ([x!='y']: has not)
//   LineItem[1]                   the first of that name (also last())
//   *   .   ..                    any child (no attribute), itself, its parent
//   /CurrencyCode                 from the root of the record instead of from where one stands
//   'Order no.'                   a name with other characters, in quotes
//   Sale | Return                 what either path selects, in the order of the record
//
// Invariants: at most max_ways paths in one, each of at most max_steps steps. Selecting never
// fails: what is not there is nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/record.h"

namespace storeward {

class Path {
 public:
  static constexpr std::size_t max_steps = 32;
  static constexpr std::size_t max_ways = 8;

  // Fails with what is wrong and at which character.
  static Result<Path> parse(std::string_view text);

  // The first node, in the order of the record; Record::none if there is none.
  Record::Node first(const Record& record, Record::Node from) const;
  // All of them, at most `most`.
  std::vector<Record::Node> all(const Record& record, Record::Node from, std::size_t most) const;

  bool begins_at_root() const;  // so it selects the same from wherever

  // What the selected nodes are called, of each way that ends in a name.
  std::vector<std::string> last_names() const;
  // All names in it.
  std::vector<std::string> names() const;

 private:
  struct Predicate {
    std::vector<std::string> child;  // steps by name to the text that is compared
    std::string text;
    bool equal = true;
  };
  enum class Axis : std::uint8_t { name, any, self, parent };
  struct Step {
    Axis axis = Axis::name;
    std::string name;
    std::uint64_t hash = 0;  // column_hash of the name
    std::vector<Predicate> predicates;
    std::uint32_t position = 0;  // 1…: only the one at it; 0: all; last_position: the last
  };
  static constexpr std::uint32_t last_position = UINT32_MAX;
  struct Way {
    bool from_root = false;
    std::vector<Step> steps;
  };
  class Parser;

  // Calls found(node) for each until it says false; false if it was stopped.
  template <typename Found>
  static bool visit(const Record& record, Record::Node from, std::span<const Step> steps,
                    Found& found);
  static bool fits(const Record& record, Record::Node node, const Step& step);
  bool is_one_name() const;

  std::vector<Way> ways_;
  bool one_name_ = false;  // a column, a member: nearly all paths there are
};

}  // namespace storeward
