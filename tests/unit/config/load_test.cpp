#include "config/load.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "config/document.h"
#include "config/keys.h"
#include "tests/unit/config/config_folder.h"

namespace storeward::config {
namespace {

const std::string digest(64, 'a');

struct Wrong {
  std::string text;   // after `least`, so its first line is line 7
  std::string begin;  // "7:1: …"
  std::string holds;
};

}  // namespace

TEST_CASE("a file of 1 MiB is read whole, a larger one is refused", "[config]") {
  const Folder folder;
  std::string text = least + "#" + std::string(max_file_bytes - least.size() - 2, 'x') + "\n";
  REQUIRE(text.size() == max_file_bytes);
  CHECK(load(folder.write("largest.toml", text)));
  text.insert(0, "\n");
  const auto refused = load(folder.write("larger.toml", text));
  REQUIRE_FALSE(refused);
  CHECK(to_text(refused.error().problems.front()).find("larger than 1 MiB") != std::string::npos);
}

TEST_CASE("a file that is not there is an error that names it", "[config]") {
  const auto config = load("/nonexistent/storeward.toml");
  REQUIRE_FALSE(config);
  CHECK(
      to_text(config.error()).starts_with("/nonexistent/storeward.toml: cannot be read: No such"));
}

TEST_CASE("the smallest configuration loads, the rest is default", "[config]") {
  const Folder folder;
  const auto config = load(folder.write("storeward.toml", least));
  REQUIRE(config);
  CHECK(config->site.tenant == "acme");
  CHECK(config->site.agent == "main");
  CHECK(config->hub.urls == std::vector<std::string>{"mqtt://127.0.0.1:1883"});
  CHECK(config->hub.compress);
  CHECK(config->http.max_event_bytes == 256 * 1024);
}

TEST_CASE("every default would be accepted if it were written down", "[config]") {
  for (const Key& key : keys()) {
    if (key.required) continue;
    Config config;
    config.http.clients.resize(1);
    config.drivers.resize(1);
    const Value value = current(key, config, 0);
    if (value == Value{std::string()} || value == Value{std::vector<std::string>()}) continue;
    const auto complaint = assign(key, config, 0, value, "/");
    INFO(key.table << "." << key.name << ": " << complaint.value_or(""));
    CHECK_FALSE(complaint);
    CHECK(current(key, config, 0) == value);
  }
}

TEST_CASE("what config show writes can be read again, whatever is in it", "[config]") {
  std::string text = "a\"b\\c";
  for (char c = 1; c < 0x20; ++c) text += c;
  text += '\x7F';
  const auto document = parse_document("x = " + to_toml(Value{text}), "x.toml");
  REQUIRE(document);
  CHECK(document->tables.at(0).entries.at(0).value == Value{text});
}

TEST_CASE("conf.d is read in order of name: the later wins, clients append", "[config]") {
  const Folder folder;
  const auto client = [](const std::string& name, char c) {
    return "[[http.client]]\nname = \"" + name + "\"\ntoken_sha256 = \"" + std::string(64, c) +
           "\"\n";
  };
  const auto file = folder.write("storeward.toml", least + client("till-1", 'a'));
  const auto last =
      folder.write("conf.d/20-b.toml", "[store]\nkeep_days = 30\n" + client("till-2", 'b'));
  folder.write("conf.d/10-a.toml", "[store]\nkeep_days = 14\n");
  folder.write("conf.d/30-ignored.txt", "[nonsense]\n");
  const auto loaded = load_with_origins(file);
  REQUIRE(loaded);
  CHECK(loaded->config.store.keep_days == 30);
  CHECK(to_text(loaded->origins.at("store.keep_days")) == last.string() + ":2:13");
  REQUIRE(loaded->config.http.clients.size() == 2);
  CHECK(loaded->config.http.clients[1].name == "till-2");
}

TEST_CASE("relative paths stand beside the file that names them", "[config]") {
  const Folder folder;
  const auto config =
      load(folder.write("storeward.toml", least + "[store]\ndirectory = \"data\"\n"));
  REQUIRE(config);
  CHECK(config->store.directory == folder.path() / "data");
}

TEST_CASE("each mistake is named with its place and the next step", "[config]") {
  const std::string client = "[[http.client]]\nname = \"t\"\ntoken_sha256 = \"" + digest + "\"\n";
  const std::vector<Wrong> all = {
      {"confrim = \"receipt\"", "7:1: hub.confrim is unknown", "did you mean confirm?"},
      {"keep_days = 3", "7:1: hub.keep_days is unknown", "it belongs to [store]"},
      {"[stroe]", "7:1: [stroe] is unknown", "did you mean [store]?"},
      {"[store]\nkeep_days = \"7\"", "8:13: store.keep_days: this is text", "0 to 3650"},
      {"[store]\nkeep_days = 9999", "8:13: store.keep_days: 9999 is out of range", "0 to 3650"},
      {"[store]\nkeep_days = 7.5", "8:13: store.keep_days: this is a number with a fraction", ""},
      {"[store]\nmax_bytes = 4194303", "8:13: store.max_bytes: 4194303", "at least 4194304"},
      {"confirm = \"maybe\"", "7:11: hub.confirm: \"maybe\"", "\"receipt\" or \"puback\""},
      {"password = \"x\"", "7:1: hub.password: secrets are never", "password_file"},
      {"[http.client]\nname = \"t\"", "7:1: [http.client] is a list", "[[http.client]]"},
      {"[[http.client]]\nname = \"t\"\ntoken = \"x\"", "9:1: http.client.token: secrets",
       "SHA-256"},
      {"[[http.client]]\nname = \"t\"", "7:1: http.client.token_sha256 is missing", "64 hex"},
      {"[[http.client]]\nname = \"a b\"\ntoken_sha256 = \"12\"", "8:8: http.client.name", "A-Z"},
      {client + client, "11:8: http.client[1].name: a second client", "its own name"},
      {"[http]\nlisten = \"0.0.0.0:8443\"", "8:10: http.listen", "http.tls_cert_file"},
      {"[http]\nlisten = \"8443\"", "8:10: http.listen", "127.0.0.1:8443"},
      {"[status]\nlisten = \"0.0.0.0:8480\"", "8:10: status.listen", "127.0.0.1"},
      {"cert_file = \"c\"", "7:13: hub.cert_file: goes together with hub.key_file", "both"},
      {"ca_file = \"c\"", "7:11: hub.ca_file: has no effect", "mqtts://"},
      {"proxy = \"socks://x:1\"", "7:9: hub.proxy", "http://host:port"},
      {"topic_prefix = \"a/#\"", "7:16: hub.topic_prefix", "storeward/v1"},
      {"[[driver]]\nkind = \"fax\"", "8:8: driver.kind", "\"file_drop\""},
      {"[log]\nlevel = ", "8:", "not valid TOML"},
  };
  for (const Wrong& wrong : all) {
    const auto problems = problems_of(least + wrong.text + "\n");
    INFO(wrong.text);
    REQUIRE_FALSE(problems.empty());
    INFO(problems[0]);
    CHECK(problems[0].starts_with(wrong.begin));
    CHECK(problems[0].find(wrong.holds) != std::string::npos);
  }
}

TEST_CASE("broker addresses are checked one by one", "[config]") {
  const auto with = [](const std::string& url) {
    return problems_of("[site]\ntenant = \"a\"\nid = \"b\"\ncurrency = \"EUR\"\n[hub]\nurl = " +
                       url);
  };
  for (const char* good : {"\"mqtts://hub.example:8883\"", "\"wss://hub.example/mqtt\"",
                           "[\"mqtt://[::1]:1883\", \"ws://10.0.0.1:80/\"]"})
    CHECK(with(good).empty());
  for (const char* bad :
       {"\"http://hub\"", "\"mqtt://u:p@hub\"", "\"mqtt://hub:0\"", "\"hub:1883\"",
        "\"mqtt://hub:70000\"", "\"mqtt://hub/path\"", "[]", "[1]", "7"})
    CHECK(with(bad).size() == 1);
}

TEST_CASE("all mistakes are reported at once", "[config]") {
  CHECK(problems_of(least + "nonsense = 1\n[store]\nkeep_days = -1\n[log]\nlevel = 3\n").size() ==
        3);
  CHECK(problems_of("").size() == 3);  // tenant, id and the hub
  const auto problems = problems_of(least +
                                    "[[driver]]\nname = \"a\"\nkind = \"tcp\"\ntemplate = 7\n"
                                    "framming = \"lines\"\ndirectory = \"/in\"\n"
                                    "[[driver]]\nnmae = \"b\"\nkind = \"fax\"\ntemplate = \"t\"\n");
  REQUIRE(problems.size() == 6);
  CHECK(problems[0].starts_with("10:12: driver.template: "));
  CHECK(problems[1].starts_with("11:1: driver.framming is unknown; did you mean framing?"));
  CHECK(problems[2].starts_with("14:1: driver.nmae is unknown; did you mean name?"));
  CHECK(problems[3].starts_with("15:8: driver.kind: "));
  CHECK(problems[4].starts_with("7:1: driver.listen is missing"));
  CHECK(problems[5].starts_with("12:13: driver.directory: a driver of the kind \"tcp\" has no"));
}

// CONTRACT, "Configuration", as it is published; %s stands where a token's digest is left out
// there.
const std::string contract_example = R"([site]
tenant = "acme"
id = "store-0042"
agent = "main"                       # default
timezone = "Europe/Berlin"           # default: the machine's
currency = "EUR"
business_day_start = "00:00"
[hub]
url = "mqtt://127.0.0.1:1883"        # or a list, tried in order; mqtts://, ws://, wss:// with ca_file, cert_file, key_file; proxy
confirm = "receipt"                  # or "puback"
compression = "zstd"                 # or "none"
# protocol = "5" | "3.1.1", username, password_file, confirm_timeout_s, state_interval_s, max_unconfirmed_events
[store]
directory = "/var/lib/storeward"
keep_days = 7
# max_bytes, reserve_bytes
[http]                               # the intake for tills and handhelds
listen = "127.0.0.1:8443"            # off loopback only with tls_cert_file / tls_key_file
[[http.client]]
name = "till-1"
token_sha256 = "%s"                  # hex SHA-256 of the bearer token; paired devices need no entry here
[status]
listen = "127.0.0.1:8480"
[control]
socket = "/run/storeward/control.sock"
)";

