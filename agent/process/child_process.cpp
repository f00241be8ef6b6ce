#include "agent/process/child_process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "agent/base/assert.h"

namespace storeward {
namespace {

constexpr int first_other_descriptor = 3;
constexpr Millis kill_patience{1'000};  // the kernel takes down a killed process in far less

std::string reason_of(int error) {
  return std::strerror(error);
}

// Between fork and exec: of a process with threads only what signal-safety(7) allows may be called.
class Newborn {
 public:
  Newborn(const ChildProgram& program, int stream, int output, int errors, pid_t parent)
      : file_(program.file.c_str()),
        stream_(stream),
        output_(output),
        errors_(errors),
        parent_(parent),
        most_data_bytes_(program.most_data_bytes),
        leads_group_(program.own_group) {
    arguments_.push_back(const_cast<char*>(program.name.c_str()));
    add(program.arguments, arguments_);
    if (!program.environment) return;
    add(*program.environment, environment_);
  }

  [[noreturn]] void become(const sigset_t& signals) const {
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent_) ::_exit(ChildExit::not_started);  // it has gone meanwhile
    if (leads_group_) ::setpgid(0, 0);
    limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadow counts as data
    if (most_data_bytes_ != 0) limit(RLIMIT_DATA, most_data_bytes_);
#endif
    if (to(stream_, STDIN_FILENO) && to(output_, STDOUT_FILENO) &&
        (errors_ < 0 || to(errors_, STDERR_FILENO))) {
      ::close_range(first_other_descriptor, ~0u, CLOSE_RANGE_CLOEXEC);
      ::sigprocmask(SIG_SETMASK, &signals, nullptr);
      ::execve(file_, arguments_.data(), environment_.empty() ? environ : environment_.data());
    }
    complain(errno);
    ::_exit(ChildExit::not_started);
  }

 private:
  static void add(const std::vector<std::string>& texts, std::vector<char*>& to) {
    for (const std::string& text : texts) to.push_back(const_cast<char*>(text.c_str()));
    to.push_back(nullptr);
  }

  static bool to(int from, int descriptor) {
    return ::dup2(from, descriptor) == descriptor;
  }

  static void limit(__rlimit_resource what, rlim_t most) {
    const rlimit both{most, most};
    ::setrlimit(what, &both);
  }

  void complain(int error) const {
    const char* const name = arguments_.front();
    const char* const why = ::strerrordesc_np(error);
    for (const char* part :
         {"storeward: ", name, " does not start: ", why == nullptr ? "?" : why, "\n"}) {
      if (::write(STDERR_FILENO, part, std::strlen(part)) < 0) return;
    }
  }

  const char* file_;
  int stream_, output_, errors_;  // errors_ < 0: the agent's own
  pid_t parent_;
  rlim_t most_data_bytes_;
  bool leads_group_;
  std::vector<char*> arguments_;
  std::vector<char*> environment_;  // empty: the agent's own
};

// No signal may reach a handler of ours in the child: Asio's would write into our own pipe.
pid_t fork_without_signals(const ChildProgram& program, int stream, int output, int errors) {
  const Newborn newborn(program, stream, output, errors, ::getpid());
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) newborn.become(before);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

// Above the standard ones, or dup2() to itself would leave it closed on exec.
int above_standard(int descriptor) {
  if (descriptor >= first_other_descriptor) return descriptor;
  const int higher = ::fcntl(descriptor, F_DUPFD_CLOEXEC, first_other_descriptor);
  ::close(descriptor);
  return higher;
}

// The child's end; ours goes into `stream`. Below 0: there is none.
int socket_to(ChildProcess::Stream& stream) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return -1;
  asio::error_code ignored;
  stream.assign(asio::local::stream_protocol(), ends[0], ignored);
  return above_standard(ends[1]);
}

// The end to write to; the other one goes into `errors`. Below 0: there is none.
int pipe_to(asio::posix::stream_descriptor& errors) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return -1;
  asio::error_code ignored;
  errors.assign(above_standard(ends[0]), ignored);
  return above_standard(ends[1]);
}

}  // namespace

