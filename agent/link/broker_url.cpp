#include "agent/link/broker_url.h"

namespace storeward {
namespace {

const char* usual_port(const BrokerUrl& broker) {
  if (broker.websocket) return broker.tls ? ":443" : ":80";
  return broker.tls ? ":8883" : ":1883";
}

const char* paho_scheme(const BrokerUrl& broker) {
  if (broker.websocket) return broker.tls ? "wss://" : "ws://";
  return broker.tls ? "ssl://" : "tcp://";
}

}  // namespace

BrokerUrl parse_broker_url(const std::string& url) {
  const auto end = url.find("://");
  const std::string scheme = end == std::string::npos ? "mqtt" : url.substr(0, end);
  const std::string rest = end == std::string::npos ? url : url.substr(end + 3);
  BrokerUrl broker;
  broker.tls = scheme == "mqtts" || scheme == "ssl" || scheme == "wss";
  broker.websocket = scheme == "ws" || scheme == "wss";
  const auto slash = rest.find('/');
  std::string path = slash == std::string::npos ? "" : rest.substr(slash);
  if (path.empty() || path == "/") path = "/mqtt";
  broker.host_port = rest.substr(0, slash);
  const auto colon = broker.host_port.rfind(':');
  const bool has_port = colon != std::string::npos && broker.host_port.back() != ']';
  if (!has_port) broker.host_port += usual_port(broker);
  broker.paho = paho_scheme(broker) + broker.host_port + (broker.websocket ? path : "");
  return broker;
}

}  // namespace storeward
