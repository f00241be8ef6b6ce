// POST /v1/deliver/{driver}: who may, and what is answered. Owned by the io thread.
#pragma once

#include "agent/base/clock.h"
#include "agent/http/auth.h"
#include "agent/http/message.h"
#include "drivers/http/driver.h"

namespace storeward {

inline constexpr std::string_view deliver_path = "/v1/deliver/";

// `request` is a POST below deliver_path, `driver` the one that it names. The body is looked at
// only after its sender is known: by the driver's signature, else by the bearer token of a client
// that may speak for the driver's source.
void take_web_hook(const http::HttpRequest& request, HttpDriver& driver,
                   http::Authenticator& authenticator, Instant now, http::Respond respond);

}  // namespace storeward
