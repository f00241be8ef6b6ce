#include "agent/runtime/template_trial.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/cli/template_comparison.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;

namespace {

struct Trial {
  TrialTotals totals;
  std::vector<TriedRecord> records;
};

struct Folder {
  std::filesystem::path file(const std::string& name, const std::string& text) const {
    std::ofstream(directory.path() / name) << text;
    return directory.path() / name;
  }
  support::TemporaryDirectory directory;
};

TemplateTrial opened(const std::string& name = "csv-sales") {
  config::Config config;
  config.site = {.tenant = "acme", .id = "store-1", .timezone = "Europe/Berlin", .currency = "EUR"};
  const auto trial = TemplateTrial::open(name, config);
  INFO((trial ? "" : trial.error().message));
  REQUIRE(trial);
  return *trial;
}

Trial tried(const std::filesystem::path& sample) {
  Trial made;
  const auto totals = opened().run(sample, [&made](const TriedRecord& record) {
    made.records.push_back(record);
    return true;
  });
  REQUIRE(totals);
  made.totals = *totals;
  return made;
}

const std::string header = "date,register,receipt,time,sku,quantity,price,amount\n";
const std::string first = "2026-11-20,3,1,2026-11-20T10:00:00,100,1,5.00,5.00\n";
const std::string second = "2026-11-20,3,2,2026-11-20T10:01:00,100,2,5.00,10.00\n";
const std::string first_altered = "2026-11-20,3,1,2026-11-20T10:00:00,200,1,4.00,4.00\n";

}  // namespace

TEST_CASE("a trial counts what stands twice in a sample once", "[mapping]") {
  const Folder folder;
  const Trial trial = tried(folder.file("sales.csv", header + first + second + first));
  CHECK(trial.totals.events == 2);
  CHECK(trial.totals.by_type.at("retail.sale.completed.v1") == 2);
  CHECK(trial.totals.duplicates == 1);
  CHECK(trial.totals.exceptions == 0);
  REQUIRE(trial.records.size() == 3);
  CHECK(trial.records[2].events.empty());
  REQUIRE(trial.records[2].duplicates.size() == 1);
  CHECK(trial.records[2].duplicates[0].first_line == 2);
}

TEST_CASE("what a decoder cannot do is told with the place in the template", "[mapping]") {
  const Folder folder;
  const auto told = [&folder](const std::string& format) {
    const auto file =
        folder.file("own.toml", "[template]\nname = \"own\"\nversion = \"1\"\n[format]\n" + format +
                                    "\n[[event]]\nname = \"scan\"\ntype = "
                                    "\"retail.scan.observed.v1\"\nkey = [\"a\"]\n"
                                    "[event.data]\nraw = \"a\"\nat = \"a\"\n");
    const auto trial = TemplateTrial::open(file.string(), {});
    return trial ? std::string()
                 : trial.error().message.substr(folder.directory.path().string().size());
  };
  CHECK_THAT(told("kind = \"cvs\""),
             Catch::StartsWith("/own.toml:5:8: format.kind: \"cvs\" is not"));
  CHECK_THAT(told("kind = \"csv\"\nencoding = \"utf8\""),
             Catch::StartsWith("/own.toml:6:12: format.encoding: "));
  CHECK_THAT(told("kind = \"xml\"\nskip_lines = 2"), Catch::StartsWith("/own.toml:6:14: "));
  CHECK_THAT(told("kind = \"fixed\""), Catch::StartsWith("/own.toml:4:1: format.fixed: "));
  CHECK_THAT(told("kind = \"csv\"\ngroup_window = 2"),
             Catch::StartsWith("/own.toml:6:16: group_window says "));
  CHECK(told("kind = \"csv\"").empty());
}

TEST_CASE("a trial says the line of a fault once", "[mapping]") {
  const Folder folder;
  const Trial trial = tried(folder.file("sales.csv", "a;b\n1;2\n"));
  REQUIRE(trial.records.size() == 1);
  REQUIRE(trial.records[0].exceptions.size() == 1);
  CHECK_THAT(trial.records[0].exceptions[0],
             Catch::StartsWith("sales.csv line 1: there is no column "));
}

TEST_CASE("a trial shows two facts with one id as the conflict that delivery would answer",
          "[mapping]") {
  const Folder folder;
  const Trial trial = tried(folder.file("sales.csv", header + first + second + first_altered));
  CHECK(trial.totals.events == 2);
  CHECK(trial.totals.conflicts == 1);
  CHECK(trial.totals.exceptions == 1);
  REQUIRE(trial.records.size() == 3);
  CHECK(trial.records[2].events.empty());
  REQUIRE(trial.records[2].exceptions.size() == 1);
  CHECK_THAT(trial.records[2].exceptions[0],
             Catch::Contains("line 4: conflict: line 2 gave the same id"));
}

TEST_CASE("a replay counts no money of repeats and conflicts", "[mapping]") {
  const Folder folder;
  const TemplateTrial trial = opened();
  cli::TemplateComparison comparison;
  REQUIRE(comparison.add(
      folder.file("sales.csv", header + first + second + first + second + first_altered), trial,
      trial));
  CHECK(comparison.same());
  const nlohmann::json now = comparison.to_json()["now"];
  CHECK(now["events"] == 2);
  CHECK(now["duplicates"] == 2);
  CHECK(now["conflicts"] == 1);
  CHECK(now["amountMinor"]["retail.sale.completed.v1 EUR"] == 1500);
  CHECK_THAT(comparison.to_text(), Catch::Contains("duplicates, counted once: 2"));
}

