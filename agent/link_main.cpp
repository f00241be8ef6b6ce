// The line to the broker as a process of its own: started by the agent, which talks to it over its
// standard input (agent/link/link_process.h). Nobody else has a use for it.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "agent/link/link_program.h"
#include "agent/link_memory.h"
#include "agent/mqtt/link_service.h"

namespace {

bool is_started_by_the_agent() {
  int domain = 0;
  socklen_t size = sizeof domain;
  return ::getsockopt(STDIN_FILENO, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
         domain == AF_UNIX;
}

// It ends when the agent closes the line: at the agent's end that is after the last message.
void leave_the_end_to_the_agent() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_IGN);
}

// Nothing that a library prints may get among the frames.
void print_nowhere() {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::close(nowhere);
}

// A core would hold passwords and events.
void leave_no_core() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int main() {
  if (!is_started_by_the_agent()) {
    std::fputs("storeward-link is started by storeward, which talks to it\n", stderr);
    return 2;
  }
  ::prctl(PR_SET_NAME, storeward::link_program::name);
  storeward::limit_memory();
  leave_no_core();
  leave_the_end_to_the_agent();
  print_nowhere();
  // Not exit(): a thread that hangs in a name look-up may be left behind.
  ::_exit(storeward::serve_link(STDIN_FILENO));
}
