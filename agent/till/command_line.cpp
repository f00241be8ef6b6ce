#include "agent/till/command_line.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>

#include "agent/till/basket_maker.h"
#include "agent/till/log_feed.h"
#include "agent/till/poster.h"
#include "agent/till/retail_log.h"

namespace storeward::till {
namespace {

constexpr int exit_no = 1;
constexpr int exit_usage = 2;
constexpr std::size_t max_token_bytes = 4096;
constexpr int most_invented = 1'000'000'000;

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int) {
  stop_asked = 1;
}

struct Options {
  std::vector<std::string> files;
  std::string token_file, time_zone;
  TillIdentity till{"till-1", "", "", "", "GBP"};
  PostOptions post;
  unsigned speed = 1;
  std::uint64_t seed = 0, count = 0;
  unsigned rate = 1, give_up_after_s = 0;
  bool seeded = false, print = false, json = false;
};

constexpr const char* examples = R"(Examples:
  Play a day as fast as the agent takes it:
    storeward till --file 2010-12-01.csv --to http://127.0.0.1:8443 --token-file token --speed 0
  The same at sixty times the speed it happened, as register 3:
    storeward till --file 2010-12-01.csv --to http://127.0.0.1:8443 --token-file token --speed 60 --register 3
  A shop that does not exist, two events a second until Ctrl-C:
    storeward till --to http://127.0.0.1:8443 --token-file token --rate 2
  See the events without sending them:
    storeward till --file 2010-12-01.csv --print
Exit codes: 0 everything is stored, 1 something was not, 2 usage.)";

void declare(CLI::App& app, Options& options) {
  app.footer(examples);
  app.add_option("--file", options.files,
                 "sales logs (CSV, UCI Online Retail layout); without it sales are invented");
  app.add_option("--to", options.post.url, "the agent's intake, e.g. http://127.0.0.1:8443");
  app.add_option("--token-file", options.token_file, "file with this till's bearer token");
  app.add_option("--ca-file", options.post.ca_file,
                 "certificates to trust instead of the system's");
  app.add_option("--speed", options.speed,
                 "times as fast as the log happened; 0: as fast as the agent takes it")
      ->capture_default_str();
  app.add_option("--source", options.till.source, "name of this till at the agent")
      ->capture_default_str();
  app.add_option("--site", options.till.site, "siteId in the events (default: none)");
  app.add_option("--register", options.till.register_id,
                 "registerId in the events (default: none)");
  app.add_option("--location", options.till.location,
                 "locationId of stock (default: the site, or \"shop\")");
  app.add_option("--connections", options.post.connections,
                 "requests at a time; 1 keeps the order (default: 8 at full speed, else 1)")
      ->check(CLI::Range(1, 256));
  app.add_option("--batch", options.post.batch, "events in a request")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--timezone", options.time_zone, "IANA zone of the site (default: Europe/London)");
  app.add_option("--give-up-after", options.give_up_after_s,
                 "seconds without any answer after which to stop (default: never)")
      ->check(CLI::PositiveNumber);
  app.add_option(
      "--seed", options.seed,
      "invent the same sales again, from 2 January 2026 on (default: others each time, now)");
  app.add_option("--count", options.count, "invent so many events (default: until Ctrl-C)")
      ->check(CLI::Range(0, most_invented));
  app.add_option("--rate", options.rate,
                 "events a second to invent; 0: as fast as the agent takes them")
      ->capture_default_str();
  app.add_flag("--print", options.print, "write the events, one a line, instead of sending them");
  app.add_flag("--json", options.json, "the summary as JSON");
}

Result<std::string> read_token(const std::string& file) {
  std::ifstream input(file, std::ios::binary);
  std::string token(max_token_bytes, '\0');
  input.read(token.data(), static_cast<std::streamsize>(token.size()));
  token.resize(static_cast<std::size_t>(input.gcount()));
  while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back())) != 0) {
    token.pop_back();
  }
  if (token.empty())
    return fail("--token-file " + file + ": cannot be read, or there is no token in it");
  if (token.find_first_of("\r\n") != std::string::npos) {
    return fail("--token-file " + file + ": must hold one line, the token");
  }
  return token;
}

