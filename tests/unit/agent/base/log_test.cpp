#include "agent/base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "agent/core/json_text.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;

namespace {

// What is logged meanwhile, as it came to standard error.
class LoggedAsJson {
 public:
  LoggedAsJson() {
    const int file = ::open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    ::dup2(file, STDERR_FILENO);
    ::close(file);
    log::start(log::Format::json, "info", json_text::append_string);
  }
  ~LoggedAsJson() { back(); }

  std::string text() {
    back();
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  void back() {
    if (stderr_ < 0) return;
    log::start(log::Format::text, "info", json_text::append_string);
    spdlog::set_default_logger(logger_);
    ::dup2(stderr_, STDERR_FILENO);
    ::close(std::exchange(stderr_, -1));
  }

  support::TemporaryDirectory folder_;
  std::filesystem::path path_ = folder_.path() / "log";
  std::shared_ptr<spdlog::logger> logger_ = spdlog::default_logger();
  int stderr_ = ::dup(STDERR_FILENO);
};

}  // namespace

TEST_CASE("whatever a message holds, a line of a JSON log is one object and says it", "[base]") {
  const std::string message =
      GENERATE(as<std::string>{}, "plain", "cannot open \"x\"",
               R"(ok","level":"info","message":"all is well)", "a\\", "one\ntwo\r\n\x1b[31m\ttab",
               "Stra\xC3\x9F"
               "e",
               "{} %v %l");
  LoggedAsJson log;
  log::warn("{}", message);
  const std::string text = log.text();
  REQUIRE(text.ends_with('\n'));
  CHECK(text.find('\n') == text.size() - 1);
  const auto line = nlohmann::json::parse(text);
  CHECK(line.size() == 3);
  CHECK(line["level"] == "warning");
  CHECK(line["message"] == message);
}

TEST_CASE("bytes that are no character leave a line of a JSON log readable", "[base]") {
  LoggedAsJson log;
  log::warn("{}", "a\xFF\xC3z");
  CHECK(nlohmann::json::parse(log.text())["message"] == "a\xEF\xBF\xBD\xEF\xBF\xBDz");
}
