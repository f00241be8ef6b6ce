// Card masking (agent/core/masking, card_scan): a card number planted anywhere does not remain, and
// what was masked stays what it was: UTF-8, or JSON of the same build.
#include "agent/core/masking.h"

#include <algorithm>

#include "agent/core/card_scan.h"
#include "agent/core/json_canonical.h"
#include "agent/core/json_tree.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

constexpr std::string_view card = "4111111111111111";
constexpr std::string_view card_beginning = "411111111111";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether a card number put in at `at` stays a number of its own: no digit near it that a separator
// might join to it (at most three bytes wide on either side).
bool stands_alone(std::string_view text, std::size_t at) {
  const std::size_t begin = at - std::min<std::size_t>(at, 4);
  return std::ranges::none_of(text.substr(begin, at - begin + 4), is_digit);
}

void check_text(std::string_view text) {
  const std::string masked = mask_text(text);
  ASSERT(holds_card_data(text) || masked == text);
  ASSERT(!is_utf8(text) || is_utf8(masked));
  const std::string kept = mask_unreadable(text, 1000);
  ASSERT(kept.size() <= 1000 && is_utf8(kept));
}

void check_planted_in_text(std::string_view text, std::size_t at) {
  if (!stands_alone(text, at) || text.find(card_beginning) != text.npos) return;
  std::string planted(text);
  planted.insert(at, card);
  ASSERT(mask_text(planted).find(card_beginning) == std::string::npos);
  ASSERT(mask_unreadable(planted, planted.size()).find(card_beginning) == std::string::npos);
}

// Containers of the same size in the same place, whatever became of the values in them; what stands
// below a field that is masked by its name is gone with it.
void check_build(const JsonTree& before, const JsonNode& b, const JsonTree& after,
                 const JsonNode& a) {
  if (a.kind != JsonKind::array && a.kind != JsonKind::object) return;
  ASSERT(a.kind == b.kind && a.count == b.count);
  for (std::size_t i = 0; i < a.count; ++i) {
    check_build(before, before.children(b)[i], after, after.children(a)[i]);
  }
}

std::string canonical_of(const JsonTree& tree) {
  std::string canonical;
  append_canonical(tree, tree.root(), canonical);
  return canonical;
}

void check_tree(std::string_view text) {
  JsonTree before, after;
  if (!before.read(text) || !after.read(text)) return;
  mask_tree(after);
  check_build(before, before.root(), after, after.root());
  if (!after.sort_members()) return;
  ASSERT(is_json(canonical_of(after)));
}

// As the value of a member whose name says nothing, as text and as a number.
void check_planted_in_tree(std::string_view text, std::size_t at) {
  if (text.find(card_beginning) != text.npos) return;
  for (const std::string_view quote : {"\"", ""}) {
    std::string planted(text);
    planted.insert(at,
                   std::string(R"({"x":)").append(quote).append(card).append(quote).append("},"));
    JsonTree tree;
    if (!tree.read(planted)) continue;
    mask_tree(tree);
    if (!tree.sort_members()) continue;
    ASSERT(canonical_of(tree).find(card_beginning) == std::string::npos);
  }
}

void run(std::string_view input) {
  if (input.size() < 2) return;
  const auto place = static_cast<std::size_t>(static_cast<unsigned char>(input[0]) << 8 |
                                              static_cast<unsigned char>(input[1]));
  const std::string_view text = input.substr(2);
  const std::size_t at = text.empty() ? 0 : place % text.size();
  check_text(text);
  check_planted_in_text(text, at);
  check_tree(text);
  check_planted_in_tree(text, at);
}

const Registered registered({"masking", 16u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
