#include "agent/runtime/said_by_drivers.h"

#include <catch2/catch.hpp>

#include "config/template_file.h"

using namespace storeward;

namespace {

const std::string begin =
    "[template]\nname = \"t\"\nversion = \"1\"\n[format]\nkind = \"lines\"\n"
    "[[event]]\nname = \"scan\"\ntype = \"retail.scan.observed.v1\"\n"
    "data = {raw = \"line\", at = {const = \"2026-11-20T09:15:02Z\"}}\nkey = ";

std::string unsaid(const std::string& key, const config::Driver& driver) {
  const auto loaded = config::compile_template(begin + key + "\n", "t.toml", "");
  INFO((loaded ? std::string() : config::to_text(loaded.error())));
  REQUIRE(loaded);
  return unsaid_in_keys((*loaded)->mapping, driver);
}

config::Driver of_kind(const std::string& kind) {
  config::Driver driver;
  driver.kind = kind;
  return driver;
}

}  // namespace

TEST_CASE("a key that needs what its driver never says is told with who says it", "[runtime]") {
  const std::string counted = R"([{value = "sequence"}, {value = "record"}])";
  for (const char* kind : {"tcp", "serial", "exec"}) CHECK(unsaid(counted, of_kind(kind)).empty());
  for (const std::string kind : {"http", "file_drop", "sql", "mqtt"}) {
    CHECK_THAT(
        unsaid(counted, of_kind(kind)),
        Catch::Contains("event scan needs {value = \"sequence\"}") &&
            Catch::Contains("sequence is not said by " + kind + " (but by exec, tcp, serial)"));
  }
  CHECK(unsaid(R"(["line", {join = ["line", {value = "topic.2"}], with = "/"}])", of_kind("tcp")) !=
        "");
  CHECK(unsaid(R"(["line", {join = ["line", {value = "topic.2"}], with = "/"}])", of_kind("mqtt"))
            .empty());
  CHECK(unsaid(R"([{value = "file"}, {value = "record"}])", of_kind("http")).empty());
  CHECK(unsaid(R"([{value = "file"}, {value = "record"}])", of_kind("serial")) != "");
}

TEST_CASE("a key can do without what it has another value for", "[runtime]") {
  CHECK(unsaid(R"([{first = ["line", {value = "sequence"}]}])", of_kind("http")).empty());
  CHECK(unsaid(R"([{first = [{value = "sequence"}, {value = "remote"}]}])", of_kind("http")) != "");
  CHECK(unsaid(R"([{value = "registerId"}, "line"])", of_kind("http")).empty());
  config::Driver driver = of_kind("http");
  driver.values = {"sequence=1"};  // somebody's own affair
  CHECK(unsaid(R"([{value = "sequence"}, "line"])", driver).empty());
}

TEST_CASE("a key may count on a header that is named, in whatever case", "[runtime]") {
  const std::string key = R"([{value = "header.x-event-id"}, {value = "record"}])";
  config::Driver driver = of_kind("http");
  CHECK_THAT(unsaid(key, driver), Catch::Contains("only of a header that `headers` names"));
  driver.headers = {"X-Event-Id"};
  CHECK(unsaid(key, driver).empty());
  driver.headers.clear();
  driver.topic_header = "X-EVENT-ID";
  CHECK(unsaid(key, driver).empty());
}
