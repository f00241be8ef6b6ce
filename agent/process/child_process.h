// ChildProcess: a program that runs beside the agent, started, watched, ended and reaped here. It
// talks over its standard input and output, which are both one end of a stream socket; the other
// end is stream(). With own_output its output is a stream socket of its own: else it is not seen
// that it has closed it and lives on. For the line to the broker, and for drivers that run a
// partner's program.
//
// Started, called and destroyed on the io thread, which on_exit is called on too.
//
// Invariants: the child has no descriptors but 0, 1 and 2, which is the agent's standard error or a
// pipe; it leaves no core; it dies with the thread that started it, however that ends; every child
// is reaped, without a SIGCHLD handler; nothing but its own process id, or the group that it leads,
// is ever signalled, and that only while it is not reaped.
#pragma once

#include <sys/types.h>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/result.h"

namespace storeward {

struct ChildProgram {
  std::filesystem::path file;          // executed as it is: no shell, no search
  std::string name;                    // what ps shows in the place of the program
  std::vector<std::string> arguments;  // everybody on the machine can read them: no secrets
  std::optional<std::vector<std::string>> environment{};  // NAME=value; none: the agent's own
  std::uint64_t most_data_bytes = 0;                      // of memory of its own; 0: no limit
  bool own_output = false;  // its standard output comes through output(), not through stream()
  bool own_errors = false;  // what it writes to its standard error comes through errors()
  bool own_group = false;   // what it starts itself is signalled with it, and ends when it ends
};

struct ChildExit {
  static constexpr int not_started = 127;  // the program could not be executed

  int code = 0;
  int signal = 0;  // not 0: ended by it, and there is no code
};

std::string to_text(const ChildExit& exit);

class ChildProcess {
 public:
  using Stream = asio::local::stream_protocol::socket;
  using Errors = asio::posix::stream_descriptor;
  using OnExit = std::function<void(const ChildExit&)>;

  // on_exit may destroy the ChildProcess. A file that cannot be executed is seen there only.
  static Result<std::unique_ptr<ChildProcess>> start(asio::io_context& io,
                                                     const ChildProgram& program, OnExit on_exit);
  ~ChildProcess();  // a child that still runs is killed; on_exit is not called
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  Stream& stream() { return stream_; }  // may be moved from
  Stream& output() { return output_; }  // may be moved from; open if own_output
  Errors& errors() { return errors_; }  // may be moved from; open if own_errors

  // SIGTERM, and after `patience` SIGKILL; on_exit follows.
  void terminate(Millis patience);
  void kill();

  // Blocking, for the end of the agent: true if the child has ended. on_exit is not called then.
  bool wait(Millis patience);

 private:
  ChildProcess(asio::io_context& io, pid_t pid, bool leads_group, int pid_descriptor, Stream stream,
               Stream output, Errors errors, OnExit on_exit);

  void watch();
  void signal(int number);
  bool reap(ChildExit& exit);

  const pid_t pid_;
  const bool leads_group_;
  bool reaped_ = false;
  Stream stream_, output_;
  Errors errors_;
  asio::posix::stream_descriptor ended_;  // a pidfd: readable once the child has ended
  asio::steady_timer patience_;
  OnExit on_exit_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);  // for late handlers
};

// A program file that stays the one it was, though an upgrade puts another in its place.
class ProgramFile {
 public:
  static Result<ProgramFile> open(const std::filesystem::path& file);
  // In the directory of the program that runs.
  static Result<ProgramFile> beside_this_one(const std::string& name);
  ~ProgramFile();
  ProgramFile(ProgramFile&& other) noexcept;
  ProgramFile& operator=(ProgramFile&&) = delete;

  ChildProgram program() const;

 private:
  ProgramFile(int descriptor, std::filesystem::path file)
      : descriptor_(descriptor), file_(std::move(file)) {}

  int descriptor_;
  std::filesystem::path file_;
};

}  // namespace storeward
