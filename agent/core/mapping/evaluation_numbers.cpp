// Evaluation: numbers, and what is made of them.
#include <algorithm>

#include "agent/base/ascii.h"
#include "agent/core/card_number.h"
#include "agent/core/card_scan.h"
#include "agent/core/currency.h"
#include "agent/core/json_text.h"
#include "agent/core/mapping/evaluation.h"
#include "agent/core/quote.h"
#include "agent/core/utf8.h"
#include "agent/core/value_rules.h"

namespace storeward::mapping {
namespace {

// What is wrong with a text that Decimal does not take.
std::string why_no_number(std::string_view text, NumberFormat format) {
  constexpr std::ptrdiff_t always_fit = 9;
  const bool written_as_one = std::ranges::all_of(
      text, [&](char c) { return is_digit(c) || c == format.decimal || c == '-' || c == '+'; });
  if (written_as_one && std::ranges::count_if(text, is_digit) > always_fit) {
    return " has more digits than a number may have: 18, of which 9 behind the decimal sign";
  }
  const std::string decimal =
      std::string(" is not a number with \"") + format.decimal + "\" as its decimal sign";
  return format.group == '\0' ? decimal
                              : decimal + " and \"" + format.group + "\" between thousands";
}

}  // namespace

std::optional<Decimal> Evaluation::folded(const Expression& expression) {
  std::optional<Decimal> total;
  for (const Expression& part : expression.parts) {
    auto value = number(part);
    const bool leading = &part == expression.parts.data();
    if (!value) {
      if (expression.origin == Origin::multiply) return std::nullopt;
      if (leading && expression.origin == Origin::subtract) return std::nullopt;
      continue;
    }
    if (!total) {
      total = value;
      continue;
    }
    switch (expression.origin) {
      case Origin::multiply:
        total = Decimal::product(*total, *value);
        break;
      case Origin::subtract:
        total = Decimal::sum(*total, value->negated());
        break;
      default:
        total = Decimal::sum(*total, *value);
    }
    if (!total) return wrong("the number has too many digits");
  }
  return total;
}

// A JSON number with more digits than fit. They are those that binary floating point leaves behind,
// not the source's word; a text with as many is.
std::optional<Decimal> Evaluation::rounded(const Expression& expression, std::string_view text) {
  if (expression.origin != Origin::path || expression.shaping) return std::nullopt;
  if (!record_.is_to_be_rounded(first(expression.path))) return std::nullopt;
  const auto value = Decimal::nearest(text);
  if (!value) return std::nullopt;
  ++particulars_;  // where it is asked again it is remarked again
  if (!in_condition_) {
    warn(std::string(utf8_prefix(text, longest_quote)) + " rounded to " + value->to_text() +
         ": a number has at most 18 digits, 9 of them behind the decimal sign");
  }
  return value;
}

std::optional<Decimal> Evaluation::raw_number(const Expression& expression) {
  switch (expression.origin) {
    case Origin::add:
    case Origin::subtract:
    case Origin::multiply:
      return folded(expression);
    case Origin::count:
      return Decimal::whole(static_cast<std::int64_t>(nodes(expression).size()));
    case Origin::sum: {
      std::optional<Decimal> total;
      const Record::Node before = here_;
      for (const Record::Node node : nodes(expression)) {
        here_ = node;
        const auto value = number(expression.parts.front());
        if (!value) continue;
        total = total ? Decimal::sum(*total, *value) : value;
        if (!total) {
          wrong("the sum has too many digits");
          break;
        }
      }
      here_ = before;
      return total;
    }
    default: {
      const auto found = text(expression);
      if (!found) return std::nullopt;
      // What the agent or the template itself says is written plainly.
      const bool plain = expression.origin != Origin::path && expression.origin != Origin::join &&
                         !chooses(expression.origin);
      const NumberFormat format =
          plain ? NumberFormat{} : expression.number_format.value_or(by_.defaults.numbers);
      auto value = Decimal::parse(*found, format);
      if (!value && format.decimal == '.') value = rounded(expression, *found);
      if (value && expression.implied_decimals != 0) {
        if (found->find(format.decimal) != std::string_view::npos) {
          return wrong("\"" + std::string(*found) + "\" has a decimal sign, but its last " +
                       std::to_string(expression.implied_decimals) +
                       " digits are its decimals by the template (implied_decimals)");
        }
        value = value->shifted(expression.implied_decimals);
      }
      if (!value) {
        const bool named = in_condition_ || here_ != told_;
        return wrong(in_quotes(*found) + why_no_number(*found, format),
                     named && expression.origin == Origin::path ? first(expression.path) : here_);
      }
      return value;
    }
  }
}

std::optional<Decimal> Evaluation::number(const Expression& expression) {
  if (!expression.named) return signed_number(expression);
  return asked_once(answers_.numbers, *expression.named, expression.of_record,
                    [&] { return signed_number(expression); });
}

std::optional<Decimal> Evaluation::signed_number(const Expression& expression) {
  std::optional<Decimal> value;
  const bool of_text = expression.shaping != nullptr;  // that is made, whichever part it was
  if (!of_text && expression.origin == Origin::first) {
    for (const Expression& part : expression.parts) {
      if (value = number(part); value) break;
    }
  } else if (!of_text && expression.origin == Origin::cases) {
    const Expression* const part = chosen(expression);
    if (part != nullptr) value = number(*part);
  } else {
    value = raw_number(expression);
  }
  if (!value) return std::nullopt;
  switch (expression.sign) {
    case Sign::negate:
      return value->negated();
    case Sign::absolute:
      return value->absolute();
    case Sign::below_zero:
      return value->absolute().negated();
    default:
      return value;
  }
}

std::optional<std::string_view> Evaluation::currency_of(const Expression& expression) {
  auto currency = expression.currency ? text(*expression.currency) : std::nullopt;
  if (currency && !is_currency(*currency)) {
    // Lower case, or what some tills write for "ours": XXX.
    std::string upper(*currency);
    std::ranges::transform(upper, upper.begin(), [](char c) {
      return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    });
    currency = is_currency(upper) ? std::optional(keep(std::move(upper))) : std::nullopt;
  }
  if (!currency || *currency == "XXX") currency = text(by_.defaults.currency);
  if (!currency || *currency == "XXX") {
    const auto site = context_.given.find("currency");
    if (site != context_.given.end()) currency = site->second;
  }
  if (!currency || currency->empty()) {
    return wrong(
        "no currency is known: neither the record nor the template says one; set site.currency "
        "(in a trial: --currency EUR)");
  }
  return currency;
}

std::optional<std::string_view> Evaluation::currency_of(const Expression& expression,
                                                        const Decimal& amount) {
  const auto currency = currency_of(expression);
  if (!currency || is_sign_of(amount.currency_sign(), *currency)) return currency;
  const auto sign = static_cast<std::size_t>(amount.currency_sign());
  return wrong(std::string(currency_signs[sign]) + " is no sign of " + std::string(*currency) +
               ": the amount is in another currency, which nothing names");
}

bool Evaluation::write_money(const Expression& expression, const Decimal& amount,
                             std::string& out) {
  const auto currency = currency_of(expression, amount);
  if (!currency) return false;
  // In minor units it could not be found any more, and not be masked.
  const std::string text = amount.to_text();
  if (text.size() >= shortest_card_number && holds_card_data(text)) {
    return wrong("what looks like a card number stands where an amount is due"), false;
  }
  bool exact = true;
  const auto minor = amount.scaled(expression.minor ? 0 : currency_decimals(*currency), exact);
  if (!minor) return wrong("the amount has too many digits"), false;
  if (!exact && expression.minor) {
    return wrong("\"" + text + "\" is no amount in minor units: it has decimals"), false;
  }
  if (!exact) {
    warn(text + " " + std::string(*currency) + " rounded to " + amount_text(*minor, *currency));
  }
  out += R"({"amountMinor":)";
  json_text::append_number(out, *minor);
  out += R"(,"currency":)";
  json_text::append_string(out, *currency);
  out += '}';
  return true;
}

bool Evaluation::write_price(const Expression& expression, const Decimal& amount,
                             std::string& out) {
  const auto currency = currency_of(expression, amount);
  if (!currency) return false;
  out.append(R"({"amount":")").append(amount.to_text()).append(R"(","currency":)");
  json_text::append_string(out, *currency);
  out += '}';
  return true;
}

bool Evaluation::write_quantity(const Expression& expression, const Decimal& value,
                                std::string& out) {
  auto unit = expression.unit ? text(*expression.unit) : std::nullopt;
  if (!unit) unit = text(by_.defaults.unit);
  out.append(R"({"value":")").append(value.to_text()).append(R"(","unit":)");
  json_text::append_string(out, unit.value_or("H87"));
  out += '}';
  return true;
}

bool Evaluation::write_number(const Expression& expression, std::string& out) {
  const auto value = number(expression);
  if (!value) return false;
  switch (expression.as) {
    case As::money:
      return write_money(expression, *value, out);
    case As::price:
      return write_price(expression, *value, out);
    case As::quantity:
      return write_quantity(expression, *value, out);
    case As::decimal:
      out.append(1, '"').append(value->to_text()).append(1, '"');
      return true;
    default: {
      bool exact = true;
      const auto whole = value->scaled(0, exact);
      if (!whole || !exact) {
        return wrong("\"" + value->to_text() + "\" is not a whole number"), false;
      }
      json_text::append_number(out, *whole);
      return true;
    }
  }
}

}  // namespace storeward::mapping
