#include "agent/core/mapping/evaluation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/base/ascii.h"
#include "agent/core/card_scan.h"
#include "agent/core/quote.h"

namespace storeward::mapping {
namespace {

constexpr std::size_t most_nodes = 100'000;
constexpr std::size_t large_record = 1'000;  // nodes
constexpr std::size_t most_remarks = 20;
constexpr std::size_t most_faults = 5;
// Glued to other digits it could not be found any more, and not be masked.
constexpr std::string_view glued_card = "what looks like a card number stands here";

bool is_decimal_sign(char c) {
  return c == '.' || c == ',';
}

// Of a whole number as spreadsheets leave it, "1.0" or "1,00": with its decimals it would be
// tenfold.
std::string_view without_zero_decimals(std::string_view text) {
  const std::size_t sign = text.find_last_not_of('0');
  if (sign == std::string_view::npos || !is_decimal_sign(text[sign])) return text;
  const std::size_t zeros = text.size() - sign - 1;  // three may stand behind a thousand
  const bool whole = all_digits(text.substr(0, sign)) && (zeros == 1 || zeros == 2);
  return whole ? text.substr(0, sign) : text;
}

// "4.71E+11": a long number as spreadsheets write it, whose last digits are gone.
bool is_shortened_number(std::string_view text) {
  const std::size_t power = text.find_first_of("eE");
  if (power == std::string_view::npos || !all_digits(text.substr(0, 1))) return false;
  const bool number = std::ranges::all_of(text.substr(0, power),
                                          [](char c) { return is_digit(c) || is_decimal_sign(c); });
  const std::string_view behind = text.substr(power + 1);
  const bool long_one = behind.size() > 2 && behind.front() == '+' && behind[1] != '0';
  return number && long_one && all_digits(behind.substr(1));
}

}  // namespace

// What is asked in several places is told once.
std::nullopt_t Evaluation::wrong(std::string what, Record::Node at) {
  ++particulars_;
  ++times_wrong_;
  if (faults_.size() == most_faults || std::ranges::find(faults_, what) != faults_.end()) {
    return std::nullopt;
  }
  if (!fault_.empty()) fault_ += "; ";
  fault_ += place_->text() + ": ";
  if (at != told_) fault_ += record_.path(at, told_) + ": ";
  fault_ += what;
  faults_.push_back(std::move(what));
  return std::nullopt;
}

void Evaluation::warn(std::string what) {
  ++particulars_;
  if (warnings_.size() >= most_remarks) return;
  std::string warning = place_->text() + ": " + std::move(what);
  if (std::ranges::find(warnings_, warning) != warnings_.end()) return;
  warnings_.push_back(std::move(warning));
}

void Evaluation::flag(std::string_view flag) {
  ++particulars_;
  if (std::ranges::find(flags_, flag) == flags_.end()) flags_.emplace_back(flag);
}

// Below the root of a large message stand thousands of lines, and what is asked of its head is
// asked for each of them.
Record::Node Evaluation::first(const Path& path) {
  if (record_.size() < large_record || !path.begins_at_root()) return path.first(record_, here_);
  const auto [known, is_new] = answers_.from_root.try_emplace(&path, Record::none);
  if (is_new) known->second = path.first(record_, Record::root);
  return known->second;
}

std::vector<Record::Node> Evaluation::nodes(const Expression& expression) {
  std::vector<Record::Node> found = expression.path.all(record_, here_, most_nodes);
  if (found.size() == most_nodes) wrong("more than 100,000 of them in one record");
  if (expression.conditions.empty() && !expression.distinct) return found;
  const Record::Node before = here_;
  std::set<std::string_view> seen;  // kept as long as this, or longer
  std::erase_if(found, [&](Record::Node node) {
    here_ = node;
    if (!std::ranges::all_of(expression.conditions, [&](const auto& c) { return holds(c); })) {
      return true;
    }
    const auto key = expression.distinct ? key_text(*expression.distinct) : std::nullopt;
    return key && !seen.insert(*key).second;
  });
  here_ = before;
  return found;
}

// The part that `cases` comes to; null: none.
const Expression* Evaluation::chosen(const Expression& expression) {
  for (std::size_t i = 0; i < expression.conditions.size(); ++i) {
    if (holds(expression.conditions[i])) return &expression.parts[i];
  }
  return expression.parts.size() > expression.conditions.size() ? &expression.parts.back()
                                                                : nullptr;
}

std::optional<std::string_view> Evaluation::joined(const Expression& expression) {
  std::string all;
  bool any = false, shown = false;
  for (const Expression& part : expression.parts) {
    const auto one = key_text(part);
    if (!one) continue;
    if (any) all += expression.text;
    all += *one;
    shown = shown || (expression.text.empty() && holds_card_data(*one));
    any = true;
  }
  if (!any) return std::nullopt;
  if (shown && !holds_card_data(all)) return wrong(std::string(glued_card));
  return keep(std::move(all));
}

std::optional<std::string_view> Evaluation::raw_text(const Expression& expression) {
  switch (expression.origin) {
    case Origin::path: {
      const Record::Node node = first(expression.path);
      if (node == Record::none) return std::nullopt;
      return record_.text(node);
    }
    case Origin::name: {
      const Record::Node node = first(expression.path);
      if (node == Record::none) return std::nullopt;
      return record_.name(node);
    }
    case Origin::constant:
      return expression.text;
    case Origin::given: {
      const auto at = context_.given.find(expression.text);
      if (at == context_.given.end()) return std::nullopt;
      return at->second;
    }
    case Origin::index:
      ++particulars_;
      return keep(std::to_string(index_));
    case Origin::join:
      return joined(expression);
    case Origin::first:
      for (const Expression& part : expression.parts) {
        if (const auto one = text(part)) return one;
      }
      return std::nullopt;
    case Origin::cases: {
      const Expression* const part = chosen(expression);
      return part != nullptr ? text(*part) : std::nullopt;
    }
    // No text, and refused where a template wants one.
    case Origin::nothing:
    case Origin::object:
    case Origin::array:
    case Origin::list:
      return std::nullopt;
    default: {
      const auto value = raw_number(expression);
      if (!value) return std::nullopt;
      return keep(value->to_text());
    }
  }
}

std::optional<std::string_view> Evaluation::text(const Expression& expression) {
  if (expression.origin == Origin::nothing) return std::nullopt;
  auto found = raw_text(expression);
  if (!found) return std::nullopt;
  *found = trimmed(*found, white_space);
  if (expression.shaping && !found->empty()) found = shaped(*expression.shaping, *found);
  if (!found || found->empty()) return std::nullopt;
  return found;
}

std::optional<std::string_view> Evaluation::shaped(const Shaping& shaping, std::string_view text) {
  if (!shaping.gs1.empty() || !shaping.epc.empty()) {
    const auto found = shaping.gs1.empty() ? of_epc(text, shaping.epc) : of_scan(text, shaping.gs1);
    if (!found || found->empty()) return std::nullopt;
    text = *found;
  }
  if (shaping.split_part != 0) {
    for (std::uint32_t part = 1; part < shaping.split_part; ++part) {
      const std::size_t at = text.find(shaping.split_by);
      if (at == std::string_view::npos) return std::nullopt;
      text.remove_prefix(at + shaping.split_by.size());
    }
    text = trimmed(text.substr(0, text.find(shaping.split_by)), white_space);
  }
  if (shaping.from > 1) {
    text.remove_prefix(std::min<std::size_t>(std::size_t(shaping.from) - 1, text.size()));
  } else if (shaping.from < 0) {
    text.remove_prefix(text.size() -
                       std::min<std::size_t>(std::size_t(-shaping.from), text.size()));
  }
  if (shaping.length != 0) text = text.substr(0, shaping.length);
  if (shaping.digits_only && is_shortened_number(text)) {
    return wrong(in_quotes(text) +
                 " has lost its last digits: a spreadsheet has written "
                 "it like this; have the column exported as text");
  }
  if (shaping.digits_only) text = without_zero_decimals(text);
  if (shaping.digits_only || shaping.upper || shaping.lower) {
    std::string made;
    for (const char c : text) {
      if (shaping.digits_only && !is_digit(c)) continue;
      const bool is_lower = c >= 'a' && c <= 'z', is_upper = c >= 'A' && c <= 'Z';
      made += static_cast<char>(shaping.upper && is_lower   ? c - 32
                                : shaping.lower && is_upper ? c + 32
                                                            : c);
    }
    if (shaping.digits_only && holds_card_data(text) && !holds_card_data(made)) {
      return wrong(std::string(glued_card));
    }
    text = keep(std::move(made));
  }
  if (shaping.strip_leading != '\0') {
    while (text.size() > 1 && text.front() == shaping.strip_leading) text.remove_prefix(1);
  }
  if (shaping.table == nullptr) return text;
  if (const std::string* const entry = shaping.table->find(text)) return *entry;
  if (shaping.keep_unknown) return text;
  if (shaping.otherwise) return *shaping.otherwise;
  return wrong(in_quotes(text) + " is not in the table \"" + shaping.table->name +
               "\" of the template");
}

bool Evaluation::holds(const Condition& condition) {
  const auto tested = [&]() -> bool {
    if (condition.test == Test::named) {
      const NamedCondition& named = *condition.named;
      return asked_once(answers_.conditions, named.number, named.of_record,
                        [&] { return holds(named.is); });
    }
    if (condition.test == Test::all) {
      return std::ranges::all_of(condition.parts, [&](const auto& part) { return holds(part); });
    }
    if (condition.test == Test::any) {
      return std::ranges::any_of(condition.parts, [&](const auto& part) { return holds(part); });
    }
    const auto found = text(condition.subject);
    if (condition.test == Test::present || !found) {
      return condition.test == Test::present && found.has_value();
    }
    const auto any_of = [&](auto&& fits) { return std::ranges::any_of(condition.texts, fits); };
    switch (condition.test) {
      case Test::equals:
        return any_of([&](const std::string& text) { return text == *found; });
      case Test::starts_with:
        return any_of([&](const std::string& text) { return found->starts_with(text); });
      case Test::ends_with:
        return any_of([&](const std::string& text) { return found->ends_with(text); });
      case Test::contains:
        return any_of(
            [&](const std::string& text) { return found->find(text) != std::string_view::npos; });
      default: {
        const bool before = std::exchange(in_condition_, true);
        const auto value = number(condition.subject);
        in_condition_ = before;
        if (!value) return false;
        const int order = Decimal::compare(*value, condition.number);
        return condition.test == Test::less ? order < 0 : order > 0;
      }
    }
  };
  return tested() != condition.negated;
}

bool Evaluation::surely_holds(const Condition& condition) {
  const std::uint64_t before = times_wrong_;
  return holds(condition) && times_wrong_ == before;
}

}  // namespace storeward::mapping
