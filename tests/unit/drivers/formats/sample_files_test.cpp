// Every XML and JSON file of the sample data beside the project: how many records it gives, and
// that none of it is a fault. Skipped with a word where the samples are absent.
#include <catch2/catch.hpp>
#include <map>

#include "tests/support/sample_data.h"
#include "tests/unit/drivers/formats/decoded_source.h"

namespace storeward {
namespace {

struct Reading {
  std::string kind, records;
  std::size_t count = 1;
};

const std::string events = "epcisBody/eventList";
const std::string captured = "epcis/openepcis/JSON/Capture/";

// Those that are not one JSON document of one record.
const std::map<std::string, Reading> readings = {
    {"poslog/ncr_acs_v2.1_small.xml", {"xml", "Transaction", 2}},
    {"synthetic/poslog_v6.xml", {"xml", "Transaction", 6}},
    {"synthetic/zebra_fx_iotc_simple.json", {"json", "", 2}},
    {"epcis/openepcis/1.2_ObjectEvent.xml", {"xml", "ObjectEvent", 1}},
    {"epcis/openepcis/1.2_GS1_US_Pharma_Example_2_2_1_1.xml", {"xml", "ObjectEvent", 4}},
    {captured + "Documents/TransactionEvent.json", {"json", events, 2}},
    {captured + "Documents/AssociationEvent.json", {"json", events, 2}},
    {captured + "Documents/ObjectEvent_with_error_declaration.json", {"json", events, 2}},
    {captured + "Documents/Namespaces_at_different_level.json", {"json", events, 5}},
    {captured + "Invalid/Combination_of_multiple_invalid_fields.json", {"json", events, 5}},
    {captured + "Invalid/ObjectEvent_with_non_standard_bizStep_in_second_event.json",
     {"json", events, 2}},
};

Reading reading_of(const std::string& name) {
  if (const auto known = readings.find(name); known != readings.end()) return known->second;
  return {"json", name.starts_with("epcis/") ? events : "", 1};
}

TEST_CASE("every XML and JSON sample becomes records, and nothing of it is a fault") {
  const auto samples = support::sample_data();
  if (!samples) {
    WARN("skipped: no shared/data beside the project");
    return;
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*samples)) {
    const std::string extension = entry.path().extension();
    if (extension != ".xml" && extension != ".json") continue;
    const std::string name = entry.path().lexically_relative(*samples);
    const Reading reading = reading_of(name);
    FormatOptions options;
    options.kind = reading.kind;
    options.records = reading.records;
    const auto items = testing::decoded(options, support::content_of(entry.path()));
    INFO(name);
    testing::check_places(support::content_of(entry.path()), items);
    CHECK(testing::faults_of(items).empty());
    CHECK(testing::records_of(items).size() == reading.count);
    ++files;
  }
  CHECK(files == 45);
}

}  // namespace
}  // namespace storeward