std::string with_digest(std::string text) {
  return text.replace(text.find("%s"), 2, digest);
}

TEST_CASE("the contract's example configuration loads as it is written", "[config]") {
  const Folder folder;
  const auto loaded =
      load_with_origins(folder.write("storeward.toml", with_digest(contract_example)));
  INFO((loaded ? std::string() : to_text(loaded.error())));
  REQUIRE(loaded);
  const Config& config = loaded->config;
  CHECK(config.site.tenant == "acme");
  CHECK(config.site.timezone == "Europe/Berlin");
  CHECK(config.site.business_day_start == Millis(0));
  CHECK(config.hub.confirm == Confirm::receipt);
  CHECK(config.hub.compress);
  CHECK(config.store.keep_days == 7);
  REQUIRE(config.http.clients.size() == 1);
  CHECK(config.http.clients[0].token_sha256 == digest);
  CHECK(config.control.socket == "/run/storeward/control.sock");
  // What it says in comments to be the default is the default.
  Config defaults;
  CHECK(config.site.agent == defaults.site.agent);
  CHECK(config.store.directory == defaults.store.directory);
  CHECK(config.http.listen == defaults.http.listen);
  CHECK(config.status.listen == defaults.status.listen);
}

TEST_CASE("the keys that the contract's example only mentions are all there", "[config]") {
  for (const auto& [table, names] :
       {std::pair<std::string, std::vector<std::string>>{
            "hub",
            {"protocol", "username", "password_file", "confirm_timeout_s", "state_interval_s",
             "max_unconfirmed_events", "ca_file", "cert_file", "key_file", "proxy"}},
        {"store", {"max_bytes", "reserve_bytes"}},
        {"http", {"tls_cert_file", "tls_key_file"}}}) {
    for (const auto& name : names) {
      INFO(table << "." << name);
      CHECK(find_key(table, name) != nullptr);
    }
  }
}

