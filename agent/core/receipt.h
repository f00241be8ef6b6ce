// Receipts by number: what the agent itself checks of a register's business day. A sale or return
// that carries `sequenceNo` and `registerId` is a receipt; a day close states what they should come
// to. What else a register counts (training, a sign-on, the close itself) has used its number up.
// `register_id` is a register_key() everywhere here. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"

namespace storeward {

struct TenderAmount {
  std::string type;
  std::int64_t minor = 0;  // taken in; negative: paid out
  friend bool operator==(const TenderAmount&, const TenderAmount&) = default;
};

// A number of a register's day that went to something that is no receipt.
inline constexpr std::int64_t highest_used_number = (std::int64_t{1} << 53) - 1;
struct UsedNumber {
  std::string source, register_id, business_date;
  std::int64_t number = 0;  // 1 to highest_used_number
  friend bool operator==(const UsedNumber&, const UsedNumber&) = default;
};

struct ReceiptFacts {
  std::string register_id, business_date;
  std::int64_t number = 0;
  WallTime completed{};
  bool is_receipt = true;  // false: its number was used up, and that is all of it
  bool counts = true;      // false: voided, training: a number, but no money
  bool is_return = false;
  bool is_void = false;          // a retail.sale.voided
  std::int64_t gross_minor = 0;  // of a return negative
  std::string currency;
  std::vector<TenderAmount> tenders;  // by type, sorted
  // Whose it is: the digest of (source, id), the same for all revisions. 0: not known.
  std::uint64_t event = 0;
  std::uint64_t revision = 1;
};

// The receipt that a retail.sale.voided takes back.
struct VoidedReceipt {
  std::string register_id, business_date;
  std::int64_t number = 0;
  WallTime voided{};  // by the clock of the till
  // Named by the event, so that it may come after it. Else it is the event's own number: what
  // stands under it already, if anything does.
  bool named = false;
  std::uint64_t event = 0;  // which voids it, as in ReceiptFacts
};

struct CloseFacts {
  std::string key, register_id, business_date, number;
  WallTime closed{};
  std::uint64_t count = 0;
  std::int64_t gross_minor = 0;
  std::string currency;
  std::vector<TenderAmount> tenders;        // by type, sorted
  std::optional<std::int64_t> first, last;  // receipt numbers, where it says
};

using NumberRange = std::pair<std::int64_t, std::int64_t>;  // both ends are in it

// Numbers missing between the first and the last receipt. Both are sorted. A hole of more than
// longest_hole is no hole: the counter was set anew. Used numbers fill holes and make none, for
// some registers count what is no receipt apart.
inline constexpr std::int64_t longest_hole = 1000;
std::vector<NumberRange> missing_numbers(const std::vector<std::int64_t>& receipts,
                                         const std::vector<std::int64_t>& used = {});

// "17, 20-22"; of very many the first, and how many more there are.
inline constexpr std::size_t most_ranges_in_text = 20;
std::string ranges_text(const std::vector<NumberRange>& ranges);

// What the accepted receipts come to, beside what the close says.
struct CloseComparison {
  std::uint64_t count = 0;
  std::int64_t gross_minor = 0;
  std::vector<TenderAmount> tenders;
  std::vector<NumberRange> missing;
  bool same = true;
  std::string difference;  // in plain words; empty where they are the same
};
// `numbers`: the receipts of this close and what else has used up numbers, sorted by number.
CloseComparison compare(const CloseFacts& close, const std::vector<ReceiptFacts>& numbers);

}  // namespace storeward
