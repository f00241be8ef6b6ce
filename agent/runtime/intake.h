// Intake: POST /v1/events and /v1/deliver/{driver} (CONTRACT section 4). A request becomes admitted
// items, those go to the store, and the answer leaves after the commit. Owned by the io thread.
//
// Invariant: 200 is given only for a delivery of which every item is durable.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/core/admission.h"
#include "agent/core/submit.h"
#include "agent/http/auth.h"
#include "agent/http/message.h"
#include "agent/http/server.h"
#include "drivers/http/driver.h"

namespace storeward {

// admit() of agent/core/admission.h.
using Admit = std::function<Result<std::vector<AdmittedItem>, Refusal>(
    std::string_view body, Framing framing, const Submitter& submitter,
    const AdmissionOptions& options)>;

// The driver of the kind "http" with that name; null: there is none. It outlives the intake.
using FindHttpDriver = std::function<HttpDriver*(std::string_view name)>;

struct IntakeOptions {
  http::HttpServerOptions server;
  AdmissionOptions admission;  // time_zone outlives the intake
  std::vector<http::Client> clients;
  FindHttpDriver http_driver;
};

class Intake {
 public:
  // Fails as HttpServer::start does.
  static Result<std::unique_ptr<Intake>> start(asio::io_context& io, const Clock& clock,
                                               IntakeOptions options, Submit submit,
                                               Admit admit = storeward::admit);
  ~Intake();  // requests still open get no answer

  std::uint16_t port() const;

  // New tokens and rates; certificate and key are read again. On failure all stays as it was.
  Result<void> reload(std::vector<http::Client> clients);
  std::optional<WallTime> certificate_expires() const;

  // From now on 503; what was taken before is still answered. idle(): nothing is open any more.
  void begin_shutdown();
  bool idle() const;

 private:
  struct State;
  explicit Intake(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace storeward
