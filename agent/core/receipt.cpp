#include "agent/core/receipt.h"

#include <algorithm>
#include <map>

#include "agent/core/currency.h"

namespace storeward {
namespace {

std::vector<TenderAmount> summed(const std::vector<ReceiptFacts>& receipts) {
  std::map<std::string, std::int64_t> by_type;
  for (const ReceiptFacts& receipt : receipts) {
    if (!receipt.counts) continue;
    for (const TenderAmount& tender : receipt.tenders) by_type[tender.type] += tender.minor;
  }
  std::vector<TenderAmount> tenders;
  for (const auto& [type, minor] : by_type) tenders.push_back({type, minor});
  return tenders;
}

std::int64_t amount_of(const std::vector<TenderAmount>& tenders, const std::string& type) {
  const auto at = std::ranges::find(tenders, type, &TenderAmount::type);
  return at != tenders.end() ? at->minor : 0;
}

void add_numbers_beyond(const std::vector<std::int64_t>& numbers, const CloseFacts& close,
                        std::vector<NumberRange>& missing) {
  if (!close.first || !close.last || *close.last < *close.first) return;
  if (numbers.empty()) {
    if (*close.last - *close.first < longest_hole) missing.emplace_back(*close.first, *close.last);
    return;
  }
  if (*close.first < numbers.front() && numbers.front() - *close.first <= longest_hole) {
    missing.insert(missing.begin(), {*close.first, numbers.front() - 1});
  }
  if (*close.last > numbers.back() && *close.last - numbers.back() <= longest_hole) {
    missing.emplace_back(numbers.back() + 1, *close.last);
  }
}

}  // namespace

std::vector<NumberRange> missing_numbers(const std::vector<std::int64_t>& numbers) {
  std::vector<NumberRange> missing;
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    const std::int64_t hole = numbers[i] - numbers[i - 1] - 1;
    if (hole > 0 && hole <= longest_hole) missing.emplace_back(numbers[i - 1] + 1, numbers[i] - 1);
  }
  return missing;
}

std::string ranges_text(const std::vector<NumberRange>& ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    if (!text.empty()) text += ", ";
    text += std::to_string(first);
    if (last != first) text += "-" + std::to_string(last);
  }
  return text;
}

CloseComparison compare(const CloseFacts& close, const std::vector<ReceiptFacts>& receipts) {
  CloseComparison result;
  std::vector<std::int64_t> numbers;
  for (const ReceiptFacts& receipt : receipts) {
    numbers.push_back(receipt.number);
    if (!receipt.counts) continue;
    ++result.count;
    result.gross_minor += receipt.gross_minor;
  }
  result.tenders = summed(receipts);
  result.missing = missing_numbers(numbers);
  add_numbers_beyond(numbers, close, result.missing);
  const auto differ = [&result](const std::string& what, const std::string& stated,
                                const std::string& accepted) {
    if (!result.difference.empty()) result.difference += "; ";
    result.difference += what + ": the close says " + stated + ", accepted are " + accepted;
  };
  // Some tills count voided receipts too.
  if (close.count != result.count && close.count != receipts.size()) {
    differ("receipts", std::to_string(close.count), std::to_string(result.count));
  }
  const auto money = [&close](std::int64_t minor) {
    return amount_text(minor, close.currency) + " " + close.currency;
  };
  if (close.gross_minor != result.gross_minor) {
    differ("gross", money(close.gross_minor), money(result.gross_minor));
  }
  // A till whose receipts carry no payments has none to compare.
  for (const TenderAmount& stated : result.tenders.empty() ? result.tenders : close.tenders) {
    const std::int64_t accepted = amount_of(result.tenders, stated.type);
    if (accepted != stated.minor) differ(stated.type, money(stated.minor), money(accepted));
  }
  for (const TenderAmount& accepted : result.tenders) {
    const bool stated =
        std::ranges::find(close.tenders, accepted.type, &TenderAmount::type) != close.tenders.end();
    if (!stated && accepted.minor != 0) differ(accepted.type, money(0), money(accepted.minor));
  }
  if (!result.missing.empty()) {
    if (!result.difference.empty()) result.difference += "; ";
    result.difference += "missing receipts: " + ranges_text(result.missing);
  }
  result.same = result.difference.empty();
  return result;
}

}  // namespace storeward
