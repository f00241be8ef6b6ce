// AgentLedger: what one transaction does to one agent. Takes its messages and heads, and draws up
// its ack. Lives inside HubStore::transact, holds the agent's lock, writes back with save().
//
// A message of events (CONTRACT, MQTT to the hub) goes: unfold, split, read each envelope; numbers
// not yet held become runs, identities are claimed, totals and the hash chain move on. A number
// that is held already is compared: other bytes are a conflict, the first stays.
//
// The hash chain ends at the first absent number of a stream: its digest is unknown to the hub, so
// no `hash` is published for that stream and epoch from there on.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/hub/event_facts.h"
#include "agent/hub/hub_store.h"

namespace storeward::hub {

// Outcomes of a transaction, for the log and for --follow. Counts since the program began.
struct Findings {
  std::uint64_t messages = 0, events = 0, repeats = 0, conflicts = 0, rejected = 0, garbage = 0;
  std::vector<std::string> remarks;    // to be logged once the transaction stands; bounded
  std::vector<EventFacts> new_events;  // only where wanted
  bool wants_events = false;

  void remark(std::string text);
  void drop(const std::string& root, const std::string& why);  // a message that says nothing
};

struct UpMessage {
  Stream stream = Stream::sales;
  std::string_view payload;
  Sequence first = 0, last = 0;  // MQTT 5 user properties, 0 where absent: number the unreadable
};

// The plain batch of a message or run.
Result<std::string> unfold(std::string_view payload);

class AgentLedger {
 public:
  AgentLedger(HubTransaction& transaction, std::string root);

  void take(const UpMessage& message, Findings& findings);
  void take(const Heads& heads, Findings& findings);
  void save();

  // With a serial above `above`. `ask_up_to` says up to where gaps have waited long enough to be
  // asked for.
  HubAck ack(std::uint64_t above, const std::function<Sequence(const StreamRow&)>& ask_up_to);

  static constexpr std::size_t max_ranges_asked = 100;      // a stream
  static constexpr std::size_t max_rejections_told = 200;   // an agent, the newest
  static constexpr std::size_t max_epochs_told = 50;        // an agent, the newest
  static constexpr std::size_t max_epochs = 1000;           // an agent
  static constexpr std::size_t max_ranges_beyond = 10'000;  // a stream

 private:
  struct Item;  // an event of the message at hand

  StreamRow* stream_row(const StreamKey& key, Findings& findings);
  bool read_items(const UpMessage& message, std::vector<std::string_view> events,
                  std::vector<Item>& items, Findings& findings);
  void store(StreamRow& row, std::vector<Item>& items, std::string_view payload,
             Findings& findings);
  void store_segment(StreamRow& row, std::span<Item> items, std::string_view payload,
                     Findings& findings);
  void count(StreamRow& row, std::span<Item> items, Findings& findings);
  bool same_as_held(StreamRow& row, const Item& item, Findings& findings);
  void advance(StreamRow& row, std::span<const Item> just_stored);
  std::string short_source(const std::string& source) const;

  HubTransaction& transaction_;
  const std::string root_;
  const AgentId agent_;
  std::vector<StreamRow> rows_;
  std::map<StreamId, bool> touched_;
  Totals totals_;
};

}  // namespace storeward::hub
