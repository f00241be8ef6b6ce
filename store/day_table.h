// DayTable: sales, returns and gross per business day, register and currency, updated in the
// transaction that stores the events. A projection: it can be rebuilt from them. Store thread.
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "agent/core/event.h"
#include "agent/core/receipt.h"
#include "store/outbox.h"
#include "store/sqlite.h"

namespace storeward::store {

inline constexpr std::size_t shown_days = 31;

class DayTable {
 public:
  explicit DayTable(Connection& db);

  void load();
  void add(const DayDelta& delta);
  void take_back(const ReceiptFacts& corrected);  // what an earlier revision had added
  void write();                                   // what add() gathered, within the transaction
  void prune(std::size_t rows);                   // keeps about this many of the newest
  std::vector<DayTotals> newest() const;          // of the newest 31 business days, newest first

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  // date, register, currency

  DayTotals& pending(const std::string& business_date, const std::string& register_id,
                     const std::string& currency);
  void show(const Key& key, const DayTotals& delta);

  Connection& db_;
  std::set<std::string> dates_;       // in recent_
  std::map<Key, DayTotals> pending_;  // deltas of this transaction
  std::map<Key, DayTotals> recent_;   // totals of the newest days
  Query upsert_;
};

}  // namespace storeward::store
