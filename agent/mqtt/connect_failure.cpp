#include "agent/mqtt/connect_failure.h"

#include <MQTTAsync.h>

#include <algorithm>

#include "agent/mqtt/mqtt_connect_options.h"
#include "agent/tls/tls_diagnosis.h"

namespace storeward {
namespace {

constexpr Millis diagnosis_deadline{5'000};

// A CONNACK reason that says who we are is the trouble.
bool is_authorisation(int reason, bool v5) {
  return v5 ? (reason == 0x86 || reason == 0x87) : (reason == 4 || reason == 5);
}

LinkFailure kind_of(TlsFault fault) {
  switch (fault) {
    case TlsFault::untrusted:
      return LinkFailure::untrusted;
    case TlsFault::agent_not_trusted:
      return LinkFailure::not_authorised;
    case TlsFault::other:
      break;
  }
  return LinkFailure::unreachable;
}

}  // namespace

ConnectFailure explain_connect_failure(const MqttOptions& options, const BrokerUrl& broker,
                                       const PahoFailure& failure) {
  const bool v5 = options.protocol == "5";
  const std::string place = broker.host_port + ": ";
  // The CONNACK's code comes as a positive return code, with MQTT 5 sometimes as the reason.
  const int refusal =
      v5 && failure.reason >= 0x80 ? failure.reason : std::max(failure.return_code, 0);
  if (refusal != 0) {
    const std::string why =
        v5 ? MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(refusal)) : failure.text;
    const bool authorisation = is_authorisation(refusal, v5);
    return {authorisation ? LinkFailure::not_authorised : LinkFailure::refused,
            place + "the broker refuses the connection: " + why +
                (authorisation ? "; check hub.username and hub.password_file" : "")};
  }
  if (broker.tls) {
    const TlsTarget target{broker.host_port, proxy_address(options), options.ca_file,
                           options.cert_file, options.key_file};
    if (const auto found = diagnose_tls(target, diagnosis_deadline)) {
      const bool about_us = found->fault == TlsFault::agent_not_trusted;
      return {kind_of(found->fault),
              place + found->detail + (about_us ? "; check hub.cert_file and hub.key_file" : "")};
    }
  }
  const bool plain = failure.text.empty() || failure.text == "Failure";
  return {LinkFailure::unreachable, place + (plain ? "cannot be reached" : failure.text)};
}

}  // namespace storeward
