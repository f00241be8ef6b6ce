#include "trial_text.h"

#include <nlohmann/json.hpp>

namespace storeward::templates_test {
namespace {

using nlohmann::json;

std::string line_of(const TriedEvent& event) {
  json shown = json::parse(event.json);
  shown["data"]["origin"].erase("rawSha256");
  return shown.dump() + "\n";
}

}  // namespace

TrialText trial_text(const std::string& name, const std::filesystem::path& sample,
                     const std::string& currency, const mapping::Given& values) {
  config::Config config;
  config.site = {.tenant = "acme", .id = "store-1", .timezone = "Europe/Berlin"};
  config.site.currency = currency;
  config.templates.directory = std::filesystem::path(STOREWARD_SOURCE_DIR) / "config/templates";
  TrialText text;
  const auto trial = TemplateTrial::open(name, config);
  if (!trial) {
    text.problem = trial.error().message;
    return text;
  }
  const auto take = [&text](const TriedRecord& record) {
    for (const TriedEvent& event : record.events) text.lines += line_of(event);
    for (const std::string& reason : record.exceptions) {
      text.lines += json{{"exception", reason}}.dump() + "\n";
    }
    if (record.used) {
      text.used += std::to_string(record.used->number) + " " + record.used->register_id + "/" +
                   record.used->business_date + "\n";
    }
    if (!record.ignored.empty()) {
      json line = {{"record", record.number}, {"ignored", record.ignored}};
      if (record.used) line["used"] = record.used->number;
      text.lines += line.dump() + "\n";
    }
    return true;
  };
  mapping::Given given = {{"receivedAt", "2026-11-20T09:15:02Z"}, {"sequence", "1"}};
  given.insert(values.begin(), values.end());
  const auto totals = trial->run(sample, take, given);
  if (totals) {
    text.totals = *totals;
  } else {
    text.problem = totals.error().message;
  }
  return text;
}

std::filesystem::path shared_data() {
  for (std::filesystem::path at = STOREWARD_SOURCE_DIR; at.has_relative_path();
       at = at.parent_path()) {
    if (std::filesystem::exists(at / "shared/data/NOTES.md")) return at / "shared/data";
  }
  return {};
}

}  // namespace storeward::templates_test
