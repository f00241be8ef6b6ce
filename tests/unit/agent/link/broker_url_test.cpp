#include "agent/link/broker_url.h"

#include <catch2/catch.hpp>

using namespace storeward;

TEST_CASE("a broker's address gets its scheme, its usual port and its path", "[mqtt]") {
  struct Case {
    std::string url, paho, host_port;
  };
  const Case tried = GENERATE(Case{"hub", "tcp://hub:1883", "hub:1883"},
                              Case{"mqtt://hub:99", "tcp://hub:99", "hub:99"},
                              Case{"mqtts://hub", "ssl://hub:8883", "hub:8883"},
                              Case{"ws://hub", "ws://hub:80/mqtt", "hub:80"},
                              Case{"ws://hub/", "ws://hub:80/mqtt", "hub:80"},
                              Case{"wss://hub:9/a/b", "wss://hub:9/a/b", "hub:9"},
                              Case{"mqtts://[::1]", "ssl://[::1]:8883", "[::1]:8883"},
                              Case{"mqtt://[::1]:7", "tcp://[::1]:7", "[::1]:7"});
  const BrokerUrl broker = parse_broker_url(tried.url);
  CHECK(broker.paho == tried.paho);
  CHECK(broker.host_port == tried.host_port);
  CHECK(broker.tls == (tried.paho.starts_with("ssl") || tried.paho.starts_with("wss")));
}
