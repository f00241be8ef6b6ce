// storeward-sql-source: what the driver `sql` runs. Started by the agent, which talks to it.
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "drivers/sql/driver_logs.h"
#include "drivers/sql/polling.h"

namespace {

using namespace storeward;

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> list;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) list.push_back(part);
  return list;
}

std::string first_line(const std::string& file) {
  std::string line;
  if (!file.empty()) std::getline(std::ifstream(file) >> std::ws, line);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::uint64_t number(const source::Hello& hello, std::string_view name) {
  return std::strtoull(hello.setting(name).c_str(), nullptr, 10);
}

sql::PollingOptions options_of(const source::Hello& hello) {
  return {.access = {.file = hello.setting("database"),
                     .odbc = hello.setting("odbc"),
                     .password = first_line(hello.setting("password_file")),
                     .timeout = std::chrono::seconds(number(hello, "query_timeout_s"))},
          .reading = {.query = hello.setting("query"),
                      .cursor = hello.setting("cursor"),
                      .kind = hello.setting("cursor_kind") == "time" ? sql::CursorKind::time
                                                                     : sql::CursorKind::key,
                      .group_by = list_of(hello.setting("group_by"))},
          .identity_query = hello.setting("identity_query"),
          .overlap = number(hello, "overlap"),
          .poll = std::chrono::seconds(number(hello, "poll_s")),
          .page_rows = number(hello, "page_rows")};
}

}  // namespace

int main() {
  std::signal(SIGPIPE, SIG_IGN);
  std::setlocale(LC_ALL, "C.UTF-8");  // ODBC drivers convert by it
  sql::keep_drivers_from_logging();
  // A database's driver may write to standard output: that is the agent's alone.
  const int agent = ::dup(STDOUT_FILENO);
  if (agent < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 1;
  source::AgentPipe pipe(STDIN_FILENO, agent);
  const auto hello = pipe.hello();
  if (!hello) {
    std::fputs("storeward-sql-source is started by storeward, which talks to it\n", stderr);
    return 1;
  }
  sql::Polling(options_of(*hello), *hello, pipe).run();
  return 0;
}
