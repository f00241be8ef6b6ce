#include "agent/runtime/driver_board.h"

#include <algorithm>
#include <cstdlib>

#include "agent/core/record_json.h"
#include "agent/runtime/driver_kinds.h"
#include "agent/runtime/queue_share.h"

namespace storeward {

Result<std::shared_ptr<const FeedPlan>> feed_plan(const config::Driver& driver,
                                                  const config::Config& config,
                                                  const AdmissionOptions& admission) {
  const auto loaded = config::load_template(driver.template_name, config.templates.directory);
  if (!loaded) return fail(config::to_text(loaded.error()));
  auto plan = std::make_shared<FeedPlan>();
  plan->mapping = {*loaded, &(*loaded)->mapping};
  plan->format = (*loaded)->format;
  plan->admission = admission;
  const std::string source = driver.source.empty() ? driver.name : driver.source;
  plan->submitter = {.name = source,
                     .sources = {},
                     .vouched = plan->mapping->vouched,
                     .circumstances = plan->mapping->circumstances};
  plan->context = {.driver = driver.name,
                   .source = source,
                   .file = {},
                   .site_zone = admission.time_zone,
                   .year = std::atoi(to_rfc3339(SystemClock().wall()).c_str()),
                   .given = {{"site", config.site.id},
                             {"currency", config.site.currency},
                             {"driver", driver.name},
                             {"source", source}}};
  for (const std::string& pair : driver.values) {
    const std::size_t equals = pair.find('=');  // the configuration has checked that there is one
    plan->context.given.insert_or_assign(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return std::shared_ptr<const FeedPlan>(std::move(plan));
}

namespace {

Result<std::shared_ptr<const FeedPlan>> tried_plan(const config::Driver& driver,
                                                   const config::Config& config,
                                                   const AdmissionOptions& admission) {
  auto plan = feed_plan(driver, config, admission);
  if (!plan) return plan;
  if (const auto readable = Feed::open(*plan, ""); !readable) {
    return fail("template " + driver.template_name + ": " + readable.error().message);
  }
  return plan;
}

Result<DriverPlans> plans_of(const config::Driver& driver, const config::Config& config,
                             const AdmissionOptions& admission) {
  DriverPlans plans;
  auto rule = tried_plan(driver, config, admission);
  if (!rule) return Unexpected{rule.error()};
  plans.plan = std::move(*rule);
  for (const std::string& pair : driver.topic_templates) {
    const std::size_t equals = pair.find('=');  // the configuration has checked that there is one
    config::Driver of_topic = driver;
    of_topic.template_name = pair.substr(equals + 1);
    auto plan = tried_plan(of_topic, config, admission);
    if (!plan) return Unexpected{plan.error()};
    plans.topics.insert_or_assign(pair.substr(0, equals), std::move(*plan));
  }
  return plans;
}

// The one whose template made the exception, if it still has a topic.
const FeedPlan& plan_named(const DriverPlans& plans, const std::string& template_name) {
  for (const auto& [topic, plan] : plans.topics) {
    if (plan->mapping->name == template_name) return *plan;
  }
  return *plans.plan;
}

std::string of_driver(const config::Driver& driver, const std::string& what) {
  return "driver \"" + driver.name + "\": " + what;
}

}  // namespace

std::vector<std::string> template_faults(const config::Config& config,
                                         const AdmissionOptions& admission) {
  std::vector<std::string> faults;
  for (const config::Driver& driver : config.drivers) {
    const auto plans = plans_of(driver, config, admission);
    if (!plans) faults.push_back(of_driver(driver, plans.error().message));
  }
  return faults;
}

Result<std::unique_ptr<DriverBoard>> DriverBoard::make(const config::Config& config,
                                                       const AdmissionOptions& admission,
                                                       const DriverHost& host) {
  auto board = std::make_unique<DriverBoard>();
  for (const config::Driver& driver : config.drivers) {
    const auto plans = plans_of(driver, config, admission);
    if (!plans) return fail(of_driver(driver, plans.error().message));
    DriverHost own = host;
    const auto refusals = std::make_shared<Refusals>(host.clock);
    own.submit = with_refusals_noted(with_queue_share(host.submit, share_of_a_source), refusals);
    auto made = make_driver(driver, *plans, own);
    if (!made) return fail(of_driver(driver, made.error().message));
    board->entries_.push_back({driver.name, driver.kind, *plans, refusals, std::move(*made)});
  }
  return board;
}

void DriverBoard::start() {
  for (const Entry& entry : entries_) entry.driver->start();
}

void DriverBoard::set_paused(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  for (const Entry& entry : entries_) entry.driver->set_paused(paused);
}

void DriverBoard::begin_stop() {
  for (const Entry& entry : entries_) entry.driver->begin_stop();
}

bool DriverBoard::idle() const {
  return std::ranges::all_of(entries_, [](const Entry& entry) { return entry.driver->idle(); });
}

Result<Delivery> DriverBoard::remap(const store::Exception& exception) const {
  const auto entry = std::ranges::find(entries_, exception.origin.driver, &Entry::name);
  if (entry == entries_.end()) {
    return fail("there is no driver \"" + exception.origin.driver +
                "\" any more; put it back, or discard");
  }
  Record record;
  if (const auto read = read_record_json(exception.masked, record); !read) {
    return fail(
        "the record could not be read when it came, so no template can map it: correct the "
        "source and hand it in again, then discard this (" +
        read.error().message + ")");
  }
  const FeedPlan& plan = plan_named(entry->plans, exception.origin.template_name);
  FedRecord fed = fed_record(plan, plan.context, record, {}, exception.masked);
  Delivery delivery;
  hand_over(fed, delivery);
  return delivery;
}

HttpDriver* DriverBoard::http_driver(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : dynamic_cast<HttpDriver*>(found->driver.get());
}

std::string DriverBoard::questions() const {
  std::string all;
  for (const Entry& entry : entries_) {
    const DriverHealth health = entry.driver->health();
    if (!health.asks) continue;
    all += (all.empty() ? "" : " — ") + std::string("driver ") + entry.name + ": " + health.detail;
  }
  return all;
}

Result<void> DriverBoard::answer(const std::string& driver, const std::string& word) {
  const auto entry = std::ranges::find(entries_, driver, &Entry::name);
  if (entry == entries_.end()) return fail("there is no driver \"" + driver + "\"");
  return entry->driver->answer(word);
}

std::vector<DriverStatus> DriverBoard::status() const {
  std::vector<DriverStatus> all;
  for (const Entry& entry : entries_) {
    DriverHealth health = entry.driver->health();
    if (const std::string why = entry.refusals->why();
        health.state == DriverState::ok && !why.empty()) {
      health.state = DriverState::paused;
      health.detail = "the store takes nothing: " + why;
    }
    all.push_back({.name = entry.name,
                   .kind = entry.kind,
                   .state = health.state,
                   .detail = std::move(health.detail),
                   .last_delivery = health.last_delivery,
                   .look = health.look});
  }
  return all;
}

}  // namespace storeward
