// The typed configuration (CONTRACT section 9). One table of keys (keys.cpp) drives parsing, error
// messages, `config show` and the reference page; this is what comes out of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/core/forwarder.h"

namespace storeward::config {

struct Site {
  std::string tenant, id, agent = "main";
  std::string timezone;          // empty: the machine's
  std::string currency;          // ISO 4217
  Millis business_day_start{0};  // after local midnight
};

struct Hub {
  std::vector<std::string> urls;  // tried in order
  Confirm confirm = Confirm::receipt;
  bool compress = true;
  std::string protocol = "5";  // or "3.1.1"
  std::string topic_prefix = "storeward/v1";
  std::string username;
  std::filesystem::path password_file, ca_file, cert_file, key_file;
  std::string proxy;  // http://host:port
  Millis confirm_timeout{60'000}, state_interval{60'000}, reconnect_spread{30'000};
  std::uint64_t max_unconfirmed_events = 32768;
};

struct Store {
  std::filesystem::path directory = "/var/lib/storeward";
  int keep_days = 7;
  std::uint64_t max_bytes = 0;
  std::uint64_t reserve_bytes = 64u << 20;
};

struct Exceptions {
  int keep_days = 90;
  std::size_t max = 100'000;
};

struct Audit {
  int keep_days = 400;
};

struct HttpClient {
  std::string name;
  std::string token_sha256;            // 64 hex characters
  std::vector<std::string> sources;    // beside its own name
  std::uint32_t max_events_per_s = 0;  // 0: no limit
};

struct Http {
  std::string listen = "127.0.0.1:8443";  // empty: no intake
  std::filesystem::path tls_cert_file, tls_key_file;
  std::size_t max_body_bytes = 1u << 20;
  std::size_t max_event_bytes = 256u << 10;
  std::size_t max_events = 1000;
  std::size_t max_connections = 1000;
  Millis read_timeout{10'000};
  std::vector<HttpClient> clients;
};

struct Status {
  std::string listen = "127.0.0.1:8480";
};

struct Control {
  std::filesystem::path socket = "/run/storeward/control.sock";
};

struct Log {
  std::string level = "info";
  std::string format = "text";  // or "json"
};

// One [[driver]]. The keys of all kinds stand side by side; which kind has which is said in
// keys.cpp.
struct Driver {
  std::string name, kind;
  std::string template_name;        // shipped, or NAME.toml in templates.directory
  std::string source;               // of its events; empty: its name
  std::vector<std::string> values;  // name=value, for {value = "name"} in the template

  // file_drop
  std::filesystem::path directory, answer_directory;
  std::string pattern = "*";
  std::string marker;
  Millis poll_interval{5'000}, settle_time{5'000};
  bool remove_originals = false;
  int keep_days = 30;

  // exec
  std::vector<std::string> command, environment, settings;
  Millis silence_timeout{0};  // 0: none
  Millis restart_most{300'000}, again{60'000};
  std::uint64_t memory_mib = 512;  // 0: no limit
  std::uint64_t max_line_bytes = 256 << 10;

  // http
  std::string signature = "none";  // or "shopify", "generic"
  std::filesystem::path secret_file;
  std::string signature_header = "X-Signature";
  std::string signature_encoding = "hex";  // or "base64"
  std::string timestamp_header;            // empty: not signed
  Millis timestamp_tolerance{300'000};
  std::vector<std::string> headers;  // known to the template as header.<name>
  std::string topic_header;          // its value chooses the template; empty: template_name for all
  std::vector<std::string>
      topic_templates;  // value=template; what is not named goes by template_name

  // tcp, serial
  std::string listen;
  bool allow_network = false;
  std::string framing = "lines";  // or "length"
  std::string acknowledge;        // "line", "byte", "none"; empty: as the kind does
  std::uint64_t max_frame_bytes = 64 * 1024;
  std::uint64_t max_in_flight = 64;
  std::uint64_t max_connections = 100;
  Millis idle_timeout{3'600'000};
  std::filesystem::path device;
  std::uint32_t baud = 9600;

  // sql
  std::filesystem::path database, password_file;
  std::string odbc, query, cursor, identity_query;
  std::string cursor_kind = "key";  // or "time"
  std::vector<std::string> group_by;
  std::uint64_t overlap = 300, page_rows = 1'000;
  Millis query_timeout{30'000};

  // mqtt
  std::string broker, username, client_id;
  std::vector<std::string> topics;
  std::filesystem::path ca_file;
  std::string mqtt_version = "5";  // or "3.1.1"
  int session_days = 30;
};

struct Receipts {
  Millis gap_grace{60'000};
};

struct Templates {
  std::filesystem::path directory = "/etc/storeward/templates";
};

struct Config {
  Site site;
  Hub hub;
  Store store;
  Exceptions exceptions;
  Audit audit;
  Http http;
  Status status;
  Control control;
  Log log;
  Receipts receipts;
  Templates templates;
  std::vector<Driver> drivers;
};

}  // namespace storeward::config
