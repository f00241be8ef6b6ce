// DriverBoard: owns the drivers, made from the configuration's [[driver]] tables, and speaks for
// them: back-pressure, shutdown, status. Owned by the io thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/runtime/driver_journal.h"
#include "agent/runtime/driver_templates.h"
#include "agent/runtime/refusals.h"
#include "config/config.h"
#include "drivers/driver.h"
#include "drivers/http/driver.h"

namespace storeward {

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
  void look();  // now and then: what begins to fail, and is ok again, goes to the log
  // For the intake; null: there is none of that name.
  HttpDriver* http_driver(std::string_view name) const;

  // What drivers ask a person, one after the other; empty: nothing.
  std::string questions() const;
  Result<void> answer(const std::string& driver, const std::string& word);

  // The template that an exception came by, as its file is now. Fails where the driver is gone or
  // the template cannot be used.
  Result<TemplateNow> template_now(const Origin& origin);

 private:
  struct Entry {
    std::string name, kind;
    DriverTemplates templates;
    std::shared_ptr<const Refusals> refusals;
    std::unique_ptr<Driver> driver;
  };
  std::vector<Entry> entries_;
  DriverJournal journal_;
  bool paused_ = false;
};

}  // namespace storeward
