#include "agent/mqtt/connect_failure.h"

#include <MQTTAsync.h>

#include <algorithm>
#include <string_view>

#include "agent/mqtt/mqtt_connect_options.h"
#include "agent/tls/tls_diagnosis.h"

namespace storeward {
namespace {

constexpr Millis diagnosis_deadline{5'000};

// A CONNACK reason that says who we are is the trouble.
bool is_authorisation(int reason, bool v5) {
  return v5 ? (reason == 0x86 || reason == 0x87 || reason == 0x8C) : (reason == 4 || reason == 5);
}

// What the technician does about a CONNACK's reason (MQTT 5, 3.2.2.2; MQTT 3.1.1, 3.2.2.3).
std::string_view next_step(int reason, bool v5) {
  if (is_authorisation(reason, v5)) return "check hub.username and hub.password_file";
  switch (reason) {
    case 1:     // unacceptable protocol version
    case 0x84:  // the same in MQTT 5
      return "check hub.protocol";
    case 2:  // identifier rejected
    case 0x85:
      return "its rules for client ids may not fit site.tenant, site.id and site.agent";
    case 3:  // server unavailable
    case 0x88:
    case 0x89:  // busy
    case 0x97:  // quota exceeded
    case 0x9F:  // connection rate exceeded
      return "nothing to do here, it is asked again; tell the hub's operator if it lasts";
    case 0x9C:  // use another server
    case 0x9D:  // server moved
      return "check hub.url, the broker has moved";
    default:
      return "ask the hub's operator";
  }
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
    const char* const known =
        v5 ? MQTTReasonCode_toString(static_cast<MQTTReasonCodes>(refusal)) : failure.text.c_str();
    const std::string why = known == nullptr ? "reason " + std::to_string(refusal) : known;
    return {is_authorisation(refusal, v5) ? LinkFailure::not_authorised : LinkFailure::refused,
            place + "the broker refuses the connection: " + why + "; " +
                std::string(next_step(refusal, v5))};
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
