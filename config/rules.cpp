#include "config/rules.h"

#include <algorithm>
#include <set>

#include "agent/base/ascii.h"
#include "config/forms.h"

namespace storeward::config {
namespace {

class Rules {
 public:
  Rules(const Loaded& loaded, const Place& anchor, std::vector<Problem>& problems)
      : loaded_(loaded), config_(loaded.config), anchor_(anchor), problems_(problems) {}

  void hub() {
    const Hub& hub = config_.hub;
    together("hub.cert_file", hub.cert_file.empty(), "hub.key_file", hub.key_file.empty());
    if (!hub.password_file.empty() && hub.username.empty())
      say("hub.password_file", "a password without a name; add hub.username");
    const bool encrypted = std::any_of(hub.urls.begin(), hub.urls.end(), [](const auto& url) {
      return url.starts_with("mqtts://") || url.starts_with("wss://");
    });
    if (encrypted) return;
    for (const auto& [key, empty] : {std::pair{"hub.ca_file", hub.ca_file.empty()},
                                     std::pair{"hub.cert_file", hub.cert_file.empty()}}) {
      if (!empty)
        say(key, std::string("has no effect, because no hub.url is encrypted; use mqtts:// or "
                             "wss://, or remove it"));
    }
  }

  void store() {
    // Room for a request of some size, what pruning needs, and what is remembered of a week's
    // sales.
    constexpr std::uint64_t least = 4u << 20;
    const std::uint64_t bound = config_.store.max_bytes;
    if (bound != 0 && bound < least)
      say("store.max_bytes", std::to_string(bound) +
                                 " is less than an outbox needs; write at least " +
                                 std::to_string(least) + ", or 0 for no bound but the disk");
  }

  void http() {
    const Http& http = config_.http;
    together("http.tls_cert_file", http.tls_cert_file.empty(), "http.tls_key_file",
             http.tls_key_file.empty());
    if (!http.listen.empty() && !parse_endpoint(http.listen)->loopback &&
        http.tls_cert_file.empty())
      say("http.listen", http.listen +
                             " can be reached from the network, so tokens and sales would "
                             "travel in clear; set http.tls_cert_file and "
                             "http.tls_key_file, or listen on 127.0.0.1");
    if (http.max_event_bytes > http.max_body_bytes) {
      if (loaded_.origins.contains("http.max_event_bytes")) {
        say("http.max_event_bytes",
            "is larger than http.max_body_bytes (" + std::to_string(http.max_body_bytes) + ")");
      } else {
        say("http.max_body_bytes", "is smaller than http.max_event_bytes (" +
                                       std::to_string(http.max_event_bytes) +
                                       " unless it is written); write that, too");
      }
    }
    clients();
  }

  void status() {
    const auto& listen = config_.status.listen;
    if (listen.empty()) return;
    if (!parse_endpoint(listen)->loopback)
      say("status.listen", listen +
                               " can be reached from the network, but the status page asks for "
                               "no password; listen on 127.0.0.1 and put a proxy with a login "
                               "before it");
    if (listen == config_.http.listen && parse_endpoint(listen)->port != 0)
      say("status.listen", listen + " is also http.listen; each needs its own port");
  }

  void control() {
    constexpr std::size_t most = 107;  // sockaddr_un::sun_path with its final zero
    if (config_.control.socket.string().size() > most)
      say("control.socket", "the path is longer than 107 characters, the bound for a Unix socket");
  }

  void drivers() {
    std::set<std::string> names;
    for (std::size_t i = 0; i < config_.drivers.size(); ++i) {
      if (!names.insert(config_.drivers[i].name).second)
        say("driver[" + std::to_string(i) + "].name",
            "a second driver \"" + config_.drivers[i].name + "\"; each needs its own name");
      if (config_.drivers[i].kind == "file_drop") file_drop(i);
      if (config_.drivers[i].kind == "exec") program(i);
      if (config_.drivers[i].kind == "http") web_hook(i);
      if (config_.drivers[i].kind == "tcp") tcp_listener(i);
      if (config_.drivers[i].kind == "sql") table(i);
      if (config_.drivers[i].kind == "mqtt") subscription(i);
    }
  }

 private:
  void file_drop(std::size_t index) {
    const Driver& driver = config_.drivers[index];
    const std::string key = "driver[" + std::to_string(index) + "].";
    if (driver.pattern.empty() || driver.pattern.find('/') != std::string::npos)
      say(key + "pattern", "is a pattern for names in the directory, such as *.csv");
    if (driver.marker.find('/') != std::string::npos || driver.marker == ".")
      say(key + "marker", "is what a marker's name has behind the file's name, such as .done");
    if (!driver.answer_directory.empty() &&
        same_directory(driver.answer_directory, driver.directory))
      say(key + "answer_directory",
          "is the drop directory itself, so answers would be read as "
          "files; name another one");
    for (std::size_t other = 0; other < index; ++other) {
      const Driver& earlier = config_.drivers[other];
      if (earlier.kind == driver.kind && same_directory(earlier.directory, driver.directory) &&
          !driver.directory.empty() && earlier.pattern == driver.pattern)
        say(key + "directory", "driver \"" + earlier.name +
                                   "\" reads the same files; one of them must go, or have another "
                                   "pattern");
    }
  }

  void program(std::size_t index) {
    const std::vector<std::string>& command = config_.drivers[index].command;
    if (!command.empty() && !command.front().starts_with('/'))
      say("driver[" + std::to_string(index) + "].command",
          "\"" + command.front() + "\" is not a whole path; begin with /, there is no search");
  }

