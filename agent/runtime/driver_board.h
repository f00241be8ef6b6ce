// DriverBoard: owns the drivers, made from the configuration's [[driver]] tables, and speaks for
// them: back-pressure, shutdown, status. Owned by the io thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/runtime/driver_kinds.h"
#include "agent/runtime/refusals.h"
#include "config/config.h"
#include "config/template_file.h"
#include "drivers/driver.h"
#include "drivers/http/driver.h"
#include "store/outbox_reader.h"

namespace storeward {

// What a driver's records become: its template and what the configuration says beside it. Also for
// the command line, which maps without an agent.
Result<std::shared_ptr<const FeedPlan>> feed_plan(const config::Driver& driver,
                                                  const config::Config& config,
                                                  const AdmissionOptions& admission);

// What is wrong with the drivers' templates, as a start would find it: one text for each driver.
std::vector<std::string> template_faults(const config::Config& config,
                                         const AdmissionOptions& admission);

class DriverBoard {
 public:
  // Fails with what is wrong with which driver; then none has been started.
  static Result<std::unique_ptr<DriverBoard>> make(const config::Config& config,
                                                   const AdmissionOptions& admission,
                                                   const DriverHost& host);

  void start();
  void set_paused(bool paused);  // cheap when nothing changes
  void begin_stop();
  bool idle() const;
  std::vector<DriverStatus> status() const;
  // For the intake; null: there is none of that name.
  HttpDriver* http_driver(std::string_view name) const;

  // What drivers ask a person, one after the other; empty: nothing.
  std::string questions() const;
  Result<void> answer(const std::string& driver, const std::string& word);

  // A record that was kept as an exception, by its driver's template as it is now. Fails where the
  // driver is gone or the record was never readable.
  Result<Delivery> remap(const store::Exception& exception) const;

 private:
  struct Entry {
    std::string name, kind;
    DriverPlans plans;
    std::shared_ptr<const Refusals> refusals;
    std::unique_ptr<Driver> driver;
  };
  std::vector<Entry> entries_;
  bool paused_ = false;
};

}  // namespace storeward
