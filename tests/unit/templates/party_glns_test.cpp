// Parties, stores and warehouses are named by GLNs in trade documents. Of those that begin with 4,
// 5 or 6, one in ten has the check digit of a card number as well; masked, two sites' keys would be
// one.
#include <unistd.h>

#include <catch2/catch.hpp>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "agent/core/card_number.h"
#include "tests/support/seed.h"
#include "tests/unit/templates/feed_plan.h"
#include "trial_text.h"

using namespace storeward;
namespace fs = std::filesystem;

namespace {

constexpr int parties = 10'000;

std::string gln(std::mt19937_64& random) {
  std::string digits;
  while (digits.size() < 12) digits += static_cast<char>('0' + random() % 10);
  for (char check = '0'; check <= '9'; ++check) {
    if (gs1_valid(digits + check)) return digits + check;
  }
  FAIL("no check digit fits");
  return {};
}

// Of all prefixes; every second one looks like a card number too. None twice.
std::vector<std::string> glns(std::mt19937_64& random) {
  std::set<std::string> made;
  std::vector<std::string> all;
  while (all.size() < parties) {
    std::string one = gln(random);
    if (all.size() % 2 == 1 && !is_card_number(one)) continue;
    if (made.insert(one).second) all.push_back(std::move(one));
  }
  return all;
}

// One interchange of one report of sales: for two stores by EDIFACT, for one by X12.
std::string slsrpt(const std::string& sender, const std::string& store) {
  std::ostringstream text;
  text << "UNA:+.? 'UNB+UNOC:3+" << sender << ":14+" << store << ":14+261120:0415+4102'"
       << "UNH+1+SLSRPT:D:96A:UN:EAN004'BGM+73E::9+SLS-9+9'DTM+137:20261120:102'"
       << "NAD+BY+" << sender << "::9'CUX+2:EUR:10'LOC+162+" << store << "::9'"
       << "LIN+1++4012345000016:EN'QTY+153:2:PCE'UNT+9+1'"
       << "UNH+2+SLSRPT:D:96A:UN:EAN004'BGM+73E::9+SLS-10+9'DTM+137:20261120:102'"
       << "NAD+BY+" << store << "::9'LIN+1++4012345000016:EN'QTY+153:6:PCE'UNT+7+2'UNZ+2+4102'\n";
  return text.str();
}

std::string activity(const std::string& sender, const std::string& store) {
  std::ostringstream text;
  text << "ISA*00*          *00*          *14*" << sender << "  *14*" << store
       << "  *261120*0415*U*00401*000000102*0*P*>~GS*PD*" << sender << "*" << store
       << "*20261120*0415*1*X*004010~ST*852*0001~XQ*H*20261113*20261119~N1*RL*ACME*UL*" << store
       << "~LIN*1*UP*012345000010*SK*SKU-1~ZA*QS*3*EA~ZA*QR*6*EA~SE*7*0001~GE*1*1~"
       << "IEA*1*000000102~\n";
  return text.str();
}

struct Found {
  std::set<std::string> keys, ids;
  std::size_t summaries = 0, events = 0;
};

template <typename Document>
Found events_of(const std::string& by, Document document) {
  std::mt19937_64 random(storeward::testing::announced_seed("GLNs through " + by));
  const auto senders = glns(random);
  const fs::path file =
      fs::temp_directory_path() / ("glns-through-" + by + "-" + std::to_string(getpid()));
  {
    std::ofstream out(file, std::ios::binary);
    for (std::size_t i = 0; i < senders.size(); ++i) {
      out << document(senders[i], senders[(i + 1) % senders.size()]);
    }
  }
  const auto made = templates_test::trial_text(by, file);
  fs::remove(file);
  REQUIRE(made.problem.empty());
  Found found;
  std::istringstream lines(made.lines);
  for (std::string line; std::getline(lines, line);) {
    const auto event = nlohmann::json::parse(line);
    INFO(line);
    REQUIRE(event.contains("id"));
    CHECK(line.find("****") == std::string::npos);
    ++found.events;
    found.ids.insert(event["id"]);
    if (event["type"] != "retail.sale.summary.v1") continue;
    ++found.summaries;
    found.keys.insert(event["data"]["summaryKey"]);
  }
  return found;
}

}  // namespace

TEST_CASE("no GLN of a party is masked by EDIFACT, and no two parties share a key",
          "[templates][cards][F47]") {
  const Found found = events_of("edifact", slsrpt);
  CHECK(found.summaries == 2u * parties);
  CHECK(found.keys.size() == 2u * parties);
  CHECK(found.ids.size() == found.events);
}

TEST_CASE("no GLN of a party is masked by X12, and no two parties share a key",
          "[templates][cards][F47]") {
  const Found found = events_of("x12", activity);
  CHECK(found.summaries == 1u * parties);
  CHECK(found.keys.size() == 1u * parties);
  CHECK(found.ids.size() == found.events);
}

TEST_CASE("a record that waits as an exception keeps its parties, or a retry would mix them up",
          "[templates][cards][F47]") {
  // Says no stock report, and is refused.
  const std::string invrpt =
      "UNB+UNOC:3+4012345000054:14+4098765000003:14+261120:0415+4102'UNH+1+INVRPT:D:96A:UN:EAN004'"
      "BGM+1::9+I-1+9'DTM+137:20261120:102'RFF+AAK:4222222222222'UNT+5+1'UNZ+1+4102'";
  auto feed = Feed::open(templates_test::plan_by("edifact"), "file", {});
  REQUIRE(feed);
  feed->feed(invrpt, true);
  FedRecord fed;
  REQUIRE(feed->next(fed) == Fed::record);
  REQUIRE(fed.items.size() == 1);
  const auto kept = nlohmann::json::parse(std::get<Rejected>(fed.items.front()).masked);
  CHECK(kept["interchange"]["sender"] == "4012345000054");
  CHECK(kept["interchange"]["key"] == "4012345000054/4102//1");
  CHECK(kept.dump().find("4222222222222") == std::string::npos);
}

TEST_CASE("a record that waits as an exception keeps its references, or a retry would double it",
          "[templates][cards][F47]") {
  const std::string row =
      "amazon-order-id\tpurchase-date\tlast-updated-date\torder-status\tsku\tquantity\tcurrency\t"
      "item-price\tproduct-name\n503-4783957-1054087\t2026-11-20T08:15:02+00:00\t"
      "2026-11-20T12:00:00+00:00\tShipped\t4711\tmany\tEUR\t13.98\t4111 1111 1111 1111\n";
  auto feed = Feed::open(templates_test::plan_by("amazon-orders"), "file", {});
  REQUIRE(feed);
  feed->feed(row, true);
  FedRecord fed;
  REQUIRE(feed->next(fed) == Fed::record);
  std::string kept;
  for (const AdmittedItem& item : fed.items) {
    if (const auto* rejected = std::get_if<Rejected>(&item)) kept += rejected->masked + "\n";
  }
  INFO(kept);
  CHECK(kept.find("503-4783957-1054087") != std::string::npos);
  CHECK(kept.find("4111 1111 1111 1111") == std::string::npos);
}
