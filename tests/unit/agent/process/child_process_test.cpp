#include "agent/process/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <optional>
#include <thread>

#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace std::chrono_literals;

namespace {

ChildProgram shell(const std::string& script) {
  return {.file = "/bin/sh", .name = "sh", .arguments = {"-c", script}};
}

// A child with what became of it.
struct Watched {
  explicit Watched(const ChildProgram& program) {
    auto started = ChildProcess::start(io, program, [this](const ChildExit& how) { exit = how; });
    REQUIRE(started);
    child = std::move(*started);
  }
  bool ended() {
    for (int i = 0; i < 500 && !exit; ++i) {
      io.restart();
      io.run_for(10ms);
    }
    return exit.has_value();
  }
  std::string all_it_says() {
    std::string text;
    asio::error_code end;
    asio::read(child->stream(), asio::dynamic_buffer(text), end);
    return text;
  }

  asio::io_context io;
  std::optional<ChildExit> exit;
  std::unique_ptr<ChildProcess> child;
};

bool is_running(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return (stat >> number >> name >> state) && state != "Z" && state != "X";
}

bool gone(pid_t pid) {
  for (int i = 0; i < 300 && is_running(pid); ++i) std::this_thread::sleep_for(10ms);
  return !is_running(pid);
}

}  // namespace

TEST_CASE("a child hears what it is told and is heard", "[process]") {
  Watched cat({.file = "/bin/cat", .name = "cat"});
  asio::write(cat.child->stream(), asio::buffer("a sale\n", 7));
  cat.child->stream().shutdown(ChildProcess::Stream::shutdown_send);
  CHECK(cat.all_it_says() == "a sale\n");
  REQUIRE(cat.ended());
  CHECK(cat.exit->code == 0);
}

TEST_CASE("how a child ended is told, with its code or its signal", "[process]") {
  Watched code(shell("exit 42"));
  REQUIRE(code.ended());
  CHECK(code.exit->code == 42);
  CHECK(to_text(*code.exit) == "exit code 42");
  Watched signal(shell("kill -9 $$"));
  REQUIRE(signal.ended());
  CHECK(signal.exit->signal == SIGKILL);
  CHECK(to_text(*signal.exit) == "signal 9 (Killed)");
  Watched none({.file = "/nowhere/at/all", .name = "nothing"});
  REQUIRE(none.ended());
  CHECK(none.exit->code == ChildExit::not_started);
}

TEST_CASE("a child has no descriptors but its stream and the standard error", "[process]") {
  const int open_file = ::open("/dev/null", O_RDONLY);  // not O_CLOEXEC
  Watched child(shell("ls /proc/$$/fd; true"));
  CHECK(child.all_it_says() == "0\n1\n2\n");
  CHECK(child.ended());
  ::close(open_file);
}

