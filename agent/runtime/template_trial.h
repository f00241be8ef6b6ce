// TemplateTrial: what a template makes of a file, without an agent and without storing anything.
// For the command line; reads the file, blocks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/base/result.h"
#include "config/config.h"
#include "drivers/feed.h"

namespace storeward {

struct TriedEvent {
  std::string id, type;
  std::string json;  // as it would be published, but for epoch, sequence and recorded time
};

// "line 17", or "record 3" where the format has no lines (line 0).
std::string place_words(std::uint64_t record, std::uint64_t line);

// An event that says again what one before it said.
struct TriedRepeat {
  std::string id, type;
  std::uint64_t first_record = 0, first_line = 0;  // of the one before; line 0: it has none
};

struct TriedRecord {
  std::uint64_t number = 0, line = 0, offset = 0;
  std::vector<TriedEvent> events;       // that would be stored
  std::vector<TriedRepeat> duplicates;  // the same id and content once more: counted once
  // Reasons, with the place. The same id with other content is among them, as a conflict.
  std::vector<std::string> exceptions;
  std::string ignored;             // why it does not count
  std::optional<UsedNumber> used;  // number of its register, where it is no receipt
};

struct TrialTotals {
  std::uint64_t records = 0, events = 0, exceptions = 0, ignored = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t conflicts = 0;  // of the exceptions
  std::map<std::string, std::uint64_t> by_type;
  std::map<std::string, std::uint64_t> ignored_for;
};

// What the dedup index would say of an event of the same source: of the four million events before
// it, at least.
class KnownEvents {
 public:
  struct Known {
    std::uint64_t content = 0, record = 0, line = 0;
    std::size_t file = 0;  // the how manyth, from 1
  };

  // What is added from now on stands in this file.
  void begin_file(const std::filesystem::path& file) { files_.push_back(file.string()); }

  // The one of the same key before it; none: it is new, and known from now on.
  const Known* find_or_add(const EventDigests& digests, const RecordPlace& place);

  bool in_this_file(const Known& known) const { return known.file == files_.size(); }
  // "line 17", or where it stands in a file before: "done/a.csv line 17".
  std::string place_of(const Known& known) const;

 private:
  static constexpr std::size_t most_recent = 4'000'000;
  std::vector<std::string> files_;
  std::unordered_map<std::uint64_t, Known> recent_, older_;
};

class TemplateTrial {
 public:
  // `name`: a template's name or file. Fails with every mistake in it.
  static Result<TemplateTrial> open(const std::string& name, const config::Config& config);

  // Calls `tried` for each record until it says false. `given`: what a driver would add (when a
  // scan came). `known`: what the files before have told. Fails where the file cannot be read.
  Result<TrialTotals> run(const std::filesystem::path& sample,
                          const std::function<bool(const TriedRecord&)>& tried,
                          mapping::Given given, KnownEvents& known) const;
  Result<TrialTotals> run(const std::filesystem::path& sample,
                          const std::function<bool(const TriedRecord&)>& tried,
                          mapping::Given given = {}) const;

 private:
  std::shared_ptr<const FeedPlan> plan_;
};

}  // namespace storeward
