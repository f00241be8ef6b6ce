// A certificate and its key, loaded and checked together. Owned by the io thread.
#pragma once

#include <asio/ssl/context.hpp>

#include <filesystem>
#include <memory>

#include "agent/base/clock.h"
#include "agent/base/result.h"

namespace storeward::http {

struct TlsIdentity {
  std::shared_ptr<asio::ssl::context> context;  // TLS 1.2 or newer, server side
  WallTime valid_from{}, expires{};
};

// Fails with the file and the reason: unreadable, half-written, not belonging together.
Result<TlsIdentity> load_tls_identity(const std::filesystem::path& cert_file,
                                      const std::filesystem::path& key_file);

}  // namespace storeward::http