TEST_CASE("drivers are read one by one, and each needs what its kind needs", "[config]") {
  const auto problems = problems_of(with_digest(contract_example) +
                                    "[[driver]]\nname = \"pos-files\"\nkind = \"file_drop\"\n");
  REQUIRE(!problems.empty());
  CHECK(problems[0].starts_with("26:1: driver.template is missing"));
  const auto twice = problems_of(with_digest(contract_example) +
                                 "[[driver]]\nname = \"a\"\nkind = \"http\"\ntemplate = \"t\"\n"
                                 "values = [\"registerId\"]\n");
  REQUIRE(!twice.empty());
  CHECK_THAT(twice[0], Catch::Contains("not of the form name=value"));
}

TEST_CASE("a web hook's keys go together, and the network is listened to only on purpose",
          "[config]") {
  const auto complaint = [](const std::string& driver) {
    const auto problems = problems_of(with_digest(contract_example) + "[[driver]]\nname = \"a\"\n" +
                                      "template = \"t\"\n" + driver);
    return problems.empty() ? std::string("none") : problems[0];
  };
  const std::string hook = "kind = \"http\"\n", tcp = "kind = \"tcp\"\n";
  CHECK(complaint(hook) == "none");
  CHECK_THAT(complaint(hook + "signature = \"shopify\"\n"),
             Catch::Contains("secret_file: is missing"));
  CHECK_THAT(complaint(hook + "signature = \"shopify\"\n"), Catch::StartsWith("27:8: driver[0]."));
  CHECK_THAT(complaint(hook + "timestamp_header = \"X-Time\"\n"),
             Catch::Contains("belongs to signature = \"generic\""));
  CHECK_THAT(complaint(hook + "topic_templates = [\"a/b=t\"]\n"),
             Catch::Contains("topic_header: goes together with topic_templates"));
  CHECK_THAT(complaint(hook + "topic_header = \"X-Topic\"\n"),
             Catch::Contains("topic_templates: goes together with topic_header"));
  CHECK(complaint(hook + "topic_header = \"X-Topic\"\ntopic_templates = [\"a/b=t\"]\n") == "none");
  CHECK(complaint(tcp + "listen = \"127.0.0.1:4444\"\n") == "none");
  CHECK_THAT(complaint(tcp), Catch::Contains("listen is missing"));
  CHECK_THAT(complaint(tcp + "listen = \"0.0.0.0:4444\"\n"),
             Catch::Contains("can be reached from the network"));
  CHECK(complaint(tcp + "listen = \"0.0.0.0:4444\"\nallow_network = true\n") == "none");
}