  void table(std::size_t index) {
    const Driver& driver = config_.drivers[index];
    const std::string key = "driver[" + std::to_string(index) + "].";
    if (driver.database.empty() == driver.odbc.empty())
      say(key + "query", "needs one database: set driver.database (SQLite) or driver.odbc");
    if (driver.odbc.empty() && !driver.password_file.empty())
      say(key + "password_file", "has no effect without driver.odbc");
    if (driver.odbc.find("PWD=") != std::string::npos)
      say(key + "odbc", "has a password in it; put it into driver.password_file");
    for (const std::string& column : driver.group_by) {
      if (column.empty() || column.find(',') != std::string::npos)
        say(key + "group_by", "is a list of columns, each on its own: [\"store\", \"receipt\"]");
    }
  }

  void subscription(std::size_t index) {
    const Driver& driver = config_.drivers[index];
    const std::string key = "driver[" + std::to_string(index) + "].";
    if (driver.broker.starts_with("ws"))
      say(key + "broker", "WebSockets are not possible here; use mqtt:// or mqtts://");
    if (!driver.password_file.empty() && driver.username.empty())
      say(key + "password_file", "a password without a name; add driver.username");
    if (!driver.ca_file.empty() && !driver.broker.starts_with("mqtts://"))
      say(key + "ca_file", "has no effect, because driver.broker is not encrypted; use mqtts://");
    for (const std::string& topic : driver.topics) {
      if (!is_topic_filter(topic))
        say(key + "topics", "\"" + topic +
                                "\" is no topic: + and # stand alone between the slashes, and # "
                                "last");
    }
  }

  void clients() {
    std::set<std::string> names, tokens;
    const auto& clients = config_.http.clients;
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const std::string key = "http.client[" + std::to_string(i) + "]";
      if (!names.insert(clients[i].name).second)
        say(key + ".name", "a second client \"" + clients[i].name + "\"; each needs its own name");
      if (!tokens.insert(lowered(clients[i].token_sha256)).second)
        say(key + ".token_sha256",
            "the same token as another client's; give \"" + clients[i].name + "\" its own");
    }
  }

  void web_hook(std::size_t i) {
    const Driver& driver = config_.drivers[i];
    const std::string key = "driver[" + std::to_string(i) + "].";
    if (config_.http.listen.empty())
      say(key + "kind", "web hooks come in over the intake; set http.listen");
    const bool is_signed = driver.signature != "none";
    if (is_signed && driver.secret_file.empty())
      say(key + "secret_file", "is missing; with signature = \"" + driver.signature +
                                   "\" it holds the secret that the sender signs with");
    if (!is_signed && !driver.secret_file.empty())
      say(key + "secret_file", "has no effect with signature = \"none\"; set driver.signature");
    if (driver.signature == "generic" && driver.signature_header.empty())
      say(key + "signature_header", "is missing; it names the header with the signature");
    if (driver.topic_header.empty() != driver.topic_templates.empty())
      say(key + (driver.topic_templates.empty() ? "topic_templates" : "topic_header"),
          std::string("goes together with ") +
              (driver.topic_templates.empty() ? "topic_header" : "topic_templates") +
              "; set both or neither");
    for (const char* name :
         {"signature_header", "signature_encoding", "timestamp_header", "timestamp_tolerance_s"}) {
      if (driver.signature != "generic" && loaded_.origins.contains(key + name))
        say(key + name, "belongs to signature = \"generic\"");
    }
  }

  void tcp_listener(std::size_t i) {
    const Driver& driver = config_.drivers[i];
    const std::string key = "driver[" + std::to_string(i) + "].listen";
    const auto endpoint = parse_endpoint(driver.listen);
    if (!endpoint) return;  // it is missing, and that is said
    if (!endpoint->loopback && !driver.allow_network)
      say(key, driver.listen +
                   " can be reached from the network, where everybody may hand in and read along: "
                   "there is no TLS and no password; listen on 127.0.0.1, or set allow_network = "
                   "true where the network is the shop's own");
    if (endpoint->port == 0) return;
    const auto taken = [&](const std::string& by, const std::string& listen) {
      if (listen == driver.listen)
        say(key, driver.listen + " is also " + by + "; each needs its own port");
    };
    taken("http.listen", config_.http.listen);
    taken("status.listen", config_.status.listen);
    for (std::size_t other = 0; other < i; ++other)
      taken("driver[" + std::to_string(other) + "].listen", config_.drivers[other].listen);
  }

  void together(const char* one, bool one_empty, const char* other, bool other_empty) {
    if (one_empty == other_empty) return;
    say(one_empty ? other : one,
        std::string("goes together with ") + (one_empty ? one : other) + "; set both or neither");
  }

  // What is missing in a list's table is told where that one has its name.
  void say(const std::string& key, const std::string& message) {
    auto origin = loaded_.origins.find(key);
    if (origin == loaded_.origins.end()) {
      origin = loaded_.origins.find(key.substr(0, key.rfind('.') + 1) + "name");
    }
    problems_.push_back(
        {origin == loaded_.origins.end() ? anchor_ : origin->second, key + ": " + message});
  }

  const Loaded& loaded_;
  const Config& config_;
  const Place& anchor_;
  std::vector<Problem>& problems_;
};

}  // namespace

bool same_directory(const std::filesystem::path& one, const std::filesystem::path& other) {
  return (one / "").lexically_normal() == (other / "").lexically_normal();
}

void check_rules(const Loaded& loaded, const Place& anchor, std::vector<Problem>& problems) {
  Rules rules(loaded, anchor, problems);
  rules.hub();
  rules.store();
  rules.http();
  rules.status();
  rules.control();
  rules.drivers();
}

}  // namespace storeward::config
