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

struct AcceptedReceipt {
  ReceiptFacts facts;
  WallTime accepted{};
};

// A close with the receipts that it covers: those of the numbers it names, or else those completed
// after the close before it and not after it.
struct CoveredClose {
  CloseFacts close;
  std::vector<ReceiptFacts> receipts;
};

struct RegisterDayBook {
  std::vector<AcceptedReceipt> receipts;  // by number; at most most_receipts
  std::vector<CoveredClose> closes;       // of that business day
};

inline constexpr std::size_t most_receipts = 50'000;

std::vector<RegisterDay> read_register_days(Connection& db, std::uint64_t after_touched,
                                            std::size_t limit);
RegisterDayBook read_register_day(Connection& db, const RegisterDay& day);

}  // namespace storeward::store
