#include "agent/core/record.h"

#include <algorithm>

#include "agent/base/assert.h"
#include "agent/core/utf8.h"

namespace storeward {

void Record::clear() {
  nodes_.clear();
  kept_.clear();
  warnings_.clear();
  to_be_rounded_.clear();
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

void Record::lay_out(Node node, const ColumnIndex& columns) {
  Entry& row = nodes_[node];
  ASSERT(columns.size() > 0 && row.last - row.first + 1 == columns.size());
  row.columns = &columns;
}

bool Record::is_to_be_rounded(Node node) const {
  return std::ranges::binary_search(to_be_rounded_, node);
}

Record::Node Record::child(Node node, std::string_view name, std::uint64_t hash) const {
  const Entry& above = nodes_[node];
  Node at = above.first;
  if (above.columns != nullptr) {
    const std::uint32_t column = above.columns->find(name, hash);
    if (column != ColumnIndex::npos) return at + column;
    at = nodes_[at + above.columns->size() - 1].next;
  }
  while (at != none && !is_named(at, name)) at = nodes_[at].next;
  return at;
}

std::string Record::path(Node node, Node from) const {
  std::string path;
  for (; node != from && node != root; node = parent(node)) {
    path = path.empty() ? step(node) : step(node) + '/' + path;
  }
  return node == from ? path : '/' + path;
}

std::string Record::step(Node node) const {
  constexpr std::size_t longest_name = 60;
  std::size_t place = 0, alike = 0;
  for (Node at = first_child(parent(node)); at != none; at = next_sibling(at)) {
    if (!is_named(at, name(node))) continue;
    ++alike;
    if (at == node) place = alike;
  }
  const std::string text(utf8_prefix(name(node), longest_name));
  return alike == 1 ? text : text + '[' + std::to_string(place) + ']';
}

}  // namespace storeward
