#include "agent/hub/hub.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iostream>
#include <thread>

#include "agent/base/batch_queue.h"
#include "agent/base/log.h"
#include "agent/core/json_text.h"
#include "agent/hub/address.h"
#include "agent/hub/broker_link.h"
#include "agent/hub/receiver.h"
#include "agent/hub/report.h"

namespace storeward::hub {
namespace {

constexpr int exit_no = 1, exit_usage = 2, exit_storage = 74;
constexpr std::size_t queue_bytes = 64u << 20;
constexpr Millis longest_wait{100};  // between looks at the signals and the connection
constexpr Millis summary_interval{60'000};
constexpr Millis first_retry{200}, longest_retry{5'000};
constexpr int store_attempts = 30;
constexpr std::chrono::seconds between_attempts{1};

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int) {
  stop_asked = 1;
}

struct Options {
  LinkOptions link;
  std::string store = "storeward-hub.db";
  std::string password_file, dump, find;
  bool follow = false, totals = false, json = false;
};

// The loop of the one working thread.
class Hub {
 public:
  Hub(const Options& options, HubStore& store)
      : options_(options),
        store_(store),
        receiver_(store, options.link.prefix, options.follow),
        queue_(queue_bytes),
        link_(options.link, [this](Arrival arrival) { put(std::move(arrival)); }) {}

  int work();

 private:
  void put(Arrival arrival);
  void keep_connected(Instant now);
  bool take_in(const std::vector<Arrival>& batch);
  bool send_acks();
  bool attempt(const std::function<Result<void>()>& work);
  void tell(const Findings& findings);
  void summarise(Instant now);

  const Options& options_;
  HubStore& store_;
  Receiver receiver_;
  SystemClock clock_;
  BatchQueue<Arrival> queue_;
  std::atomic<std::uint64_t> overflown_{0};
  BrokerLink link_;  // after the queue: its thread puts into it
  std::vector<OutgoingAck> acks_;
  bool was_connected_ = false;
  Instant next_connect_{};
  Millis retry_ = first_retry;
  Findings sum_;
  Instant next_summary_{};
};

// On Paho's thread. A queue that stays full loses the message: the hub will ask for it. Waiting
// for ever could lock up Paho, which publishes our acks.
void Hub::put(Arrival arrival) {
  const std::size_t weight = arrival.payload.size() + arrival.topic.size();
  for (int attempt = 0; attempt < 20; ++attempt) {
    if (queue_.try_put(arrival, weight)) return;
    std::this_thread::sleep_for(Millis(10));
  }
  ++overflown_;
}

void Hub::keep_connected(Instant now) {
  if (link_.connected()) return;
  const std::string broker = shown(options_.link.broker);
  if (was_connected_) log::warn("lost the broker {}; connecting again", broker);
  was_connected_ = false;
  if (now < next_connect_) return;
  const auto connected = link_.connect();
  if (connected) {
    was_connected_ = true;
    retry_ = first_retry;
    log::info("connected to {}", broker);
    attempt([this] { return receiver_.know_all_agents(); });
    return;
  }
  link_.disconnect();
  log::warn("no connection to the broker {}: {}; trying again in {} ms", broker,
            connected.error().message, retry_.count());
  next_connect_ = clock_.now() + retry_;
  retry_ = std::min(retry_ * 2, longest_retry);
}

// Repeats what failed for as long as the store may come back. False: give up.
bool Hub::attempt(const std::function<Result<void>()>& work) {
  std::string told;
  for (int count = 1;; ++count) {
    const auto done = work();
    if (done && count > 1) log::info("the store takes events again");
    if (done) return true;
    if (done.error().message != told) log::error("{}", done.error().message);
    told = done.error().message;
    if (count == store_attempts || stop_asked != 0 || !store_.may_come_back()) return false;
    std::this_thread::sleep_for(between_attempts);
  }
}

bool Hub::take_in(const std::vector<Arrival>& batch) {
  return attempt([this, &batch]() -> Result<void> {
    const auto findings = receiver_.take(batch, clock_.now());
    if (!findings) return fail(findings.error().message);
    tell(*findings);
    return {};
  });
}

void Hub::tell(const Findings& findings) {
  for (const std::string& remark : findings.remarks) log::warn("{}", remark);
  for (const EventFacts& event : findings.new_events) std::cout << follow_line(event) << '\n';
  if (!findings.new_events.empty()) std::cout.flush();
  sum_.messages += findings.messages;
  sum_.events += findings.events;
  sum_.repeats += findings.repeats;
  sum_.conflicts += findings.conflicts;
  sum_.rejected += findings.rejected;
  sum_.garbage += findings.garbage;
}

bool Hub::send_acks() {
  if (!link_.connected()) {
    acks_.clear();  // the next connection begins with one for every agent
    return true;
  }
  if (acks_.empty()) {
    const bool drawn = attempt([this]() -> Result<void> {
      auto due = receiver_.due_acks(clock_.now());
      if (!due) return fail(due.error().message);
      acks_ = std::move(*due);
      return {};
    });
    if (!drawn) return false;
  }
  std::size_t sent = 0;
  while (sent < acks_.size() && link_.room() && link_.publish(acks_[sent])) ++sent;
  acks_.erase(acks_.begin(), acks_.begin() + static_cast<std::ptrdiff_t>(sent));
  return true;
}

void Hub::summarise(Instant now) {
  if (now < next_summary_) return;
  next_summary_ = now + summary_interval;
  const std::uint64_t overflown = overflown_.exchange(0);
  if (overflown > 0) log::warn("{} messages dropped on a full queue; asked for again", overflown);
  if (sum_.messages == 0) return;
  log::info("{} events in {} messages, {} repeats, {} conflicts, {} rejected, {} unreadable",
            sum_.events, sum_.messages, sum_.repeats, sum_.conflicts, sum_.rejected, sum_.garbage);
  sum_ = {};
}

int Hub::work() {
  log::info(
      "listening to {}/+/+/+ on {}{}, storing in {}", options_.link.prefix,
      shown(options_.link.broker),
      options_.link.shared_group.empty() ? "" : " (shared: " + options_.link.shared_group + ")",
      shown(options_.store));
  std::vector<Arrival> batch;
  next_summary_ = clock_.now() + summary_interval;
  while (stop_asked == 0) {
    keep_connected(clock_.now());
    Millis wait = longest_wait;
    if (const auto due = receiver_.next_due()) {
      wait = std::clamp(std::chrono::duration_cast<Millis>(*due - clock_.now()), Millis{1}, wait);
    }
    queue_.take_all(batch, wait);
    if (!batch.empty() && !take_in(batch)) return exit_storage;
    if (!send_acks()) return exit_storage;
    summarise(clock_.now());
  }
  link_.disconnect();  // first, so that nothing comes in any more
  queue_.close();
  queue_.take_all(batch, Millis{0});
  if (!batch.empty() && !take_in(batch)) return exit_storage;
  log::info("stopped");
  return 0;
}

int complain(int code, const Error& error) {
  std::cerr << "storeward-hub: " << error.message << '\n';
  return code;
}

int answer(const Options& options) {
  const auto store = open_store(options.store, Access::read);
  if (!store) return complain(exit_storage, store.error());
  Result<void> done;
  bool yes = true;
  if (!options.find.empty()) {
    const auto found = print_event(**store, options.find, options.json, std::cout);
    if (!found) return complain(exit_storage, found.error());
    yes = *found;
  } else if (options.totals) {
    done = print_totals(**store, options.json, std::cout);
  } else if (options.dump == "-") {
    done = dump_events(**store, std::cout);
  } else {
    std::ofstream file(options.dump, std::ios::binary);
    done = dump_events(**store, file);
    if (done && !file.flush()) done = fail(options.dump + ": cannot be written");
  }
  if (done && !std::cout.flush()) done = fail("standard output: cannot be written");
  if (!done) return complain(exit_storage, done.error());
  return yes ? 0 : exit_no;
}

Result<void> read_password(const Options& options, std::string& password) {
  if (options.link.username.empty()) return fail("--password-file goes with --username");
  std::ifstream file(options.password_file);
  std::getline(file, password);
  if (password.ends_with('\r')) password.pop_back();
  if (!password.empty()) return {};
  return fail("--password-file " + options.password_file +
              ": cannot be read, or its first line is empty");
}

// What the command line forbids or leaves open to one that receives.
Result<void> complete(Options& options) {
  LinkOptions& link = options.link;
  if (link.broker.empty()) return fail("--broker is missing; see --help");
  if (auto broker = check_broker(link.broker); !broker) return broker;
  if (auto prefix = check_prefix(link.prefix); !prefix) return prefix;
  if (!link.shared_group.empty() && !is_postgres(options.store)) {
    return fail("--shared needs --store postgresql://…");
  }
  if (link.shared_group.find_first_of("/+#") != std::string::npos) {
    return fail("--shared: a group is one word without / + #");
  }
  if (!link.ca_file.empty() && std::ifstream(link.ca_file).peek() == EOF) {
    return fail("--ca-file " + link.ca_file + ": cannot be read, or is empty");
  }
  if (options.password_file.empty()) return {};
  return read_password(options, link.password);
}

int serve(const Options& options) {
  const auto store = open_store(options.store, Access::write);
  if (!store) return complain(exit_storage, store.error());
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  std::signal(SIGPIPE, SIG_IGN);
  return Hub(options, **store).work();
}

void describe(CLI::App& app, Options& options) {
  app.add_option("--broker", options.link.broker, "mqtt://host:port, or mqtts://, ws://, wss://");
  app.add_option("--store", options.store, "a file (SQLite), or postgresql://user@host/database")
      ->capture_default_str();
  app.add_option("--prefix", options.link.prefix, "what every topic begins with")
      ->capture_default_str();
  app.add_option("--username", options.link.username, "for the broker");
  app.add_option("--password-file", options.password_file, "first line: the broker password");
  app.add_option("--ca-file", options.link.ca_file, "certificates to trust (mqtts, wss)");
  app.add_option("--shared", options.link.shared_group,
                 "share the work with the other receivers of this group (PostgreSQL only)");
  app.add_flag("--follow", options.follow, "print each new event as it comes");
  app.add_flag("--totals", options.totals, "print sums by site, day and type, and end");
  app.add_flag("--json", options.json,
               "--totals and --find as JSON, the former with the state of every stream");
  app.add_option("--find", options.find, "say where the event with this id is, and end");
  app.add_option("--dump", options.dump, "write all events to this file (-: standard output), end");
  app.footer(
      "Examples:\n"
      "  storeward-hub --broker mqtt://127.0.0.1:1883 --store hub.db --follow\n"
      "  storeward-hub --store hub.db --totals\n"
      "  storeward-hub --store hub.db --find till-1-00000042 --json\n"
      "  storeward-hub --store hub.db --dump - | jq .type\n"
      "Exit codes: 0 fine, 1 not found, 2 usage, 70 bug, 74 storage error.");
}

}  // namespace

int run(int argc, char** argv) {
  Options options;
  CLI::App app("The reference hub: stores every event once and confirms it to its agent.",
               "storeward-hub");
  describe(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  log::start(log::Format::text, "info", json_text::append_string);
  if (const auto store = check_store(options.store); !store) {
    return complain(exit_usage, store.error());
  }
  if (options.totals || !options.find.empty() || !options.dump.empty()) return answer(options);
  if (const auto done = complete(options); !done) return complain(exit_usage, done.error());
  return serve(options);
}

}  // namespace storeward::hub
