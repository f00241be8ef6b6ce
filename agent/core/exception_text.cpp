#include "agent/core/exception_text.h"

#include <nlohmann/json.hpp>

#include "agent/base/json_dump.h"
#include "agent/core/json_canonical.h"
#include "agent/core/json_nesting.h"
#include "agent/core/json_tree.h"

namespace storeward {

using nlohmann::json;

std::string submitted_form(std::string_view kept) {
  if (nests_deeper_than(kept, max_json_depth)) return std::string(kept);
  json event = json::parse(kept, nullptr, false);
  if (!event.is_object() || !event.contains("recordedtime")) return std::string(kept);
  for (const char* name : {"stream", "epoch", "sequence", "recordedtime", "partitionkey"}) {
    event.erase(name);
  }
  if (const auto source = event.find("source"); source != event.end() && source->is_string()) {
    const std::string& published = source->get_ref<const std::string&>();
    *source = published.substr(published.rfind('/') + 1);
  }
  return dumped(event);
}

Result<std::string> masked_edit(std::string_view text, std::size_t limit,
                                const VouchedMembers& vouched) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) return fail("the text is empty; to drop the exception, discard it");
  if (text.size() > limit) {
    return fail("the text has " + std::to_string(text.size()) + " bytes, at most " +
                std::to_string(limit) + " are kept");
  }
  JsonTree tree;
  if (tree.read(text)) {
    mask_tree(tree, vouched);
    if (tree.sort_members()) {
      std::string masked;
      append_canonical(tree, tree.root(), masked);
      return masked;
    }
  }
  std::string masked = mask_unreadable(text, limit);
  if (masked.empty()) return fail("the text cannot be looked into: it must be UTF-8 text");
  return masked;
}

}  // namespace storeward
