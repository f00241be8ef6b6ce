#include "store/register_day.h"

#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

#include "store/receipt_table.h"
#include "store/sqlite.h"

namespace storeward::store {
namespace {

// A receipt that was voided after a close counts in it.
constexpr std::string_view receipts_counted_until =
    "SELECT number,completed_ms,accepted_ms,"
    "CASE WHEN counts=1 AND voided_ms<=?1 THEN 0 ELSE counts END,"
    "gross_minor,currency,tenders,business_date "
    "FROM receipt LEFT JOIN voided_receipt USING(register_id,business_date,number) WHERE ";

std::vector<TenderAmount> tenders_in(std::string_view json) {
  std::vector<TenderAmount> tenders;
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) return tenders;
  for (const auto& [type, minor] : document.items()) {
    if (minor.is_number_integer()) tenders.push_back({type, minor.get<std::int64_t>()});
  }
  return tenders;
}

AcceptedNumber number_in(const Query::Rows& rows, const std::string& register_id) {
  AcceptedNumber receipt;
  receipt.facts.register_id = register_id;
  receipt.facts.number = rows.integer(0);
  receipt.facts.completed = WallTime(Millis(rows.integer(1)));
  receipt.accepted = WallTime(Millis(rows.integer(2)));
  receipt.facts.is_receipt = rows.integer(3) != number_without_receipt;
  receipt.facts.counts = rows.integer(3) == 1;
  receipt.facts.gross_minor = rows.integer(4);
  receipt.facts.currency = rows.text(5);
  receipt.facts.tenders = tenders_in(rows.blob(6));
  receipt.facts.business_date = rows.text(7);
  return receipt;
}

CloseFacts close_in(const Query::Rows& rows, const RegisterDay& day) {
  CloseFacts close;
  close.register_id = day.register_id;
  close.business_date = day.business_date;
  close.closed = WallTime(Millis(rows.integer(0)));
  close.key = rows.text(1);
  close.number = rows.text(2);
  close.count = static_cast<std::uint64_t>(rows.integer(3));
  close.gross_minor = rows.integer(4);
  close.currency = rows.text(5);
  close.tenders = tenders_in(rows.blob(6));
  if (!rows.is_null(7)) close.first = rows.integer(7);
  if (!rows.is_null(8)) close.last = rows.integer(8);
  return close;
}

constexpr std::int64_t ever_since = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t ever = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> close_before(Connection& db, const CloseFacts& close) {
  Query query(db,
              "SELECT max(closed_ms) FROM register_close WHERE register_id=?1 AND closed_ms<?2");
  const std::int64_t closed = close.closed.time_since_epoch().count();
  Query::Rows rows = query.rows(close.register_id, closed);
  if (!rows.next() || rows.is_null(0)) return std::nullopt;
  return rows.integer(0);
}

// A close may span midnight, so the day before counts as well where only times tell.
std::vector<ReceiptFacts> covered(Connection& db, const CloseFacts& close) {
  std::vector<ReceiptFacts> numbers;
  const bool by_number = close.first && close.last && *close.first <= *close.last;
  const auto before = by_number ? std::nullopt : close_before(db, close);
  Query query(db, std::string(receipts_counted_until) + "register_id=?2 AND business_date" +
                      (before ? " BETWEEN date(?3,'-1 day') AND ?3" : "=?3") +
                      (by_number ? " AND number BETWEEN ?4 AND ?5"
                                 : " AND (counts=2 OR completed_ms>?4 AND completed_ms<=?5)") +
                      " ORDER BY business_date,number LIMIT 50000");
  const std::int64_t low = by_number ? *close.first : before.value_or(ever_since);
  const std::int64_t closed = close.closed.time_since_epoch().count();
  const std::int64_t high = by_number ? *close.last : closed;
  for (Query::Rows rows = query.rows(closed, close.register_id, close.business_date, low, high);
       rows.next();) {
    numbers.push_back(number_in(rows, close.register_id).facts);
  }
  return numbers;
}

}  // namespace

std::vector<RegisterDay> read_register_days(Connection& db, std::uint64_t after_touched,
                                            std::size_t limit) {
  std::vector<RegisterDay> days;
  Query query(db,
              "SELECT register_id,business_date,source,touched FROM register_day "
              "WHERE touched>?1 ORDER BY touched LIMIT ?2");
  for (Query::Rows rows = query.rows(after_touched, std::uint64_t{limit}); rows.next();) {
    days.push_back(
        {rows.text(0), rows.text(1), rows.text(2), static_cast<std::uint64_t>(rows.integer(3))});
  }
  return days;
}

RegisterDayBook read_register_day(Connection& db, const RegisterDay& day) {
  RegisterDayBook book;
  Query numbers(db, std::string(receipts_counted_until) +
                        "register_id=?2 AND business_date=?3 ORDER BY number LIMIT ?4");
  for (Query::Rows rows =
           numbers.rows(ever, day.register_id, day.business_date, std::uint64_t{most_numbers});
       rows.next();) {
    book.numbers.push_back(number_in(rows, day.register_id));
  }
  Query closes(db,
               "SELECT closed_ms,close_key,close_no,tx_count,gross_minor,currency,tenders,first_no,"
               "last_no FROM register_close WHERE register_id=?1 AND business_date=?2 "
               "ORDER BY closed_ms LIMIT 100");
  for (Query::Rows rows = closes.rows(day.register_id, day.business_date); rows.next();) {
    book.closes.push_back({close_in(rows, day), {}});
  }
  for (CoveredClose& close : book.closes) close.numbers = covered(db, close.close);
  return book;
}

}  // namespace storeward::store
