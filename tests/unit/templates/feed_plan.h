// The plan of a driver at a site of its own that hands in through a template.
#pragma once

#include <memory>
#include <string>

#include "drivers/feed.h"

namespace storeward::templates_test {

// `name`: of a template or its file.
std::shared_ptr<const FeedPlan> plan_by(const std::string& name);

}  // namespace storeward::templates_test
