#include "agent/runtime/control_client.h"

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

Unexpected<NoAgent> nobody(const std::filesystem::path& path, std::string_view what) {
  return {NoAgent{"no agent answers at " + path.string() + ": " + std::string(what)}};
}

bool send_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

Result<std::string, NoAgent> ask_agent(const std::filesystem::path& path, std::string_view request,
                                       std::chrono::seconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = path.string();
  if (name.size() >= sizeof address.sun_path) return nobody(path, "the path is too long");
  std::memcpy(address.sun_path, name.c_str(), name.size());

  const Socket socket;
  const timeval limit{.tv_sec = timeout.count(), .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EACCES) {
      return nobody(path, "this user may not ask it; join the group storeward or use sudo");
    }
    return nobody(path, std::strerror(errno));
  }
  if (!send_all(socket.get(), std::string(request) + "\n")) return nobody(path, "it hung up");

  std::string answer;
  char chunk[65536];
  while (answer.size() < max_answer_bytes) {
    const ssize_t got = recv(socket.get(), chunk, sizeof chunk, 0);
    if (got < 0) return nobody(path, "it did not answer in time");
    if (got == 0) return nobody(path, "it hung up in the middle of the answer");
    answer.append(chunk, static_cast<std::size_t>(got));
    if (answer.back() == '\n') {
      answer.pop_back();
      return answer;
    }
  }
  return nobody(path, "its answer is larger than 64 MiB");
}

}  // namespace storeward
