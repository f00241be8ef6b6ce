#include "agent/core/record.h"

namespace storeward {

void Record::clear() {
  nodes_.clear();
  kept_.clear();
  warnings_.clear();
  nodes_.emplace_back();
}

Record::Node Record::add(Node parent, std::string_view name, std::string_view text) {
  if (nodes_.size() >= max_nodes) return none;
  const auto node = static_cast<Node>(nodes_.size());
  nodes_.push_back({.name = name, .text = text, .parent = parent});
  Entry& above = nodes_[parent];
  if (above.first == none) {
    above.first = node;
  } else {
    nodes_[above.last].next = node;
  }
  above.last = node;
  return node;
}

Record::Node Record::child(Node node, std::string_view name) const {
  Node at = nodes_[node].first;
  while (at != none && !is_named(at, name)) at = nodes_[at].next;
  return at;
}

}  // namespace storeward
