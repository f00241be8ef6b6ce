// Why a TLS connection to a broker fails, in words: Paho says only that it failed (and its error
// callback outlives the options it points into), so the handshake is made once more with OpenSSL
// alone. Blocking, up to `deadline`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/base/clock.h"

namespace storeward {

struct TlsTarget {
  std::string host_port;  // "host:8883"
  std::string proxy;      // "host:port" of an HTTP proxy; empty: none
  std::filesystem::path ca_file, cert_file, key_file;
};

enum class TlsFault : std::uint8_t {
  untrusted,          // the broker's certificate
  agent_not_trusted,  // the broker does not take ours, or misses it
  other               // such as no common protocol version
};

struct TlsFinding {
  TlsFault fault = TlsFault::other;
  std::string detail;
};

// None when the handshake succeeds or the host cannot be reached.
std::optional<TlsFinding> diagnose_tls(const TlsTarget& target, Millis deadline);

}  // namespace storeward
