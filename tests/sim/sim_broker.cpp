#include "tests/sim/sim_broker.h"

#include <algorithm>
#include <array>
#include <utility>

namespace storeward::sim {
namespace {

const std::string root = "storeward/v1/acme/store-0042/main";
constexpr Millis ack_interval{100};  // at most ten acks a second

}  // namespace

SimBroker::SimBroker(World& world, SimHub& hub) : world_(world), hub_(hub) {
  tick();
}

void SimBroker::tick() {
  world_.timeline.after(ack_interval, [this] {
    if (auto ack = hub_.next_ack()) {
      retained_ack_ = *ack;
      if (up_)
        send_down(root + "/ack", std::move(*ack), world_.some_millis(1, weather_.slowest_ms));
    }
    if (up_ && world_.random.chance(weather_.garbage)) send_down(root + "/ack", "{\"serial\":", {});
    tick();
  });
}

void SimBroker::begin_agent(HubLinkEvents events) {
  events_ = std::move(events);
  agent_lives_ = true;
}

void SimBroker::end_agent() {
  disconnect();
  agent_lives_ = false;
  events_ = {};
}

void SimBroker::on_connection(Millis delay, std::function<void()> what) {
  world_.timeline.after(delay, [this, connection = connection_, what = std::move(what)] {
    if (connection == connection_ && agent_lives_) what();
  });
}

void SimBroker::connect(std::size_t) {
  if (up_ || connecting_) throw Violation{"connect() while a connection stands"};
  ++connection_;
  connecting_ = true;
  const bool fails = !reachable_ || world_.random.chance(weather_.reconnect_fails);
  on_connection(world_.some_millis(1, 300), [this, fails] {
    connecting_ = false;
    if (fails) return down(LinkFailure::unreachable, "the broker does not answer");
    up_ = true;
    in_flight_.clear();
    world_.history.note("link up, receive maximum " + std::to_string(receive_maximum_));
    const Millis soon = world_.some_millis(0, 400);
    if (!retained_ack_.empty()) send_down(root + "/ack", retained_ack_, soon);
    events_.on_up({receive_maximum_, 256 * 1024, "sim:1883"});
  });
}

void SimBroker::disconnect() {
  ++connection_;
  up_ = connecting_ = false;
}

void SimBroker::down(LinkFailure failure, const std::string& detail) {
  ++connection_;
  up_ = connecting_ = false;
  world_.history.note("link down: " + detail);
  if (agent_lives_) events_.on_down(failure, detail);
}

void SimBroker::cut() {
  if (up_) down(LinkFailure::lost, "cut");
}

void SimBroker::set_reachable(bool reachable) {
  reachable_ = reachable;
  if (!reachable) cut();
}

void SimBroker::check_window(const OutgoingMessage& message) {
  const std::size_t allowed = receive_maximum_ > 1 ? receive_maximum_ - 1u : 1u;
  if (in_flight_.size() > allowed) {
    throw Violation{std::to_string(in_flight_.size()) +
                    " messages in flight at a receive maximum of " +
                    std::to_string(receive_maximum_)};
  }
  if (message.payload->size() > 256 * 1024) throw Violation{"a message above the packet size"};
}

void SimBroker::publish(PublishId id, OutgoingMessage message) {
  if (!up_) throw Violation{"published " + message.topic + " without a connection"};
  if (!message.payload) throw Violation{"published nothing to " + message.topic};
  if (id != 0 && !in_flight_.insert(id).second) throw Violation{"one publish id twice in flight"};
  check_window(message);
  if (id == 0) return deliver_up(message.topic, message.payload);
  world_.history.note("publish " + message.topic.substr(root.size()) + " " + message.first + ".." +
                      message.last);
  support::Random& random = world_.random;
  const Millis delay = world_.some_millis(1, weather_.slowest_ms);
  if (random.chance(weather_.refuse)) {
    constexpr std::array<std::uint8_t, 4> codes = {0x80, 0x83, 0x97, 0x97};
    return acknowledge(id, codes[random.below(codes.size())], delay);
  }
  const bool dropped = random.chance(weather_.drop_after_ack);
  if (!dropped) deliver_up(message.topic, message.payload);
  if (random.chance(weather_.repeat)) deliver_up(message.topic, message.payload);
  if (!random.chance(weather_.no_ack)) acknowledge(id, 0, delay);
}

void SimBroker::acknowledge(PublishId id, std::uint8_t reason_code, Millis delay) {
  on_connection(delay, [this, id, reason_code] {
    in_flight_.erase(id);
    if (reason_code != 0) world_.history.note("puback with reason " + std::to_string(reason_code));
    events_.on_broker_ack(id, reason_code);
    if (world_.random.chance(weather_.repeat)) acknowledge(id, reason_code, Millis(3));
  });
}

void SimBroker::deliver_up(std::string topic, std::shared_ptr<const std::string> payload) {
  // On its way it may be lost with the connection, or arrive after it has gone.
  const bool survives_a_cut = world_.random.chance(0.5);
  const Millis delay = world_.some_millis(1, weather_.slowest_ms);
  world_.timeline.after(
      delay, [this, topic = std::move(topic), payload, survives_a_cut, connection = connection_] {
        if (connection != connection_ && !survives_a_cut) return;
        if (topic == root + "/heads") {
          retained_heads_ = *payload;
          return hub_.on_heads(*payload);
        }
        constexpr std::string_view up = "/up/";
        const std::string_view rest = std::string_view(topic).substr(root.size());
        if (!rest.starts_with(up)) return;
        const auto stream = stream_named(rest.substr(up.size()));
        if (!stream) throw Violation{"published to " + topic};
        hub_.on_batch(*stream, *payload);
      });
}

void SimBroker::send_down(const std::string& topic, std::string payload, Millis delay) {
  if (world_.random.chance(weather_.lost_downlink)) return;
  const bool again = world_.random.chance(weather_.repeat);
  const auto hand_over = [this, topic, payload = std::move(payload)] {
    events_.on_message({topic, payload, root + "/reply", "c1"});
  };
  on_connection(delay, hand_over);
  if (again) on_connection(delay + world_.some_millis(1, 5'000), hand_over);  // out of order too
}

void SimBroker::hub_loses_state() {
  hub_.lose_state();
  if (!retained_heads_.empty()) hub_.on_heads(retained_heads_);
}

void SimBroker::send_replay() {
  const auto command = hub_.some_replay();
  if (command && up_) send_down(root + "/down/command", to_json(*command), Millis(5));
}

}  // namespace storeward::sim
