#include "agent/runtime/agent.h"

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/base/log.h"
#include "agent/base/program_pages.h"
#include "agent/base/version.h"
#include "agent/core/admission.h"
#include "agent/link/broker_url.h"
#include "agent/link/link_process.h"
#include "agent/runtime/alert_announcer.h"
#include "agent/runtime/alert_board.h"
#include "agent/runtime/alert_words.h"
#include "agent/runtime/certificate_watch.h"
#include "agent/runtime/clock_watch.h"
#include "agent/runtime/control_requests.h"
#include "agent/runtime/control_server.h"
#include "agent/runtime/driver_board.h"
#include "agent/runtime/exception_announcer.h"
#include "agent/runtime/exception_desk.h"
#include "agent/runtime/forward_loop.h"
#include "agent/runtime/intake.h"
#include "agent/runtime/part_options.h"
#include "agent/runtime/reader_thread.h"
#include "agent/runtime/register_watch.h"
#include "agent/runtime/service_notify.h"
#include "agent/runtime/source_cursors.h"
#include "agent/runtime/stack_report.h"
#include "agent/runtime/standing_alerts.h"
#include "agent/runtime/status_report.h"
#include "agent/runtime/status_server.h"
#include "agent/runtime/store_thread.h"
#include "agent/runtime/watchdog.h"
#include "config/changes.h"
#include "config/load.h"
#include "store/salvage.h"

namespace storeward {
namespace {

constexpr auto shutdown_limit = std::chrono::seconds(10);
constexpr auto look_interval = std::chrono::seconds(1);
constexpr unsigned looks_between_releases = 10;
constexpr auto disk_thread_limit = std::chrono::seconds(60);

struct StartFailure {
  int exit_code;  // 74 storage, 78 configuration
  std::string message;
};

using Started = Result<void, StartFailure>;

// Owns all parts. Built, started, run and ended in this order; the destructor ends them in reverse.
class Agent {
 public:
  Agent(const config::Config& config, const RunOptions& options)
      : config_(config), options_(options) {}

  int run() {
    if (const Started started = start(); !started) {
      log::error("{}", started.error().message);
      return started.error().exit_code;
    }
    service_notify::ready("accepting deliveries");
    log::info("ready: intake {}, status {}",
              config_.http.listen.empty() ? "off" : "on " + config_.http.listen,
              config_.status.listen.empty() ? "off" : "on http://" + config_.status.listen + "/");
    io_.run();
    if (const auto failure = store_->close()) {
      log::error("storage: {}", failure->message);
      return 74;
    }
    return exit_code_;
  }

 private:
  Started start();
  Started open_store();
  void start_forwarding();
  Started start_drivers();
  Started start_intake();
  Started start_status();
  Started start_control();
  void start_announcing();
  void wait_for_signals();
  void look_around();

  std::string reload();
  nlohmann::json apply_new_configuration();
  void begin_shutdown();
  void await_idle(Instant deadline);
  void end(int exit_code);

  Submit submit();
  AgentStatus status() const;