TEST_CASE("a child has no signal blocked and none ignored", "[process]") {
  sigset_t some, before;
  ::sigemptyset(&some);
  ::sigaddset(&some, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &some, &before);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const auto handler = ::signal(SIGPIPE, SIG_IGN);
  Watched child({.file = "/bin/grep",
                 .name = "grep",
                 .arguments = {"-E", "^Sig(Blk|Ign)", "/proc/self/status"}});
  CHECK(child.all_it_says() == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  CHECK(child.ended());
  ::signal(SIGPIPE, handler);
}

TEST_CASE("a child that does not end when it is told to is killed after a while", "[process]") {
  Watched polite(shell("trap 'exit 7' TERM; echo; while :; do sleep 0.01; done"));
  char ready = 0;
  asio::read(polite.child->stream(), asio::buffer(&ready, 1));
  polite.child->terminate(5s);
  REQUIRE(polite.ended());
  CHECK(polite.exit->code == 7);

  Watched deaf(shell("trap '' TERM; echo; while :; do sleep 0.01; done"));
  asio::read(deaf.child->stream(), asio::buffer(&ready, 1));
  const auto begun = std::chrono::steady_clock::now();
  deaf.child->terminate(300ms);
  REQUIRE(deaf.ended());
  CHECK(deaf.exit->signal == SIGKILL);
  CHECK(std::chrono::steady_clock::now() - begun >= 300ms);
}

TEST_CASE("a child whose owner goes is killed and leaves no zombie", "[process]") {
  Watched child(shell("sleep 100"));
  const pid_t pid = child.child->pid();
  REQUIRE(is_running(pid));
  child.child.reset();
  CHECK(::kill(pid, 0) == -1);
  CHECK_FALSE(child.exit);
}

TEST_CASE("who waits for a child learns whether it has ended", "[process]") {
  Watched slow(shell("sleep 100"));
  CHECK_FALSE(slow.child->wait(50ms));
  slow.child->kill();
  CHECK(slow.child->wait(5s));
}

TEST_CASE("a child dies with a process that is killed", "[process]") {
  int told[2];
  REQUIRE(::pipe2(told, O_CLOEXEC) == 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    asio::io_context io;
    auto child = ChildProcess::start(io, shell("sleep 100"), [](const ChildExit&) {});
    const pid_t pid = (*child)->pid();
    (void)::write(told[1], &pid, sizeof pid);
    for (;;) ::pause();
  }
  pid_t child = 0;
  REQUIRE(::read(told[0], &child, sizeof child) == sizeof child);
  REQUIRE(is_running(child));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  CHECK(gone(child));
  ::close(told[0]);
  ::close(told[1]);
}

TEST_CASE("a program file stays the one it was when another takes its place", "[process]") {
  store::TemporaryDirectory directory;
  const auto place = directory.path() / "program";
  std::filesystem::copy_file("/bin/true", place);
  const auto file = ProgramFile::open(place);
  REQUIRE(file);
  std::filesystem::copy_file("/bin/false", directory.path() / "newer");
  std::filesystem::rename(directory.path() / "newer", place);
  Watched child(file->program());
  REQUIRE(child.ended());
  CHECK(child.exit->code == 0);
  CHECK_FALSE(ProgramFile::open(directory.path() / "none"));
}

TEST_CASE("a child sees the environment that it is given and no other", "[process]") {
  ChildProgram program = shell("echo \"$NAME|$HOME|$PATH\"");
  program.environment = {"NAME=till", "PATH=/bin"};
  Watched child(program);
  CHECK(child.all_it_says() == "till||/bin\n");
}

TEST_CASE("what a child says to its standard error can be heard apart", "[process]") {
  ChildProgram program = shell("echo out; echo err >&2");
  program.own_errors = true;
  Watched child(program);
  CHECK(child.all_it_says() == "out\n");
  std::string errors;
  asio::error_code end;
  asio::read(child.child->errors(), asio::dynamic_buffer(errors), end);
  CHECK(errors == "err\n");
}

// A sanitizer's shadow counts as memory of the child, so that there it is not bounded.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

TEST_CASE("a child gets no more memory than it may", "[process]") {
  ChildProgram program = {.file = "/usr/bin/python3",
                          .name = "python3",
                          .arguments = {"-c", "print(len(bytes(200 << 20)))"},
                          .most_data_bytes = 100u << 20,
                          .own_errors = true};
  Watched child(program);
  CHECK(child.all_it_says().empty());
  REQUIRE(child.ended());
  CHECK(child.exit->code != 0);
}

#endif

TEST_CASE("what a child has started ends with it, where it leads a group", "[process]") {
  ChildProgram program = shell("sleep 987 & echo $!; exit");
  program.own_group = true;
  Watched child(program);
  std::string number;
  asio::error_code end;
  asio::read_until(child.child->stream(), asio::dynamic_buffer(number), '\n', end);
  REQUIRE(child.ended());
  CHECK(gone(std::stoi(number)));

  program.arguments.back() = "trap '' TERM; sleep 987 & echo $!; wait; wait";
  Watched stubborn(program);
  number.clear();
  asio::read_until(stubborn.child->stream(), asio::dynamic_buffer(number), '\n', end);
  stubborn.child->terminate(50ms);
  REQUIRE(stubborn.ended());
  CHECK(gone(std::stoi(number)));
}
