// The files that a configuration names: credentials of systemd, and those that are not there.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "tests/unit/config/config_folder.h"

namespace storeward::config {
namespace {

// Sets a variable of the environment (or takes it away) until the end of the scope.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    put(value);
  }
  ~Environment() { put(before_ ? before_->c_str() : nullptr); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void put(const char* value) const {
    if (value == nullptr) {
      unsetenv(name_);
    } else {
      setenv(name_, value, 1);
    }
  }
  const char* const name_;
  std::optional<std::string> before_;
};

const std::string with_password = least + "username = \"u\"\npassword_file = ";

}  // namespace

TEST_CASE("credential: names a file of systemd's credentials directory", "[config]") {
  const Folder folder;
  const auto file = folder.write("storeward.toml", with_password + "\"credential:hub-password\"\n");
  {
    const Environment passed("CREDENTIALS_DIRECTORY", "/run/credentials/storeward.service");
    const auto config = load(file);
    REQUIRE(config);
    CHECK(config->hub.password_file == "/run/credentials/storeward.service/hub-password");
  }
  const Environment none("CREDENTIALS_DIRECTORY", nullptr);
  const auto loaded = load_with_origins(file);
  REQUIRE(loaded);
  CHECK(loaded->config.hub.password_file == "/run/credentials/storeward.service/hub-password");
  // A technician's command is no service and has no credentials; the agent cannot do without.
  CHECK(missing_files(*loaded).empty());
  REQUIRE(unknown_files(*loaded).size() == 1);
  CHECK_THAT(to_text(unknown_files(*loaded)[0]),
             Catch::Contains("is only known when systemd starts the agent; "
                             "LoadCredential=hub-password:FILE is needed"));
  const auto missing = missing_credentials(*loaded);
  REQUIRE(missing.size() == 1);
  CHECK_THAT(to_text(missing[0]),
             Catch::StartsWith(file.string() +
                               ":8:17: hub.password_file: \"credential:hub-password\" is a") &&
                 Catch::Contains("LoadCredential="));
  const Environment passed_without_it("CREDENTIALS_DIRECTORY", folder.path().c_str());
  const auto again = load_with_origins(file);
  REQUIRE(again);
  REQUIRE(missing_files(*again).size() == 1);
  CHECK_THAT(to_text(missing_files(*again)[0]), Catch::Contains(":8:17: hub.password_file: "));
}

TEST_CASE("a credential's name cannot lead out of the directory", "[config]") {
  const Environment passed("CREDENTIALS_DIRECTORY", "/run/credentials/storeward.service");
  for (const char* name : {"", "../../etc/shadow", "a/b"}) {
    const auto problems = problems_of(with_password + "\"credential:" + name + "\"\n");
    INFO(name);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].starts_with("8:17: hub.password_file: "));
  }
}

TEST_CASE("only secrets may be credentials", "[config]") {
  const Environment passed("CREDENTIALS_DIRECTORY", "/run/credentials/x");
  const auto problems = problems_of("[store]\ndirectory = \"credential:outbox\"\n" + least);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].starts_with("2:13: store.directory: \"credential:outbox\""));
}

TEST_CASE("each file that is named and not there is reported at the place that names it",
          "[config]") {
  const Folder folder;
  folder.write("here.pem", "");
  const auto file =
      folder.write("storeward.toml",
                   "[site]\ntenant = \"acme\"\nid = \"s\"\n"
                   "[hub]\nurl = \"mqtts://hub.example:8883\"\n"
                   "ca_file = \"here.pem\"\ncert_file = \"gone.pem\"\nkey_file = \"gone.key\"\n"
                   "[store]\ndirectory = \"/nonexistent/made-by-the-agent\"\n");
  const auto more = folder.write(
      "conf.d/10.toml", "[hub]\nusername = \"u\"\npassword_file = \"../secrets/password\"\n");
  const auto loaded = load_with_origins(file);
  INFO((loaded ? std::string() : to_text(loaded.error())));
  REQUIRE(loaded);
  std::vector<std::string> missing;
  for (const Problem& problem : missing_files(*loaded)) missing.push_back(to_text(problem));
  std::sort(missing.begin(), missing.end());
  REQUIRE(missing.size() == 3);
  CHECK(missing[0].starts_with(
      more.string() + ":3:17: hub.password_file: " + (folder.path() / "secrets/password").string() +
      " cannot be read: No such file"));
  CHECK(missing[1].starts_with(file.string() + ":7:13: hub.cert_file: "));
  CHECK(missing[2].starts_with(file.string() + ":8:12: hub.key_file: "));
}

TEST_CASE("files that drivers name are looked for as well, whichever driver it is", "[config]") {
  const Folder folder;
  folder.write("answers/inside", "");
  const auto loaded = load_with_origins(folder.write(
      "storeward.toml", least + "[[driver]]\nname = \"a\"\nkind = \"file_drop\"\ntemplate = \"t\"\n"
                                "directory = \"/srv/in\"\nanswer_directory = \"answers\"\n"
                                "[[driver]]\nname = \"b\"\nkind = \"http\"\ntemplate = \"t\"\n"
                                "signature = \"shopify\"\nsecret_file = \"gone\"\n[http]\nlisten = "
                                "\"127.0.0.1:8443\"\n"));
  INFO((loaded ? std::string() : to_text(loaded.error())));
  REQUIRE(loaded);
  const auto missing = missing_files(*loaded);
  REQUIRE(missing.size() == 1);
  CHECK_THAT(to_text(missing[0]), Catch::Contains(":18:15: driver[1].secret_file: "));
}

TEST_CASE("what a driver waits for comes and goes, and is no mistake", "[config]") {
  const Folder folder;
  const auto loaded = load_with_origins(folder.write(
      "storeward.toml", least + "[[driver]]\nname = \"a\"\nkind = \"serial\"\ntemplate = \"t\"\n"
                                "device = \"/dev/ttyUSB77\"\n"
                                "[[driver]]\nname = \"b\"\nkind = \"sql\"\ntemplate = \"t\"\n"
                                "database = \"gone.db\"\nquery = \"SELECT id FROM t\"\ncursor = "
                                "\"id\"\n"));
  INFO((loaded ? std::string() : to_text(loaded.error())));
  REQUIRE(loaded);
  CHECK(missing_files(*loaded).empty());
  const auto warnings = unknown_files(*loaded);
  REQUIRE(warnings.size() == 2);
  for (const Problem& warning : warnings) {
    CHECK_THAT(to_text(warning),
               Catch::Contains("No such file") &&
                   Catch::Contains("The agent starts, and the driver is failing"));
  }
}

TEST_CASE("a directory where a file is named is reported like a missing file", "[config]") {
  const Folder folder;
  folder.write("folder/inside", "");
  const auto loaded =
      load_with_origins(folder.write("storeward.toml", with_password + "\"folder\"\n"));
  REQUIRE(loaded);
  const auto missing = missing_files(*loaded);
  REQUIRE(missing.size() == 1);
  CHECK_THAT(to_text(missing[0]),
             Catch::Contains(":8:17: hub.password_file: ") && Catch::Contains("is a directory"));
}

}  // namespace storeward::config
