// ControlServer: the Unix socket through which the command line asks the running agent. One JSON
// object a line in, one JSON document a line out, one request at a time per connection. Owned by
// the io thread.
//
// The socket has mode 0660 and belongs to the group `storeward` where there is one: who may open it
// may ask everything. Bounds: 256 KiB a request, 16 connections, 30 s between requests.
#pragma once

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "agent/base/result.h"

namespace storeward {

struct ControlPeer {
  std::uint32_t user_id = 0;
  std::int32_t process_id = 0;
};

class ControlServer {
 public:
  using Reply = std::function<void(std::string json)>;  // once, on the io thread, now or later
  using Handler = std::function<void(const std::string& request, const ControlPeer&, Reply)>;

  // Replaces a socket file that nobody listens on; fails where somebody does.
  static Result<std::unique_ptr<ControlServer>> start(asio::io_context& io,
                                                      const std::filesystem::path& socket,
                                                      Handler handler);
  ~ControlServer();  // removes the socket file

 private:
  struct Session;

  ControlServer(asio::io_context& io, std::filesystem::path socket, Handler handler);
  Result<void> listen();
  void accept();

  asio::local::stream_protocol::acceptor acceptor_;
  const std::filesystem::path socket_;
  const std::shared_ptr<const Handler> handler_;
  std::shared_ptr<int> sessions_ = std::make_shared<int>(0);  // how many are open
};

}  // namespace storeward
