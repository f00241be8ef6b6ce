// SimBroker: the way between agent and hub as HubLink: it delays, reorders, repeats, forgets and
// refuses, by seed. Invariant checked here: an agent never has more unacked messages than the
// broker's Receive Maximum allows, and publishes only while connected; the rest is Wire's.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "agent/core/hub_link.h"
#include "tests/sim/sim_hub.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

namespace storeward::sim {

// How bad the way is; probabilities per message.
struct Weather {
  double drop_after_ack = 0;  // acked, then lost (a full queue)
  double repeat = 0;
  double refuse = 0;  // a reason code of 0x80 or more
  double no_ack = 0;
  double reconnect_fails = 0;
  double lost_downlink = 0;
  double lost_retained = 0;  // the retained ack after subscribing
  double garbage = 0;        // an ack that is none
  std::uint64_t slowest_ms = 50;
};

class SimBroker final : public HubLink {
 public:
  SimBroker(World& world, SimHub& hub, Wire& wire);

  void begin_agent(HubLinkEvents events);  // a new process of the agent
  void end_agent();
  void numbers_changed() { wire_.numbers_changed(); }

  void connect(std::size_t broker_index) override;
  void disconnect() override;
  void publish(PublishId id, OutgoingMessage message) override;

  void cut();  // the connection breaks
  void set_reachable(bool reachable);
  void set_weather(const Weather& weather) { weather_ = weather; }
  void set_receive_maximum(std::uint16_t maximum) { receive_maximum_ = maximum; }
  void hub_loses_state();
  void send_replay();
  bool ack_is_current() const { return hub_.settled(); }

 private:
  void tick();
  void deliver_up(const OutgoingMessage& message);
  void acknowledge(PublishId id, std::uint8_t reason_code, Millis delay);
  void send_down(const std::string& topic, std::string payload, Millis delay, double lost);
  void hand_over(const std::string& topic, const std::string& payload);
  void check_window(const OutgoingMessage& message);
  void down(LinkFailure failure, const std::string& detail);
  // Does it only if this connection still stands then.
  void on_connection(Millis delay, std::function<void()> what);

  World& world_;
  SimHub& hub_;
  Wire& wire_;
  HubLinkEvents events_;
  Weather weather_;
  bool agent_lives_ = false, reachable_ = true, connecting_ = false, up_ = false;
  std::uint64_t connection_ = 0;
  std::uint16_t receive_maximum_ = 20;
  std::set<PublishId> in_flight_;
  std::string retained_ack_, retained_heads_;
};

}  // namespace storeward::sim