  config::Config config_;  // in force
  const RunOptions& options_;
  SystemClock clock_;
  const Instant begun_ = clock_.now();
  std::optional<TimeZone> time_zone_;
  AdmissionOptions admission_;
  std::optional<ClockWatch> clock_watch_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGINT, SIGTERM, SIGHUP};
  asio::steady_timer look_timer_{io_}, shutdown_timer_{io_};
  AlertBoard alerts_{clock_};
  StandingAlerts standing_alerts_{alerts_, config_.store};
  CertificateWatch certificates_{alerts_, config_};
  std::unique_ptr<StoreThread> store_;
  std::unique_ptr<ReaderThread> reader_;  // the forwarder's batches
  std::unique_ptr<ReaderThread> desk_;    // the command line's questions, of any length
  std::unique_ptr<ForwardLoop> forward_;
  std::unique_ptr<LinkProcess> link_;
  std::unique_ptr<DriverBoard> drivers_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<StatusServer> status_server_;
  std::unique_ptr<ExceptionAnnouncer> announcer_;
  std::unique_ptr<AlertAnnouncer> alert_announcer_;
  std::unique_ptr<RegisterWatch> register_watch_;
  std::unique_ptr<ExceptionDesk> exceptions_;
  std::unique_ptr<ControlRequests> control_requests_;
  std::unique_ptr<ControlServer> control_;
  std::unique_ptr<Watchdog> watchdog_;
  unsigned looks_ = 0;
  bool stopping_ = false;
  int exit_code_ = 0;
};

Started Agent::start() {
  auto zone = TimeZone::named(config_.site.timezone);
  if (!zone) return Unexpected{StartFailure{78, zone.error().message}};
  time_zone_ = *zone;
  admission_ = admission_options(config_, *time_zone_);
  if (Started opened = open_store(); !opened) return opened;
  clock_watch_.emplace(store_->status()->newest_at_open);
  clock_watch_->look(read_clocks());
  admission_.clock_wrong = &clock_watch_->wrong();
  start_forwarding();
  if (Started started = start_drivers(); !started) return started;
  if (Started started = start_intake(); !started) return started;
  if (Started started = start_status(); !started) return started;
  if (Started started = start_control(); !started) return started;
  start_announcing();
  wait_for_signals();
  look_around();
  // Not the desk: a question of the command line may take as long as it likes.
  watchdog_ = std::make_unique<Watchdog>(
      io_, std::vector<Watchdog::Watched>{{"store", &store_->heartbeat(), disk_thread_limit},
                                          {"reader", &reader_->heartbeat(), disk_thread_limit}});
  watchdog_->start();
  return {};
}

Started Agent::open_store() {
  const store::OutboxOptions options = outbox_options(config_);
  auto outbox = store::Outbox::open(options, clock_);
  if (!outbox) return Unexpected{StartFailure{74, outbox.error().message}};
  for (auto* thread : {&reader_, &desk_}) {
    auto reader = store::OutboxReader::open(options);
    if (!reader) return Unexpected{StartFailure{74, reader.error().message}};
    *thread = std::make_unique<ReaderThread>(std::move(*reader), io_);
  }

  store_ = std::make_unique<StoreThread>(
      std::move(*outbox), io_,
      StoreThread::Events{
          .on_committed = [this](const auto& streams,
                                 bool levels) { forward_->on_committed(streams, levels); },
          .on_forked =
              [this](const store::OutboxStatus& status) {
                forward_->on_forked(status);
                link_->set_will(last_will(status.epoch));
              },
          .on_failed = [this] { end(74); }});
  return {};
}

void Agent::start_forwarding() {
  const auto status = store_->status();
  forward_ = std::make_unique<ForwardLoop>(
      io_, clock_,
      ForwardLoop::Options{.root = topic_root(config_),
                           .agent = config_.site.agent,
                           .version = version,
                           .broker = parse_broker_url(config_.hub.urls.front()).host_port,
                           .use_properties = config_.hub.protocol == "5"},
      Forwarder(forwarder_options(config_, clock_.wall()), config_.hub.urls.size(), status->streams,
                status->epoch, clock_.now()),
      *store_, *reader_, [this](const AlertChange& change) {
        const std::string kind(kind_of(change.kind));
        if (change.raised) return alerts_.raise(kind, sentence_for(change.kind, change.detail));
        alerts_.clear(kind);
      });
  link_ = std::make_unique<LinkProcess>(
      io_, LinkProcessOptions{.mqtt = mqtt_options(config_, status->epoch)},
      forward_->link_events());
  forward_->start(*link_, *status);
}

Started Agent::start_drivers() {
  auto board = DriverBoard::make(
      config_, admission_,
      DriverHost{
          .io = io_, .clock = clock_, .submit = submit(), .cursors = source_cursors(*reader_)});
  if (!board) return Unexpected{StartFailure{78, board.error().message}};
  drivers_ = std::move(*board);
  drivers_->start();
  return {};
}

Started Agent::start_intake() {
  if (config_.http.listen.empty()) return {};
  auto intake = Intake::start(
      io_, clock_,
      {.server = intake_server_options(config_),
       .admission = admission_,
       .clients = intake_clients(config_),
       .http_driver = [this](std::string_view name) { return drivers_->http_driver(name); }},
      submit());
  if (!intake) return Unexpected{StartFailure{78, intake.error().message}};
  intake_ = std::move(*intake);
  return {};
}

Started Agent::start_status() {
  if (config_.status.listen.empty()) return {};
  auto server = StatusServer::start(
      io_, {.listen = config_.status.listen}, [this] { return status(); },
      [this] { return !stopping_ && store::takes_deliveries(store_->status()->state); });
  if (!server) return Unexpected{StartFailure{78, server.error().message}};
  status_server_ = std::move(*server);
  return {};
}

Started Agent::start_control() {
  exceptions_ = std::make_unique<ExceptionDesk>(ExceptionDesk::Parts{
      .store = *store_,
      .desk = *desk_,
      .admission = admission_,
      .template_now = [this](const Origin& origin) { return drivers_->template_now(origin); }});
  control_requests_ = std::make_unique<ControlRequests>(ControlRequests::Parts{
      .desk = *desk_,
      .store = *store_,
      .forward = *forward_,
      .exceptions = *exceptions_,
      .status = [this] { return status(); },
      .reload = [this] { return reload(); },
      .answer_driver = [this](const std::string& driver,
                              const std::string& word) { return drivers_->answer(driver, word); }});
  auto server = ControlServer::start(
      io_, config_.control.socket,
      [this](const std::string& request, const ControlPeer& peer, ControlServer::Reply reply) {
        control_requests_->handle(request, peer, std::move(reply));
      });
  if (!server) return Unexpected{StartFailure{78, server.error().message}};
  control_ = std::move(*server);
  return {};
}

// What the agent itself hands in.
void Agent::start_announcing() {
  announcer_ = std::make_unique<ExceptionAnnouncer>(ExceptionAnnouncer::Parts{
      .clock = clock_, .store = *store_, .desk = *desk_, .admission = admission_});
  alert_announcer_ =
      std::make_unique<AlertAnnouncer>(AlertAnnouncer::Parts{.clock = clock_,
                                                             .board = alerts_,
                                                             .submit = submit(),
                                                             .cursors = source_cursors(*desk_),
                                                             .admission = admission_});
  register_watch_ = std::make_unique<RegisterWatch>(
      RegisterWatch::Parts{.clock = clock_,
                           .store = *store_,
                           .desk = *desk_,
                           .admission = admission_,
                           .alert =
                               [this](const std::string& kind, const std::string& sentence) {
                                 if (sentence.empty()) return alerts_.clear(kind);
                                 alerts_.raise(kind, sentence);
                               },
                           .grace = config_.receipts.gap_grace});
}

// Clients, their tokens, the certificate and the log level change at once. Other keys need a
// restart: they stay as they are and are named. Returns what the command line shows.
std::string Agent::reload() {
  service_notify::reloading();
  nlohmann::json answer = apply_new_configuration();
  service_notify::ready("accepting deliveries");
  if (answer.contains("error")) {
    log::error("reload: the old configuration stays: {}", answer["error"].get<std::string>());
  } else {
    log::info("reload: {}", answer.dump());
  }
  return answer.dump();
}

nlohmann::json Agent::apply_new_configuration() {
  const auto loaded = config::load(options_.config_file);
  if (!loaded) return {{"ok", false}, {"error", config::to_text(loaded.error())}};
  if (intake_) {
    const auto done = intake_->reload(intake_clients(*loaded));
    if (!done) return {{"ok", false}, {"error", done.error().message}};
    certificates_.intake_reloaded();
  }
  log::set_level(loaded->log.level);
  nlohmann::json changed = nlohmann::json::array(), refused = nlohmann::json::array();
  for (const config::Change& change : config::changes(config_, *loaded)) {
    (change.reloadable ? changed : refused).push_back(change.key);
  }
  config_.http.clients = loaded->http.clients;
  config_.log.level = loaded->log.level;
  return {{"ok", true}, {"changed", changed}, {"refused", refused}};
}

void Agent::wait_for_signals() {
  signals_.async_wait([this](const asio::error_code& cancelled, int signal) {
    if (cancelled) return;
    if (signal == SIGHUP) {
      reload();
    } else {
      begin_shutdown();
    }
    wait_for_signals();
  });
}

// Once a second: what no event tells.
void Agent::look_around() {
  const auto store = store_->status();
  drivers_->set_paused(!store::takes_deliveries(store->state) || stopping_);
  if (store::is_marked_damaged(config_.store.directory)) {
    log::error("storage: outbox.db is damaged; the next start salvages it");
    return end(74);
  }
  clock_watch_->look(read_clocks());
  drivers_->look();
  standing_alerts_.look(*store, drivers_->questions(), *clock_watch_);
  certificates_.look(clock_.wall(), clock_watch_->wrong());
  announcer_->look();
  register_watch_->look();
  alert_announcer_->look();
  // What a start, a handshake or the status page needed does not stay; what is in use is back in a
  // tenth of a millisecond.
  if (looks_++ % looks_between_releases == 0) release_program_pages();
  look_timer_.expires_after(look_interval);
  look_timer_.async_wait([this](const asio::error_code& cancelled) {
    if (!cancelled) look_around();
  });
}

Submit Agent::submit() {
  return [this](Delivery&& delivery, Submitted answer) {
    return store_->submit(std::move(delivery), std::move(answer));
  };
}

AgentStatus Agent::status() const {
  const auto store = store_->status();
  return report_status({.site = config_.site,
                        .time_zone = *time_zone_,
                        .confirm = config_.hub.confirm,
                        .store = *store,
                        .forward = *forward_,
                        .alerts = alerts_,
                        .drivers = drivers_->status(),
                        .uptime = clock_.now() - begun_,
                        .now = clock_.wall()});
}

// New work is refused; what was taken is answered; then the process ends. A second signal changes
// nothing, the limit sees to the end.
void Agent::begin_shutdown() {
  if (std::exchange(stopping_, true)) return;
  log::info("ending: answering what was taken");
  service_notify::stopping();
  if (intake_) intake_->begin_shutdown();
  drivers_->begin_stop();
  await_idle(clock_.now() + shutdown_limit);
}

void Agent::await_idle(Instant deadline) {
  const bool idle = (!intake_ || intake_->idle()) && drivers_->idle();
  if (idle || clock_.now() >= deadline) return end(0);
  shutdown_timer_.expires_after(std::chrono::milliseconds(20));
  shutdown_timer_.async_wait([this, deadline](const asio::error_code& cancelled) {
    if (!cancelled) await_idle(deadline);
  });
}

void Agent::end(int exit_code) {
  exit_code_ = exit_code;
  forward_->stop();
  io_.stop();
}

}  // namespace

int run_agent(const config::Config& config, const RunOptions& options) {
  stack_report::write_on_abort();
  return Agent(config, options).run();
}

}  // namespace storeward
