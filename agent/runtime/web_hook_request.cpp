#include "agent/runtime/web_hook_request.h"

#include <algorithm>

#include "agent/runtime/intake_answers.h"

namespace storeward {
namespace {

bool may_speak_for(const http::Client& client, const std::string& source) {
  return client.name == source || std::ranges::count(client.sources, source) != 0;
}

http::HttpResponse to_response(const WebHookAnswer& answer) {
  if (answer.status == 200) {
    return {.status = 200, .body = to_json(answer.outcomes)};
  }
  if (answer.status == 503) return unavailable(answer.reason, answer.retry_after_s);
  return http::error_response(answer.status, answer.reason);
}

}  // namespace

void take_web_hook(const http::HttpRequest& request, HttpDriver& driver,
                   http::Authenticator& authenticator, Instant now, http::Respond respond) {
  const WebHook hook{.body = request.body,
                     .file = request.header("X-File-Name"),
                     .header = [&request](std::string_view name) { return request.header(name); }};
  if (driver.asks_for_signature()) {
    if (!driver.is_signed(hook)) return respond(authenticator.wrong_signature(request.remote, now));
  } else {
    http::Authenticator::Verdict verdict =
        authenticator.check(request.authorization, request.remote, now);
    if (verdict.client == nullptr) return respond(std::move(verdict.refusal));
    if (!may_speak_for(*verdict.client, driver.source())) {
      return respond(http::error_response(403, "this client may not hand in for that driver",
                                          "name the driver's source in the client's sources"));
    }
    if (const std::uint32_t wait = authenticator.wait_seconds(*verdict.client, now); wait != 0) {
      return respond(too_fast(wait));
    }
    // By deliveries: what is in one is known only after it has been mapped.
    authenticator.charge(*verdict.client, 1, now);
  }
  driver.deliver(hook, [respond](WebHookAnswer&& answer) { respond(to_response(answer)); });
}

}  // namespace storeward
