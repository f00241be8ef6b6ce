// What the control socket answers: dispatches a request to the part that knows. io thread.
#pragma once

#include <functional>
#include <string>

#include "agent/core/status.h"
#include "agent/runtime/control_server.h"
#include "agent/runtime/exception_desk.h"
#include "agent/runtime/forward_loop.h"
#include "agent/runtime/reader_thread.h"

namespace storeward {

class ControlRequests {
 public:
  struct Parts {
    ReaderThread& desk;  // for questions of any length
    StoreThread& store;
    ForwardLoop& forward;
    ExceptionDesk& exceptions;
    std::function<AgentStatus()> status;
    std::function<std::string()> reload;  // a JSON document
    std::function<Result<void>(const std::string& driver, const std::string& word)> answer_driver;
  };

  explicit ControlRequests(Parts parts) : parts_(std::move(parts)) {}

  void handle(const std::string& request, const ControlPeer& peer, ControlServer::Reply reply);

 private:
  void replay(const std::string& request, const ControlPeer& peer, ControlServer::Reply reply);
  void answer_driver(const std::string& request, const ControlPeer& peer,
                     ControlServer::Reply reply);
  // Does `then` once the trail says so; what cannot be written down is not done.
  void audited(AuditEntry entry, ControlServer::Reply reply, std::function<std::string()> then);
  std::string with_times(const std::string& trace) const;

  Parts parts_;
};

}  // namespace storeward
