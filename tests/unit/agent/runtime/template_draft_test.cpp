#include "agent/runtime/template_draft.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "agent/runtime/template_trial.h"

using namespace storeward;

namespace {

// Drafts a template for the sample and tries it on the sample.
std::vector<TriedRecord> drafted_and_tried(const std::string& sample,
                                           std::string* draft = nullptr) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("storeward-draft-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "sample") << sample;
  const auto text = draft_template("drafted", sample);
  INFO((text ? *text : text.error().message));
  REQUIRE(text);
  if (draft != nullptr) *draft = *text;
  std::ofstream(folder / "drafted.toml") << *text;
  config::Config config;
  config.site = {.tenant = "acme", .id = "store-1", .timezone = "Europe/Berlin", .currency = "EUR"};
  const auto trial = TemplateTrial::open((folder / "drafted.toml").string(), config);
  INFO((trial ? "" : trial.error().message));
  REQUIRE(trial);
  std::vector<TriedRecord> records;
  REQUIRE(trial->run(folder / "sample", [&records](const TriedRecord& record) {
    records.push_back(record);
    return true;
  }));
  std::filesystem::remove_all(folder);
  return records;
}

}  // namespace

TEST_CASE("a German till's export is drafted so that it runs at once", "[mapping]") {
  std::string draft;
  const auto records = drafted_and_tried(
      "Filiale;Kasse;Bon-Nr;Datum;Uhrzeit;Artikelnr;Bezeichnung;Menge;Einzelpreis;Betrag\n"
      "12;3;1001;20.11.2026;09:15;4711;Milch;2;1,19;2,38\n"
      "12;3;1001;20.11.2026;09:15;4712;Brot;1;2.349,50;2.349,50\n"
      "12;3;1002;20.11.2026;09:20;4711;Milch;-1;1,19;-1,19\n",
      &draft);
  CHECK_THAT(draft, Catch::Contains("group_by = [\"Bon-Nr\"]"));
  CHECK_THAT(draft, Catch::Contains("decimal = \",\""));
  REQUIRE(records.size() == 2);
  REQUIRE(records[0].events.size() == 1);
  CHECK(records[0].events[0].type == "retail.sale.completed.v1");
  CHECK_THAT(records[0].events[0].json, Catch::Contains(R"("gross":{"amountMinor":235188)"));
  CHECK_THAT(records[0].events[0].json, Catch::Contains("2026-11-20T09:15:00+01:00"));
  REQUIRE(records[1].events.size() == 1);
  CHECK(records[1].events[0].type == "retail.return.completed.v1");
  CHECK_THAT(records[1].events[0].json, Catch::Contains(R"("gross":{"amountMinor":119)"));
}

TEST_CASE("a list of what is in stock is drafted as snapshots", "[mapping]") {
  const auto records = drafted_and_tried(
      "Store\tSKU\tEAN\tQty\tTimestamp\nS1\tA-1\t4012345000016\t12\t2026-11-20T06:00:00Z\n"
      "S1\tA-2\t4012345000023\t0\t2026-11-20T06:00:00Z\n");
  REQUIRE(records.size() == 2);
  CHECK(records[0].exceptions.empty());
  REQUIRE(records[0].events.size() == 1);
  CHECK(records[0].events[0].type == "retail.stock.snapshot.v1");
}

TEST_CASE("a known format is drafted as an extension of its shipped template", "[mapping]") {
  const auto draft = draft_template("wms", "ISA*00*          *00*");
  REQUIRE(draft);
  CHECK_THAT(*draft, Catch::Contains("extends = \"x12\""));
  CHECK(!draft_template("x", " \n"));
  CHECK(!draft_template("x", "<order/>"));
}
