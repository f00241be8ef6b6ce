// DriverTemplates: the templates that one driver maps by. Io thread, or the command line, which
// maps without an agent.
//
// The rule: a running driver keeps the templates it was started with until the agent is started
// again; an exception is edited and handed in again by the file as it is by then. So no file or
// message is mapped half by one version and half by another, and a mended template can be tried on
// what it failed. Where the file is another template than the driver's, status() says so from then
// on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/status.h"
#include "agent/runtime/driver_kinds.h"
#include "config/config.h"
#include "drivers/feed.h"

namespace storeward {

// What a driver's records become: its template and what the configuration says beside it.
Result<std::shared_ptr<const FeedPlan>> feed_plan(const config::Driver& driver,
                                                  const config::Config& config,
                                                  const AdmissionOptions& admission);

// What is wrong with the drivers' templates, as a start would find it: one text for each driver.
std::vector<std::string> template_faults(const config::Config& config,
                                         const AdmissionOptions& admission);

// A driver's template as its file is now.
struct TemplateNow {
  std::shared_ptr<const FeedPlan> plan;
  // The version that the running driver maps by, where that is another template (or another text
  // under the same version).
  std::optional<std::string> in_use;
};

// How a person is told of one of two templates that differ: by its version, where that tells them
// apart.
std::string version_words(const std::string& version, const std::string& of_the_other);

class DriverTemplates {
 public:
  // Fails with what is wrong with which template of which driver; also where that one's keys need
  // what this kind of driver does not say.
  static Result<DriverTemplates> load(const config::Driver& driver, const config::Config& config,
                                      const AdmissionOptions& admission);

  DriverPlans plans() const;
  std::vector<TemplateStatus> status() const;

  // The one called `name`, else the driver's main one; from its file, and what that extends, as
  // they are now. Fails with every mistake's place.
  Result<TemplateNow> read_anew(const std::string& name);

 private:
  struct Used {
    std::string topic;      // empty: the driver's main one
    std::string reference;  // as configured: a name or a file
    std::shared_ptr<const FeedPlan> plan;
    std::optional<std::string> on_disk;  // version last read anew, where it is another template
  };

  DriverTemplates(const config::Driver& driver, const config::Config& config,
                  const AdmissionOptions& admission)
      : driver_(driver), config_(config), admission_(admission) {}
  Result<std::shared_ptr<const FeedPlan>> plan_by(const std::string& reference) const;

  config::Driver driver_;
  config::Config config_;
  AdmissionOptions admission_;
  std::vector<Used> used_;  // the main one first
};

}  // namespace storeward
