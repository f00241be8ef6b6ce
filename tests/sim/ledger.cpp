#include "tests/sim/ledger.h"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "agent/core/event_layout.h"
#include "tests/sim/canary.h"

namespace storeward::sim {
namespace {

constexpr std::string_view source_prefix = "/acme/store-0042/main/";

}  // namespace

std::string place_text(const StreamKey& stream, Sequence sequence) {
  return stream.epoch.substr(0, 8) + "…" + stream.epoch.substr(24) + " " +
         std::string(name_of(stream.stream)) + " " + std::to_string(sequence);
}

std::string claim_of(std::string_view source, std::string_view id, std::string_view revision) {
  return std::string(source) + " " + std::string(id) + " " + std::string(revision);
}

void Ledger::submitted(const std::string& claim, std::string data, bool is_level) {
  Entry& entry = entries_[claim];
  entry.is_level = is_level;
  if (std::ranges::find(entry.data, data) == entry.data.end())
    entry.data.push_back(std::move(data));
}

void Ledger::handed_in(const std::string& driver, std::uint64_t number,
                       std::vector<std::string> claims) {
  deliveries_[driver][number] = std::move(claims);
}

// A cursor and the events of its delivery are both there or both absent.
void Ledger::check_source_cursors(store::OutboxReader& reader) const {
  for (const auto& [driver, deliveries] : deliveries_) {
    const auto cursor = reader.source_cursor(driver, cursor_key);
    if (!cursor) throw Violation{"a source's cursor cannot be read: " + cursor.error().message};
    const std::uint64_t done = *cursor ? std::stoull(**cursor) : 0;
    for (auto at = deliveries.lower_bound(done); at != deliveries.end(); ++at) {
      for (const std::string& claim : at->second) {
        const Entry& entry = entries_.at(claim);
        if (entry.is_level) continue;
        const bool there = entry.at || entry.confirmed || entry.excepted || entry.forgiven;
        if (at->first == done && !there) {
          throw Violation{driver + "'s cursor says that " + claim +
                          " is done, and it is not in the outbox"};
        }
        if (at->first > done && entry.at) {
          throw Violation{claim + " is in the outbox, and " + driver +
                          "'s cursor stands before its delivery"};
        }
      }
    }
  }
}

Ledger::Entry& Ledger::entry_of(const std::string& claim) {
  const auto entry = entries_.find(claim);
  if (entry == entries_.end()) throw Violation{"nobody handed in " + claim};
  return entry->second;
}

bool Ledger::must_be_kept(const Entry& entry) const {
  // A snapshot may be replaced by a newer one for as long as it waits.
  return entry.answered && !entry.confirmed && !entry.excepted && !entry.forgiven &&
         !entry.is_level;
}

void Ledger::answered(const std::string& claim, bool duplicate, const StreamKey& stream,
                      Sequence sequence) {
  Entry& entry = entry_of(claim);
  if (entry.answered && !entry.forgiven && !duplicate && !entry.is_level) {
    throw Violation{claim + " was answered `stored` a second time"};
  }
  const bool told_place = sequence != 0 && entry.at && entry.at->first == stream;
  if (told_place && !entry.is_level && entry.at->second != sequence) {
    throw Violation{claim + " was answered as " + place_text(stream, sequence) + " and is " +
                    std::to_string(entry.at->second)};
  }
  if (!entry.answered || entry.forgiven) entry.answered_at = ++answers_;
  entry.answered = true;
  entry.forgiven = false;
  if (must_be_kept(entry) && !entry.at) unseen_.insert(claim);
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
  // What left a disk that is no more cannot be looked up.
  const auto committed = committed_.find(place);
  if (committed == committed_.end() ? original_disk_ : committed->second.digest != digest) {
    throw Violation{place_text(stream, sequence) + " arrived, and is not what was committed"};
  }
  std::string data;
  const std::string claim = claim_in(bytes, data);
  Entry& entry = entry_of(claim);
  if (std::ranges::find(entry.data, data) == entry.data.end()) {
    throw Violation{claim + " arrived with other data than was handed in"};
  }
  // Once per epoch: what is restored or moved to a new epoch may come again under it, and the hub
  // applies the first. A snapshot handed in twice is a newer word on the same shelf.
  const auto [as, first_time] = entry.arrived_as.emplace(stream.epoch, sequence);
  const bool again = !first_time && as->second != sequence;
  const bool other_epoch = original_disk_ && entry.arrived_as.size() > 1;
  if ((again || other_epoch) && !entry.is_level) {
    throw Violation{claim + " is doubled at the hub: " + std::to_string(as->second) + " and " +
                    place_text(stream, sequence)};
  }
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

void Ledger::excepted(const StreamKey& stream, Sequence sequence) {
  excepted_.insert({stream, sequence});
  const auto claim = claims_.find({stream, sequence});
  if (claim != claims_.end()) entries_.at(claim->second).excepted = true;
}

bool Ledger::is_excepted(const StreamKey& stream, Sequence sequence) const {
  return excepted_.contains({stream, sequence});
}

Sequence Ledger::confirmed_upto(const StreamKey& stream) const {
  const auto furthest = confirmed_.find(stream);
  Sequence upto = furthest == confirmed_.end() ? 0 : furthest->second;
  while (rejected_.contains({stream, upto + 1})) ++upto;
  return upto;
}

void Ledger::check_cursor(const StreamKey& stream, Sequence confirmed) const {
  if (world_.wire_only) return;
  if (confirmed > confirmed_upto(stream)) {
    throw Violation{"the cursor stands at " + place_text(stream, confirmed) +
                    ", further than any ack"};
  }
}

void Ledger::forget_disk() {
  committed_.clear();
  learnt_.clear();
  unseen_.clear();
  for (auto& [claim, entry] : entries_) {
    entry.at.reset();
    if (must_be_kept(entry)) unseen_.insert(claim);
  }
}

void Ledger::copy_restored(Mark made_at) {
  forget_disk();
  unseen_.clear();  // check_outbox decides
  restored_from_ = made_at;
  original_disk_ = false;
}

void Ledger::epoch_is(const Epoch& epoch) {
  if (epoch == epoch_) return;
  if (original_disk_ && answers_ != 0) throw Violation{"a new epoch without a cause"};
  epoch_ = epoch;
  forget_disk();
}

void Ledger::check_kept(const StreamState& state) const {
  const Sequence first = state.head.first;
  if (first - 1 > confirmed_upto(state.stream)) {
    throw Violation{place_text(state.stream, first - 1) +
                    " was pruned, and the hub never confirmed it"};
  }
  check_cursor(state.stream, state.head.confirmed);
}

void Ledger::learn(const Place& place, std::string_view bytes) {
  const auto& [stream, sequence] = place;
  const Sha256 digest = sha256(bytes);
  if (const auto known = committed_.find(place); known != committed_.end()) {
    if (known->second.digest != digest) {
      throw Violation{place_text(stream, sequence) + " has changed in the outbox"};
    }
    known->second.entry->seen_in = round_;
    return;
  }
  if (event_layout::sequence_of(bytes) != sequence || event_layout::epoch_of(bytes) != stream.epoch)
    throw Violation{"a wrong number inside " + place_text(stream, sequence)};
  if (holds_card_number(bytes)) {
    throw Violation{"a card number stands in the outbox, in " + place_text(stream, sequence)};
  }
  std::string data;
  const std::string claim = claim_in(bytes, data);
  Entry& entry = entry_of(claim);
  if (entry.at && *entry.at != place && !entry.is_level) {
    throw Violation{claim +
                    " is doubled in the outbox: " + place_text(entry.at->first, entry.at->second) +
                    " and " + place_text(stream, sequence)};
  }
  if (std::ranges::find(entry.data, data) == entry.data.end()) {
    throw Violation{claim + " was stored with other data than was handed in"};
  }
  entry.at = place;
  entry.seen_in = round_;
  committed_.emplace(place, Committed{digest, &entry});
  claims_[place] = claim;
}

void Ledger::check_growth(store::OutboxReader& reader, bool settled) {
  const auto streams = reader.streams();
  if (!streams) throw Violation{"the outbox cannot be read: " + streams.error().message};
  constexpr std::size_t page = 200;
  for (const StreamState& state : *streams) {
    check_kept(state);
    Sequence& learnt = learnt_[state.stream];
    learnt = std::max(learnt, state.head.first - 1);
    if (learnt > state.head.last) {
      throw Violation{place_text(state.stream, learnt) + " was there, the outbox ends before it"};
    }
    while (learnt < state.head.last) {
      const auto events = reader.list(state.stream, learnt + 1, page);
      if (!events) throw Violation{"the outbox cannot be listed: " + events.error().message};
      if (events->empty() || events->front().sequence != learnt + 1) {
        throw Violation{place_text(state.stream, learnt + 1) + " is a gap in the outbox"};
      }
      for (const store::StoredEvent& event : *events) {
        if (event.sequence != ++learnt) {
          throw Violation{place_text(state.stream, learnt) + " is a gap in the outbox"};
        }
        learn({state.stream, event.sequence}, event.bytes);
      }
    }
  }
  check_source_cursors(reader);
  if (!settled || restored_from_) return;
  for (const std::string& claim : unseen_) {
    const Entry& entry = entries_.at(claim);
    if (!entry.at && must_be_kept(entry)) {
      throw Violation{claim + " was answered, is unconfirmed and not in the outbox"};
    }
  }
  unseen_.clear();
}

void Ledger::check_outbox(store::OutboxReader& reader) {
  ++round_;
  check_growth(reader, false);
  const auto streams = reader.streams();
  if (!streams) throw Violation{"the outbox cannot be read: " + streams.error().message};
  constexpr std::size_t page = 500;
  for (const StreamState& state : *streams) {
    for (Sequence from = state.head.first; from <= state.head.last;) {
      const auto events = reader.list(state.stream, from, page);
      if (!events) throw Violation{"the outbox cannot be listed: " + events.error().message};
      if (events->empty()) break;
      for (const store::StoredEvent& event : *events) {
        if (event.sequence < from) throw Violation{"a listing that goes back"};
        from = event.sequence + 1;
        learn({state.stream, event.sequence}, event.bytes);
      }
    }
  }
  for (auto& [claim, entry] : entries_) {
    if (!must_be_kept(entry) || entry.seen_in == round_) continue;
    if (!restored_from_ || entry.answered_at <= *restored_from_) {
      throw Violation{claim + " was answered, is unconfirmed and not in the outbox"};
    }
    entry.forgiven = true;
  }
  restored_from_.reset();
  unseen_.clear();
}

void Ledger::check_all_confirmed() const {
  for (const auto& [claim, entry] : entries_) {
    if (must_be_kept(entry)) throw Violation{claim + " was answered and never confirmed"};
  }
}

std::size_t Ledger::stored() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const auto& item) { return item.second.answered; }));
}

}  // namespace storeward::sim
