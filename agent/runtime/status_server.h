// StatusServer: the status page, /status.json, /metrics, /healthz and /readyz on their own listener
// (CONTRACT section 8). Read-only, loopback by default. Owned by the io thread.
//
// A browser on this machine must not become a way in: only requests that name this machine in Host
// are answered (DNS rebinding), those of another site's page are refused (Origin), and nothing from
// outside is loaded by the page.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/status.h"
#include "agent/http/server.h"

namespace storeward {

struct StatusServerOptions {
  std::string listen = "127.0.0.1:8480";
  std::vector<std::string> host_names;  // beside localhost and loopback addresses, without port
};

class StatusServer {
 public:
  // `status` and `ready` (deliveries are accepted) are asked on every request: cheap, from memory.
  static Result<std::unique_ptr<StatusServer>> start(asio::io_context& io,
                                                     const StatusServerOptions& options,
                                                     std::function<AgentStatus()> status,
                                                     std::function<bool()> ready);
  ~StatusServer();

  std::uint16_t port() const;

 private:
  struct State;
  explicit StatusServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace storeward
