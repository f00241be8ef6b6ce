// The kinds of drivers there are: from a [[driver]] table to the driver. One line a kind.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "agent/base/result.h"
#include "config/config.h"
#include "drivers/driver.h"

namespace storeward {

struct DriverPlans {
  std::shared_ptr<const FeedPlan> plan;
  // Of what a source calls otherwise (driver.topics), by what it calls it.
  std::map<std::string, std::shared_ptr<const FeedPlan>, std::less<>> topics;
  std::span<const config::Driver> configured{};  // all drivers, in their order
};

// Null where the kind is not known (the configuration has checked it). Fails with what is wrong.
Result<std::unique_ptr<Driver>> make_driver(const config::Driver& driver, const DriverPlans& plans,
                                            const DriverHost& host);

}  // namespace storeward
