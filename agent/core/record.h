// Record: one record of a source's format as a tree, whatever the format: a CSV row, a JSON object,
// an XML element, an EDI transaction set. Decoders (drivers/formats) build it, templates
// (agent/core/mapping) read it. Pure; not shared between threads.
//
// How the formats look in it, so that one path language serves all:
//   CSV       the row's fields by column name; of a group of rows the first row's fields and a
//             child `row` per row
//   JSON      members by name; an array is its elements, each a child by the array's name; null is
//             as good as absent
//   XML       elements by local name, attributes as "@Name"
//   X12, EDIFACT  segments by tag, their elements as "01", "02" …, components below them likewise;
//             the segments of a loop stand below the segment that opens it
//
// Invariants: node 0 is the root and has no name; children keep the order of the source. Names and
// texts are views: into the decoder's buffers, valid until its next call, or into this record
// (keep()), valid until clear(). At most max_nodes nodes.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/column_index.h"

namespace storeward {

// Where a record stands in its source.
struct RecordPlace {
  std::uint64_t offset = 0;  // of its first byte, from 0
  std::uint64_t bytes = 0;   // its length in the source
  std::uint64_t line = 0;    // of its first byte, from 1; 0 where the format has no lines
  std::uint64_t number = 0;  // of the record in its source, from 1; faulty ones count
};

class Record {
 public:
  using Node = std::uint32_t;
  static constexpr Node root = 0;
  static constexpr Node none = UINT32_MAX;
  static constexpr std::size_t max_nodes = 200'000;

  Record() { clear(); }

  // For decoders. add() gives `none` when the record is full: a fault of the source.
  void clear();
  Node add(Node parent, std::string_view name, std::string_view text = {});
  void set_text(Node node, std::string_view text) { nodes_[node].text = text; }
  // The children of `node` so far are the fields of these columns, one each; others may follow.
  // `columns` outlives what is read from this.
  void lay_out(Node node, const ColumnIndex& columns);
  std::string_view keep(std::string text) { return kept_.emplace_back(std::move(text)); }
  // Of the node added last: a JSON number that is too long for a Decimal (is_to_be_rounded()).
  void mark_to_be_rounded() { to_be_rounded_.push_back(static_cast<Node>(nodes_.size() - 1)); }
  // What is odd about the record and no reason to refuse it, in plain words: becomes
  // quality.warnings of its events.
  void warn(std::string warning) { warnings_.push_back(std::move(warning)); }

  // For templates.
  std::string_view name(Node node) const { return nodes_[node].name; }
  // Most names differ in length or first letter.
  bool is_named(Node node, std::string_view name) const {
    const std::string_view own = nodes_[node].name;
    return own.size() == name.size() && (own.empty() || own.front() == name.front()) && own == name;
  }
  std::string_view text(Node node) const { return nodes_[node].text; }
  Node parent(Node node) const { return nodes_[node].parent; }
  Node first_child(Node node) const { return nodes_[node].first; }
  Node next_sibling(Node node) const { return nodes_[node].next; }
  // The first child of that name; `none` if there is none.
  Node child(Node node, std::string_view name) const {
    return child(node, name, column_hash(name));
  }
  Node child(Node node, std::string_view name, std::uint64_t hash) const;
  // What was laid out; null: nothing.
  const ColumnIndex* columns(Node node) const { return nodes_[node].columns; }
  bool is_to_be_rounded(Node node) const;
  // "row[2]/amount": where a node stands, in the words of a template's path from `from`; one that
  // is not below it has its path from the root, "/row[2]/amount". A number stands where there are
  // several of the name. For messages.
  std::string path(Node node, Node from = root) const;
  std::size_t size() const { return nodes_.size(); }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Entry {
    std::string_view name, text;
    Node parent = none, first = none, last = none, next = none;
    const ColumnIndex* columns = nullptr;
  };
  std::string step(Node node) const;

  std::vector<Entry> nodes_;
  std::deque<std::string> kept_;
  std::vector<std::string> warnings_;
  std::vector<Node> to_be_rounded_;  // rising
};

}  // namespace storeward
