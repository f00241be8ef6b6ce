// The kinds of drivers there are: from a [[driver]] table to the driver. One line a kind.
#pragma once

#include <memory>

#include "agent/base/result.h"
#include "config/config.h"
#include "drivers/driver.h"

namespace storeward {

// Null where the kind is not known (the configuration has checked it). Fails with what is wrong.
Result<std::unique_ptr<Driver>> make_driver(const config::Driver& driver,
                                            std::shared_ptr<const FeedPlan> plan,
                                            const DriverHost& host);

}  // namespace storeward