TEST_CASE("a drop directory is the same one however it is written", "[config]") {
  const auto driver = [](const std::string& name, const std::string& directory,
                         const std::string& more = "") {
    return "[[driver]]\nname = \"" + name +
           "\"\nkind = \"file_drop\"\ntemplate = \"t\"\ndirectory = \"" + directory + "\"\n" + more;
  };
  for (const char* written : {"/srv/in", "/srv/in/", "/srv//in/.", "/srv/out/../in/"}) {
    INFO(written);
    const auto twice = problems_of(least + driver("a", "/srv/in") + driver("b", written));
    REQUIRE(twice.size() == 1);
    CHECK_THAT(twice[0], Catch::Contains("driver[1].directory: driver \"a\" reads the same files"));
    const auto answers = problems_of(
        least + driver("a", "/srv/in", "answer_directory = \"" + std::string(written) + "\"\n"));
    REQUIRE(answers.size() == 1);
    CHECK_THAT(answers[0], Catch::Contains("answer_directory: is the drop directory itself"));
  }
  CHECK(problems_of(least + driver("a", "/srv/in", "answer_directory = \"/srv/in/answers/\"\n") +
                    driver("b", "/srv/in/more") + driver("c", "/srv/in/", "pattern = \"*.csv\"\n"))
            .empty());
}

TEST_CASE("the configuration that is installed loads", "[config]") {
  const auto config = load(STOREWARD_SOURCE_DIR "/config/storeward.toml");
  INFO((config ? std::string() : to_text(config.error())));
  CHECK(config);
}

}  // namespace storeward::config
