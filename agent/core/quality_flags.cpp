#include "agent/core/quality_flags.h"

#include <algorithm>

#include "agent/base/assert.h"
#include "agent/core/json_canonical.h"
#include "agent/core/json_text.h"

namespace storeward {
namespace {

// Writes `object` with the member `name` as `write_value` does it, in its canonical place.
template <typename WriteValue>
void append_with_member(const JsonTree& tree, const JsonNode& object, std::string_view name,
                        std::string& out, WriteValue write_value) {
  bool due = true;
  const auto write_it = [&] {
    json_text::append_string(out, name);
    out.push_back(':');
    write_value();
    out.push_back(',');
    due = false;
  };
  out.push_back('{');
  for (const JsonNode& member : tree.children(object)) {
    if (due && !canonical_less(member.name, name)) write_it();
    if (member.name == name) continue;
    json_text::append_string(out, member.name);
    out.push_back(':');
    append_canonical(tree, member, out);
    out.push_back(',');
  }
  if (due) write_it();
  out.back() = '}';
}

}  // namespace

void append_flagged(const JsonTree& tree, const JsonNode& data,
                    const std::vector<std::string_view>& flags, std::string& out) {
  static const JsonNode nothing{.kind = JsonKind::object};
  const JsonNode* given = tree.member(data, "quality");
  const JsonNode& quality = given != nullptr ? *given : nothing;
  std::vector<std::string_view> all;
  if (const JsonNode* brought = tree.member(quality, "flags")) {
    for (const JsonNode& flag : tree.children(*brought)) all.push_back(flag.text);
  }
  for (const std::string_view flag : flags) {
    if (std::ranges::find(all, flag) == all.end()) all.push_back(flag);
  }
  append_with_member(tree, data, "quality", out, [&] {
    append_with_member(tree, quality, "flags", out, [&] {
      out.push_back('[');
      for (const std::string_view flag : all) {
        json_text::append_string(out, flag);
        out.push_back(',');
      }
      out.back() = ']';
    });
  });
}

void flag_laid_out(std::string& bytes, std::size_t data_at, std::size_t data_end,
                   const std::vector<std::string_view>& flags) {
  JsonTree tree;
  const std::string data = bytes.substr(data_at, data_end - data_at);
  const bool read = tree.read(data).has_value() && tree.sort_members().has_value();
  ASSERT(read);  // the text is ours
  std::string flagged;
  append_flagged(tree, tree.root(), flags, flagged);
  bytes.replace(data_at, data_end - data_at, flagged);
}

}  // namespace storeward
