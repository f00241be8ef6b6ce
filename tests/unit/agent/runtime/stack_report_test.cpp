#include "agent/runtime/stack_report.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <mutex>
#include <string>
#include <thread>

using namespace storeward;

namespace {

// A process whose thread "store" waits for ever, with a card number on its stack.
[[noreturn]] void hang(int errors, int ready) {
  ::dup2(errors, STDERR_FILENO);
  stack_report::write_on_abort();
  std::mutex mutex;
  const std::lock_guard held(mutex);
  std::thread thread([&mutex, ready] {
    volatile char payload[] = "4111111111111111";
    ::pthread_setname_np(::pthread_self(), "store");
    (void)::write(ready, "!", 1);
    const std::lock_guard never(mutex);
    payload[0] = '5';
  });
  for (;;) ::pause();
}

std::string all_of(int descriptor) {
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::read(descriptor, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace

#ifndef __SANITIZE_THREAD__  // it holds signals back until a thread comes out of its wait

TEST_CASE("F51: the watchdog's abort leaves the stack of every thread, and no payload",
          "[watchdog][F51]") {
  int errors[2], ready[2];
  REQUIRE(::pipe2(errors, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  const pid_t process = ::fork();
  if (process == 0) hang(errors[1], ready[1]);
  REQUIRE(process > 0);
  ::close(errors[1]);
  ::close(ready[1]);
  char started = 0;
  REQUIRE(::read(ready[0], &started, 1) == 1);
  ::kill(process, SIGABRT);
  const std::string report = all_of(errors[0]);
  int status = 0;
  REQUIRE(::waitpid(process, &status, 0) == process);
  ::close(errors[0]);
  ::close(ready[0]);

  CAPTURE(report);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
  const std::size_t hung = report.find("storeward: stack of thread store\n");
  REQUIRE(hung != std::string::npos);
  CHECK(report.find("storeward: stack of thread ") < hung);     // the main thread
  CHECK(report.find("libc.so.6(", hung) != std::string::npos);  // where it waits
  CHECK(report.find("1111") == std::string::npos);
}

#endif
