// What the store knows of one register's business day: for the reader and the checks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/receipt.h"

namespace storeward::store {

class Connection;

struct RegisterDay {
  std::string register_id, business_date, source;
  std::uint64_t touched = 0;  // grows with every change of any day
};

struct AcceptedNumber {  // of a receipt, or used up otherwise
  ReceiptFacts facts;
  WallTime accepted{};
};

// A close with the receipts that it covers: those of the numbers it names, or else those completed
// after the close before it and not after it. Used numbers have no time: with the latter stand all
// of these days.
struct CoveredClose {
  CloseFacts close;
  std::vector<ReceiptFacts> numbers;
};

struct RegisterDayBook {
  std::vector<AcceptedNumber> numbers;  // sorted; at most most_numbers
  std::vector<CoveredClose> closes;     // of that business day
};

inline constexpr std::size_t most_numbers = 50'000;

std::vector<RegisterDay> read_register_days(Connection& db, std::uint64_t after_touched,
                                            std::size_t limit);
RegisterDayBook read_register_day(Connection& db, const RegisterDay& day);

}  // namespace storeward::store
