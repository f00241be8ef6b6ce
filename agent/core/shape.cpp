#include "agent/core/shape.h"

#include <algorithm>

#include "agent/core/utf8.h"
#include "agent/core/value_rules.h"

namespace storeward {
namespace {

constexpr std::int64_t largest_exact = 9007199254740991;  // 2^53 - 1
constexpr std::size_t longest_key = 256;                  // characters

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

std::string misfit_text(const Place* place, std::string_view what) {
  return (place != nullptr ? place->text() : std::string()) + ": " + std::string(what);
}

std::string misfit_text(const Place* place, const Shape& shape) {
  if (shape.form == Form::word) {
    return misfit_text(place, "must be one of " + joined(shape.words));
  }
  return misfit_text(place, expected(shape.form));
}

std::optional<std::string> misfit_members(const JsonTree& tree, const JsonNode& object,
                                          const Shape& shape, const Place* place) {
  for (const Field& field : shape.fields) {
    const JsonNode* member = tree.member(object, field.name);
    if (member == nullptr && !field.required) continue;
    const Place there{.above = place, .member = field.name};
    if (member == nullptr) return misfit_text(&there, "missing");
    if (auto wrong = misfit(tree, *member, *field.shape, &there)) return wrong;
  }
  if (shape.one_of.empty()) return std::nullopt;
  for (const std::string_view name : shape.one_of) {
    if (tree.member(object, name) != nullptr) return std::nullopt;
  }
  return misfit_text(place, "needs one of " + joined(shape.one_of));
}

std::optional<std::string> misfit_items(const JsonTree& tree, const JsonNode& array,
                                        const Shape& items, const Place* place) {
  Place there{.above = place};
  for (const JsonNode& item : tree.children(array)) {
    if (auto wrong = misfit(tree, item, items, &there)) return wrong;
    ++there.item;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> misfit(const JsonTree& tree, const JsonNode& node, const Shape& shape,
                                  const Place* place) {
  if (!has_form(node, shape)) return misfit_text(place, shape);
  if (shape.also != nullptr) {
    if (auto wrong = misfit(tree, node, *shape.also, place)) return wrong;
  }
  if (shape.form == Form::object) return misfit_members(tree, node, shape, place);
  if (shape.form == Form::array && shape.items != nullptr) {
    return misfit_items(tree, node, *shape.items, place);
  }
  return std::nullopt;
}

}  // namespace storeward
