// storeward-sql-source: what the driver `sql` runs. Started by the agent, which talks to it.
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include <unistd.h>

#include "drivers/source/password_file.h"
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

std::uint64_t number(const source::Hello& hello, std::string_view name) {
  return std::strtoull(hello.setting(name).c_str(), nullptr, 10);
}

sql::PollingOptions options_of(const source::Hello& hello, std::string password) {
  return {.access = {.file = hello.setting("database"),
                     .odbc = hello.setting("odbc"),
                     .password = std::move(password),
                     .timeout = std::chrono::seconds(number(hello, "query_timeout_s"))},
          .reading = {.query = sql::one_statement(hello.setting("query")),
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
  auto password = source::password_when_readable(*hello, pipe);
  if (!password) return 0;
  sql::Polling(options_of(*hello, std::move(*password)), *hello, pipe).run();
  return 0;
}
