#include "agent/mqtt/receive_window.h"

#include <catch2/catch.hpp>
#include <string>

using namespace storeward;

namespace {

OutgoingMessage message_on(std::string topic, bool retained) {
  OutgoingMessage message;
  message.topic = std::move(topic);
  message.retained = retained;
  return message;
}

}  // namespace

TEST_CASE("F23: no more is unacknowledged than the broker takes", "[mqtt][F23]") {
  ReceiveWindow window;
  window.set_maximum(2);
  window.sent();
  CHECK(window.has_room());
  window.sent();
  CHECK_FALSE(window.has_room());
  window.acked();
  CHECK(window.has_room());
}

TEST_CASE("an ack too many makes no room above the maximum", "[mqtt]") {
  ReceiveWindow window;
  window.set_maximum(1);
  window.acked();
  window.sent();
  CHECK_FALSE(window.has_room());
}

TEST_CASE("what waits goes in its order, of what is retained the newest alone", "[mqtt]") {
  ReceiveWindow window;
  CHECK(window.hold(1, message_on("up/sales", false)));
  CHECK(window.hold(0, message_on("heads", true)));
  CHECK(window.hold(2, message_on("up/sales", false)));
  CHECK(window.hold(0, message_on("heads", true)));
  CHECK(window.next()->id == 1);
  CHECK(window.next()->id == 2);
  CHECK(window.next()->message.topic == "heads");
  CHECK_FALSE(window.next());
}

TEST_CASE("answers nobody asks an ack for wait within a bound, events always", "[mqtt]") {
  ReceiveWindow window;
  while (window.hold(0, message_on("answers", false))) {
  }
  CHECK(window.hold(7, message_on("up/sales", false)));
}
