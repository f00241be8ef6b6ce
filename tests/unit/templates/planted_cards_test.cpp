// Promise P4 on the way through the templates: whatever the format and wherever in it a card number
// stands, it is in no event and in nothing that is kept of an exception.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <vector>

#include "agent/core/card_number.h"
#include "tests/support/seed.h"
#include "tests/unit/templates/card_numbers.h"
#include "tests/unit/templates/feed_plan.h"

using namespace storeward;
using namespace storeward::templates_test;
namespace fs = std::filesystem;

namespace {

const fs::path source = STOREWARD_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool is_digit_at(const std::string& text, std::size_t at) {
  return at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0;
}

// Without what may part the digits of a card number, read and escaped.
std::string digits_joined(const std::string& text) {
  constexpr std::size_t widest = 8;  // of a parting
  std::string joined;
  for (std::size_t i = 0; i < text.size(); ++i) {
    joined += text[i];
    if (!is_digit_at(text, i)) continue;
    std::size_t next = i + 1;
    while (next < text.size() && next - i <= widest && std::isalnum(text[next]) == 0) ++next;
    if (is_digit_at(text, next)) i = next - 1;
  }
  return joined;
}

// In groups, with what no format takes for the end of a field.
std::string as_written(const std::string& number, std::mt19937_64& random) {
  static const std::vector<std::string> partings = {"",  " ", "-", "  ", " - ",
                                                    ".", "/", "_", " / "};
  const std::string& parting = partings[random() % partings.size()];
  const bool is_short = number.size() == 15;
  std::string written;
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (i == 4 || (is_short ? i == 10 : i == 8 || i == 12)) written += parting;
    written += number[i];
  }
  return written;
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
    for (const auto& file : fs::directory_iterator(by.path())) {
      if (!file.path().string().ends_with(".events.ndjson")) all.push_back({name, file.path()});
    }
  }
  return all;
}

}  // namespace

// A till's reference is what a person or a terminal has put there; a provider's own report is not.
TEST_CASE("a card number in a till's column for the provider's reference reaches no event",
          "[templates][cards][F47]") {
  const std::string card = "4111111111111111", reference = "8836148912345671";
  REQUIRE((is_card_number(card) && !is_card_number(reference)));
  const std::string head =
      "date,register,receipt,time,sku,quantity,price,tender,paid,reference\n"
      "2026-11-20,1,17,2026-11-20T09:15:02Z,A,1,1.00,card,1.00,";
  for (const std::string& written : {card, std::string("4111 1111 1111 1111")}) {
    const std::string all = stored(plan_by("csv-sales"), head + written + "\n");
    INFO(all);
    CHECK(digits_joined(all).find(card) == std::string::npos);
    CHECK(all.find("\"saleKey\"") != std::string::npos);
  }
  CHECK(stored(plan_by("csv-sales"), head + reference + "\n").find(reference) != std::string::npos);
}

TEST_CASE("a card number in the place of a set's kind is not quoted, not even its beginning",
          "[templates][cards][F47]") {
  const std::string all =
      stored(plan_by("x12"),
             "ISA*00*          *00*          *ZZ*A              *ZZ*B              "
             "*201120*0915*U*00401*000000001*0*P*>~GS*FA*A*B*20201120*0915*1*X*"
             "004010~ST*4111111111111111*0001~SE*2*0001~GE*1*1~IEA*1*000000001~");
  INFO(all);
  CHECK(all.find("(0001) says in ST no kind of set") != std::string::npos);
  CHECK(all.find("41111") == std::string::npos);
}

TEST_CASE("of a card number at the end of what a reason quotes nothing is left",
          "[templates][cards][F47]") {
  const auto row = [](const std::string& time, const std::string& quantity) {
    return "date,register,receipt,time,sku,quantity,price,tender,paid\n2026-11-20,1,17," + time +
           ",A," + quantity + ",1.00,card,1.00\n";
  };
  for (std::size_t before = 40; before < 62; ++before) {
    const std::string text = std::string(before, 'x') + "4111111111111111";
    for (const std::string& bytes : {row(text, "1"), row("2026-11-20T09:15:02Z", text)}) {
      const std::string all = stored(plan_by("csv-sales"), bytes);
      INFO(all);
      CHECK(all.find("\"xxxx") != std::string::npos);
      CHECK(all.find("411") == std::string::npos);
    }
  }
}

TEST_CASE("a card number planted in any format reaches no event and nothing kept of an exception",
          "[templates][cards][F47]") {
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
      const std::string all = digits_joined(stored_without_provider_references(plan, planted));
      const std::size_t at = all.find(number);
      INFO(one.file << " with " << number << ": "
                    << (at == all.npos ? "" : all.substr(at < 60 ? 0 : at - 60, 120)));
      CHECK(all.find(number) == std::string::npos);
    }
  }
  CHECK(formats == std::set<std::string>{"csv", "csv_set", "edifact", "fixed", "json", "lines",
                                         "ndjson", "x12", "xml"});
  fs::remove_all(folder);
}
