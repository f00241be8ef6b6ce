#include "agent/core/receipt_sums.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <span>

#include "agent/core/mapping/decimal.h"

namespace storeward {
namespace {

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
};

// None where there is no telling: no line at all, one in another currency, or with discounts of its
// own.
std::optional<LineSums> sums_of(const JsonTree& tree, const JsonNode& lines,
                                std::string_view currency, bool is_sale) {
  if (lines.count == 0) return std::nullopt;
  LineSums sums;
  for (const JsonNode& line : tree.children(lines)) {
    if (tree.member(line, "discounts") != nullptr) return std::nullopt;
    if (is_true(tree.member(line, "voided"))) continue;
    const auto extended = minor_of(tree, tree.member(line, "extended"), currency);
    if (!extended) return std::nullopt;
    const bool negative = may_count_negative(tree.text(line, "kind"), is_sale) && *extended > 0;
    sums.as_written.add(*extended);
    sums.subtracted.add(negative ? -*extended : *extended);
  }
  return sums;
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

bool is_receipt(std::string_view type) {
  return type == "retail.sale.completed.v1" || type == "retail.sale.voided.v1" ||
         type == "retail.return.completed.v1";
}

// Whether `tax` is what `rate` thousandths of a percent make of an amount that holds the tax, or to
// which it is added: to one and a half minor units, as rounding by line and by unit may do.
bool fits_rate(std::int64_t amount, std::int64_t tax, std::int64_t rate) {
  __extension__ using Int128 = __int128;
  constexpr std::int64_t whole = 100'000;
  const auto near = [](Int128 difference, std::int64_t unit) {
    return 2 * (difference < 0 ? -difference : difference) <= Int128{3} * unit;
  };
  const Int128 share = Int128{amount} * rate;
  return near(share - Int128{tax} * (whole + rate), whole + rate) ||
         near(share - Int128{tax} * whole, whole);
}

// Of one line. A rate of at most 1 may be a share or a percentage: there is no telling.
bool rates_fit(const JsonTree& tree, const JsonNode& line, const JsonNode& taxes,
               std::string_view currency) {
  const auto extended = minor_of(tree, tree.member(line, "extended"), currency);
  if (!extended || taxes.count != 1) return true;
  const JsonNode& tax = tree.children(taxes).front();
  const auto amount = minor_of(tree, tree.member(tax, "amount"), currency);
  const auto rate = Decimal::parse(tree.text(tax, "rate"));
  if (!amount || !rate || tree.member(tax, "amount") == nullptr) return true;
  if (Decimal::compare(*rate, Decimal::whole(1)) <= 0) return true;
  bool exact = true;
  const auto thousandths = rate->scaled(3, exact);
  return !thousandths || fits_rate(*extended, *amount, *thousandths);
}

}  // namespace

bool totals_agree(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  if (!is_receipt(type)) return true;
  const bool is_sale = type != "retail.return.completed.v1";
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
  const auto lines = sums_of(tree, *tree.member(data, "lines"), currency, is_sale);
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
  return reaches(lines->as_written, *gross, parts) || reaches(lines->subtracted, *gross, parts);
}

bool tenders_agree(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  const JsonNode* const payments = tree.member(data, "payments");
  if (!is_receipt(type) || payments == nullptr || payments->count == 0) return true;
  const std::string_view currency = tree.text(data, "currency");
  const bool is_return = type == "retail.return.completed.v1";
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
  return reaches(paid, *gross, parts);
}

bool taxes_agree(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  if (!is_receipt(type)) return true;
  const std::string_view currency = tree.text(data, "currency");
  const bool is_sale = type != "retail.return.completed.v1";
  LineSums sums;
  bool each_says = true;
  for (const JsonNode& line : tree.children(*tree.member(data, "lines"))) {
    if (is_true(tree.member(line, "voided"))) continue;
    const JsonNode* const taxes = tree.member(line, "taxes");
    if (taxes == nullptr) {
      each_says = false;
      continue;
    }
    if (!rates_fit(tree, line, *taxes, currency)) return false;
    const bool negative = may_count_negative(tree.text(line, "kind"), is_sale);
    for (const JsonNode& tax : tree.children(*taxes)) {
      const auto amount = minor_of(tree, tree.member(tax, "amount"), currency);
      each_says = each_says && amount && tree.member(tax, "amount") != nullptr;
      sums.as_written.add(amount.value_or(0));
      sums.subtracted.add(negative ? -std::abs(amount.value_or(0)) : amount.value_or(0));
    }
  }
  const JsonNode* const stated = tree.member(*tree.member(data, "totals"), "tax");
  const auto total = minor_of(tree, stated, currency);
  if (stated == nullptr || !total || !each_says) return true;
  // Rounded by line or on the whole: a unit a line may be between the two.
  const auto lines = static_cast<std::int64_t>(tree.member(data, "lines")->count);
  return std::ranges::any_of(std::array{sums.as_written, sums.subtracted}, [&](const Sum& sum) {
    return !sum.known || std::abs(sum.minor - *total) <= lines;
  });
}

}  // namespace storeward
