// Why a broker's certificate is not trusted, in words: Paho says only that verification failed, so
// after a failed TLS connection the handshake is made once more with OpenSSL alone. Blocking, up to
// `deadline`; called on the hub thread.
#pragma once

#include <optional>
#include <string>

#include "agent/base/clock.h"

namespace storeward {

// Empty when the certificate is fine or the host cannot be reached. host_port: "host:8883".
std::optional<std::string> why_untrusted(const std::string& host_port, const std::string& ca_file,
                                         Millis deadline);

}  // namespace storeward