TEST_CASE("a replay counts a receipt once that stands in several files", "[mapping]") {
  const Folder folder;
  const TemplateTrial trial = opened();
  cli::TemplateComparison comparison;
  // A till that writes the day so far, again and again.
  REQUIRE(comparison.add(folder.file("10.csv", header + first), trial, trial));
  REQUIRE(comparison.add(folder.file("11.csv", header + first + second), trial, trial));
  CHECK(comparison.same());
  const nlohmann::json now = comparison.to_json()["now"];
  CHECK(now["events"] == 2);
  CHECK(now["duplicates"] == 1);
  CHECK(now["amountMinor"]["retail.sale.completed.v1 EUR"] == 1500);
}

TEST_CASE("a conflict between two files names both, and where in them", "[mapping]") {
  const Folder folder;
  const TemplateTrial trial = opened();
  cli::TemplateComparison comparison;
  const auto earlier = folder.file("10.csv", header + first);
  REQUIRE(comparison.add(earlier, trial, trial));
  REQUIRE(comparison.add(folder.file("11.csv", header + second), trial, trial));
  REQUIRE(comparison.add(folder.file("12.csv", header + second + first_altered), trial, trial));
  CHECK_THAT(comparison.to_text(), Catch::Contains("exception now: 12.csv line 3: conflict: " +
                                                   earlier.string() + " line 2 gave the same id") &&
                                       Catch::Contains("or one of the files corrects the other") &&
                                       !Catch::Contains("group_window"));
}

TEST_CASE("a JSON number with the digits of binary floating point is rounded and remarked on",
          "[mapping]") {
  const Folder folder;
  const auto file =
      folder.file("api.toml",
                  "[template]\nname = \"api\"\nversion = \"1\"\n[format]\nkind = \"json\"\nrecords "
                  "= \"sales\"\n"
                  "[[event]]\ntype = \"retail.payment.captured.v1\"\n"
                  "when = {path = \"amount\", greater = -9}\nkey = [\"no\"]\n[event.data]\n"
                  "paymentKey = \"no\"\ntenderType = {const = \"card\"}\namount = \"amount\"\n"
                  "tip = {path = \"cents\", as = \"money\", minor = true}\nrate = {path = "
                  "\"/document/rate\", as = "
                  "\"decimal\"}\n");
  const TemplateTrial trial = opened(file.string());
  std::vector<TriedRecord> records;
  const auto sales = folder.file(
      "sales.json",
      R"({"rate":0.30000000000000004,"sales":[{"no":"1","amount":19.989999999999998,"cents":1998.9999999999998},)"
      R"({"no":"2","amount":"19.989999999999998"},{"no":"3","amount":19.99},)"
      R"({"no":"4","amount":12345678901234567890.5}]})");
  REQUIRE(trial.run(sales, [&records](const TriedRecord& record) {
    records.push_back(record);
    return true;
  }));
  REQUIRE(records.size() == 4);
  REQUIRE(records[0].events.size() == 1);
  const nlohmann::json data = nlohmann::json::parse(records[0].events[0].json)["data"];
  CHECK(data["amount"]["amountMinor"] == 1999);
  CHECK(data["tip"]["amountMinor"] == 1999);
  CHECK(data["rate"] == "0.3");
  CHECK(data["quality"]["warnings"] ==
        nlohmann::json({"data.amount: 19.989999999999998 rounded to 19.99: a number has at most 18 "
                        "digits, 9 of them behind the decimal sign",
                        "data.rate: 0.30000000000000004 rounded to 0.3: a number has at most 18 "
                        "digits, 9 of them behind the decimal sign",
                        "data.tip: 1998.9999999999998 rounded to 1999: a number has at most 18 "
                        "digits, 9 of them behind the decimal sign"}));
  REQUIRE(records[1].exceptions.size() == 1);
  CHECK_THAT(records[1].exceptions[0],
             Catch::Contains("\"19.989999999999998\" has more digits than a number may have"));
  REQUIRE(records[2].events.size() == 1);
  CHECK_THAT(records[2].events[0].json, !Catch::Contains("data.amount"));
  CHECK(records[3].exceptions.size() == 1);
}

TEST_CASE("a replay takes the values of the driver, and says why a record waits", "[mapping]") {
  const Folder folder;
  const auto file = folder.file("till.toml",
                                "[template]\nname = \"till\"\nversion = \"1\"\nextends = "
                                "\"csv-sales\"\n[format]\ngroup_by = [\"date\", \"receipt\"]\n"
                                "[named]\ntill = {value = \"registerId\"}\n[[reject]]\nname = "
                                "\"no till\"\nwhen = {value = \"registerId\", present = false}\n"
                                "reason = \"no till is named\"\n");
  const TemplateTrial trial = opened(file.string());
  const auto sales = folder.file("sales.csv", header + first);
  cli::TemplateComparison without, with;
  REQUIRE(without.add(sales, trial, trial));
  CHECK_THAT(without.to_text(),
             Catch::Contains("exception now: sales.csv line 2: no till is named"));
  REQUIRE(with.add(sales, trial, trial, {{"registerId", "3"}}));
  CHECK(with.to_json()["now"]["events"] == 1);
}
