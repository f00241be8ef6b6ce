// storeward-mqtt-source: what the driver `mqtt` runs. Started by the agent, which talks to it.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "drivers/mqtt/listening.h"
#include "drivers/source/password_file.h"

namespace {

using namespace storeward;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> list;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) list.push_back(line);
  return list;
}

mqtt_source::SubscriptionOptions options_of(const source::Hello& hello, std::string password) {
  return {.broker = hello.setting("broker"),
          .topics = lines_of(hello.setting("topics")),
          .client_id = hello.setting("client_id"),
          .username = hello.setting("username"),
          .password = std::move(password),
          .ca_file = hello.setting("ca_file"),
          .version_5 = hello.setting("mqtt_version") == "5",
          .session =
              std::chrono::seconds(std::strtoll(hello.setting("session_s").c_str(), nullptr, 10))};
}

}  // namespace

int main() {
  std::signal(SIGPIPE, SIG_IGN);
  source::AgentPipe pipe(STDIN_FILENO, STDOUT_FILENO);
  const auto hello = pipe.hello();
  if (!hello) {
    std::fputs("storeward-mqtt-source is started by storeward, which talks to it\n", stderr);
    return 1;
  }
  auto password = source::password_when_readable(*hello, pipe);
  if (!password) return 0;
  mqtt_source::Listening(options_of(*hello, std::move(*password)), *hello, pipe).run();
  std::_Exit(0);  // Paho's threads are not waited for
}
