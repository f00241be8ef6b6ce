#include "agent/core/masking.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>

#include "agent/base/ascii.h"
#include "agent/core/card_groups.h"
#include "agent/core/card_number.h"
#include "agent/core/card_scan.h"
#include "agent/core/epc.h"
#include "agent/core/field_names.h"
#include "agent/core/gs1.h"
#include "agent/core/json_canonical.h"
#include "agent/core/unescaped_text.h"
#include "agent/core/utf8.h"
#include "agent/core/value_rules.h"

namespace storeward {
namespace {

// A scanner may put a symbology identifier before what it has read: "]E04006381333931".
std::string_view without_symbology(std::string_view text) {
  const bool identified = text.size() > 3 && text[0] == ']' && is_letter(text[1]);
  return identified ? text.substr(3) : text;
}

// A whole code or link of GS1 data in which only a number of goods, a package or a place looks like
// a card's, by itself or behind its identifier ("414" and a GLN).
bool is_gs1_scan(std::string_view text) {
  constexpr int any_year = 2026;  // dates are not looked at
  const auto scan = gs1::read_scan(text, any_year);
  if (!scan || scan->elements.empty()) return false;
  std::string rest(text);
  for (const gs1::Element& element : scan->elements) {
    const std::size_t at = rest.find(element.value);
    if (gs1_valid(element.value) && at != rest.npos) rest.replace(at, element.value.size(), "|");
  }
  return !holds_card_data(rest);
}

// The bits of an SGTIN-96, as RFID readers write them: one in 400 has a card number's digits in it.
bool is_tag_of_goods(std::string_view text) {
  constexpr std::size_t hex_digits = 96 / 4;
  return text.size() == hex_digits && read_epc(text).has_value();
}

// Whether only GLNs among its parts look like a card's numbers.
bool is_key_of_glns(std::string_view text) {
  constexpr std::size_t gln_digits = 13;
  std::string rest;
  for (std::size_t at = 0; at <= text.size();) {
    const std::string_view part = text.substr(at, text.find('/', at) - at);
    const bool is_gln = part.size() == gln_digits && gs1_valid(part);
    rest.append(is_gln ? "|" : part).append("/");
    at += part.size() + 1;
  }
  return !holds_card_data(rest);
}

// Whether digits in it, however grouped, are a number of a major card scheme and nothing else:
// somebody has put a card where a reference was due.
bool is_card_as_it_stands(std::string_view text) {
  std::string digits;
  for (std::size_t at = 0; at <= text.size();) {
    if (at < text.size() && is_digit(text[at])) {
      const std::size_t end = std::min(text.find_first_not_of("0123456789", at), text.size());
      if (card_in_printed_groups(text, at, end, is_major_card_number)) return true;
      digits.append(text, at, end - at);
      at = end;
      continue;
    }
    const bool ends = at == text.size() || text[at] == '+';  // "…+01:00" is no part of it
    const std::size_t separator = ends ? 0 : separator_at(text, at);
    if (separator == 0) {
      if (is_major_card_number(digits)) return true;
      digits.clear();
    }
    at += std::max<std::size_t>(separator, 1);
  }
  return false;
}

bool is_card_for_a_reference(std::string_view text) {
  if (is_card_as_it_stands(text)) return true;
  const auto read = unescaped(text);
  return read && is_card_as_it_stands(read->text);
}

bool holds_name(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool stays(FieldMeaning meaning, std::string_view text) {
  switch (meaning) {
    case FieldMeaning::gs1:
      return gs1_valid(without_symbology(text)) || is_gs1_scan(text) || is_tag_of_goods(text);
    case FieldMeaning::loyalty:
      return all_digits(text) && !is_major_card_number(text);
    case FieldMeaning::digest:
      return is_hex_sha256(text);
    default:
      return false;
  }
}

// Four digits are kept if there are enough before them.
std::string masked_card_field(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (is_digit(c)) digits.push_back(c);
  }
  return digits.size() >= shortest_card_number ? hidden_card_number(digits)
                                               : std::string(hidden_secret);
}

struct NameLook {
  FieldMeaning meaning = FieldMeaning::other;
  bool holds_card_data = false;
};

// What the names of members say, remembered: the same few dozen come again in every event. Bounded,
// and a name in which card data stands is looked at anew each time and not kept.
class KnownNames {
 public:
  NameLook look_at(std::string_view name) {
    Known& known = known_[std::hash<std::string_view>{}(name) % slots];
    if (known.name == name) return {known.meaning, false};
    const NameLook look{meaning_of(name), holds_card_data(name)};
    if (!look.holds_card_data && name.size() <= longest_kept) {
      known.name = name;
      known.meaning = look.meaning;
    }
    return look;
  }

