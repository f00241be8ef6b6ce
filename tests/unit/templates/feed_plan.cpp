#include "tests/unit/templates/feed_plan.h"

#include <catch2/catch.hpp>

#include "agent/runtime/driver_templates.h"
#include "agent/runtime/part_options.h"

namespace storeward::templates_test {

std::shared_ptr<const FeedPlan> plan_by(const std::string& name) {
  static const TimeZone berlin = TimeZone::named("Europe/Berlin").value();
  config::Config config;
  config.site = {.tenant = "acme", .id = "store-1", .timezone = "Europe/Berlin"};
  config.site.currency = "EUR";
  config.templates.directory = std::filesystem::path(STOREWARD_SOURCE_DIR) / "config/templates";
  config::Driver driver;
  driver.name = "planted";
  driver.template_name = name;
  auto plan = feed_plan(driver, config, admission_options(config, berlin));
  REQUIRE(plan);
  return *plan;
}

}  // namespace storeward::templates_test
