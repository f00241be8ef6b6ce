#include "agent/runtime/driver_board.h"

#include <algorithm>

#include "agent/base/log.h"
#include "agent/runtime/driver_kinds.h"
#include "agent/runtime/queue_share.h"

namespace storeward {
namespace {

// Mistakes of a template, a line each, as one line of an answer and of the audit trail.
std::string on_one_line(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    text.append(text.empty() ? "" : "; ").append(line);
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
  }
  return text;
}

// What a person reads where the file has changed under a running driver; empty: it has not.
std::string changed_since_start(const std::vector<TemplateStatus>& templates) {
  for (const TemplateStatus& used : templates) {
    if (!used.on_disk) continue;
    return "maps by template " + used.name + " " + used.version +
           " as it was when the agent started; exceptions are handed in again by what its file "
           "has now, " +
           version_words(*used.on_disk, used.version) +
           ". For deliveries too: systemctl restart storeward";
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<DriverBoard>> DriverBoard::make(const config::Config& config,
                                                       const AdmissionOptions& admission,
                                                       const DriverHost& host) {
  auto board = std::make_unique<DriverBoard>();
  for (const config::Driver& driver : config.drivers) {
    auto templates = DriverTemplates::load(driver, config, admission);
    if (!templates) return Unexpected{templates.error()};
    DriverHost own = host;
    const auto refusals = std::make_shared<Refusals>(host.clock);
    own.submit = with_refusals_noted(with_queue_share(host.submit, share_of_a_source), refusals);
    DriverPlans plans = templates->plans();
    plans.configured = config.drivers;
    auto made = make_driver(driver, plans, own);
    if (!made) return fail("driver \"" + driver.name + "\": " + made.error().message);
    board->entries_.push_back(
        {driver.name, driver.kind, std::move(*templates), refusals, std::move(*made)});
  }
  return board;
}

void DriverBoard::start() {
  for (const Entry& entry : entries_) entry.driver->start();
}

void DriverBoard::set_paused(bool paused) {
  if (paused == paused_) return;
  paused_ = paused;
  for (const Entry& entry : entries_) entry.driver->set_paused(paused);
}

void DriverBoard::begin_stop() {
  for (const Entry& entry : entries_) entry.driver->begin_stop();
}

bool DriverBoard::idle() const {
  return std::ranges::all_of(entries_, [](const Entry& entry) { return entry.driver->idle(); });
}

Result<TemplateNow> DriverBoard::template_now(const Origin& origin) {
  const auto entry = std::ranges::find(entries_, origin.driver, &Entry::name);
  if (entry == entries_.end()) {
    return fail("there is no driver \"" + origin.driver + "\" any more; put it back, or discard");
  }
  auto now = entry->templates.read_anew(origin.template_name);
  if (!now) return fail("its template does not load: " + on_one_line(now.error().message));
  return now;
}

HttpDriver* DriverBoard::http_driver(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : dynamic_cast<HttpDriver*>(found->driver.get());
}

std::string DriverBoard::questions() const {
  std::string all;
  for (const Entry& entry : entries_) {
    const DriverHealth health = entry.driver->health();
    if (!health.asks) continue;
    all += (all.empty() ? "" : " — ") + std::string("driver ") + entry.name + ": " + health.detail;
  }
  return all;
}

Result<void> DriverBoard::answer(const std::string& driver, const std::string& word) {
  const auto entry = std::ranges::find(entries_, driver, &Entry::name);
  if (entry == entries_.end()) return fail("there is no driver \"" + driver + "\"");
  return entry->driver->answer(word);
}

std::vector<DriverStatus> DriverBoard::status() const {
  std::vector<DriverStatus> all;
  for (const Entry& entry : entries_) {
    DriverHealth health = entry.driver->health();
    if (const std::string why = entry.refusals->why();
        health.state == DriverState::ok && !why.empty()) {
      health.state = DriverState::paused;
      health.detail = "the store takes nothing: " + why;
    }
    std::vector<TemplateStatus> templates = entry.templates.status();
    if (std::string changed = changed_since_start(templates);
        !changed.empty() && health.state == DriverState::ok) {
      health.look = true;
      health.detail += (health.detail.empty() ? "" : "; ") + changed;
    }
    all.push_back({.name = entry.name,
                   .kind = entry.kind,
                   .state = health.state,
                   .detail = std::move(health.detail),
                   .last_delivery = health.last_delivery,
                   .look = health.look,
                   .templates = std::move(templates)});
  }
  return all;
}

void DriverBoard::look() {
  for (const DriverStatus& driver : status()) {
    const auto entry = journal_.look(driver);
    if (!entry) continue;
    if (entry->failing) {
      log::warn("{}", entry->text);
    } else {
      log::info("{}", entry->text);
    }
  }
}

}  // namespace storeward
