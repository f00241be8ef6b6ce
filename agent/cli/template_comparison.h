// TemplateComparison: the same files by two templates, event by event and in money. Keeps digests
// of the events, so that what stands in several files counts once, and their money, no more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/runtime/template_trial.h"

namespace storeward::cli {

class TemplateComparison {
 public:
  // `given`: what the driver's configuration says. Fails where the file cannot be read.
  Result<void> add(const std::filesystem::path& file, const TemplateTrial& now,
                   const TemplateTrial& then, const mapping::Given& given = {});

  bool same() const;
  nlohmann::json to_json() const;
  std::string to_text() const;

 private:
  struct Side {
    std::uint64_t events = 0, exceptions = 0, ignored = 0, duplicates = 0, conflicts = 0;
    std::map<std::string, std::int64_t> money;  // "retail.sale.completed.v1 EUR" -> minor units
    std::vector<std::string> reasons;           // of the first exceptions
    KnownEvents known;
  };
  struct Change {
    std::string what;  // added, removed, changed
    std::string id, type;
    std::vector<std::string> fields;  // paths that differ
  };
  void compare(const TriedEvent* before, const TriedEvent* after);

  Side now_, then_;
  std::uint64_t added_ = 0, removed_ = 0, changed_ = 0;
  std::vector<Change> examples_;  // the first few
};

}  // namespace storeward::cli
