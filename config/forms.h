// Forms: what the text of a value must look like, beyond its TOML type. Pure. Each check returns
// what is wrong and what to write instead, or nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/result.h"

namespace storeward::config {

enum class Form : std::uint8_t {
  text,
  name,         // [A-Za-z0-9._~-]{1,64}, as in topics and ids
  names,        // a list of them
  choice,       // one of Key::choices
  path,         // relative to the file that says so
  secret_path,  // the same, or credential:NAME (systemd)
  integer,      // within Key::least and Key::most
  time_of_day,  // HH:MM
  address,      // IP:port to listen on
  zone,         // IANA time zone
  currency,     // ISO 4217 alpha-3
  broker_urls,  // one or a list
  proxy,        // http://host:port
  topic,        // MQTT topic levels without wildcards
  digest,       // 64 hex characters
  pairs,        // a list of name=value
  texts         // a list of texts
};

// "credential:NAME" stands for a file that systemd passes to the service (LoadCredential=).
inline constexpr std::string_view credential_prefix = "credential:";

using Complaint = std::optional<std::string>;

Complaint complaint_about(Form form, std::string_view text);

// What may be subscribed to (MQTT 5, section 4.7): # stands last and alone in its level, + alone in
// its.
bool is_topic_filter(std::string_view text);

Result<Millis> parse_time_of_day(std::string_view text);
std::string time_of_day(Millis after_midnight);  // HH:MM

// A URL taken apart; no user, no query, no fragment.
struct Url {
  std::string scheme, host;  // host without the brackets of an IPv6 address
  std::uint16_t port = 0;    // 0: not given
  std::string path;
};

Result<Url> parse_url(std::string_view text);

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  bool loopback = false;
};

// IP:port as in http.listen: 127.0.0.1:8443, [::1]:8443, localhost:8443.
Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace storeward::config
