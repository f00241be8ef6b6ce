// What a driver's test needs beside the driver: a plan made from a shipped template, a clock that
// stands still, and a store that answers when the test says so. io thread only.
#pragma once

#include <asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/template_file.h"
#include "drivers/driver.h"

namespace storeward::testing {

class StillClock final : public Clock {
 public:
  Instant now() const override { return instant; }
  WallTime wall() const override { return WallTime(Millis(1'795'252'502'120)); }
  Instant instant{Millis{1'000'000}};
};

inline std::shared_ptr<FeedPlan> plan_of(const std::string& template_name) {
  static const TimeZone berlin = TimeZone::named("Europe/Berlin").value();
  const auto loaded = config::load_template(template_name, "");
  ASSERT(loaded);
  auto plan = std::make_shared<FeedPlan>();
  plan->mapping = {*loaded, &(*loaded)->mapping};
  plan->format = (*loaded)->format;
  plan->admission = {.tenant = "acme", .site = "s1", .agent = "main", .time_zone = &berlin};
  plan->submitter = {.name = "scans", .sources = {}, .vouched = {}};
  plan->context.driver = plan->context.source = "scans";
  plan->context.site_zone = &berlin;
  plan->context.given = {{"site", "s1"}, {"currency", "EUR"}};
  return plan;
}

// Lines that are all ignored; each has used up a number of register 3.
inline std::shared_ptr<FeedPlan> plan_of_used_numbers() {
  const auto compiled = config::compile_template(R"([template]
name = "used"
version = "1"
[format]
kind = "lines"
[sequence]
register = {const = "3"}
business_date = {const = "2026-11-20"}
number = "line"
[[ignore]]
when = {path = "line", present = true}
reason = "training"
[[event]]
type = "retail.scan.observed.v1"
key = ["line"]
data = {raw = "line", at = {value = "receivedAt"}}
)",
                                                 "used.toml", "");
  ASSERT(compiled);
  auto plan = plan_of("scanner-lines");
  plan->mapping = {*compiled, &(*compiled)->mapping};
  plan->format = (*compiled)->format;
  return plan;
}

class StoreStub {
 public:
  struct HandedIn {
    std::vector<AdmittedItem> items;
    std::vector<UsedNumber> numbers;
    Submitted submitted;
  };

  explicit StoreStub(asio::io_context& io) : io_(io) {}

  DriverHost host() {
    return {.io = io_,
            .clock = clock,
            .submit =
                [this](Delivery&& delivery, Submitted submitted) {
                  if (full) return false;
                  most_waiting = std::max(most_waiting, waiting.size() + 1);
                  waiting.push_back({std::move(delivery.items), std::move(delivery.numbers),
                                     std::move(submitted)});
                  if (at_once) answer_all();
                  return true;
                },
            .cursors = {}};
  }

  // Answers the oldest delivery: stored, and exceptions numbered from 17 on.
  void answer() {
    HandedIn oldest = std::move(waiting.front());
    waiting.pop_front();
    std::vector<ItemOutcome> outcomes;
    for (AdmittedItem& item : oldest.items) {
      ItemOutcome outcome;
      if (auto* event = std::get_if<Event>(&item)) {
        outcome.id = event->identity.id;
        outcome.stream = event->stream;
        outcome.sequence = ++sequence;
        events.push_back(std::move(*event));
      } else {
        outcome.status = ItemStatus::quarantined;
        outcome.exception = 17 + rejected.size();
        outcome.reason = std::get<Rejected>(item).reason;
        rejected.push_back(std::move(std::get<Rejected>(item)));
      }
      outcomes.push_back(std::move(outcome));
    }
    numbers.insert(numbers.end(), oldest.numbers.begin(), oldest.numbers.end());
    oldest.submitted(std::move(outcomes));
  }
  void answer_all() {
    while (!waiting.empty()) answer();
  }
  // What the oldest delivery hears instead.
  void answer_with(SubmitResult result) {
    HandedIn oldest = std::move(waiting.front());
    waiting.pop_front();
    oldest.submitted(std::move(result));
  }
  void refuse() {
    std::vector<ItemOutcome> outcomes(waiting.front().items.size());
    for (ItemOutcome& outcome : outcomes) outcome.status = ItemStatus::refused;
    answer_with(std::move(outcomes));
  }

  StillClock clock;
  std::deque<HandedIn> waiting;
  std::size_t most_waiting = 0;
  std::vector<Event> events;  // stored, in order
  std::vector<Rejected> rejected;
  std::vector<UsedNumber> numbers;
  Sequence sequence = 0;
  bool full = false, at_once = true;

 private:
  asio::io_context& io_;
};

// "raw" of a scan as published.
inline std::string raw_of(const Event& event) {
  const std::size_t begin = event.bytes.find(R"("raw":")");
  if (begin == std::string::npos) return {};
  return event.bytes.substr(begin + 7, event.bytes.find('"', begin + 7) - begin - 7);
}

}  // namespace storeward::testing
