#include "tests/sim/sim_broker.h"

#include <algorithm>
#include <array>
#include <utility>

namespace storeward::sim {
namespace {

const std::string root = "storeward/v1/acme/store-0042/main";
constexpr Millis ack_interval{100};  // at most ten acks a second

Stream stream_of(const std::string& topic) {
  constexpr std::string_view up = "/up/";
  const std::string_view rest = std::string_view(topic).substr(root.size());
  const auto stream = rest.starts_with(up) ? stream_named(rest.substr(up.size())) : std::nullopt;
  if (!stream) throw Violation{"published to " + topic};
  return *stream;
}

}  // namespace

SimBroker::SimBroker(World& world, SimHub& hub, Wire& wire)
    : world_(world), hub_(hub), wire_(wire) {
  tick();
}

void SimBroker::tick() {
  world_.timeline.after(ack_interval, [this] {
    if (auto ack = hub_.next_ack()) {
      retained_ack_ = *ack;
      if (up_) {
        send_down(root + "/ack", std::move(*ack), world_.some_millis(1, weather_.slowest_ms),
                  weather_.lost_downlink);
      }
    }
    if (up_ && world_.random.chance(weather_.garbage)) {
      send_down(root + "/ack", "{\"serial\":", {}, weather_.lost_downlink);
    }
    tick();
  });
}

void SimBroker::begin_agent(HubLinkEvents events) {
  events_ = std::move(events);
  agent_lives_ = true;
  wire_.life_begins();
  hub_.agent_begins();
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
    wire_.connected();
    world_.history.note("link up, receive maximum " + std::to_string(receive_maximum_));
    const Millis soon = world_.some_millis(0, 400);
    if (!retained_ack_.empty()) {
      send_down(root + "/ack", retained_ack_, soon, weather_.lost_retained);
    }
    events_.on_up({receive_maximum_, 256 * 1024, "sim:1883"});
  });
}

void SimBroker::disconnect() {
  wire_.lost();
  ++connection_;
  up_ = connecting_ = false;
}

void SimBroker::down(LinkFailure failure, const std::string& detail) {
  wire_.lost();
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
  if (id == 0) return deliver_up(message);
  world_.history.note("publish " + message.topic.substr(root.size()) + " " + message.first + ".." +
                      message.last);
  wire_.sent(id, {message.epoch, stream_of(message.topic)},
             {std::stoull(message.first), std::stoull(message.last)});
  support::Random& random = world_.random;
  const Millis delay = world_.some_millis(1, weather_.slowest_ms);
  if (random.chance(weather_.refuse)) {
    constexpr std::array<std::uint8_t, 4> codes = {0x80, 0x83, 0x97, 0x97};
    return acknowledge(id, codes[random.below(codes.size())], delay);
  }
  const bool dropped = random.chance(weather_.drop_after_ack);
  if (!dropped) deliver_up(message);
  if (random.chance(weather_.repeat)) deliver_up(message);
  if (!random.chance(weather_.no_ack)) acknowledge(id, 0, delay);
}

void SimBroker::acknowledge(PublishId id, std::uint8_t reason_code, Millis delay) {
  on_connection(delay, [this, id, reason_code] {
    in_flight_.erase(id);
    if (reason_code != 0) world_.history.note("puback with reason " + std::to_string(reason_code));
    wire_.answered(id, reason_code);
    events_.on_broker_ack(id, reason_code);
    if (world_.random.chance(weather_.repeat)) acknowledge(id, reason_code, Millis(3));
  });
}

void SimBroker::deliver_up(const OutgoingMessage& message) {
  // On its way it may be lost with the connection, or arrive after it has gone.
  const bool survives_a_cut = world_.random.chance(0.5);
  const Millis delay = world_.some_millis(1, weather_.slowest_ms);
  world_.timeline.after(delay, [this, message, survives_a_cut, connection = connection_] {
    if (connection != connection_ && !survives_a_cut) return;
    if (message.topic == root + "/heads") {
      retained_heads_ = *message.payload;
      return hub_.on_heads(*message.payload);
    }
    hub_.on_batch({message.epoch, stream_of(message.topic)},
                  {std::stoull(message.first), std::stoull(message.last)}, *message.payload);
  });
}

void SimBroker::send_down(const std::string& topic, std::string payload, Millis delay,
                          double lost) {
  if (world_.random.chance(lost)) return;
  const bool again = world_.random.chance(weather_.repeat);
  const auto arrive = [this, topic, payload = std::move(payload)] { hand_over(topic, payload); };
  on_connection(delay, arrive);
  if (again) on_connection(delay + world_.some_millis(1, 5'000), arrive);  // out of order too
}

void SimBroker::hand_over(const std::string& topic, const std::string& payload) {
  if (topic != root + "/ack") {
    wire_.told(parse_command(payload).value());
  } else if (const auto ack = parse_hub_ack(payload)) {
    wire_.told(*ack);
    hub_.agent_told();
  }
  events_.on_message({topic, payload, root + "/reply", "c1"});
}

void SimBroker::hub_loses_state() {
  hub_.lose_state();
  if (!retained_heads_.empty()) hub_.on_heads(retained_heads_);
}

void SimBroker::send_replay() {
  const auto command = hub_.some_replay();
  if (command && up_) {
    send_down(root + "/down/command", to_json(*command), Millis(5), weather_.lost_downlink);
  }
}

}  // namespace storeward::sim
