// ExceptionDesk: what a technician does with exceptions through the control socket: hand in again,
// edit, discard. io thread.
//
// Every change is one transaction with its audit entry. A retry that would not end as `stored` or
// `duplicate` changes nothing but the reason: the exception stays open, it (beside its first
// reason), the answer and the audit trail say why. What a driver handed in is made again by its
// template as the file is now (DriverTemplates has the rule), read once a request; the answer names
// the version.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "agent/core/admission.h"
#include "agent/runtime/control_server.h"
#include "agent/runtime/driver_templates.h"
#include "agent/runtime/reader_thread.h"
#include "agent/runtime/store_thread.h"

namespace storeward {

// The template by which an exception came, as its file is now. io thread.
using ReadTemplate = std::function<Result<TemplateNow>(const Origin&)>;

class ExceptionDesk {
 public:
  struct Parts {
    StoreThread& store;
    ReaderThread& desk;
    const AdmissionOptions& admission;
    ReadTemplate template_now;
  };

  static constexpr std::size_t max_numbers = 100;             // per request
  static constexpr std::size_t max_text_bytes = 1024 * 1024;  // edited: the largest event possible

  explicit ExceptionDesk(Parts parts) : parts_(std::move(parts)) {}

  // {"numbers":[…]} -> {"results":[{"exception":17,"done":true,"items":[…]}, {…"reason":"…"}]}
  void retry(const nlohmann::json& request, const ControlPeer& peer, ControlServer::Reply reply);
  // {"number":17,"text":"…"} -> as above; "still_wrong": why a retry of the new text would fail. A
  // text that no template could read is refused.
  void edit(const nlohmann::json& request, const ControlPeer& peer, ControlServer::Reply reply);
  // {"numbers":[…],"reason":"…"}
  void discard(const nlohmann::json& request, const ControlPeer& peer, ControlServer::Reply reply);

 private:
  class Results;
  class Templates;
  void hand_in(const store::Exception& exception, Templates& templates,
               const std::shared_ptr<Results>& results);
  void keep_edited(const store::Exception& exception, const std::string& text,
                   const ControlPeer& peer, ControlServer::Reply reply);
  // `more`: members of the result of each that is done.
  void act(std::vector<OperatorAction> actions, ControlServer::Reply reply,
           const nlohmann::json& more = nlohmann::json::object());

  const Parts parts_;
};

// How the audit trail names who asked.
std::string actor_of(const ControlPeer& peer);

}  // namespace storeward
