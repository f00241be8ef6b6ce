// A small template and a record to put through it, for the tests of what templates can say.
#pragma once

#include <catch2/catch.hpp>

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/mapping/map_record.h"
#include "config/template_file.h"

namespace storeward::config {

inline constexpr const char* head = R"([template]
name = "till"
version = "7"
[format]
kind = "csv"
)";

inline constexpr const char* scan = R"([[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["no"]
data = {raw = "code", at = "time"}
)";

inline std::shared_ptr<const TemplateFile> compiled(const std::string& text) {
  auto made = compile_template(text, "till.toml", "");
  INFO((made ? "" : to_text(made.error())));
  REQUIRE(made);
  return *made;
}

inline std::string refused(const std::string& text) {
  const auto made = compile_template(text, "till.toml", "");
  return made ? "accepted" : to_text(made.error());
}

inline mapping::MappingContext in_the_shop() {
  static const TimeZone berlin = TimeZone::named("Europe/Berlin").value();
  return {.driver = "till",
          .source = "till-3",
          .file = "a.csv",
          .own_site = "store-1",
          .site_zone = &berlin,
          .given = {{"currency", "EUR"}, {"site", "store-1"}}};
}

inline mapping::Mapped map(const std::string& text,
                           std::initializer_list<std::pair<const char*, const char*>> fields) {
  Record record;
  for (const auto& [name, value] : fields) record.add(Record::root, name, value);
  return map_record(compiled(text)->mapping, record, {.offset = 7, .line = 2, .number = 1}, "raw",
                    in_the_shop());
}

// One value of a sale-less event, for short: what `data.x` becomes.
inline std::string one(const std::string& value,
                       std::initializer_list<std::pair<const char*, const char*>> fields,
                       const std::string& before = "") {
  const auto mapped = map(head + before + R"([[event]]
type = "retail.scan.observed.v1"
key = [{const = "1"}]
[event.data]
raw = {const = "r"}
at = {const = "2026-11-20T09:15:02Z"}
x = )" + value,
                          fields);
  if (mapped.events.empty()) return mapped.fault;
  const std::string& event = mapped.events.front();
  const auto begin = event.find("\"data\":{");
  const auto x = event.find("\"x\":", begin);
  if (x == std::string::npos) return "absent";
  return event.substr(x + 4, event.find(",\"origin\"") - x - 4);
}

// A record of rows: `n` in each of them, `no` of the record.
inline mapping::Mapped map_rows(const std::string& text, const std::vector<const char*>& numbers) {
  Record record;
  record.add(Record::root, "no", "1");
  for (const char* const number : numbers) {
    record.add(record.add(Record::root, "row"), "n", number);
  }
  return map_record(compiled(head + text)->mapping, record, {.number = 1}, "raw", in_the_shop());
}

}  // namespace storeward::config
