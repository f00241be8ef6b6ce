#include "store/day_table.h"

#include <algorithm>

namespace storeward::store {
namespace {

void add_to(DayTotals& totals, const DayTotals& delta) {
  totals.sales += delta.sales;
  totals.returns += delta.returns;
  totals.gross_minor += delta.gross_minor;
  totals.last_sale = std::max(totals.last_sale, delta.last_sale);
}

}  // namespace

DayTable::DayTable(Connection& db)
    : db_(db),
      upsert_(db,
              "INSERT INTO day(business_date,register_id,currency,sales,returns,gross_minor,"
              "last_sale) VALUES(?1,?2,?3,?4,?5,?6,?7) ON CONFLICT DO UPDATE SET "
              "sales=sales+?4,returns=returns+?5,gross_minor=gross_minor+?6,"
              "last_sale=max(last_sale,?7)") {
  load();
}

void DayTable::load() {
  pending_.clear();
  recent_.clear();
  dates_.clear();
  Query query(db_,
              "SELECT business_date,register_id,currency,sales,returns,gross_minor,last_sale "
              "FROM day WHERE business_date>=(SELECT min(business_date) FROM (SELECT DISTINCT "
              "business_date FROM day ORDER BY 1 DESC LIMIT 31))");
  for (Query::Rows rows = query.rows(); rows.next();) {
    DayTotals totals;
    totals.business_date = rows.text(0);
    totals.register_id = rows.text(1);
    totals.currency = rows.text(2);
    totals.sales = rows.integer(3);
    totals.returns = rows.integer(4);
    totals.gross_minor = rows.integer(5);
    totals.last_sale = rows.text(6);
    dates_.insert(totals.business_date);
    recent_[{totals.business_date, totals.register_id, totals.currency}] = std::move(totals);
  }
}

DayTotals& DayTable::pending(const std::string& business_date, const std::string& register_id,
                             const std::string& currency) {
  DayTotals& totals = pending_[{business_date, register_id, currency}];
  totals.business_date = business_date;
  totals.register_id = register_id;
  totals.currency = currency;
  return totals;
}

void DayTable::add(const DayDelta& delta) {
  DayTotals& totals = pending(delta.business_date, delta.register_id, delta.currency);
  totals.sales += delta.sales;
  totals.returns += delta.returns;
  totals.gross_minor += delta.gross_minor;
  totals.last_sale = std::max(totals.last_sale, delta.completed_at);
}

void DayTable::take_back(const ReceiptFacts& corrected) {
  if (!corrected.counts) return;
  DayTotals& totals = pending(corrected.business_date, corrected.register_id, corrected.currency);
  (corrected.is_return ? totals.returns : totals.sales) -= 1;
  totals.gross_minor -= corrected.gross_minor;
}

void DayTable::write() {
  for (const auto& [key, delta] : pending_) {
    upsert_.run(delta.business_date, delta.register_id, delta.currency, delta.sales, delta.returns,
                delta.gross_minor, delta.last_sale);
    show(key, delta);
  }
  pending_.clear();
}

// `recent_` holds all rows of the newest days, so a row that is not in it is new or too old.
void DayTable::show(const Key& key, const DayTotals& delta) {
  const std::string& date = std::get<0>(key);
  if (const auto known = recent_.find(key); known != recent_.end()) {
    add_to(known->second, delta);
    return;
  }
  if (dates_.size() >= shown_days && date < *dates_.begin()) return;
  recent_[key] = delta;
  dates_.insert(date);
  if (dates_.size() <= shown_days) return;
  const std::string oldest = *dates_.begin();
  std::erase_if(recent_, [&](const auto& entry) { return std::get<0>(entry.first) == oldest; });
  dates_.erase(dates_.begin());
}

void DayTable::prune(std::size_t rows) {
  Query query(db_,
              "DELETE FROM day WHERE business_date<(SELECT business_date FROM day "
              "ORDER BY business_date DESC LIMIT 1 OFFSET ?1)");
  query.run(std::uint64_t{rows});
}

std::vector<DayTotals> DayTable::newest() const {
  std::vector<DayTotals> days;
  days.reserve(recent_.size());
  for (const auto& [key, totals] : recent_) days.push_back(totals);
  std::ranges::reverse(days);
  return days;
}

}  // namespace storeward::store
