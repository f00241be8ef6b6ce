#include "agent/runtime/template_trial.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>

#include "agent/base/clock.h"
#include "agent/core/event_layout.h"
#include "agent/runtime/driver_templates.h"
#include "agent/runtime/part_options.h"

namespace storeward {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

// The zone outlives every plan: the library that owns it lives as long as the process.
const TimeZone* zone_of(const config::Config& config) {
  static TimeZone zone = TimeZone::named("").value();
  if (auto named = TimeZone::named(config.site.timezone)) zone = *named;
  return &zone;
}

TriedEvent tried(const Event& event) {
  return {event.identity.id, event.type, "{" + event.bytes.substr(event_layout::unstamped.size())};
}

void take(const Event& event, const RecordPlace& place, KnownEvents& known, TriedRecord& to,
          TrialTotals& totals) {
  const KnownEvents::Known* const first = known.find_or_add(event.digests, place);
  if (first == nullptr) {
    to.events.push_back(tried(event));
  } else if (first->content == event.digests.content) {
    to.duplicates.push_back({event.identity.id, event.type, first->record, first->line});
  } else {
    ++totals.conflicts;
    to.exceptions.push_back(event.origin.place + ": conflict: " + known.place_of(*first) +
                            " gave the same id \"" + event.identity.id +
                            "\" with other content; the `key` does not tell the two apart, or " +
                            (known.in_this_file(*first)
                                 ? "the rows of a receipt do not follow each other (group_window)"
                                 : "one of the files corrects the other"));
  }
}

// A fault of a format begins with its line, which is mostly the record's as well.
std::string placed(const std::string& place, std::string_view reason) {
  const std::size_t end = reason.find(": ");
  if (reason.starts_with("line ") && end != reason.npos &&
      (" " + place).ends_with(" " + std::string(reason.substr(0, end)))) {
    reason.remove_prefix(end + 2);
  }
  return place + ": " + std::string(reason);
}

TriedRecord tried(FedRecord&& fed, KnownEvents& known, TrialTotals& totals) {
  TriedRecord record{.number = fed.place.number,
                     .line = fed.place.line,
                     .offset = fed.place.offset,
                     .ignored = std::move(fed.ignored),
                     .used = std::move(fed.number)};
  for (const AdmittedItem& item : fed.items) {
    if (const auto* event = std::get_if<Event>(&item)) {
      take(*event, fed.place, known, record, totals);
    }
    if (const auto* bad = std::get_if<Rejected>(&item)) {
      record.exceptions.push_back(placed(bad->origin.place, bad->reason));
    }
  }
  return record;
}

void count(const TriedRecord& record, TrialTotals& totals) {
  ++totals.records;
  totals.events += record.events.size();
  totals.exceptions += record.exceptions.size();
  totals.duplicates += record.duplicates.size();
  for (const TriedEvent& event : record.events) ++totals.by_type[event.type];
  if (record.ignored.empty()) return;
  ++totals.ignored;
  ++totals.ignored_for[record.ignored];
}

}  // namespace

const KnownEvents::Known* KnownEvents::find_or_add(const EventDigests& digests,
                                                   const RecordPlace& place) {
  if (recent_.size() == most_recent) {
    older_ = std::move(recent_);
    recent_ = {};
  }
  if (const auto at = older_.find(digests.key); at != older_.end()) return &at->second;
  const auto [at, added] = recent_.try_emplace(
      digests.key, Known{digests.content, place.number, place.line, files_.size()});
  return added ? nullptr : &at->second;
}

std::string KnownEvents::place_of(const Known& known) const {
  const std::string place = place_words(known.record, known.line);
  return in_this_file(known) ? place : files_[known.file - 1] + " " + place;
}

std::string place_words(std::uint64_t record, std::uint64_t line) {
  return line != 0 ? "line " + std::to_string(line) : "record " + std::to_string(record);
}

Result<TemplateTrial> TemplateTrial::open(const std::string& name, const config::Config& config) {
  config::Driver driver;
  driver.name = "trial";
  driver.template_name = name;
  auto plan = feed_plan(driver, config, admission_options(config, *zone_of(config)));
  if (!plan) return Unexpected{plan.error()};
  TemplateTrial trial;
  trial.plan_ = std::move(*plan);
  return trial;
}

Result<TrialTotals> TemplateTrial::run(const std::filesystem::path& sample,
                                       const std::function<bool(const TriedRecord&)>& on_record,
                                       mapping::Given given) const {
  KnownEvents known;
  return run(sample, on_record, std::move(given), known);
}

Result<TrialTotals> TemplateTrial::run(const std::filesystem::path& sample,
                                       const std::function<bool(const TriedRecord&)>& on_record,
                                       mapping::Given given, KnownEvents& known) const {
  std::ifstream stream(sample, std::ios::binary);
  if (!stream) return fail(sample.string() + " cannot be read: " + std::strerror(errno));
  std::error_code untold;
  const auto modified = std::filesystem::last_write_time(sample, untold);
  if (!untold) {
    given.try_emplace(
        "modifiedAt",
        to_rfc3339(std::chrono::floor<Millis>(std::chrono::file_clock::to_sys(modified))));
  }
  auto feed = Feed::open(plan_, sample.filename().string(), std::move(given));
  if (!feed) return Unexpected{feed.error()};
  known.begin_file(sample);
  TrialTotals totals;
  std::string chunk(chunk_bytes, '\0');
  FedRecord fed;
  for (;;) {
    switch (feed->next(fed)) {
      case Fed::record: {
        const TriedRecord record = tried(std::move(fed), known, totals);
        count(record, totals);
        if (!on_record(record)) return totals;
        break;
      }
      case Fed::need_more: {
        chunk.resize(chunk_bytes);
        stream.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        if (stream.bad()) return fail(sample.string() + ": " + std::strerror(errno));
        chunk.resize(static_cast<std::size_t>(stream.gcount()));
        feed->feed(chunk, stream.eof());
        break;
      }
      case Fed::end:
        return totals;
    }
  }
}

}  // namespace storeward
