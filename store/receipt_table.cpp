#include "store/receipt_table.h"

#include <algorithm>
#include <chrono>

#include "agent/core/json_text.h"
#include "agent/core/quality_flags.h"
#include "agent/core/receipt_number.h"

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
      insert_(db,
              "INSERT OR IGNORE INTO receipt(register_id,business_date,number,completed_ms,"
              "accepted_ms,counts,gross_minor,currency,tenders,event,revision,is_return) "
              "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)"),
      replace_(db,
               "UPDATE receipt SET completed_ms=?4,accepted_ms=?5,counts=?6,gross_minor=?7,"
               "currency=?8,tenders=?9,event=?10,revision=?11,is_return=?12 "
               "WHERE register_id=?1 AND business_date=?2 AND number=?3"),
      known_(db,
             "SELECT counts,gross_minor,currency,event,revision,is_return FROM receipt "
             "WHERE register_id=?1 AND business_date=?2 AND number=?3"),
      last_(db,
            "SELECT max(number) FROM receipt WHERE register_id=?1 AND business_date=?2 "
            "AND counts<2"),
      voided_(db, "SELECT number FROM voided_receipt WHERE register_id=?1 AND business_date=?2"),
      void_(db,
            "INSERT INTO voided_receipt(register_id,business_date,number,voided_ms) "
            "VALUES(?1,?2,?3,?4)"),
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
      drop_voided_(db, "DELETE FROM voided_receipt WHERE register_id=?1 AND business_date=?2"),
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
  {
    Query::Rows rows = last_.rows(key.first, key.second);
    if (rows.next() && !rows.is_null(0)) found.last = rows.integer(0);
  }
  for (Query::Rows rows = voided_.rows(key.first, key.second); rows.next();) {
    found.voided.insert(rows.integer(0));
  }
  return days_[key] = std::move(found);
}

std::optional<std::int64_t>& ReceiptTable::newest_close_ms(const std::string& register_id) {
  if (const auto known = closes_.find(register_id); known != closes_.end()) return known->second;
  if (closes_.size() >= remembered_days) closes_.clear();
  std::optional<std::int64_t> newest;
  Query::Rows rows = newest_close_.rows(register_id);
  if (rows.next() && !rows.is_null(0)) newest = rows.integer(0);
  return closes_[register_id] = newest;
}

void ReceiptTable::touch(const Key& key, std::string_view source, std::int64_t kept_ms) {
  touch_.run(key.first, key.second, source, ++touched_, kept_ms);
}

// What stands under a number.
std::optional<ReceiptFacts> ReceiptTable::known(const Key& key, std::int64_t number) {
  Query::Rows rows = known_.rows(key.first, key.second, number);
  if (!rows.next()) return std::nullopt;
  ReceiptFacts facts{.register_id = key.first, .business_date = key.second, .number = number};
  facts.is_receipt = rows.integer(0) != number_without_receipt;
  facts.counts = rows.integer(0) == 1;
  facts.gross_minor = rows.integer(1);
  facts.currency = rows.text(2);
  facts.event = static_cast<std::uint64_t>(rows.integer(3));
  facts.revision = static_cast<std::uint64_t>(rows.integer(4));
  facts.is_return = rows.integer(5) != 0;
  return facts;
}

ReceiptTable::Added ReceiptTable::add(const ReceiptFacts& receipt, std::string_view source,
                                      WallTime accepted, std::int64_t kept_ms) {
  Added added;
  const Key key{receipt.register_id, receipt.business_date};
  const std::string tenders = to_json(receipt.tenders);
  const auto write = [&](Query& query) {
    query.run(receipt.register_id, receipt.business_date, receipt.number,
              milliseconds(receipt.completed), milliseconds(accepted), receipt.counts ? 1 : 0,
              receipt.gross_minor, receipt.currency, tenders, receipt.event, receipt.revision,
              receipt.is_return ? 1 : 0);
    return db_.changes() > 0;
  };
  Day& known_day = day(key);
  const bool fresh = write(insert_);
  PlacedReceipt placed = place({fresh ? std::nullopt : known(key, receipt.number),
                                known_day.voided.contains(receipt.number)},
                               receipt);
  if (placed.stands && !fresh) write(replace_);
  added.counts = placed.counts;
  added.corrected = std::move(placed.corrected);
  if (fresh && receipt.number < known_day.last && known_day.last - receipt.number <= longest_hole) {
    added.flags.push_back(quality_flags::out_of_order);
  }
  if (placed.repeated) added.flags.push_back(quality_flags::duplicate_receipt_number);
  known_day.last = std::max(known_day.last, receipt.number);
  const auto& newest_close = newest_close_ms(receipt.register_id);
  if (newest_close && milliseconds(receipt.completed) < *newest_close) {
    added.flags.push_back(quality_flags::late_after_close);
  }
  touch(key, source, kept_ms);
  return added;
}

std::optional<ReceiptFacts> ReceiptTable::add(const VoidedReceipt& voided, std::string_view source,
                                              std::int64_t kept_ms) {
  const Key key{voided.register_id, voided.business_date};
  std::set<std::int64_t>& known_voided = day(key).voided;
  PlacedVoid placed =
      place({known(key, voided.number), known_voided.contains(voided.number)}, voided);
  if (!placed.voids) return std::nullopt;
  known_voided.insert(voided.number);
  void_.run(key.first, key.second, voided.number, milliseconds(voided.voided));
  touch(key, source, kept_ms);
  return std::move(placed.taken_back);
}

void ReceiptTable::add(const UsedNumber& used, WallTime accepted, std::int64_t kept_ms) {
  insert_.run(used.register_id, used.business_date, used.number, 0, milliseconds(accepted),
              number_without_receipt, 0, "", "{}", 0, 1, 0);
  // What is known already opens no comparison again.
  if (db_.changes() > 0) touch({used.register_id, used.business_date}, used.source, kept_ms);
}

void ReceiptTable::add(const CloseFacts& close, std::string_view source, std::int64_t kept_ms) {
  close_.run(close.register_id, milliseconds(close.closed), close.key, close.business_date,
             close.number, close.count, close.gross_minor, close.currency, to_json(close.tenders),
             close.first.value_or(-1), close.last.value_or(-1));
  // An empty one is less than any.
  auto& newest = newest_close_ms(close.register_id);
  newest = std::max(newest, std::optional(milliseconds(close.closed)));
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
  drop_voided_.run(register_id, business_date);
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
