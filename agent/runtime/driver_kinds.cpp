#include "agent/runtime/driver_kinds.h"

#include <array>

namespace storeward {
namespace {

using Made = Result<std::unique_ptr<Driver>>;
using Plan = std::shared_ptr<const FeedPlan>;

struct Kind {
  std::string_view name;
  Made (*make)(const config::Driver&, Plan, const DriverHost&);
};

constexpr std::array<Kind, 0> kinds = {};

}  // namespace

Result<std::unique_ptr<Driver>> make_driver(const config::Driver& driver,
                                            std::shared_ptr<const FeedPlan> plan,
                                            const DriverHost& host) {
  for (const Kind& kind : kinds) {
    if (kind.name == driver.kind) return kind.make(driver, std::move(plan), host);
  }
  return fail("this version has no driver of the kind \"" + driver.kind + "\"");
}

}  // namespace storeward
