#include "agent/cli/trial_text.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "agent/base/counted.h"
#include "agent/base/json_dump.h"
#include "agent/cli/terminal.h"
#include "agent/core/register_key.h"

namespace storeward::cli {

using nlohmann::json;

void print(const TriedRecord& record) {
  const std::string place = painted(place_words(record.number, record.line) + ":", Tone::quiet);
  for (const TriedEvent& event : record.events) {
    const json shown = json::parse(event.json, nullptr, false);
    std::printf("%s %s\n%s\n", place.c_str(), painted(event.type, Tone::good).c_str(),
                printable_lines(dumped(shown, 2)).c_str());
  }
  for (const TriedRepeat& repeat : record.duplicates) {
    std::printf("%s duplicate of %s: %s %s\n", place.c_str(),
                place_words(repeat.first_record, repeat.first_line).c_str(), repeat.type.c_str(),
                printable(repeat.id).c_str());
  }
  for (const std::string& reason : record.exceptions) {
    std::printf("%s %s\n", painted("exception:", Tone::bad).c_str(), printable(reason).c_str());
  }
  if (!record.ignored.empty()) {
    std::printf("%s ignored: %s\n", place.c_str(), printable(record.ignored).c_str());
  }
  if (record.used) {
    std::printf("%s uses up number %lld of %s, %s\n", place.c_str(),
                static_cast<long long>(record.used->number),
                printable(register_words(record.used->register_id)).c_str(),
                record.used->business_date.c_str());
  }
}

void print_as_json(const TriedRecord& record) {
  json line = {{"record", record.number},     {"line", record.line},
               {"offset", record.offset},     {"events", json::array()},
               {"duplicates", json::array()}, {"exceptions", json::array()}};
  for (const TriedEvent& event : record.events) {
    line["events"].push_back(json::parse(event.json, nullptr, false));
  }
  for (const TriedRepeat& repeat : record.duplicates) {
    line["duplicates"].push_back({{"id", repeat.id},
                                  {"type", repeat.type},
                                  {"firstRecord", repeat.first_record},
                                  {"firstLine", repeat.first_line}});
  }
  for (const std::string& reason : record.exceptions) line["exceptions"].push_back(reason);
  if (!record.ignored.empty()) line["ignored"] = record.ignored;
  if (record.used) {
    const RegisterName name = register_name(record.used->register_id);
    line["usedNumber"] = {{"registerId", name.id},
                          {"businessDate", record.used->business_date},
                          {"number", record.used->number}};
    if (!name.site.empty()) line["usedNumber"]["siteId"] = name.site;
  }
  std::puts(dumped(line).c_str());
}

void print(const TrialTotals& totals) {
  std::printf("%s: %s, %s, %llu ignored\n", counted(totals.records, "record").c_str(),
              counted(totals.events, "event").c_str(),
              counted(totals.exceptions, "exception").c_str(),
              static_cast<unsigned long long>(totals.ignored));
  if (totals.conflicts != 0) {
    std::printf("  %8llu of the exceptions are conflicts: the same id, other content\n",
                static_cast<unsigned long long>(totals.conflicts));
  }
  if (totals.duplicates != 0) {
    std::printf("  %8llu duplicates, counted once\n",
                static_cast<unsigned long long>(totals.duplicates));
  }
  for (const auto& [type, number] : totals.by_type) {
    std::printf("  %8llu %s\n", static_cast<unsigned long long>(number), type.c_str());
  }
  for (const auto& [reason, number] : totals.ignored_for) {
    std::printf("  %8llu ignored: %s\n", static_cast<unsigned long long>(number),
                printable(reason).c_str());
  }
}

void print_as_json(const TrialTotals& totals) {
  const json line = {{"records", totals.records},       {"events", totals.events},
                     {"exceptions", totals.exceptions}, {"conflicts", totals.conflicts},
                     {"duplicates", totals.duplicates}, {"ignored", totals.ignored},
                     {"eventsByType", totals.by_type},  {"ignoredByReason", totals.ignored_for}};
  std::puts(dumped(json{{"totals", line}}).c_str());
}

}  // namespace storeward::cli