std::string to_text(const ChildExit& exit) {
  if (exit.signal == 0) return "exit code " + std::to_string(exit.code);
  const char* const name = ::sigdescr_np(exit.signal);
  return "signal " + std::to_string(exit.signal) +
         (name == nullptr ? "" : std::string(" (") + name + ")");
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(asio::io_context& io,
                                                          const ChildProgram& program,
                                                          OnExit on_exit) {
  Stream stream(io), output(io);
  Errors errors(io);
  const int theirs = socket_to(stream);
  const int their_output = theirs >= 0 && program.own_output ? socket_to(output) : theirs;
  const int their_errors = their_output >= 0 && program.own_errors ? pipe_to(errors) : -1;
  const bool ready = their_output >= 0 && (!program.own_errors || their_errors >= 0);
  const pid_t pid = ready ? fork_without_signals(program, theirs, their_output, their_errors) : -1;
  const int error = errno;
  if (their_output >= 0 && their_output != theirs) ::close(their_output);
  if (theirs >= 0) ::close(theirs);
  if (their_errors >= 0) ::close(their_errors);
  if (pid < 0) return fail(program.name + " does not start: " + reason_of(error));
  // Not by <sys/pidfd.h>, which glibc 2.36 wrote for C alone.
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (descriptor < 0) {
    const std::string why = reason_of(errno);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return fail(program.name + " does not start: it cannot be watched: " + why);
  }
  // Here too, or a signal to the group that comes early finds none.
  if (program.own_group) ::setpgid(pid, pid);
  return std::unique_ptr<ChildProcess>(new ChildProcess(io, pid, program.own_group, descriptor,
                                                        std::move(stream), std::move(output),
                                                        std::move(errors), std::move(on_exit)));
}

ChildProcess::ChildProcess(asio::io_context& io, pid_t pid, bool leads_group, int pid_descriptor,
                           Stream stream, Stream output, Errors errors, OnExit on_exit)
    : pid_(pid),
      leads_group_(leads_group),
      stream_(std::move(stream)),
      output_(std::move(output)),
      errors_(std::move(errors)),
      ended_(io, pid_descriptor),
      patience_(io),
      on_exit_(std::move(on_exit)) {
  watch();
}

ChildProcess::~ChildProcess() {
  if (reaped_) return;
  kill();
  wait(kill_patience);
}

void ChildProcess::watch() {
  ended_.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [this, alive = std::weak_ptr<const bool>(alive_)](const asio::error_code& failed) {
        if (failed || alive.expired()) return;
        ChildExit exit;
        if (!reap(exit)) return watch();
        patience_.cancel();
        const OnExit on_exit = std::move(on_exit_);
        on_exit(exit);  // this may be gone now
      });
}

void ChildProcess::signal(int number) {
  if (!reaped_) ::kill(leads_group_ ? -pid_ : pid_, number);
}

bool ChildProcess::reap(ChildExit& exit) {
  if (reaped_) return false;
  pollfd ended{ended_.native_handle(), POLLIN, 0};
  if (::poll(&ended, 1, 0) != 1) return false;
  // Its number is still its own: what it has left behind goes with it.
  if (leads_group_) signal(SIGKILL);
  int status = 0;
  pid_t found = 0;
  do {
    found = ::waitpid(pid_, &status, WNOHANG);
  } while (found < 0 && errno == EINTR);
  if (found == 0) return false;
  ASSERT(found == pid_);  // nobody else waits for children
  reaped_ = true;
  exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  exit.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return true;
}

void ChildProcess::terminate(Millis patience) {
  signal(SIGTERM);
  patience_.expires_after(patience);
  patience_.async_wait(
      [this, alive = std::weak_ptr<const bool>(alive_)](const asio::error_code& cancelled) {
        if (!cancelled && !alive.expired()) kill();
      });
}

void ChildProcess::kill() {
  signal(SIGKILL);
}

bool ChildProcess::wait(Millis patience) {
  if (reaped_) return true;
  pollfd ended{ended_.native_handle(), POLLIN, 0};
  const auto until = std::chrono::steady_clock::now() + patience;
  for (Millis left = patience; left.count() > 0;
       left = std::chrono::duration_cast<Millis>(until - std::chrono::steady_clock::now())) {
    const int found = ::poll(&ended, 1, static_cast<int>(left.count()));
    if (found > 0 || (found < 0 && errno != EINTR)) break;
  }
  ChildExit exit;
  return reap(exit);
}

Result<ProgramFile> ProgramFile::open(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_PATH | O_CLOEXEC);
  if (descriptor < 0) {
    return fail(file.string() + " cannot be opened: " + reason_of(errno) +
                "; install the package again");
  }
  return ProgramFile(descriptor, file);
}

Result<ProgramFile> ProgramFile::beside_this_one(const std::string& name) {
  std::error_code failed;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) return fail("/proc/self/exe cannot be read: " + failed.message());
  return open(own.parent_path() / name);
}

ProgramFile::~ProgramFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ProgramFile::ProgramFile(ProgramFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), file_(std::move(other.file_)) {}

ChildProgram ProgramFile::program() const {
  return {.file = "/proc/self/fd/" + std::to_string(descriptor_), .name = file_.string()};
}

}  // namespace storeward
