// ReceiptTable: the receipts of the last days by register, business day and number, and the day
// closes, updated in the transaction that stores the events. A projection. Store thread.
//
// What stands under a number is for agent/core/receipt_number to say; here it is written and read.
// Invariant: a used number never takes a receipt's place.
//
// What is asked of it while a sale is stored is answered from memory or by its primary key; the
// comparisons are made elsewhere (agent/runtime/register_watch), from what read_register_day gives.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/core/receipt.h"
#include "store/register_day.h"
#include "store/sqlite.h"

namespace storeward::store {

inline constexpr std::int64_t number_without_receipt = 2;  // in the column `counts`

class ReceiptTable {
 public:
  explicit ReceiptTable(Connection& db);

  void load();  // forgets what was remembered; after a rollback

  struct Added {
    std::vector<std::string_view> flags;    // quality flags that the receipt earns
    std::optional<ReceiptFacts> corrected;  // what an earlier revision of the same event came to
    bool counts = true;                     // false: voided, or a later revision is known
  };

  // Within a transaction.
  Added add(const ReceiptFacts& receipt, std::string_view source, WallTime accepted,
            std::int64_t kept_ms);
  // What it takes back, where that is here and not voided yet.
  std::optional<ReceiptFacts> add(const VoidedReceipt& voided, std::string_view source,
                                  std::int64_t kept_ms);
  void add(const UsedNumber& used, WallTime accepted, std::int64_t kept_ms);
  void add(const CloseFacts& close, std::string_view source, std::int64_t kept_ms);

  // Takes away one register's day that nothing has changed since; false: there is none.
  bool expire_step(std::int64_t before_kept_ms);

 private:
  struct Day {
    std::int64_t last = 0;          // receipt number; 0: none yet
    std::set<std::int64_t> voided;  // receipt numbers; of most days none
  };
  using Key = std::pair<std::string, std::string>;  // register, business day

  std::optional<ReceiptFacts> known(const Key& key, std::int64_t number);
  Day& day(const Key& key);
  std::optional<std::int64_t>& newest_close_ms(const std::string& register_id);
  void touch(const Key& key, std::string_view source, std::int64_t kept_ms);

  Connection& db_;
  std::map<Key, Day> days_;                                    // at most remembered_days
  std::map<std::string, std::optional<std::int64_t>> closes_;  // newest closed_ms by register
  std::uint64_t touched_ = 0;
  Query insert_, replace_, known_, last_, voided_, void_, newest_close_, touch_, close_,
      oldest_day_, drop_receipts_, drop_voided_, drop_day_;
};

}  // namespace storeward::store
