#include "tests/support/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace storeward::testing {

RawClient::RawClient(std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(descriptor_);
    throw std::runtime_error("nobody listens");
  }
}

RawClient::~RawClient() {
  ::close(descriptor_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawClient::half_close() {
  ::shutdown(descriptor_, SHUT_WR);
}

bool RawClient::has_answer(int within_ms) const {
  pollfd wait{descriptor_, POLLIN, 0};
  return ::poll(&wait, 1, within_ms) == 1;
}

bool RawClient::read_more(std::string& into) {
  if (!has_answer(5000)) return false;
  char buffer[4096];
  const ssize_t length = ::recv(descriptor_, buffer, sizeof buffer, 0);
  if (length <= 0) {
    closed_ = true;
    return false;
  }
  into.append(buffer, static_cast<std::size_t>(length));
  return true;
}

std::string RawClient::receive() {
  std::string answer = std::move(ahead_);
  ahead_.clear();
  std::size_t total = std::string::npos;
  while (true) {
    const std::size_t end = answer.find("\r\n\r\n");
    if (total == std::string::npos && end != std::string::npos) {
      const std::size_t at = answer.find("Content-Length: ");
      const std::size_t length =
          at < end ? static_cast<std::size_t>(std::strtoul(answer.c_str() + at + 16, nullptr, 10))
                   : 0;
      total = end + 4 + length;
    }
    if (total != std::string::npos && answer.size() >= total) {
      ahead_ = answer.substr(total);
      answer.resize(total);
      return answer;
    }
    if (!read_more(answer)) return answer;
  }
}

std::string RawClient::receive_all() {
  std::string answer = std::move(ahead_);
  ahead_.clear();
  while (read_more(answer)) {
  }
  return answer;
}

int status_of(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 ") && answer.size() > 12 ? std::atoi(answer.data() + 9) : 0;
}

std::string body_of(std::string_view answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string() : std::string(answer.substr(end + 4));
}

}  // namespace storeward::testing
