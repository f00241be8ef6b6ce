// Promise P4 on the way through the templates: whatever the format and wherever in it a card number
// stands, it is in no event and in nothing that is kept of an exception. And the other way round:
// what looks like one and is none (a GTIN, an SSCC, a provider's reference) is left as it is.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

#include "agent/core/card_number.h"
#include "drivers/feed.h"
#include "tests/support/seed.h"
#include "tests/unit/templates/feed_plan.h"

using namespace storeward;
using templates_test::plan_by;
namespace fs = std::filesystem;

namespace {

const fs::path source = STOREWARD_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Everything that would be stored of these bytes: events, and of exceptions all that is kept.
std::string stored(const std::shared_ptr<const FeedPlan>& plan, const std::string& bytes) {
  auto feed = Feed::open(plan, "file", {{"receivedAt", "2026-11-20T09:15:02Z"}, {"sequence", "1"}});
  REQUIRE(feed);
  feed->feed(bytes, true);
  std::string all;
  FedRecord fed;
  while (feed->next(fed) == Fed::record) {
    for (const AdmittedItem& item : fed.items) {
      if (const auto* event = std::get_if<Event>(&item)) all += event->bytes + "\n";
      if (const auto* bad = std::get_if<Rejected>(&item)) {
        all += bad->reason + "\n" + bad->origin.place + "\n" + bad->masked + "\n";
      }
    }
    all += fed.ignored + "\n";
    if (fed.number) {
      all += fed.number->register_id + "\n" + std::to_string(fed.number->number) + "\n";
    }
  }
  return all;
}

// Digits alone, without what may part those of a card number.
std::string digits_joined(const std::string& text) {
  std::string joined;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool parts = text[i] == ' ' || text[i] == '-';
    if (parts && i > 0 && i + 1 < text.size() && std::isdigit(text[i - 1]) != 0 &&
        std::isdigit(text[i + 1]) != 0) {
      continue;
    }
    joined += text[i];
  }
  return joined;
}

std::string card_number(std::mt19937_64& random) {
  constexpr const char* issuers[] = {"4", "51", "55", "2221", "34", "37"};
  std::string number = issuers[random() % std::size(issuers)];
  const std::size_t length = number[0] == '3' ? 15 : 16;
  while (number.size() + 1 < length) number += static_cast<char>('0' + random() % 10);
  for (char check = '0'; check <= '9'; ++check) {
    if (luhn_valid(number + check)) return number + check;
  }
  FAIL("no check digit fits");
  return {};
}

std::string as_written(const std::string& number, std::mt19937_64& random) {
  const auto part = random() % 3;
  if (part == 0) return number;
  std::string written;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i > 0 && i % 4 == 0) written += part == 1 ? ' ' : '-';
    written += number[i];
  }
  return written;
}

// With the check digit of a GTIN or SSCC that is at once the one of a card number of an issuer.
std::string like_a_card(std::size_t length, std::mt19937_64& random) {
  for (;;) {
    std::string digits = length == 13 ? "4" : "6";
    while (digits.size() + 1 < length) digits += static_cast<char>('0' + random() % 10);
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
      sum += (digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 3 : 1);
    }
    digits += static_cast<char>('0' + (10 - sum % 10) % 10);
    if (luhn_valid(digits)) return digits;
  }
}

// A word of the file, from what parts words in any of the formats to the next such byte.
std::string with_planted(const std::string& bytes, const std::string& card,
                         std::mt19937_64& random) {
  constexpr std::string_view parting = "\"',;|\t\n\r<>*+:~^=()";
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::size_t at = random() % bytes.size();
    if (parting.find(bytes[at]) != parting.npos) continue;
    const std::size_t before = bytes.find_last_of(parting, at);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    const std::size_t end = std::min(bytes.find_first_of(parting, at), bytes.size());
    return std::string(bytes).replace(begin, end - begin, card);
  }
  return bytes;
}

struct Source {
  std::string by;  // a template
  fs::path file;
};

