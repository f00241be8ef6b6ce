#include "agent/mqtt/tcp_no_delay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "agent/base/log.h"

namespace storeward {
namespace {

bool is_tcp(int descriptor) {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
         protocol == IPPROTO_TCP;
}

}  // namespace

void send_small_packets_at_once() {
  const int on = 1;
  std::error_code error;
  for (std::filesystem::directory_iterator open("/proc/self/fd", error), end; !error && open != end;
       open.increment(error)) {
    const int descriptor = std::stoi(open->path().filename());
    if (is_tcp(descriptor)) ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (error) log::warn("hub: /proc/self/fd: {}; small packets may wait", error.message());
}

}  // namespace storeward
