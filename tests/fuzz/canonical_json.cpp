// The canonical form (agent/core/json_tree, json_canonical): means the same as what was read, and
// is the form of itself.
#include "agent/core/json_canonical.h"

#include <nlohmann/json.hpp>

#include "agent/core/json_tree.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

std::string canonical_of(const JsonTree& tree) {
  std::string canonical;
  append_canonical(tree, tree.root(), canonical);
  return canonical;
}

void check_order(JsonTree& tree) {
  for (const JsonNode& node : tree.all_nodes()) {
    if (node.kind != JsonKind::object) continue;
    const auto members = tree.children(node);
    for (std::size_t i = 1; i < members.size(); ++i) {
      ASSERT(canonical_less(members[i - 1].name, members[i].name));
      ASSERT(!canonical_less(members[i].name, members[i - 1].name));
    }
  }
}

void run(std::string_view text) {
  JsonTree tree;
  if (const auto read = tree.read(text); !read) {
    ASSERT(!read.error().reason.empty() && is_utf8(read.error().reason));
    ASSERT(!read.error().at || *read.error().at <= text.size());
    return;
  }
  ASSERT(is_json(text));
  if (const auto sorted = tree.sort_members(); !sorted) {
    ASSERT(is_utf8(sorted.error().reason));
    return;
  }
  check_order(tree);
  const std::string canonical = canonical_of(tree);
  ASSERT(nlohmann::json::parse(canonical) == nlohmann::json::parse(text));
  JsonTree second;
  ASSERT(second.read(canonical) && second.sort_members());
  ASSERT(canonical_of(second) == canonical);
}

const Registered registered({"canonical_json", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
