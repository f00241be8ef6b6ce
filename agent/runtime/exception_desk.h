// ExceptionDesk: what a technician does with exceptions through the control socket: hand in again,
// edit, discard. io thread.
//
// Every change is one transaction with its audit entry. A retry that would not end as `stored` or
// `duplicate` changes nothing: the exception stays open and the answer says why.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/core/admission.h"
#include "agent/runtime/control_server.h"
#include "agent/runtime/reader_thread.h"
#include "agent/runtime/store_thread.h"

namespace storeward {

// What is kept of a driver's record becomes items again, by its template as it is now. io thread.
using Remap = std::function<Result<Delivery>(const store::Exception&)>;

class ExceptionDesk {
 public:
  struct Parts {
    StoreThread& store;
    ReaderThread& desk;
    const AdmissionOptions& admission;
    Remap remap;  // none: no driver is configured
  };

  static constexpr std::size_t max_numbers = 100;           // per request
  static constexpr std::size_t max_text_bytes = 64 * 1024;  // of an edited exception

  explicit ExceptionDesk(Parts parts) : parts_(std::move(parts)) {}

  // {"numbers":[…]} -> {"results":[{"exception":17,"done":true,"items":[…]}, {…"reason":"…"}]}
  void retry(const nlohmann::json& request, const ControlPeer& peer, ControlServer::Reply reply);
  // {"number":17,"text":"…"}
  void edit(const nlohmann::json& request, const ControlPeer& peer, ControlServer::Reply reply);
  // {"numbers":[…],"reason":"…"}
  void discard(const nlohmann::json& request, const ControlPeer& peer, ControlServer::Reply reply);

 private:
  struct Results;
  Result<Delivery> delivery_for(const store::Exception& exception) const;
  Result<Delivery> remade(const store::Exception& exception) const;
  void hand_in(const store::Exception& exception, const ControlPeer& peer,
               const std::shared_ptr<Results>& results);
  void act(std::vector<OperatorAction> actions, ControlServer::Reply reply);

  const Parts parts_;
};

// How the audit trail names who asked.
std::string actor_of(const ControlPeer& peer);

}  // namespace storeward
