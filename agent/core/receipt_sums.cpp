#include "agent/core/receipt_sums.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

#include "agent/core/mapping/decimal.h"

namespace storeward {
namespace {

constexpr std::string_view completed_return = "retail.return.completed.v1";
constexpr std::string_view voided_sale = "retail.sale.voided.v1";

bool is_receipt(std::string_view type) {
  return type == "retail.sale.completed.v1" || type == voided_sale || type == completed_return;
}

// Minor units of one currency. Absent amounts are 0; `known` is false once a sum cannot be formed.
struct Sum {
  std::int64_t minor = 0;
  bool known = true;

  void add(std::int64_t amount) { known = known && !__builtin_add_overflow(minor, amount, &minor); }
};

std::optional<std::int64_t> minor_of(const JsonTree& tree, const JsonNode* money,
                                     std::string_view currency) {
  if (money == nullptr) return 0;
  const JsonNode* amount = tree.member(*money, "amountMinor");
  if (amount == nullptr || amount->kind != JsonKind::integer) return std::nullopt;
  if (tree.text(*money, "currency") != currency) return std::nullopt;
  return amount->integer;
}

bool is_true(const JsonNode* node) {
  return node != nullptr && node->kind == JsonKind::boolean && node->boolean;
}

// Some write discounts and returned goods within a sale as positive, to be subtracted.
bool may_count_negative(std::string_view kind, bool is_sale) {
  return kind == "discount" || (kind == "return" && is_sale);
}

struct LineSums {
  Sum as_written, subtracted;
  Sum discounts, roundings;  // of the lines of these kinds, as written
};

// None where there is no telling: no line at all, one in another currency, or with discounts of its
// own; a voided sale, of which a line may be marked as voided because all of it is.
std::optional<LineSums> sums_of(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  const JsonNode& lines = *tree.member(data, "lines");
  if (lines.count == 0) return std::nullopt;
  LineSums sums;
  for (const JsonNode& line : tree.children(lines)) {
    if (tree.member(line, "discounts") != nullptr) return std::nullopt;
    if (is_true(tree.member(line, "voided"))) {
      if (type == voided_sale) return std::nullopt;
      continue;
    }
    const auto extended =
        minor_of(tree, tree.member(line, "extended"), tree.text(data, "currency"));
    if (!extended) return std::nullopt;
    const std::string_view kind = tree.text(line, "kind");
    const bool negative = may_count_negative(kind, type != completed_return) && *extended > 0;
    sums.as_written.add(negative && kind == "return" ? -*extended : *extended);
    sums.subtracted.add(negative ? -*extended : *extended);
    if (kind == "discount") sums.discounts.add(*extended);
    if (kind == "rounding") sums.roundings.add(*extended);
  }
  return sums;
}

// What the total says of discounts or rounding and the lines do not hold already.
std::int64_t beside_lines(std::int64_t stated, const Sum& in_lines) {
  const bool held = in_lines.known && std::abs(in_lines.minor) == std::abs(stated);
  return held ? 0 : stated;
}

// Whether `sum` is `gross` once each of `parts` is added, taken off or left.
bool reaches(const Sum& sum, std::int64_t gross, std::span<const std::int64_t> parts) {
  if (!sum.known) return false;
  if (parts.empty()) return sum.minor == gross;
  for (const std::int64_t part : {std::int64_t{0}, parts.front(), -parts.front()}) {
    Sum next = sum;
    next.add(part);
    if (reaches(next, gross, parts.subspan(1))) return true;
  }
  return false;
}

__extension__ using Int128 = __int128;

// A tax, and what `rate` thousandths of a percent make of the amount it is on.
struct Taxed {
  std::int64_t amount, tax, rate;
  static constexpr std::int64_t whole = 100'000;

