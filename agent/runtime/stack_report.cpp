#include "agent/runtime/stack_report.h"

#include <dirent.h>
#include <execinfo.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <string_view>

// All of this runs in signal handlers of a process in an unknown state: only what signal-safety(7)
// allows, no allocation, no lock.
namespace storeward::stack_report {
namespace {

constexpr int max_threads = 64;
constexpr int max_frames = 48;
// A thread that waits in the kernel for a dead disk takes no signal: it is passed over.
constexpr int patience_ms = 200;

std::atomic<int> reported{0};

void write_text(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void report_this_thread(int) {
  const int saved = errno;
  std::array<char, 16> name{};
  ::prctl(PR_GET_NAME, name.data());
  write_text("storeward: stack of thread ");
  write_text(name.data());
  write_text("\n");
  std::array<void*, max_frames> frames{};
  ::backtrace_symbols_fd(frames.data(), ::backtrace(frames.data(), max_frames), STDERR_FILENO);
  errno = saved;
  ++reported;
}

int other_threads(std::array<pid_t, max_threads>& threads) {
  const int folder = ::open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return 0;
  const auto own = static_cast<pid_t>(::syscall(SYS_gettid));
  int count = 0;
  alignas(dirent64) std::array<char, 4096> buffer;
  for (long size = 0;
       (size = ::syscall(SYS_getdents64, folder, buffer.data(), buffer.size())) > 0;) {
    for (long at = 0; at < size && count < max_threads;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      pid_t thread = 0;
      std::from_chars(entry->d_name, entry->d_name + std::strlen(entry->d_name), thread);
      if (thread > 0 && thread != own) threads[static_cast<std::size_t>(count++)] = thread;
      at += entry->d_reclen;
    }
  }
  ::close(folder);
  return count;
}

void wait_for_report(int before) {
  for (int waited = 0; waited < patience_ms && reported == before; ++waited) {
    timespec millisecond{0, 1'000'000};
    ::nanosleep(&millisecond, nullptr);
  }
}

void on_abort(int signal) {
  report_this_thread(signal);
  std::array<pid_t, max_threads> threads{};
  const int count = other_threads(threads);
  for (int i = 0; i < count; ++i) {  // one after the other: their lines do not mix
    const int before = reported;
    ::syscall(SYS_tgkill, ::getpid(), threads[static_cast<std::size_t>(i)], SIGRTMIN);
    wait_for_report(before);
  }
  ::raise(signal);  // SA_RESETHAND: this time it ends the process
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigfillset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void write_on_abort() {
  // The first call loads a library and allocates; later ones do not.
  std::array<void*, 1> frame{};
  ::backtrace(frame.data(), 1);
  handle(SIGRTMIN, report_this_thread, SA_RESTART);
  handle(SIGABRT, on_abort, static_cast<int>(SA_RESETHAND));
}

}  // namespace storeward::stack_report
