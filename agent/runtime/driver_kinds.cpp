#include "agent/runtime/driver_kinds.h"

#include <array>

#include "agent/runtime/part_options.h"
#include "config/forms.h"
#include "config/rules.h"
#include "drivers/exec/driver.h"
#include "drivers/file_drop/driver.h"
#include "drivers/http/driver.h"
#include "drivers/serial/driver.h"
#include "drivers/serial/tty.h"
#include "drivers/tcp/driver.h"

namespace storeward {
namespace {

using Made = Result<std::unique_ptr<Driver>>;

constexpr std::size_t own_line_bytes = 1u << 20;
constexpr Millis hang_patience{10'000};
constexpr Millis connect_patience{60'000};  // nothing is said while a broker is waited for

struct Kind {
  std::string_view name;
  Made (*make)(const config::Driver&, const DriverPlans&, const DriverHost&);
};

// What a driver has of its directory beside the others that read it.
file_drop::DirectoryShare share_of(const config::Driver& driver,
                                   std::span<const config::Driver> configured) {
  std::vector<file_drop::FilesMeant> meant;
  std::size_t own = 0;
  for (const config::Driver& other : configured) {
    if (other.kind != driver.kind) continue;
    if (!config::same_directory(other.directory, driver.directory)) continue;
    if (other.name == driver.name) own = meant.size();
    meant.push_back({other.pattern, other.marker});
  }
  return file_drop::DirectoryShare(std::move(meant), own);
}

Made file_drop_driver(const config::Driver& driver, const DriverPlans& plans,
                      const DriverHost& host) {
  return file_drop::make_file_drop({.driver = driver.name,
                                    .directory = driver.directory,
                                    .share = share_of(driver, plans.configured),
                                    .poll = driver.poll_interval,
                                    .settle = driver.settle_time,
                                    .keep_copy = !driver.remove_originals,
                                    .keep_days = driver.keep_days,
                                    .answer_directory = driver.answer_directory},
                                   plans.plan, host);
}

Made exec_driver(const config::Driver& driver, const DriverPlans& plans, const DriverHost& host) {
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
  return exec::make_exec(std::move(options), plans.plan, host);
}

template <typename Kind, typename Options>
Made made(Options&& options, const DriverPlans& plans, const DriverHost& host) {
  return std::unique_ptr<Driver>(
      std::make_unique<Kind>(std::forward<Options>(options), plans.plan, host));
}

FrameRules frame_rules(const config::Driver& driver, Acknowledge by_rule) {
  return {.form = driver.framing == "length" ? FrameForm::length : FrameForm::lines,
          .max_frame_bytes = driver.max_frame_bytes,
          .acknowledge = driver.acknowledge.empty()     ? by_rule
                         : driver.acknowledge == "line" ? Acknowledge::line
                         : driver.acknowledge == "byte" ? Acknowledge::byte
                                                        : Acknowledge::none,
          .max_in_flight = driver.max_in_flight};
}

Made http_driver(const config::Driver& driver, const DriverPlans& plans, const DriverHost& host) {
  HttpDriverOptions options{
      .headers = driver.headers, .topic_header = driver.topic_header, .topics = plans.topics};
  if (!driver.topic_header.empty()) options.headers.push_back(driver.topic_header);
  if (driver.signature != "none") {
    const bool shopify = driver.signature == "shopify";
    options.signature = {.kind = shopify ? SignatureKind::shopify : SignatureKind::generic,
                         .secret = secret_in(driver.secret_file),
                         .header = driver.signature_header,
                         .base64 = driver.signature_encoding == "base64",
                         .timestamp_header = driver.timestamp_header,
                         .tolerance = driver.timestamp_tolerance};
    if (options.signature.secret.empty()) {
      return fail("secret_file " + driver.secret_file.string() +
                  " cannot be read, or its first line is empty");
    }
  }
  return made<HttpDriver>(std::move(options), plans, host);
}

Made tcp_driver(const config::Driver& driver, const DriverPlans& plans, const DriverHost& host) {
  const auto endpoint = config::parse_endpoint(driver.listen);
  if (!endpoint) return fail("listen: " + endpoint.error().message);
  return made<TcpDriver>(
      TcpOptions{.address = asio::ip::make_address(endpoint->host == "localhost" ? "127.0.0.1"
                                                                                 : endpoint->host),
                 .port = endpoint->port,
                 .frames = frame_rules(driver, Acknowledge::line),
                 .max_connections = driver.max_connections,
                 .idle_timeout = driver.idle_timeout},
      plans, host);
}

Made serial_driver(const config::Driver& driver, const DriverPlans& plans, const DriverHost& host) {
  if (!is_baud_rate(driver.baud)) {
    return fail("baud = " + std::to_string(driver.baud) +
                ": a tty knows 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200 and 230400");
  }
  return made<SerialDriver>(SerialOptions{.device = driver.device.string(),
                                          .baud = driver.baud,
                                          .frames = frame_rules(driver, Acknowledge::none)},
                            plans, host);
}

// A program of ours, beside this one.
Result<exec::ExecOptions> own_program(const config::Driver& driver, const std::string& name) {
  auto file = ProgramFile::beside_this_one(name);
  if (!file) return Unexpected{file.error()};
  exec::ExecOptions options{.driver = driver.name,
                            .program = file->program(),
                            .max_line_bytes = own_line_bytes,
                            .restart_most = driver.restart_most};
  options.program.environment = exec::bare_environment();
  options.program.most_data_bytes = driver.memory_mib << 20;
  options.program.own_errors = options.program.own_group = true;
  options.file = std::make_shared<const ProgramFile>(std::move(*file));
  return options;
}

Made sql_driver(const config::Driver& driver, const DriverPlans& plans, const DriverHost& host) {
  auto options = own_program(driver, "storeward-sql-source");
  if (!options) return Unexpected{options.error()};
  const auto seconds = [](Millis time) { return std::to_string(time.count() / 1000); };
  std::string group_by;
  for (const std::string& column : driver.group_by) {
    group_by += (group_by.empty() ? "" : ",") + column;
  }
  options->settings = {"database=" + driver.database.string(),
                       "odbc=" + driver.odbc,
                       "password_file=" + driver.password_file.string(),
                       "query=" + driver.query,
                       "cursor=" + driver.cursor,
                       "cursor_kind=" + driver.cursor_kind,
                       "group_by=" + group_by,
                       "identity_query=" + driver.identity_query,
                       "overlap=" + std::to_string(driver.overlap),
                       "page_rows=" + std::to_string(driver.page_rows),
                       "poll_s=" + seconds(driver.poll_interval),
                       "query_timeout_s=" + seconds(driver.query_timeout)};
  // What does not keep to its own timeout hangs.
  options->silence_timeout = driver.query_timeout * 2 + hang_patience;
  return exec::make_exec(std::move(*options), plans.plan, host);
}

Made mqtt_driver(const config::Driver& driver, const DriverPlans& plans, const DriverHost& host) {
  auto options = own_program(driver, "storeward-mqtt-source");
  if (!options) return Unexpected{options.error()};
  std::string topics;
  for (const std::string& topic : driver.topics) topics += topic + "\n";
  const std::string own_id =
      "storeward-" + plans.plan->context.given.at("site") + "-" + driver.name;
  options->settings = {"broker=" + driver.broker,
                       "topics=" + topics,
                       "username=" + driver.username,
                       "password_file=" + driver.password_file.string(),
                       "ca_file=" + driver.ca_file.string(),
                       "client_id=" + (driver.client_id.empty() ? own_id : driver.client_id),
                       "mqtt_version=" + driver.mqtt_version,
                       "session_s=" + std::to_string(driver.session_days * 86'400)};
  options->silence_timeout = connect_patience;
  return exec::make_exec(std::move(*options), plans.plan, host);
}

constexpr std::array kinds = {
    Kind{"exec", exec_driver}, Kind{"file_drop", file_drop_driver},
    Kind{"http", http_driver}, Kind{"serial", serial_driver},
    Kind{"tcp", tcp_driver},   Kind{"sql", sql_driver},
    Kind{"mqtt", mqtt_driver},
};

}  // namespace

Result<std::unique_ptr<Driver>> make_driver(const config::Driver& driver, const DriverPlans& plans,
                                            const DriverHost& host) {
  for (const Kind& kind : kinds) {
    if (kind.name == driver.kind) return kind.make(driver, plans, host);
  }
  return fail("this version has no driver of the kind \"" + driver.kind + "\"");
}

}  // namespace storeward
