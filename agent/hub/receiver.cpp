#include "agent/hub/receiver.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/core/value_rules.h"

namespace storeward::hub {
namespace {

// A serial beyond it would leave no room to go on; no hub's clock gives one (year 100,000 and
// more).
constexpr std::uint64_t max_serial = std::uint64_t{1} << 52;

bool says_offline(std::string_view state) {
  const auto document = nlohmann::json::parse(state, nullptr, false);
  if (!document.is_object()) return false;
  const auto online = document.find("online");
  return online != document.end() && online->is_boolean() && !online->get<bool>();
}

}  // namespace

Receiver::Receiver(HubStore& store, std::string prefix, bool wants_events)
    : store_(store), prefix_(std::move(prefix)), wants_events_(wants_events) {}

// {prefix}/{tenant}/{site}/{agent}/ then up/{stream}, heads, state or ack.
std::optional<Receiver::Topic> Receiver::parse_topic(const std::string& topic) const {
  if (!topic.starts_with(prefix_ + "/")) return std::nullopt;
  std::size_t at = prefix_.size() + 1;
  for (int part = 0; part < 3; ++part) {
    const std::size_t end = topic.find('/', at);
    if (end == topic.npos || !is_name(std::string_view(topic).substr(at, end - at))) {
      return std::nullopt;
    }
    at = end + 1;
  }
  Topic parsed{topic.substr(0, at - 1), topic.substr(at)};
  if (parsed.kind == "heads" || parsed.kind == "state" || parsed.kind == "ack") return parsed;
  if (!parsed.kind.starts_with("up/")) return std::nullopt;
  const auto stream = stream_named(std::string_view(parsed.kind).substr(3));
  if (!stream) return std::nullopt;
  parsed.kind = "up";
  parsed.stream = *stream;
  return parsed;
}

// What needs no store: whether the agent is there, and the acks that others have published.
void Receiver::hear(const Topic& topic, const Arrival& arrival, Findings& findings) {
  Pace& pace = pace_[topic.root];
  if (topic.kind == "state") {
    pace.online = !says_offline(arrival.payload);
    return;
  }
  const auto ack = parse_hub_ack(arrival.payload);
  if (!ack || ack->serial > max_serial) {
    return findings.drop(topic.root,
                         ack ? "ack: serial: too large" : "ack: " + ack.error().message);
  }
  pace.seen = std::max(pace.seen, ack->serial);
  if (ack->serial < pace.drawn) pace.owed = true;
}

void Receiver::apply(AgentLedger& ledger, const Topic& topic, const Arrival& arrival,
                     Findings& findings) {
  if (topic.kind == "up") {
    ledger.take(UpMessage{topic.stream, arrival.payload, arrival.first, arrival.last}, findings);
    return;
  }
  const auto heads = parse_heads(arrival.payload);
  if (!heads) return findings.drop(topic.root, "heads: " + heads.error().message);
  ledger.take(*heads, findings);
}

Result<Findings> Receiver::take(const std::vector<Arrival>& batch, Instant now) {
  Findings findings;
  std::map<std::string, std::vector<std::pair<Topic, const Arrival*>>> by_agent;
  for (const Arrival& arrival : batch) {
    auto topic = parse_topic(arrival.topic);
    if (!topic || arrival.payload.empty()) continue;  // not ours, or a retained message cleared
    if (topic->kind == "state" || topic->kind == "ack") {
      hear(*topic, arrival, findings);
    } else {
      by_agent[topic->root].emplace_back(std::move(*topic), &arrival);
    }
  }
  if (by_agent.empty()) return findings;
  const Findings heard = findings;
  std::vector<OutgoingAck> acks;
  const auto done = store_.transact([&](HubTransaction& transaction) {
    findings = heard;
    findings.wants_events = wants_events_;
    acks.clear();
    for (const auto& [root, messages] : by_agent) {
      AgentLedger ledger(transaction, root);
      for (const auto& [topic, arrival] : messages) apply(ledger, topic, *arrival, findings);
      ledger.save();
      if (now >= pace_[root].not_before) acks.push_back(draw_up(ledger, root, now));
    }
  });
  if (!done) return fail(done.error().message);
  for (const auto& [root, messages] : by_agent) {
    Pace& pace = pace_[root];
    pace.owed = now < pace.not_before;
    if (!pace.owed) pace.not_before = now + ack_interval;
  }
  std::move(acks.begin(), acks.end(), std::back_inserter(ready_));
  return findings;
}

OutgoingAck Receiver::draw_up(AgentLedger& ledger, const std::string& root, Instant now) {
  bool waiting = false;  // for a gap to be old enough
  Pace& pace = pace_[root];
  const HubAck ack = ledger.ack(pace.seen, [&](const StreamRow& row) -> Sequence {
    if (row.held.confirmed() >= row.highest) {
      horizons_.erase(row.id);
      return 0;
    }
    const auto [at, is_new] = horizons_.try_emplace(row.id, Horizon{0, row.highest, now});
    Horizon& horizon = at->second;
    if (now - horizon.since >= gap_patience) {
      horizon = {horizon.highest, row.highest, now};
    }
    waiting |= horizon.settled < row.highest;
    return horizon.settled;
  });
  const bool asked = std::any_of(ack.epochs.begin(), ack.epochs.end(),
                                 [](const auto& epoch) { return !epoch.second.missing.empty(); });
  pace.drawn = ack.serial;
  pace.ask_at.reset();
  if (asked) pace.ask_at = now + ask_interval;
  if (waiting) pace.ask_at = now + gap_patience;
  return {root + "/ack", to_json(ack)};
}

Result<void> Receiver::know_all_agents() {
  return store_.transact([this](HubTransaction& transaction) {
    for (const AgentRow& agent : transaction.agents()) {
      if (agent.root.starts_with(prefix_ + "/")) pace_[agent.root].owed = true;
    }
  });
}

bool Receiver::due(const Pace& pace, Instant now) const {
  if (now < pace.not_before) return false;
  return pace.owed || (pace.online && pace.ask_at && *pace.ask_at <= now);
}

Result<std::vector<OutgoingAck>> Receiver::due_acks(Instant now) {
  std::vector<std::string> roots;
  for (const auto& [root, pace] : pace_) {
    if (due(pace, now)) roots.push_back(root);
  }
  std::vector<OutgoingAck> acks = std::move(ready_);
  ready_.clear();
  if (roots.empty()) return acks;
  std::vector<OutgoingAck> drawn;
  const auto done = store_.transact([&](HubTransaction& transaction) {
    drawn.clear();
    for (const std::string& root : roots) {
      AgentLedger ledger(transaction, root);
      drawn.push_back(draw_up(ledger, root, now));
    }
  });
  if (!done) {
    ready_ = std::move(acks);
    return fail(done.error().message);
  }
  for (const std::string& root : roots) {
    pace_[root].owed = false;
    pace_[root].not_before = now + ack_interval;
  }
  std::move(drawn.begin(), drawn.end(), std::back_inserter(acks));
  return acks;
}

std::optional<Instant> Receiver::next_due() const {
  std::optional<Instant> next;
  for (const auto& [root, pace] : pace_) {
    std::optional<Instant> at;
    if (pace.owed) at = pace.not_before;
    if (pace.online && pace.ask_at && (!at || *pace.ask_at < *at)) at = pace.ask_at;
    if (at) at = std::max(*at, pace.not_before);
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

}  // namespace storeward::hub
