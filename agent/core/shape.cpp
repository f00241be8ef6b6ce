#include "agent/core/shape.h"

#include <algorithm>
#include <utility>

#include "agent/core/json_canonical.h"
#include "agent/core/utf8.h"
#include "agent/core/value_rules.h"

namespace storeward {
namespace {

constexpr std::int64_t largest_exact = 9007199254740991;  // 2^53 - 1
constexpr std::size_t longest_key = 256;                  // characters
constexpr std::size_t longest_quote = 40;                 // bytes of a value in a reason

bool is_key(const JsonNode& node) {
  return node.kind == JsonKind::string && !node.text.empty() &&
         (node.text.size() <= longest_key || utf8_characters(node.text) <= longest_key);
}

bool is_integer(const JsonNode& node, std::int64_t smallest) {
  return node.kind == JsonKind::integer && node.integer >= smallest &&
         node.integer <= largest_exact;
}

// What to say when a value does not have its form.
std::string_view expected(Form form) {
  switch (form) {
    case Form::any:
      return "";
    case Form::text:
      return "must be text that is not empty";
    case Form::key:
      return "must be text of 1 to 256 characters";
    case Form::key_or_number:
      return "must be text of 1 to 256 characters or an integer";
    case Form::word:
      return "";
    case Form::boolean:
      return "must be true or false";
    case Form::integer:
      return "must be an integer within 2^53";
    case Form::count:
      return "must be an integer from 0 within 2^53";
    case Form::decimal:
      return "must be decimal text such as \"-0.420\"";
    case Form::decimal_positive:
      return "must be decimal text above 0 such as \"0.420\"";
    case Form::decimal_unsigned:
      return "must be decimal text without sign such as \"0.420\"";
    case Form::currency:
      return "must be an ISO 4217 code such as \"EUR\"";
    case Form::unit:
      return "must be a UN/ECE Rec 20 code such as \"H87\" or \"KGM\"";
    case Form::gtin:
      return "must be text of 8, 12, 13 or 14 digits";
    case Form::last4:
      return "must be text of 4 digits";
    case Form::sha256:
      return "must be 64 lower-case hex digits";
    case Form::date:
      return "must be a date such as \"2026-11-20\"";
    case Form::time:
      return "must be an RFC 3339 time with offset such as \"2026-11-20T09:15:02Z\"";
    case Form::date_or_time:
      return "must be a date or an RFC 3339 time with offset";
    case Form::revision:
      return "must be decimal text from \"1\"";
    case Form::array:
      return "must be an array";
    case Form::object:
      return "must be an object";
  }
  return "";
}

bool fits_text(std::string_view text, const Shape& shape) {
  switch (shape.form) {
    case Form::text:
      return !text.empty();
    case Form::word:
      return std::ranges::find(shape.words, text) != shape.words.end();
    case Form::decimal:
      return is_decimal(text);
    case Form::decimal_positive:
      return is_positive_decimal(text);
    case Form::decimal_unsigned:
      return is_unsigned_decimal(text);
    case Form::currency:
      return is_currency(text);
    case Form::unit:
      return is_unit(text);
    case Form::gtin:
      return is_gtin(text);
    case Form::last4:
      return is_last4(text);
    case Form::sha256:
      return is_hex_sha256(text);
    case Form::date:
      return is_date(text);
    case Form::time:
      return parse_time(text).has_value();
    case Form::date_or_time:
      return is_date(text) || parse_time(text).has_value();
    case Form::revision:
      return is_revision(text);
    default:
      return false;
  }
}

bool has_form(const JsonNode& node, const Shape& shape) {
  switch (shape.form) {
    case Form::any:
      return true;
    case Form::key:
      return is_key(node);
    case Form::key_or_number:
      return is_key(node) || is_integer(node, -largest_exact);
    case Form::boolean:
      return node.kind == JsonKind::boolean;
    case Form::integer:
      return is_integer(node, -largest_exact);
    case Form::count:
      return is_integer(node, 0);
    case Form::array:
      return node.kind == JsonKind::array;
    case Form::object:
      return node.kind == JsonKind::object;
    default:
      return node.kind == JsonKind::string && fits_text(node.text, shape);
  }
}

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::string expected(const Shape& shape) {
  if (shape.form == Form::word) return "must be one of " + joined(shape.words);
  return std::string(expected(shape.form));
}

// What stands there instead, for who reads why it was refused.
std::string found(const JsonNode& node) {
  switch (node.kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return node.boolean ? "true" : "false";
    case JsonKind::array:
      return "an array";
    case JsonKind::object:
      return "an object";
    case JsonKind::string: {
      const std::string_view quoted = utf8_prefix(node.text, longest_quote);
      return "\"" + std::string(quoted) + (quoted.size() < node.text.size() ? "…\"" : "\"");
    }
    default:
      return number_text(node);
  }
}

// What does not fit, found member by member.
class Misfits {
 public:
  explicit Misfits(const JsonTree& tree) : tree_(tree) {}

  void look_at(const JsonNode& node, const Shape& shape, const Place* place) {
    if (!has_form(node, shape)) return add(place, expected(shape) + ", not " + found(node));
    if (shape.also != nullptr) {
      const std::size_t before = count_;
      look_at(node, *shape.also, place);
      if (count_ > before) return;  // the two have members in common
    }
    if (shape.form == Form::object) return look_at_members(node, shape, place);
    if (shape.form == Form::array && shape.items != nullptr) {
      look_at_items(node, *shape.items, place);
    }
  }

  std::optional<std::string> told() && {
    if (count_ == 0) return std::nullopt;
    return std::move(text_);
  }

 private:
  static constexpr std::size_t most = 5;

  void look_at_members(const JsonNode& object, const Shape& shape, const Place* place) {
    for (const Field& field : shape.fields) {
      const JsonNode* member = tree_.member(object, field.name);
      if (member == nullptr && !field.required) continue;
      const Place there{.above = place, .member = field.name};
      if (member == nullptr) {
        add(&there, "missing");
      } else {
        look_at(*member, *field.shape, &there);
      }
    }
    if (shape.one_of.empty()) return;
    for (const std::string_view name : shape.one_of) {
      if (tree_.member(object, name) != nullptr) return;
    }
    add(place, "needs one of " + joined(shape.one_of));
  }

  void look_at_items(const JsonNode& array, const Shape& items, const Place* place) {
    Place there{.above = place};
    for (const JsonNode& item : tree_.children(array)) {
      if (count_ == most) return;
      look_at(item, items, &there);
      ++there.item;
    }
  }

  void add(const Place* place, std::string_view what) {
    if (count_ == most) return;
    if (count_++ > 0) text_ += "; ";
    if (place != nullptr) text_ += place->text();
    text_.append(": ").append(what);
  }

  const JsonTree& tree_;
  std::string text_;
  std::size_t count_ = 0;
};

}  // namespace

std::optional<std::string> misfit(const JsonTree& tree, const JsonNode& node, const Shape& shape,
                                  const Place* place) {
  Misfits misfits(tree);
  misfits.look_at(node, shape, place);
  return std::move(misfits).told();
}

}  // namespace storeward
