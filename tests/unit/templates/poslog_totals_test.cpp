// What the template makes of POSLog files comes to what is in them: added up here anew, from the
// text of the file alone.
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "trial_text.h"

using namespace storeward::templates_test;
using nlohmann::json;

namespace {

struct Totals {
  long long gross = 0, paid = 0, receipts = 0;
  bool operator==(const Totals&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Totals& totals) {
  return out << totals.receipts << " receipts, gross " << totals.gross << ", paid " << totals.paid;
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// The parts of `text` from `open` on to behind `close`.
std::vector<std::string_view> parts(std::string_view text, std::string_view open,
                                    std::string_view close) {
  std::vector<std::string_view> found;
  for (auto at = text.find(open); at != text.npos; at = text.find(open, at + 1)) {
    const auto end = text.find(close, at);
    REQUIRE(end != text.npos);
    found.push_back(text.substr(at, end - at));
    at = end;
  }
  return found;
}

long long cents(std::string_view element) {
  const std::string_view number = element.substr(element.find('>') + 1);
  const bool negative = number.starts_with('-');
  long long value = 0;
  int decimals = -1;
  for (const char c : number.substr(negative ? 1 : 0)) {
    if (c == '.') decimals = 0;
    if (c < '0' || c > '9') continue;
    if (decimals >= 0 && ++decimals > 2) break;
    value = value * 10 + (c - '0');
  }
  for (; decimals < 2; ++decimals) {
    if (decimals < 0) decimals = 0;
    value *= 10;
  }
  return negative ? -value : value;
}

Totals in_file(const std::string& text) {
  Totals totals;
  for (const auto transaction : parts(text, "<Transaction>", "</Transaction>")) {
    if (!has(transaction, "<RetailTransaction") || has(transaction, "PostVoided") ||
        has(transaction, "\"Voided\"") || has(transaction, "Suspended")) {
      continue;
    }
    ++totals.receipts;
    for (const auto total :
         parts(transaction, "<Total TotalType=\"TransactionGrandAmount\"", "</Total>")) {
      totals.gross += cents(total);
    }
    for (const auto line : parts(transaction, "<LineItem", "</LineItem>")) {
      if (has(line, "VoidFlag=\"true\"")) continue;
      const bool out = has(line, "\"Refund\"") || has(line, "<TenderChange");
      if (!out && !has(line, "<Tender ")) continue;
      const long long amount = cents(parts(line, "<Amount", "</Amount>").front());
      totals.paid += out ? -amount : amount;
    }
  }
  return totals;
}

Totals in_events(const std::string& lines) {
  Totals totals;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) {
    const json event = json::parse(line);
    const std::string type = event.value("type", "");
    const bool returned = type == "retail.return.completed.v1";
    if (!returned && type != "retail.sale.completed.v1") continue;
    ++totals.receipts;
    const long long gross = event["data"]["totals"]["gross"]["amountMinor"];
    totals.gross += returned ? -gross : gross;
    for (const json& payment : event["data"]["payments"]) {
      const long long amount = payment["amount"]["amountMinor"];
      totals.paid += payment["direction"] == "out" ? -amount : amount;
    }
  }
  return totals;
}

void compare(const std::filesystem::path& file) {
  INFO(file.string());
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  const Totals expected = in_file(text);
  CHECK(expected.receipts > 0);
  CHECK(expected.gross == expected.paid);
  CHECK(in_events(trial_text("poslog", file).lines) == expected);
}

}  // namespace

TEST_CASE("the receipts of a POSLog file come to its totals and its tenders", "[templates]") {
  compare(std::filesystem::path(STOREWARD_SOURCE_DIR) / "tests/templates/poslog/v6-day.xml");
  if (shared_data().empty()) {
    WARN("skipped: no shared/data beside the project");
    return;
  }
  compare(shared_data() / "poslog/ncr_acs_v2.1_small.xml");
  compare(shared_data() / "synthetic/poslog_v6.xml");
}
