#include "agent/till/retail_log.h"

#include <catch2/catch.hpp>
#include <sstream>

using storeward::TimeZone;
using storeward::till::Invoice;
using storeward::till::RetailLog;

namespace {

const std::string header =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

TimeZone london() {
  return TimeZone::named("Europe/London").value();
}

std::vector<Invoice> read(const std::string& text) {
  RetailLog log(london());
  std::istringstream input(text);
  const auto result = log.read(input, "log.csv");
  INFO((result ? "" : result.error().message));
  REQUIRE(result);
  return log.take_in_order();
}

std::string refusal(const std::string& text) {
  RetailLog log(london());
  std::istringstream input(text);
  const auto result = log.read(input, "log.csv");
  REQUIRE_FALSE(result);
  return result.error().message;
}

}  // namespace

TEST_CASE("rows of one invoice belong together wherever they stand", "[till]") {
  RetailLog log(london());
  std::istringstream first(header +
                           "2,b,B,1,2011-01-02 10:00:00,1.0,,UK\n"
                           "1,a,A,1,2011-01-02 09:00:00,1.0,17850.0,UK\n"
                           "2,c,C,1,2011-01-02 11:00:00,1.0,,UK\n");
  std::istringstream second(header + "1,d,D,1,2011-01-03 09:00:00,1.0,,UK\n");
  REQUIRE(log.read(first, "1.csv"));
  REQUIRE(log.read(second, "2.csv"));
  CHECK(log.rows() == 4);
  const auto invoices = log.take_in_order();
  REQUIRE(invoices.size() == 2);
  CHECK(invoices[0].number == "1");
  CHECK(invoices[0].customer == "17850");
  CHECK(invoices[0].rows.size() == 2);
  CHECK(invoices[0].rows[1].stock_code == "d");
  CHECK(london().to_local_rfc3339(invoices[0].time) == "2011-01-02T09:00:00+00:00");
  CHECK(invoices[1].rows[1].description == "C");
  CHECK(london().to_local_rfc3339(invoices[1].time) == "2011-01-02T10:00:00+00:00");
}

TEST_CASE("quotes, commas, line ends and CRLF inside a log are read as meant", "[till]") {
  const auto invoices =
      read("\xEF\xBB\xBF" + header.substr(0, header.size() - 1) +
           "\r\n1,a,\"SIGN, \"\"HOME\"\"\r\nSWEET\",-2,12/1/2010 8:26,2.55,,\"U,K\"\r\n\r\n");
  REQUIRE(invoices.size() == 1);
  CHECK(invoices[0].rows[0].description == "SIGN, \"HOME\"\nSWEET");
  CHECK(storeward::till::to_text(invoices[0].rows[0].quantity) == "-2");
  CHECK(london().to_local_rfc3339(invoices[0].time) == "2010-12-01T08:26:00+00:00");
}

TEST_CASE("columns are found by name, bytes that are no UTF-8 are taken as ISO 8859-1", "[till]") {
  const auto invoices = read(
      "Quantity,InvoiceNo,UnitPrice,InvoiceDate,Description,StockCode\n"
      "3,9,0.42,2011-07-01T12:30,CAF\xC9 \xA3"
      "5,x\n"
      "1,9,0.42,2011-07-01T12:30,CAF\xC3\x89,y\n");
  CHECK(invoices[0].rows[0].description ==
        "CAF\xC3\x89 \xC2\xA3"
        "5");
  CHECK(invoices[0].rows[1].description == "CAF\xC3\x89");
  CHECK(london().to_local_rfc3339(invoices[0].time) == "2011-07-01T12:30:00+01:00");
}

TEST_CASE("a row that cannot be read is refused with its place and reason", "[till]") {
  CHECK(refusal("") == "log.csv: is empty; the first line must name the columns");
  CHECK(refusal("InvoiceNo,StockCode\n").find("log.csv:1: the header has no column Description") ==
        0);
  CHECK(refusal(header + "1,a\n").find("log.csv:2: has 2 fields") == 0);
  CHECK(refusal(header + "1,a,A,1e3,2011-01-02 10:00:00,1,,\n").find("log.csv:2: Quantity") == 0);
  CHECK(refusal(header + "1,a,A,1,2011-01-02 10:00:00,,,\n").find("log.csv:2: UnitPrice") == 0);
  CHECK(refusal(header + "1,a,A,1,2011-02-29 10:00:00,1,,\n").find("log.csv:2: InvoiceDate") == 0);
  CHECK(refusal(header + "\n1,a,\"A\n,1").find("log.csv:3: the quoted field never ends") == 0);
  CHECK(
      refusal(header + ",a,A,1,2011-01-02 10:00:00,1,,\n").find("log.csv:2: InvoiceNo is empty") ==
      0);
}