 private:
  struct Known {
    std::string name;
    FieldMeaning meaning = FieldMeaning::other;  // as the empty name has it
  };
  static constexpr std::size_t slots = 512, longest_kept = 64;  // bytes

  std::array<Known, slots> known_;
};

bool is_number(const JsonNode& node) {
  return node.kind == JsonKind::integer || node.kind == JsonKind::big_integer ||
         node.kind == JsonKind::real;
}

bool stays_as_reference(const VouchedMembers& vouched, const JsonNode& node) {
  if (holds_name(vouched.provider_references, node.name)) return true;
  if (!holds_name(vouched.references, node.name)) return false;
  if (node.kind == JsonKind::string) return !is_card_for_a_reference(node.text);
  return !is_number(node) || !is_card_for_a_reference(number_text(node));
}

void mask_by_name(JsonTree& tree, JsonNode& node, FieldMeaning meaning) {
  if (node.kind == JsonKind::null || node.kind == JsonKind::boolean) return;
  std::string masked(hidden_secret);
  if (meaning == FieldMeaning::card_number && node.kind == JsonKind::string) {
    masked = masked_card_field(node.text);
  } else if (meaning == FieldMeaning::card_number && is_number(node)) {
    masked = masked_card_field(number_text(node));
  }
  tree.replace_by_text(node, std::move(masked));
}

// Only the whole part: digits behind the point are a fraction, not a card.
void mask_number(JsonTree& tree, JsonNode& node, FieldMeaning meaning) {
  constexpr std::int64_t shortest = 1'000'000'000'000;  // 13 digits
  if (node.kind == JsonKind::integer && node.integer < shortest && node.integer > -shortest) return;
  const std::string text = number_text(node);
  std::string_view whole(text);
  whole = whole.substr(0, whole.find_first_of(".e"));
  if (whole.starts_with('-')) whole.remove_prefix(1);
  // Written with a point or an exponent it is a double: of so many digits the last ones are
  // rounded, and no check digit tells any more.
  constexpr double exact = 9007199254740992.0;  // 2^53
  if (node.kind == JsonKind::real && std::abs(node.real) > exact &&
      begins_like_card_number(whole)) {
    return tree.replace_by_text(node, std::string(hidden_secret));
  }
  if (stays(meaning, whole) || !holds_card_data(whole)) return;
  tree.replace_by_text(node, masked_card_data(whole));
}

}  // namespace

std::string mask_text(std::string_view text) {
  return holds_card_data(text) ? masked_card_data(text) : std::string(text);
}

void mask_tree(JsonTree& tree, const VouchedMembers& vouched) {
  thread_local KnownNames names;
  for (JsonNode& node : tree.all_nodes()) {
    const auto [meaning, name_holds_card_data] = names.look_at(node.name);
    if (stays_as_reference(vouched, node)) continue;
    if (name_holds_card_data) node.name = tree.keep(masked_card_data(node.name));
    if (meaning == FieldMeaning::secret || meaning == FieldMeaning::card_number) {
      mask_by_name(tree, node, meaning);
    } else if (node.kind == JsonKind::string) {
      // Said first of a digest, as it is the dearest text to look through that there is.
      if (meaning == FieldMeaning::digest && stays(meaning, node.text)) continue;
      if (!holds_card_data(node.text) || stays(meaning, node.text)) continue;
      if (holds_name(vouched.glns, node.name) && is_key_of_glns(node.text)) continue;
      tree.replace_by_text(node, masked_card_data(node.text));
    } else if (is_number(node)) {
      mask_number(tree, node, meaning);
    }
  }
}

std::string mask_json(std::string_view json, std::size_t limit, const VouchedMembers& vouched) {
  JsonTree tree;
  if (!tree.read(json)) return {};
  mask_tree(tree, vouched);
  if (!tree.sort_members()) return {};
  std::string text;
  append_canonical(tree, tree.root(), text);
  text.resize(utf8_prefix(text, limit).size());
  return text;
}

std::string mask_unreadable(std::string_view raw, std::size_t limit) {
  if (raw.find('\0') != raw.npos) return {};
  std::string text;
  text.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const std::size_t length = utf8_length(raw, at);
    length == 0 ? text.append("\xEF\xBF\xBD") : text.append(raw, at, length);
    at += std::max<std::size_t>(length, 1);
  }
  const std::string masked = mask_text(text);
  return std::string(utf8_prefix(masked, limit));
}

}  // namespace storeward
