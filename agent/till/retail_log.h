// A sales log in the layout of UCI Online Retail -> invoices. Owned by one thread.
//
// Columns are found by the names in the header: InvoiceNo, StockCode, Description, Quantity,
// InvoiceDate, UnitPrice, and where present CustomerID and Country. All rows of one invoice number
// belong together wherever they stand, across files too; so all invoices are held in memory
// (about 150 bytes a row), the files themselves are streamed.
#pragma once

#include <filesystem>
#include <istream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "agent/base/time_zone.h"
#include "agent/till/decimal.h"

namespace storeward::till {

struct InvoiceRow {
  std::string stock_code;
  std::string description;
  Decimal quantity;
  Decimal unit_price;
};

struct Invoice {
  std::string number;
  WallTime time;                 // of the first row
  std::string customer;          // empty where the log has none
  std::vector<InvoiceRow> rows;  // in the order of the log
};

class RetailLog {
 public:
  // `zone` is the one the log's times are in.
  explicit RetailLog(const TimeZone& zone) : zone_(zone) {}

  // The first row that cannot be read ends it: file:line and why.
  Result<void> read(const std::filesystem::path& file);
  Result<void> read(std::istream& input, std::string_view name);

  std::size_t rows() const { return rows_; }

  // The invoices in the order of their times; those of one time in the order of the log.
  std::vector<Invoice> take_in_order();

 private:
  struct Columns;
  Result<void> add(const Columns& columns, std::vector<std::string>& fields);

  const TimeZone zone_;
  std::vector<Invoice> invoices_;
  std::unordered_map<std::string, std::size_t> index_;  // number -> place in invoices_
  std::size_t rows_ = 0;
};

// `bytes` where they are UTF-8; otherwise each byte above 0x7F is taken as ISO 8859-1.
std::string as_utf8(std::string bytes);

// "2010-12-01 08:26:00" (seconds may be missing, 'T' may separate) or "12/1/2010 8:26".
Result<WallTime> parse_log_time(std::string_view text, const TimeZone& zone);

}  // namespace storeward::till
