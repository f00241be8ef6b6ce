#include "agent/runtime/intake.h"

#include <asio/io_context.hpp>
#include <map>
#include <optional>

#include "agent/base/ascii.h"
#include "agent/runtime/intake_answers.h"
#include "agent/runtime/queue_share.h"
#include "agent/runtime/web_hook_request.h"

namespace storeward {
namespace {

using http::error_response;
using http::HttpRequest;
using http::HttpResponse;
using http::Respond;

// Parameters such as charset are allowed and ignored: JSON is UTF-8 (RFC 8259).
std::optional<Framing> framing_of(std::string_view content_type) {
  content_type = trimmed(content_type.substr(0, content_type.find(';')));
  if (equals_lower(content_type, "application/cloudevents+json")) return Framing::single;
  if (equals_lower(content_type, "application/cloudevents-batch+json")) return Framing::batch;
  if (equals_lower(content_type, "application/x-ndjson")) return Framing::ndjson;
  return std::nullopt;
}

}  // namespace

struct Intake::State {
  State(const Clock& the_clock, AdmissionOptions admission_options,
        std::vector<http::Client> clients, FindHttpDriver find_driver, Submit submit_to,
        Admit admit_with)
      : clock(the_clock),
        admission(std::move(admission_options)),
        authenticator(std::move(clients)),
        http_driver(std::move(find_driver)),
        submit(std::move(submit_to)),
        admit(std::move(admit_with)) {}

  void handle(const HttpRequest& request, Respond respond) {
    const bool is_web_hook = request.path.starts_with(deliver_path);
    if (request.path != "/v1/events" && !is_web_hook) {
      return respond(error_response(404, "there is nothing here", "events go to POST /v1/events"));
    }
    if (request.method != "POST") return respond(only_post());
    if (is_web_hook) return web_hook(request, std::move(respond));
    http::Authenticator::Verdict verdict =
        authenticator.check(request.authorization, request.remote, clock.now());
    if (verdict.client == nullptr) return respond(std::move(verdict.refusal));
    if (stopping) return respond(unavailable("the agent is shutting down", 5));
    if (const std::uint32_t wait = authenticator.wait_seconds(*verdict.client, clock.now());
        wait != 0) {
      return respond(too_fast(wait));
    }
    take(request, *verdict.client, std::move(respond));
  }

  void web_hook(const HttpRequest& request, Respond respond) {
    const std::string_view name = request.path.substr(deliver_path.size());
    HttpDriver* const driver = http_driver ? http_driver(name) : nullptr;
    if (driver == nullptr) {
      return respond(error_response(404, "there is no driver of that name here",
                                    "a [[driver]] with kind = \"http\" makes one"));
    }
    if (stopping) return respond(unavailable("the agent is shutting down", 5));
    take_web_hook(request, *driver, authenticator, clock.now(), std::move(respond));
  }

  void take(const HttpRequest& request, const http::Client& client, Respond respond) {
    const std::optional<Framing> framing = framing_of(request.content_type);
    if (!framing) {
      return respond(error_response(415, "the Content-Type is not one of those known",
                                    "application/cloudevents+json, "
                                    "application/cloudevents-batch+json or application/x-ndjson"));
    }
    if (const std::string_view coding = request.header("Content-Encoding");
        !coding.empty() && !equals_lower(coding, "identity")) {
      return respond(
          error_response(415, "the body is compressed (Content-Encoding)", "send it as it is"));
    }
    Result<std::vector<AdmittedItem>, Refusal> items =
        admit(request.body, *framing, Submitter{client.name, client.sources}, admission);
    if (!items) return respond(error_response(items.error().status, items.error().reason));
    authenticator.charge(client, items->size(), clock.now());
    if (items->empty())
      return respond(HttpResponse{.status = 200, .body = to_json(std::vector<ItemOutcome>{})});
    Delivery delivery{.items = std::move(*items), .cursors = {}};
    const bool taken =
        submit_of(client)(std::move(delivery), [respond](const SubmitResult& result) {
          if (!result)
            return respond(unavailable(result.error().reason, result.error().retry_after_s));
          if (const ItemOutcome* const refused = refusal_in(*result)) {
            return respond(unavailable(refused->reason, refused_retry_s));
          }
          respond(HttpResponse{.status = 200, .body = to_json(*result)});
        });
    if (!taken) respond(unavailable("too much is waiting to be stored", queue_full_retry_s));
  }

  const Submit& submit_of(const http::Client& client) {
    const auto found = shares.find(client.name);
    if (found != shares.end()) return found->second;
    return shares.emplace(client.name, with_queue_share(submit, share_of_a_source)).first->second;
  }

  const Clock& clock;
  const AdmissionOptions admission;
  http::Authenticator authenticator;
  const FindHttpDriver http_driver;
  const Submit submit;
  std::map<std::string, Submit> shares;  // of `submit`, by the client's name
  const Admit admit;
  bool stopping = false;
  std::unique_ptr<http::HttpServer> server;
};

Intake::Intake(std::shared_ptr<State> state) : state_(std::move(state)) {}
Intake::~Intake() = default;

Result<std::unique_ptr<Intake>> Intake::start(asio::io_context& io, const Clock& clock,
                                              IntakeOptions options, Submit submit, Admit admit) {
  auto state =
      std::make_shared<State>(clock, std::move(options.admission), std::move(options.clients),
                              std::move(options.http_driver), std::move(submit), std::move(admit));
  auto server = http::HttpServer::start(
      io, std::move(options.server),
      [weak = std::weak_ptr(state)](const HttpRequest& request, Respond respond) {
        if (const auto self = weak.lock()) self->handle(request, std::move(respond));
      });
  if (!server) return fail(server.error().message);
  state->server = std::move(*server);
  return std::unique_ptr<Intake>(new Intake(std::move(state)));
}

std::uint16_t Intake::port() const {
  return state_->server->port();
}

Result<void> Intake::reload(std::vector<http::Client> clients) {
  if (Result<void> reloaded = state_->server->reload(); !reloaded) return reloaded;
  state_->authenticator.replace(std::move(clients));
  return {};
}

std::optional<WallTime> Intake::certificate_expires() const {
  return state_->server->certificate_expires();
}

void Intake::begin_shutdown() {
  state_->stopping = true;
  state_->server->begin_shutdown();
}

bool Intake::idle() const {
  return state_->server->idle();
}

}  // namespace storeward
