#include "agent/runtime/part_options.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/base/machine.h"
#include "store/reserve.h"

namespace storeward {

// Editors like to add a line end.
std::string secret_in(const std::filesystem::path& file) {
  std::string password;
  if (!file.empty()) std::getline(std::ifstream(file) >> std::ws, password);
  if (password.ends_with('\r')) password.pop_back();
  return password;
}

std::string topic_root(const config::Config& config) {
  return config.hub.topic_prefix + "/" + config.site.tenant + "/" + config.site.id + "/" +
         config.site.agent;
}

std::string last_will(const Epoch& epoch) {
  return nlohmann::json({{"online", false}, {"epoch", epoch}}).dump();
}

AdmissionOptions admission_options(const config::Config& config, const TimeZone& zone) {
  return {.tenant = config.site.tenant,
          .site = config.site.id,
          .agent = config.site.agent,
          .time_zone = &zone,
          .business_day_start = config.site.business_day_start,
          .max_event_bytes = config.http.max_event_bytes,
          .max_events = config.http.max_events};
}

store::OutboxOptions outbox_options(const config::Config& config) {
  return {.directory = config.store.directory,
          .keep = std::chrono::hours(24 * config.store.keep_days),
          .keep_exceptions = std::chrono::hours(24 * config.exceptions.keep_days),
          .max_exceptions = config.exceptions.max,
          .keep_audit = std::chrono::hours(24 * config.audit.keep_days),
          .max_bytes = config.store.max_bytes,
          .reserve_bytes = std::max(config.store.reserve_bytes, store::least_reserve_bytes),
          .machine_id = machine_id(),
          .source_root =
              "/" + config.site.tenant + "/" + config.site.id + "/" + config.site.agent + "/"};
}

ForwarderOptions forwarder_options(const config::Config& config, WallTime now) {
  return {.confirm = config.hub.confirm,
          .compress = config.hub.compress,
          .max_unconfirmed_events = config.hub.max_unconfirmed_events,
          .confirm_timeout = config.hub.confirm_timeout,
          .state_interval = config.hub.state_interval,
          .reconnect_spread = config.hub.reconnect_spread,
          // Another jitter in each store and at each start.
          .seed = leading_u64(sha256(topic_root(config) + to_rfc3339(now)))};
}

MqttOptions mqtt_options(const config::Config& config, const Epoch& epoch) {
  const std::string root = topic_root(config);
  return {.urls = config.hub.urls,
          .protocol = config.hub.protocol,
          .client_id =
              "storeward-" + config.site.tenant + "-" + config.site.id + "-" + config.site.agent,
          .username = config.hub.username,
          .password = secret_in(config.hub.password_file),
          .ca_file = config.hub.ca_file,
          .cert_file = config.hub.cert_file,
          .key_file = config.hub.key_file,
          .proxy = config.hub.proxy,
          .subscriptions = {root + "/ack", root + "/down/#"},
          .will_topic = root + "/state",
          .will_payload = last_will(epoch)};
}

http::HttpServerOptions intake_server_options(const config::Config& config) {
  return {.listen = config.http.listen,
          .tls_cert_file = config.http.tls_cert_file,
          .tls_key_file = config.http.tls_key_file,
          .max_body_bytes = config.http.max_body_bytes,
          .max_connections = config.http.max_connections,
          .read_timeout = config.http.read_timeout};
}

std::vector<http::Client> intake_clients(const config::Config& config) {
  std::vector<http::Client> clients;
  for (const config::HttpClient& entry : config.http.clients) {
    http::Client client{
        .name = entry.name, .sources = entry.sources, .max_events_per_s = entry.max_events_per_s};
    const bool is_hash = from_hex(entry.token_sha256, client.token_sha256);
    ASSERT(is_hash);  // the configuration was checked
    clients.push_back(std::move(client));
  }
  return clients;
}

}  // namespace storeward