  // What the rate makes, less the tax as so many parts: exact, in units of 1/parts.
  Int128 left(std::int64_t parts) const { return Int128{amount} * rate - Int128{tax} * parts; }
  // To one and a half minor units, as rounding by line may do, and half a unit more for each
  // further piece, where each is rounded by itself.
  bool is_near(std::int64_t parts, std::int64_t pieces) const {
    return 2 * (left(parts) < 0 ? -left(parts) : left(parts)) <= (Int128{pieces} + 2) * parts;
  }
  // The amount holds the tax, or the tax is added to it.
  bool fits(std::int64_t pieces) const {
    return is_near(whole + rate, pieces) || is_near(whole, pieces);
  }
  bool is_no_more() const { return left(whole) >= 0; }
};

// How many pieces a line is about, 1 where it is weighed.
std::int64_t pieces_of(const JsonTree& tree, const JsonNode& line) {
  const auto value = Decimal::parse(tree.text(*tree.member(line, "quantity"), "value"));
  bool exact = true;
  const auto pieces = value ? value->absolute().scaled(0, exact) : std::nullopt;
  return exact ? std::max<std::int64_t>(1, pieces.value_or(1)) : 1;
}

// A discount that the tax of a line knows of and its amount may not: on the line, or on the whole
// receipt.
bool has_discount(const JsonTree& tree, const JsonNode& data, const JsonNode& line) {
  if (tree.member(line, "discounts") != nullptr) return true;
  const std::string_view currency = tree.text(data, "currency");
  const JsonNode& totals = *tree.member(data, "totals");
  if (minor_of(tree, tree.member(totals, "discount"), currency) != 0) return true;
  return std::ranges::any_of(tree.children(*tree.member(data, "lines")), [&](const JsonNode& one) {
    return tree.text(one, "kind") == "discount";
  });
}

// Of one line. A rate of at most 1 may be a share or a percentage: there is no telling.
bool rates_fit(const JsonTree& tree, const JsonNode& data, const JsonNode& line,
               const JsonNode& taxes) {
  if (taxes.count != 1) return true;
  const std::string_view currency = tree.text(data, "currency");
  const JsonNode& tax = tree.children(taxes).front();
  const JsonNode* const part = tree.member(tax, "taxable");  // where not all of it is taxed
  const auto on = minor_of(tree, part != nullptr ? part : tree.member(line, "extended"), currency);
  const auto amount = minor_of(tree, tree.member(tax, "amount"), currency);
  const auto rate = Decimal::parse(tree.text(tax, "rate"));
  if (!on || !amount || !rate || tree.member(tax, "amount") == nullptr) return true;
  if (Decimal::compare(*rate, Decimal::whole(1)) <= 0) return true;
  bool exact = true;
  const auto thousandths = rate->scaled(3, exact);
  if (!thousandths) return true;
  // Of what is taken back some write the tax as positive: the sums tell.
  const Taxed taxed{std::abs(*on), std::abs(*amount), *thousandths};
  if (taxed.fits(pieces_of(tree, line))) return true;
  return part == nullptr && taxed.is_no_more() && has_discount(tree, data, line);
}

}  // namespace

bool totals_agree(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  if (!is_receipt(type)) return true;
  const std::string_view currency = tree.text(data, "currency");
  const JsonNode& totals = *tree.member(data, "totals");
  std::array<std::int64_t, 4> parts{};
  constexpr std::array<std::string_view, 4> names = {"tax", "discount", "rounding", "tip"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto amount = minor_of(tree, tree.member(totals, names[i]), currency);
    if (!amount) return true;
    parts[i] = *amount;
  }
  const auto gross = minor_of(tree, tree.member(totals, "gross"), currency);
  const auto lines = sums_of(tree, data, type);
  if (!gross || !lines) return true;
  const auto [tax, discount, rounding, tip] = parts;
  if (const JsonNode* net = tree.member(totals, "net")) {
    const auto amount = minor_of(tree, net, currency);
    const std::array<std::int64_t, 3> beside = {discount, rounding, tip};
    Sum with_tax;
    with_tax.add(amount.value_or(0));
    with_tax.add(tax);
    if (amount && !reaches(with_tax, *gross, beside)) return false;
  }
  const std::array<std::int64_t, 4> rest = {tax, beside_lines(discount, lines->discounts),
                                            beside_lines(rounding, lines->roundings), tip};
  return reaches(lines->as_written, *gross, rest) || reaches(lines->subtracted, *gross, rest);
}

bool tenders_agree(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  const JsonNode* const payments = tree.member(data, "payments");
  if (!is_receipt(type) || payments == nullptr || payments->count == 0) return true;
  const std::string_view currency = tree.text(data, "currency");
  const bool is_return = type == completed_return;
  Sum paid;
  for (const JsonNode& payment : tree.children(*payments)) {
    const auto amount = minor_of(tree, tree.member(payment, "amount"), currency);
    if (!amount) return true;  // in another currency: there is no telling
    const std::string_view direction = tree.text(payment, "direction");
    // In a return what is paid out is what it comes to.
    const bool minus = is_return ? direction == "in" : direction == "out";
    paid.add(minus ? -*amount : *amount);
  }
  const JsonNode& totals = *tree.member(data, "totals");
  const auto gross = minor_of(tree, tree.member(totals, "gross"), currency);
  const auto rounding = minor_of(tree, tree.member(totals, "rounding"), currency);
  const auto tip = minor_of(tree, tree.member(totals, "tip"), currency);
  if (!gross || !rounding || !tip) return true;
  const std::array<std::int64_t, 2> parts = {*rounding, *tip};
  if (reaches(paid, *gross, parts)) return true;
  // Of a voided sale some say how it was given back, or that and how it had been paid.
  return type == voided_sale && ((paid.known && paid.minor == 0) || reaches(paid, -*gross, parts));
}

bool taxes_agree(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  if (!is_receipt(type)) return true;
  const std::string_view currency = tree.text(data, "currency");
  const bool is_sale = type != completed_return;
  Sum as_written, subtracted;
  bool each_says = true;
  for (const JsonNode& line : tree.children(*tree.member(data, "lines"))) {
    if (is_true(tree.member(line, "voided"))) continue;
    const JsonNode* const taxes = tree.member(line, "taxes");
    if (taxes == nullptr) {
      each_says = false;
      continue;
    }
    if (!rates_fit(tree, data, line, *taxes)) return false;
    const auto extended = minor_of(tree, tree.member(line, "extended"), currency);
    const bool negative =
        may_count_negative(tree.text(line, "kind"), is_sale) || extended.value_or(0) < 0;
    for (const JsonNode& tax : tree.children(*taxes)) {
      const auto amount = minor_of(tree, tree.member(tax, "amount"), currency);
      each_says = each_says && amount && tree.member(tax, "amount") != nullptr;
      as_written.add(amount.value_or(0));
      subtracted.add(negative ? -std::abs(amount.value_or(0)) : amount.value_or(0));
    }
  }
  const JsonNode* const stated = tree.member(*tree.member(data, "totals"), "tax");
  const auto total = minor_of(tree, stated, currency);
  if (stated == nullptr || !total || !each_says) return true;
  // Rounded by line or on the whole: a unit a line may be between the two.
  const auto lines = static_cast<std::int64_t>(tree.member(data, "lines")->count);
  return std::ranges::any_of(std::array{as_written, subtracted}, [&](const Sum& sum) {
    return !sum.known || std::abs(sum.minor - *total) <= lines;
  });
}

bool line_numbers_differ(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  if (!is_receipt(type)) return true;
  const JsonNode& lines = *tree.member(data, "lines");
  std::vector<std::int64_t> numbers;
  numbers.reserve(lines.count);
  for (const JsonNode& line : tree.children(lines)) {
    const JsonNode* const number = tree.member(line, "lineNo");
    if (number->kind != JsonKind::integer || is_true(tree.member(line, "voided"))) continue;
    numbers.push_back(number->integer);
  }
  std::ranges::sort(numbers);
  return std::ranges::adjacent_find(numbers) == numbers.end();
}

}  // namespace storeward