// The fixtures of the shipped templates, and the formats that none of them has.
std::vector<Source> sources(const fs::path& folder) {
  const auto write = [&folder](const std::string& name, const std::string& text) {
    std::ofstream(folder / name, std::ios::binary) << text;
    return folder / name;
  };
  const std::string scan =
      "[[event]]\ntype = \"retail.scan.observed.v1\"\nkey = [\"code\"]\n[event.data]\n"
      "raw = \"code\"\nat = {const = \"2026-11-20T09:00:00Z\"}\nnote = \"note\"\n";
  const std::string head = "[template]\nname = \"planted\"\nversion = \"1\"\n[format]\n";
  std::vector<Source> all = {
      {write("fixed.toml",
             head +
                 "kind = \"fixed\"\nfixed = [{name = \"code\", start = 1, width = 30}, "
                 "{name = \"note\", start = 31, width = 30}]\n" +
                 scan),
       write("rows.fixed",
             "4006381333016                 found under the shelf\n"
             "A-01-01                       \n")},
      {write("ndjson.toml", head + "kind = \"ndjson\"\n" + scan),
       write("rows.ndjson",
             "{\"code\":\"4006381333016\",\"note\":\"found\",\"n\":17}\n{\"code\":\"B\"}\n")}};
  all.push_back({write("xml.toml", head + "kind = \"xml\"\nrecords = \"Scan\"\n" + scan),
                 write("rows.xml",
                       "<Scans>\n <Scan no=\"1\"><code>4006381333016</code><note>found"
                       "</note></Scan>\n <Scan no=\"2\"><code>B</code></Scan>\n"
                       "</Scans>\n")});
  for (const auto& by : fs::directory_iterator(source / "tests/templates")) {
    const std::string name = by.path().filename().string();
    // Its references are kept on purpose: see the case below.
    if (plan_by(name)->mapping->vouched.references.empty()) {
      for (const auto& file : fs::directory_iterator(by.path())) {
        if (!file.path().string().ends_with(".events.ndjson")) all.push_back({name, file.path()});
      }
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a card number planted in any format reaches no event and nothing kept of an exception",
          "[templates][cards]") {
  std::mt19937_64 random(storeward::testing::announced_seed("planted cards"));
  const fs::path folder = fs::temp_directory_path() / ("planted-" + std::to_string(random()));
  fs::create_directories(folder);
  std::set<std::string> formats;
  for (const Source& one : sources(folder)) {
    const auto plan = plan_by(one.by);
    const std::string bytes = text_of(one.file);
    formats.insert(plan->format.kind);
    for (int round = 0; round < 30; ++round) {
      const std::string number = card_number(random);
      const std::string planted = with_planted(bytes, as_written(number, random), random);
      const std::string all = digits_joined(stored(plan, planted));
      const std::size_t at = all.find(number);
      INFO(one.file << " with " << number << ": "
                    << (at == all.npos ? "" : all.substr(at < 60 ? 0 : at - 60, 120)));
      CHECK(all.find(number) == std::string::npos);
    }
  }
  CHECK(formats ==
        std::set<std::string>{"csv", "edifact", "fixed", "json", "lines", "ndjson", "x12", "xml"});
  fs::remove_all(folder);
}

TEST_CASE("a GTIN, an SSCC and a reference that look like card numbers are left as they are",
          "[templates][cards]") {
  std::mt19937_64 random(storeward::testing::announced_seed("no cards"));
  const fs::path folder = fs::temp_directory_path() / ("no-cards-" + std::to_string(random()));
  fs::create_directories(folder);
  std::ofstream(folder / "by.toml") << R"(
[template]
name = "no-cards"
version = "1"
[format]
kind = "csv"
[[event]]
type = "retail.shipment.dispatched.v1"
key = ["gtin", "sscc"]
[event.data]
shipmentKey = {const = "s"}
direction = {const = "out"}
at = {const = "2026-11-20T09:00:00Z"}
pspReference = {path = "ref", reference = true}
[event.data.packages]
each = "sscc"
item = {sscc = "."}
[event.data.lines]
each = "gtin"
item = {gtin = ".", quantity = {const = "1"}}
)";
  const auto plan = plan_by((folder / "by.toml").string());
  for (int round = 0; round < 200; ++round) {
    const std::string gtin = like_a_card(13, random), sscc = like_a_card(18, random);
    const std::string reference = card_number(random);
    const std::string all =
        stored(plan, "gtin,sscc,ref\n" + gtin + "," + sscc + "," + reference + "\n");
    INFO(gtin << " " << sscc << " " << reference);
    CHECK(all.find("\"" + gtin + "\"") != std::string::npos);
    CHECK(all.find("\"" + sscc + "\"") != std::string::npos);
    CHECK(all.find("\"" + reference + "\"") != std::string::npos);
  }
  fs::remove_all(folder);
}
