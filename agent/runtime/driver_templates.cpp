#include "agent/runtime/driver_templates.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "agent/runtime/said_by_drivers.h"
#include "config/template_file.h"
#include "drivers/formats/decoder.h"

namespace storeward {
namespace {

bool same(const mapping::Template& one, const mapping::Template& other) {
  return one.name == other.name && one.digest == other.digest;
}

}  // namespace

Result<std::shared_ptr<const FeedPlan>> feed_plan(const config::Driver& driver,
                                                  const config::Config& config,
                                                  const AdmissionOptions& admission) {
  const auto loaded = config::load_template(driver.template_name, config.templates.directory);
  if (!loaded) return fail(config::to_text(loaded.error()));
  if (const auto decoder = make_decoder((*loaded)->format); !decoder) {
    return fail(to_text(config::problem_of_format(**loaded, decoder.error().message)));
  }
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
                   .own_site = config.site.id,
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

Result<std::shared_ptr<const FeedPlan>> DriverTemplates::plan_by(
    const std::string& reference) const {
  config::Driver driver = driver_;
  driver.template_name = reference;
  return feed_plan(driver, config_, admission_);
}

std::string version_words(const std::string& version, const std::string& of_the_other) {
  return version == of_the_other ? "another text of that version" : "version " + version;
}

Result<DriverTemplates> DriverTemplates::load(const config::Driver& driver,
                                              const config::Config& config,
                                              const AdmissionOptions& admission) {
  DriverTemplates templates(driver, config, admission);
  templates.used_.push_back({.topic = {}, .reference = driver.template_name});
  for (const std::string& pair : driver.topic_templates) {
    const std::size_t equals = pair.find('=');  // the configuration has checked that there is one
    templates.used_.push_back(
        {.topic = pair.substr(0, equals), .reference = pair.substr(equals + 1)});
  }
  for (Used& used : templates.used_) {
    auto plan = templates.plan_by(used.reference);
    if (!plan) return fail("driver \"" + driver.name + "\": " + plan.error().message);
    used.plan = std::move(*plan);
    const mapping::Template& mapping = *used.plan->mapping;
    if (const std::string unsaid = unsaid_in_keys(mapping, driver); !unsaid.empty()) {
      return fail("driver \"" + driver.name + "\": template " + mapping.name + ": " + unsaid);
    }
  }
  return templates;
}

std::vector<std::string> template_faults(const config::Config& config,
                                         const AdmissionOptions& admission) {
  std::vector<std::string> faults;
  for (const config::Driver& driver : config.drivers) {
    const auto templates = DriverTemplates::load(driver, config, admission);
    if (!templates) faults.push_back(templates.error().message);
  }
  return faults;
}

DriverPlans DriverTemplates::plans() const {
  DriverPlans plans;
  for (const Used& used : used_) {
    if (used.topic.empty()) {
      plans.plan = used.plan;
    } else {
      plans.topics.insert_or_assign(used.topic, used.plan);
    }
  }
  return plans;
}

std::vector<TemplateStatus> DriverTemplates::status() const {
  std::vector<TemplateStatus> all;
  for (const Used& used : used_) {
    const mapping::Template& in_use = *used.plan->mapping;
    const auto known = std::ranges::find(all, in_use.name, &TemplateStatus::name);
    if (known == all.end()) {
      all.push_back({.name = in_use.name, .version = in_use.version, .on_disk = used.on_disk});
    }
  }
  return all;
}

Result<TemplateNow> DriverTemplates::read_anew(const std::string& name) {
  const auto called = std::ranges::find(
      used_, name, [](const Used& used) -> const std::string& { return used.plan->mapping->name; });
  Used& used = called != used_.end() ? *called : used_.front();
  auto plan = plan_by(used.reference);
  if (!plan) return Unexpected{plan.error()};
  TemplateNow now{.plan = std::move(*plan), .in_use = std::nullopt};
  used.on_disk.reset();
  if (!same(*now.plan->mapping, *used.plan->mapping)) {
    now.in_use = used.plan->mapping->version;
    used.on_disk = now.plan->mapping->version;
  }
  return now;
}

}  // namespace storeward
