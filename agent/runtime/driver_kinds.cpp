#include "agent/runtime/driver_kinds.h"

#include <array>

#include "drivers/exec/driver.h"
#include "drivers/file_drop/driver.h"

namespace storeward {
namespace {

using Made = Result<std::unique_ptr<Driver>>;
using Plan = std::shared_ptr<const FeedPlan>;

struct Kind {
  std::string_view name;
  Made (*make)(const config::Driver&, Plan, const DriverHost&);
};

Made file_drop_driver(const config::Driver& driver, Plan plan, const DriverHost& host) {
  return file_drop::make_file_drop({.driver = driver.name,
                                    .directory = driver.directory,
                                    .pattern = driver.pattern,
                                    .marker = driver.marker,
                                    .poll = driver.poll_interval,
                                    .settle = driver.settle_time,
                                    .keep_copy = !driver.remove_originals,
                                    .keep_days = driver.keep_days,
                                    .answer_directory = driver.answer_directory},
                                   std::move(plan), host);
}

Made exec_driver(const config::Driver& driver, Plan plan, const DriverHost& host) {
  exec::ExecOptions options{
      .driver = driver.name,
      .program = {.file = driver.command.front(),
                  .name = driver.command.front(),
                  .arguments = {driver.command.begin() + 1, driver.command.end()},
                  .environment = exec::bare_environment(),
                  .most_data_bytes = driver.memory_mib << 20,
                  .own_errors = true,
                  .own_group = true},
      .settings = driver.settings,
      .max_line_bytes = driver.max_line_bytes,
      .silence_timeout = driver.silence_timeout,
      .restart_most = driver.restart_most,
      .again = driver.again};
  for (const std::string& pair : driver.environment) options.program.environment->push_back(pair);
  return exec::make_exec(std::move(options), std::move(plan), host);
}

constexpr std::array kinds = {
    Kind{"exec", exec_driver},
    Kind{"file_drop", file_drop_driver},
};

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
