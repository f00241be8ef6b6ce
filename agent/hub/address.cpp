#include "agent/hub/address.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "agent/core/topic_prefix.h"

namespace storeward::hub {
namespace {

// What follows the scheme.
std::string_view rest_of(std::string_view url) {
  const std::size_t mark = url.find("://");
  return mark == url.npos ? url : url.substr(mark + 3);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  return parsed.ec == std::errc{} && parsed.ptr == end && port >= 1 && port <= 65535;
}

// As libpq reads a user and password; where it finds something else it quotes it in its error.
bool is_encoded(std::string_view user) {
  if (user.find_first_of("@/") != user.npos) return false;
  for (std::size_t at = 0; (at = user.find('%', at)) != user.npos; ++at) {
    const std::string_view code = user.substr(at + 1, 2);
    const bool hex = code.find_first_not_of("0123456789ABCDEFabcdef") == code.npos;
    if (code.size() != 2 || !hex || code == "00") return false;
  }
  return true;
}

}  // namespace

bool is_postgres(std::string_view store) {
  return store.starts_with("postgresql://") || store.starts_with("postgres://");
}

Result<void> check_broker(std::string_view url) {
  constexpr std::array<std::string_view, 4> schemes = {"mqtt://", "mqtts://", "ws://", "wss://"};
  const auto has = [url](std::string_view scheme) { return url.starts_with(scheme); };
  if (std::ranges::none_of(schemes, has)) {
    return fail("--broker: write mqtt://host:port, or mqtts://, ws://, wss://");
  }
  if (url.find('@') != url.npos) {
    return fail("--broker: leave user and password out; use --username and --password-file");
  }
  std::string_view host = rest_of(url);
  host = host.substr(0, host.find('/'));
  const std::size_t colon = host.rfind(':');
  if (colon != host.npos && host.find(']', colon) == host.npos) {  // else one of an IPv6 address
    if (!is_port(host.substr(colon + 1))) return fail("--broker: a port is from 1 to 65535");
    host = host.substr(0, colon);
  }
  if (host.empty()) return fail("--broker: the host is missing; write mqtt://host:port");
  return {};
}

Result<void> check_store(std::string_view store) {
  if (store.empty()) return fail("--store: name a file, or postgresql://user@host/database");
  if (!is_postgres(store)) {
    const bool meant = store.starts_with("postgres:") || store.starts_with("postgresql:") ||
                       store.find("://") != store.npos || store.find("password=") != store.npos;
    if (meant) return fail("--store: a database is written postgresql://user@host/database");
    return {};
  }
  const std::string_view rest = rest_of(store);
  const std::size_t user_end = rest.rfind('@');
  if (user_end != rest.npos && !is_encoded(rest.substr(0, user_end))) {
    return fail("--store: in user and password write @ as %40, / as %2F and % as %25");
  }
  return {};
}

Result<void> check_prefix(std::string_view prefix) {
  if (is_topic_prefix(prefix)) return {};
  return fail("--prefix: use levels of A-Z a-z 0-9 . _ ~ - joined by /, such as storeward/v1");
}

std::string shown(std::string_view address) {
  if (address.find("://") == address.npos) return std::string(address);
  std::string_view rest = rest_of(address);
  const std::string_view scheme = address.substr(0, address.size() - rest.size());
  if (const std::size_t user_end = rest.rfind('@'); user_end != rest.npos) {
    rest = rest.substr(user_end + 1);
  }
  return std::string(scheme) + std::string(rest.substr(0, rest.find('?')));
}

}  // namespace storeward::hub
