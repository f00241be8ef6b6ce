// Promise P4 on the way through the templates: whatever the format and wherever in it a card number
// stands, it is in no event and in nothing that is kept of an exception.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

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
