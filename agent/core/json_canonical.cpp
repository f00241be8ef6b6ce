#include "agent/core/json_canonical.h"

#include <charconv>

#include "agent/core/json_text.h"

namespace storeward {
namespace {

// ECMAScript's Number::toString on the shortest digits that read back as the same double.
std::string es6_number(double value) {
  char scientific[40];
  const auto end = std::to_chars(scientific, scientific + sizeof scientific, value,
                                 std::chars_format::scientific);
  std::string_view written(scientific, static_cast<std::size_t>(end.ptr - scientific));
  std::string out;
  if (written.front() == '-') {
    out.push_back('-');
    written.remove_prefix(1);
  }
  const std::size_t e = written.find('e');
  std::string digits(1, written[0]);
  if (e > 2) digits.append(written.substr(2, e - 2));
  int exponent = 0;
  const std::size_t sign = written[e + 1] == '+' ? 2 : 1;
  std::from_chars(written.data() + e + sign, written.data() + written.size(), exponent);

  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // digits before the decimal point
  constexpr double two_63 = 9223372036854775808.0;
  // -2^63 itself rounds to digits beyond it.
  const bool within_64_bits = value > -two_63 && value < 2 * two_63;
  if (count <= point && within_64_bits) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point < count) {
    out.append(digits, 0, static_cast<std::size_t>(point)).append(".");
    out.append(digits, static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else {
    out.push_back(digits[0]);
    if (count > 1) out.append(".").append(digits, 1);
    out.append(exponent < 0 ? "e-" : "e+").append(std::to_string(std::abs(exponent)));
  }
  return out;
}

}  // namespace

std::string number_text(const JsonNode& number) {
  switch (number.kind) {
    case JsonKind::integer:
      return std::to_string(number.integer);
    case JsonKind::big_integer:
      return std::to_string(number.big_integer);
    default:
      return es6_number(number.real);
  }
}

void append_canonical(const JsonTree& tree, const JsonNode& node, std::string& out) {
  switch (node.kind) {
    case JsonKind::null:
      out.append("null");
      break;
    case JsonKind::boolean:
      out.append(node.boolean ? "true" : "false");
      break;
    case JsonKind::integer:
      json_text::append_number(out, node.integer);
      break;
    case JsonKind::big_integer:
    case JsonKind::real:
      out.append(number_text(node));
      break;
    case JsonKind::string:
      json_text::append_string(out, node.text);
      break;
    case JsonKind::array: {
      char separator = '[';
      for (const JsonNode& child : tree.children(node)) {
        out.push_back(separator);
        append_canonical(tree, child, out);
        separator = ',';
      }
      out.append(node.count == 0 ? "[]" : "]");
      break;
    }
    case JsonKind::object: {
      char separator = '{';
      for (const JsonNode& child : tree.children(node)) {
        out.push_back(separator);
        json_text::append_string(out, child.name);
        out.push_back(':');
        append_canonical(tree, child, out);
        separator = ',';
      }
      out.append(node.count == 0 ? "{}" : "}");
      break;
    }
  }
}

}  // namespace storeward
