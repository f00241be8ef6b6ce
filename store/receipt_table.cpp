#include "store/receipt_table.h"

#include <algorithm>
#include <chrono>

#include "agent/core/json_text.h"
#include "agent/core/quality_flags.h"

namespace storeward::store {
namespace {

constexpr std::size_t remembered_days = 10'000;

std::int64_t milliseconds(WallTime time) {
  return time.time_since_epoch().count();
}

std::string to_json(const std::vector<TenderAmount>& tenders) {
  std::string json = "{";
  for (const TenderAmount& tender : tenders) {
    if (json.size() > 1) json += ',';
    json_text::append_string(json, tender.type);
    json += ':';
    json_text::append_number(json, tender.minor);
  }
  return json + "}";
}

}  // namespace

ReceiptTable::ReceiptTable(Connection& db)
    : db_(db),
      insert_(
          db,
          "INSERT OR IGNORE INTO receipt(register_id,business_date,number,completed_ms,"
          "accepted_ms,counts,gross_minor,currency,tenders) VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)"),
      replace_used_(db,
                    "UPDATE receipt SET completed_ms=?4,accepted_ms=?5,counts=?6,gross_minor=?7,"
                    "currency=?8,tenders=?9 "
                    "WHERE register_id=?1 AND business_date=?2 AND number=?3 AND counts=2"),
      last_(db,
            "SELECT max(number) FROM receipt WHERE register_id=?1 AND business_date=?2 "
            "AND counts<2"),
      newest_close_(db, "SELECT max(closed_ms) FROM register_close WHERE register_id=?1"),
      touch_(db,
             "INSERT INTO register_day(register_id,business_date,source,touched,kept_ms) "
             "VALUES(?1,?2,?3,?4,?5) ON CONFLICT(register_id,business_date) DO UPDATE SET "
             "touched=?4,kept_ms=?5"),
      close_(db,
             "INSERT OR REPLACE INTO register_close(register_id,closed_ms,close_key,business_date,"
             "close_no,tx_count,gross_minor,currency,tenders,first_no,last_no) "
             "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,"
             "CASE WHEN ?10<0 THEN NULL ELSE ?10 END,CASE WHEN ?11<0 THEN NULL ELSE ?11 END)"),
      oldest_day_(db,
                  "SELECT register_id,business_date FROM register_day WHERE kept_ms<?1 LIMIT 1"),
      drop_receipts_(db, "DELETE FROM receipt WHERE register_id=?1 AND business_date=?2"),
      drop_day_(db, "DELETE FROM register_day WHERE register_id=?1 AND business_date=?2") {
  load();
}

void ReceiptTable::load() {
  days_.clear();
  closes_.clear();
  touched_ =
      static_cast<std::uint64_t>(db_.integer("SELECT coalesce(max(touched),0) FROM register_day"));
}

ReceiptTable::Day& ReceiptTable::day(const Key& key) {
  if (const auto known = days_.find(key); known != days_.end()) return known->second;
  if (days_.size() >= remembered_days) days_.clear();
  Day found;
  Query::Rows rows = last_.rows(key.first, key.second);
  if (rows.next() && !rows.is_null(0)) found.last = rows.integer(0);
  return days_[key] = found;
}

std::int64_t ReceiptTable::newest_close_ms(const std::string& register_id) {
  if (const auto known = closes_.find(register_id); known != closes_.end()) return known->second;
  if (closes_.size() >= remembered_days) closes_.clear();
  std::int64_t newest = 0;
  Query::Rows rows = newest_close_.rows(register_id);
  if (rows.next() && !rows.is_null(0)) newest = rows.integer(0);
  return closes_[register_id] = newest;
}

void ReceiptTable::touch(const Key& key, std::string_view source, std::int64_t kept_ms) {
  touch_.run(key.first, key.second, source, ++touched_, kept_ms);
}

std::vector<std::string_view> ReceiptTable::add(const ReceiptFacts& receipt,
                                                std::string_view source, WallTime accepted,
                                                std::int64_t kept_ms) {
  std::vector<std::string_view> flags;
  const Key key{receipt.register_id, receipt.business_date};
  const std::string tenders = to_json(receipt.tenders);
  const auto write = [&](Query& query) {
    query.run(receipt.register_id, receipt.business_date, receipt.number,
              milliseconds(receipt.completed), milliseconds(accepted), receipt.counts ? 1 : 0,
              receipt.gross_minor, receipt.currency, tenders);
    return db_.changes() > 0;
  };
  Day& known = day(key);
  const bool inserted = write(insert_);
  if (!inserted && !write(replace_used_)) {
    flags.push_back(quality_flags::duplicate_receipt_number);
  } else if (inserted && receipt.number < known.last &&
             known.last - receipt.number <= longest_hole) {
    flags.push_back(quality_flags::out_of_order);
  }
  known.last = std::max(known.last, receipt.number);
  if (milliseconds(receipt.completed) < newest_close_ms(receipt.register_id)) {
    flags.push_back(quality_flags::late_after_close);
  }
  touch(key, source, kept_ms);
  return flags;
}

void ReceiptTable::add(const UsedNumber& used, WallTime accepted, std::int64_t kept_ms) {
  insert_.run(used.register_id, used.business_date, used.number, 0, milliseconds(accepted),
              number_without_receipt, 0, "", "{}");
  // What is known already opens no comparison again.
  if (db_.changes() > 0) touch({used.register_id, used.business_date}, used.source, kept_ms);
}

void ReceiptTable::add(const CloseFacts& close, std::string_view source, std::int64_t kept_ms) {
  close_.run(close.register_id, milliseconds(close.closed), close.key, close.business_date,
             close.number, close.count, close.gross_minor, close.currency, to_json(close.tenders),
             close.first.value_or(-1), close.last.value_or(-1));
  const std::int64_t newest = newest_close_ms(close.register_id);
  closes_[close.register_id] = std::max(newest, milliseconds(close.closed));
  touch({close.register_id, close.business_date}, source, kept_ms);
}

bool ReceiptTable::expire_step(std::int64_t before_kept_ms) {
  std::string register_id, business_date;
  {
    Query::Rows rows = oldest_day_.rows(before_kept_ms);
    if (!rows.next()) return false;
    register_id = rows.text(0);
    business_date = rows.text(1);
  }
  drop_receipts_.run(register_id, business_date);
  drop_day_.run(register_id, business_date);
  days_.erase({register_id, business_date});
  // The newest close of a register stays: the next one begins where it ended.
  Query(db_,
        "DELETE FROM register_close WHERE register_id=?1 AND business_date=?2 AND closed_ms<"
        "(SELECT max(closed_ms) FROM register_close WHERE register_id=?1)")
      .run(register_id, business_date);
  return true;
}

}  // namespace storeward::store
