#include "agent/mqtt/connect_failure.h"

#include <MQTTAsync.h>

#include <algorithm>
#include <optional>

#include "agent/mqtt/tls_diagnosis.h"

namespace storeward {
namespace {

constexpr Millis diagnosis_deadline{5'000};

// A CONNACK reason that says who we are is the trouble.
bool is_authorisation(int reason, bool v5) {
  return v5 ? (reason == 0x86 || reason == 0x87) : (reason == 4 || reason == 5);
}

bool mentions(const std::string& text, const char* word) {
  return text.find(word) != std::string::npos;
}

// The broker wants to know who we are and does not like what it saw.
bool wants_our_certificate(const std::string& tls_error) {
  return mentions(tls_error, "certificate required") || mentions(tls_error, "alert handshake") ||
         mentions(tls_error, "alert bad certificate") || mentions(tls_error, "alert unknown ca") ||
         mentions(tls_error, "alert certificate");
}

std::optional<std::string> untrusted(const MqttOptions& options, const BrokerUrl& broker,
                                     const std::string& tls_error) {
  // Not around a proxy: another host might answer there.
  if (options.proxy.empty()) {
    auto why = why_untrusted(broker.host_port, options.ca_file.string(), diagnosis_deadline);
    if (why) return why;
  }
  if (mentions(tls_error, "verify failed")) return "the broker's certificate cannot be verified";
  return std::nullopt;
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
    if (const auto why = untrusted(options, broker, failure.tls_error)) {
      return {LinkFailure::untrusted, place + *why};
    }
    if (wants_our_certificate(failure.tls_error)) {
      return {LinkFailure::not_authorised,
              place +
                  "the broker refuses the TLS connection; check hub.cert_file and hub.key_file (" +
                  failure.tls_error + ")"};
    }
  }
  const bool plain = failure.text.empty() || failure.text == "Failure";
  return {LinkFailure::unreachable, place + (plain ? "cannot be reached" : failure.text) +
                                        (failure.tls_error.empty() ? "" : " " + failure.tls_error)};
}

}  // namespace storeward
