#include "tests/sim/ledger.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "agent/core/event_layout.h"

namespace storeward::sim {
namespace {

constexpr std::string_view source_prefix = "/acme/store-0042/main/";

std::string place_text(const StreamKey& stream, Sequence sequence) {
  return stream.epoch.substr(0, 8) + "…" + stream.epoch.substr(24) + " " +
         std::string(name_of(stream.stream)) + " " + std::to_string(sequence);
}

}  // namespace

std::string claim_of(std::string_view source, std::string_view id, std::string_view revision) {
  return std::string(source) + " " + std::string(id) + " " + std::string(revision);
}

void Ledger::submitted(const std::string& claim, std::string data, bool is_level) {
  Entry& entry = entries_[claim];
  entry.is_level = is_level;
  if (std::ranges::find(entry.data, data) == entry.data.end())
    entry.data.push_back(std::move(data));
}

Ledger::Entry& Ledger::entry_of(const std::string& claim) {
  const auto entry = entries_.find(claim);
  if (entry == entries_.end()) throw Violation{"nobody handed in " + claim};
  return entry->second;
}

void Ledger::answered(const std::string& claim, bool duplicate, const StreamKey& stream,
                      Sequence sequence) {
  Entry& entry = entry_of(claim);
  if (entry.answered && !entry.excused && !duplicate && !entry.is_level) {
    throw Violation{claim + " was answered `stored` a second time"};
  }
  entry.answered = true;
  entry.excused = false;
  if (!duplicate && sequence != 0) claims_[{stream, sequence}] = claim;
}

std::string Ledger::claim_in(std::string_view bytes, std::string& data) const {
  const auto event = nlohmann::json::parse(bytes, nullptr, false);
  if (event.is_discarded()) throw Violation{"an event at the hub is no JSON"};
  const std::string source = event.value("source", "");
  if (!source.starts_with(source_prefix)) throw Violation{"a source of a stranger: " + source};
  data = event.at("data").dump();
  return claim_of(source.substr(source_prefix.size()), event.value("id", ""),
                  event.value("revision", "1"));
}

void Ledger::arrived(const StreamKey& stream, Sequence sequence, std::string_view bytes) {
  const Place place{stream, sequence};
  const Sha256 digest = sha256(bytes);
  const auto [known, is_new] = published_.emplace(place, digest);
  if (!is_new) {
    if (known->second != digest) {
      throw Violation{"two contents under " + place_text(stream, sequence)};
    }
    return;
  }
  std::string data;
  const std::string claim = claim_in(bytes, data);
  Entry& entry = entry_of(claim);
  if (std::ranges::find(entry.data, data) == entry.data.end()) {
    throw Violation{claim + " arrived with other data than was handed in"};
  }
  const auto [as, first_time] = entry.arrived_as.emplace(stream.epoch, sequence);
  if (!first_time && as->second != sequence && !entry.is_level) {
    throw Violation{claim + " arrived twice in one epoch, as " + std::to_string(as->second) +
                    " and " + place_text(stream, sequence)};
  }
  entry.arrived = true;
  claims_[place] = claim;
}

void Ledger::confirmed(const StreamKey& stream, Sequence sequence) {
  Sequence& furthest = confirmed_[stream];
  furthest = std::max(furthest, sequence);
  for (Sequence& next = swept_[stream]; next < furthest;) {
    const auto claim = claims_.find({stream, ++next});
    if (claim != claims_.end() && published_.contains({stream, next})) {
      entries_.at(claim->second).confirmed = true;
    }
  }
}

void Ledger::rejected(const StreamKey& stream, Sequence sequence) {
  rejected_.insert({stream, sequence});
}

void Ledger::hub_lost_its_state() {
  for (auto& [claim, entry] : entries_) entry.arrived = false;
}

void Ledger::excused(const StreamKey& stream, Sequence sequence) {
  const auto claim = claims_.find({stream, sequence});
  if (claim != claims_.end()) entries_.at(claim->second).excused = true;
}

Sequence Ledger::confirmed_upto(const StreamKey& stream) const {
  const auto furthest = confirmed_.find(stream);
  Sequence upto = furthest == confirmed_.end() ? 0 : furthest->second;
  while (rejected_.contains({stream, upto + 1})) ++upto;
  return upto;
}

void Ledger::check_cursor(const StreamKey& stream, Sequence confirmed) const {
  if (confirmed > confirmed_upto(stream)) {
    throw Violation{"the cursor stands at " + place_text(stream, confirmed) +
                    ", further than any ack"};
  }
}

void Ledger::check_outbox(store::OutboxReader& reader, bool restored) {
  const auto streams = reader.streams();
  if (!streams) throw Violation{"the outbox cannot be read: " + streams.error().message};
  std::set<std::string> held;
  constexpr std::size_t page = 200;
  for (const StreamState& state : *streams) {
    if (!restored) check_cursor(state.stream, state.head.confirmed);
    for (Sequence from = state.head.first; from <= state.head.last;) {
      const auto events = reader.list(state.stream, from, page);
      if (!events) throw Violation{"the outbox cannot be listed: " + events.error().message};
      if (events->empty()) break;
      for (const store::StoredEvent& event : *events) {
        if (event.sequence < from) throw Violation{"a listing that goes back"};
        from = event.sequence + 1;
        if (event.bytes.empty()) continue;
        std::string data;
        const std::string claim = claim_in(event.bytes, data);
        if (event_layout::sequence_of(event.bytes) != event.sequence) {
          throw Violation{"a wrong number inside " + place_text(state.stream, event.sequence)};
        }
        entry_of(claim);
        claims_[{state.stream, event.sequence}] = claim;
        held.insert(claim);
      }
    }
  }
  for (auto& [claim, entry] : entries_) {
    if (!entry.answered || entry.confirmed || entry.excused || entry.is_level) continue;
    if (held.contains(claim)) continue;
    if (!restored) throw Violation{claim + " was answered, is unconfirmed and not in the outbox"};
    entry.excused = true;
  }
}

void Ledger::check_all_arrived() const {
  for (const auto& [claim, entry] : entries_) {
    if (!entry.answered || entry.excused || entry.is_level) continue;
    if (!entry.confirmed) throw Violation{claim + " was answered and never confirmed"};
  }
}

std::size_t Ledger::stored() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const auto& item) { return item.second.answered; }));
}

}  // namespace storeward::sim