// What the command line leaves open or forbids.
Result<void> complete(const CLI::App& app, Options& options) {
  if (options.files.empty() && app.count("--speed") != 0) {
    return fail("--speed goes with --file; invented sales have --rate");
  }
  options.seeded = app.count("--seed") != 0;
  if (!options.seeded) options.seed = std::random_device{}();
  if (options.print && options.files.empty() && options.count == 0) {
    return fail("--print of invented sales needs --count");
  }
  if (options.time_zone.empty()) options.time_zone = "Europe/London";
  if (options.till.location.empty()) {
    options.till.location = options.till.site.empty() ? "shop" : options.till.site;
  }
  const bool full_speed = options.files.empty() ? options.rate == 0 : options.speed == 0;
  if (app.count("--connections") == 0) options.post.connections = full_speed ? 8 : 1;
  if (options.give_up_after_s > 0) {
    options.post.give_up_after = std::chrono::seconds(options.give_up_after_s);
  }
  if (options.print) return {};
  if (options.post.url.empty() || options.token_file.empty()) {
    return fail("--to and --token-file say where the events go (or --print shows them)");
  }
  if (options.post.url.find('@') != std::string::npos) {
    return fail("--to: leave user and password out; the till has its --token-file");
  }
  auto token = read_token(options.token_file);
  if (!token) return fail(token.error().message);
  options.post.token = std::move(*token);
  return {};
}

struct Play {
  EventFeed feed;
  std::uint64_t total = 0;  // 0: endless
};

Result<Play> play_log(const Options& options, const TimeZone& zone) {
  RetailLog log(zone);
  for (const std::string& file : options.files) {
    auto read = log.read(std::filesystem::path(file));
    if (!read) return fail(read.error().message);
  }
  const auto feed =
      std::make_shared<LogFeed>(log.take_in_order(), options.till, zone, options.speed);
  const auto total = feed->check();
  if (!total) return fail(total.error().message);
  return Play{[feed] { return feed->next(); }, *total};
}

// A seed promises the same bytes, so its sales happen at fixed times; without one they happen now.
Play invent(const Options& options, const TimeZone& zone) {
  const auto maker = std::make_shared<BasketMaker>(options.seed, options.till, zone);
  const unsigned rate = options.rate;
  const std::optional<WallTime> fixed_start =
      options.seeded ? std::optional(zone.to_instant(2026, 1, 2, 9, 0, 0)) : std::nullopt;
  const std::uint64_t count = options.count;
  auto made = std::make_shared<std::uint64_t>(0);
  return {[=]() -> std::optional<TillEvent> {
            if (count != 0 && *made == count) return std::nullopt;
            const auto n = static_cast<std::int64_t>((*made)++);
            const WallTime time =
                fixed_start ? *fixed_start + std::chrono::seconds(17) * n : SystemClock().wall();
            TillEvent event = maker->next(time);
            if (rate != 0) event.due = Millis{n * 1000 / rate};
            return event;
          },
          count};
}

int complain(int code, const Error& error) {
  std::fprintf(stderr, "storeward till: %s\n", error.message.c_str());
  return code;
}

int print_all(const EventFeed& feed) {
  bool written = true;
  while (auto event = feed()) {
    std::fwrite(event->json.data(), 1, event->json.size(), stdout);
    written = std::putchar('\n') != EOF;
    if (!written) break;
  }
  written = std::fflush(stdout) == 0 && written;
  return written ? 0 : complain(exit_no, Error{"standard output: cannot be written"});
}

int post(const Options& options, const Play& play) {
  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  Tally tally;
  Progress progress(play.total, isatty(STDERR_FILENO) != 0);
  const SystemClock clock;
  const Instant started = clock.now();
  const auto outcome = post_all(options.post, play.feed, stop_asked, tally, progress);
  const Millis elapsed = clock.now() - started;
  const std::string summary = options.json ? tally.as_json(elapsed, options.post.url)
                                           : tally.as_text(elapsed, options.post.url);
  std::fwrite(summary.data(), 1, summary.size(), stdout);
  std::fflush(stdout);
  if (!outcome) return complain(exit_no, outcome.error());
  return tally.all_stored() ? 0 : exit_no;
}

int run(const CLI::App& app, Options& options) {
  const auto completed = complete(app, options);
  if (!completed) return complain(exit_usage, completed.error());
  const auto zone = TimeZone::named(options.time_zone);
  if (!zone) return complain(exit_usage, zone.error());
  Play play;
  if (options.files.empty()) {
    play = invent(options, *zone);
  } else {
    auto log = play_log(options, *zone);
    if (!log) return complain(exit_usage, log.error());
    play = std::move(*log);
  }
  return options.print ? print_all(play.feed) : post(options, play);
}

}  // namespace

int run_till(int argc, char** argv) {
  CLI::App app("Plays a sales log to an agent as a till would, or invents a shop's sales.",
               "storeward till");
  Options options;
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  return run(app, options);
}

}  // namespace storeward::till
