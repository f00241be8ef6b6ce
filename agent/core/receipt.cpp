#include "agent/core/receipt.h"

#include <algorithm>
#include <map>
#include <span>

#include "agent/core/currency.h"

namespace storeward {
namespace {

std::vector<TenderAmount> summed(const std::vector<ReceiptFacts>& receipts) {
  std::map<std::string, std::int64_t> by_type;
  for (const ReceiptFacts& receipt : receipts) {
    if (!receipt.is_receipt || !receipt.counts) continue;
    for (const TenderAmount& tender : receipt.tenders) by_type[tender.type] += tender.minor;
  }
  std::vector<TenderAmount> tenders;
  tenders.reserve(by_type.size());
  for (const auto& [type, minor] : by_type) tenders.push_back({type, minor});
  return tenders;
}

std::int64_t amount_of(const std::vector<TenderAmount>& tenders, const std::string& type) {
  const auto at = std::ranges::find(tenders, type, &TenderAmount::type);
  return at != tenders.end() ? at->minor : 0;
}

std::vector<NumberRange> holes_between(const std::vector<std::int64_t>& receipts) {
  std::vector<NumberRange> holes;
  for (std::size_t i = 1; i < receipts.size(); ++i) {
    const std::int64_t hole = receipts[i] - receipts[i - 1] - 1;
    if (hole > 0 && hole <= longest_hole) holes.emplace_back(receipts[i - 1] + 1, receipts[i] - 1);
  }
  return holes;
}

void add_holes_beyond(const std::vector<std::int64_t>& receipts, const CloseFacts& close,
                      std::vector<NumberRange>& holes) {
  if (!close.first || !close.last || *close.last < *close.first) return;
  if (receipts.empty()) {
    if (*close.last - *close.first < longest_hole) holes.emplace_back(*close.first, *close.last);
    return;
  }
  if (*close.first < receipts.front() && receipts.front() - *close.first <= longest_hole) {
    holes.insert(holes.begin(), {*close.first, receipts.front() - 1});
  }
  if (*close.last > receipts.back() && *close.last - receipts.back() <= longest_hole) {
    holes.emplace_back(receipts.back() + 1, *close.last);
  }
}

std::vector<NumberRange> without_used(const std::vector<NumberRange>& holes,
                                      const std::vector<std::int64_t>& used) {
  std::vector<NumberRange> missing;
  for (const auto& [first, last] : holes) {
    std::int64_t from = first;
    for (auto at = std::ranges::lower_bound(used, first); at != used.end() && *at <= last; ++at) {
      if (*at > from) missing.emplace_back(from, *at - 1);
      from = *at + 1;
    }
    if (from <= last) missing.emplace_back(from, last);
  }
  return missing;
}

}  // namespace

std::vector<NumberRange> missing_numbers(const std::vector<std::int64_t>& receipts,
                                         const std::vector<std::int64_t>& used) {
  return without_used(holes_between(receipts), used);
}

std::string ranges_text(const std::vector<NumberRange>& ranges) {
  const std::size_t shown = std::min(ranges.size(), most_ranges_in_text);
  std::string text;
  for (const auto& [first, last] : std::span(ranges).first(shown)) {
    if (!text.empty()) text += ", ";
    text += std::to_string(first);
    if (last != first) text += "-" + std::to_string(last);
  }
  if (shown < ranges.size()) text += " and " + std::to_string(ranges.size() - shown) + " more gaps";
  return text;
}

CloseComparison compare(const CloseFacts& close, const std::vector<ReceiptFacts>& numbers) {
  CloseComparison result;
  std::vector<std::int64_t> receipts, used;
  for (const ReceiptFacts& one : numbers) {
    (one.is_receipt ? receipts : used).push_back(one.number);
    if (!one.is_receipt || !one.counts) continue;
    ++result.count;
    result.gross_minor += one.gross_minor;
  }
  result.tenders = summed(numbers);
  std::vector<NumberRange> holes = holes_between(receipts);
  add_holes_beyond(receipts, close, holes);
  std::ranges::sort(used);  // of two days, where the close spans midnight
  result.missing = without_used(holes, used);
  const auto differ = [&result](const std::string& what, const std::string& stated,
                                const std::string& accepted) {
    if (!result.difference.empty()) result.difference += "; ";
    result.difference += what + ": the close says " + stated + ", accepted are " + accepted;
  };
  // Tills differ in which of the voided receipts they count.
  if (close.count < result.count || close.count > receipts.size()) {
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
