#include "agent/runtime/control_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace storeward {
namespace {

constexpr std::size_t max_answer_bytes = 64u << 20;

class Socket {
 public:
  Socket() : descriptor_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

Unexpected<NoAgent> no_answer(const std::filesystem::path& path, std::string_view what, bool runs) {
  return {NoAgent{"no agent answers at " + path.string() + ": " + std::string(what), runs}};
}

// Bounds one exchange over a blocking socket.
class Deadline {
 public:
  explicit Deadline(std::chrono::seconds timeout)
      : timeout_(timeout), end_(Clock::now() + timeout) {}

  // Waits for something to read; false when the time is up.
  bool wait(int descriptor) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()).count();
    pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
    return left > 0 && poll(&waiting, 1, static_cast<int>(left)) > 0;
  }
  std::string passed() const {
    return "it has not answered within " + std::to_string(timeout_.count()) +
           " s; it may be busy (with a `storeward verify`, say) or hang: journalctl -u storeward";
  }

 private:
  using Clock = std::chrono::steady_clock;
  const std::chrono::seconds timeout_;
  const Clock::time_point end_;
};

}  // namespace

Result<std::string, NoAgent> ask_agent(const std::filesystem::path& path, std::string_view request,
                                       std::chrono::seconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  if (name.size() >= sizeof address.sun_path) {
    return no_answer(path, "the path is too long", false);
  }
  std::memcpy(address.sun_path, name.c_str(), name.size());

  const Deadline deadline(timeout);
  const Socket socket;
  const timeval limit{.tv_sec = timeout.count(),
                      .tv_usec = 0};  // connect() and send() wait by this one
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EACCES) {
      return no_answer(path, "this user may not ask it; join the group storeward or use sudo",
                       true);
    }
    if (errno == EAGAIN) return no_answer(path, deadline.passed(), true);
    return no_answer(path, std::strerror(errno), false);
  }
  const auto hung_up = [&path] {
    return no_answer(path, "it hung up; does it end just now, or do too many ask at once?", true);
  };
  const std::string line = std::string(request) + "\n";
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t sent = send(socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN ? no_answer(path, deadline.passed(), true) : hung_up();
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  std::string answer;
  char chunk[65536];
  while (answer.size() < max_answer_bytes) {
    if (!deadline.wait(socket.get())) return no_answer(path, deadline.passed(), true);
    const ssize_t got = recv(socket.get(), chunk, sizeof chunk, 0);
    if (got <= 0) return hung_up();
    answer.append(chunk, static_cast<std::size_t>(got));
    if (answer.back() == '\n') {
      answer.pop_back();
      return answer;
    }
  }
  return no_answer(path, "its answer is larger than 64 MiB", true);
}

}  // namespace storeward
