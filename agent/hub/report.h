// What the store says without a broker: totals, integrity, all events. Output for people and JSON.
#pragma once

#include <ostream>

#include "agent/hub/event_facts.h"
#include "agent/hub/hub_store.h"

namespace storeward::hub {

// By tenant, site, day and type: events, lines, units, gross per currency, each event in its
// highest revision, without the sales and returns that are uncounted(); and for each stream what is
// confirmed, highest, missing, and the counts of conflicts, repeats and rejections.
Result<void> print_totals(HubStore& store, bool json, std::ostream& out);

// Every event once, its exact bytes and a newline, by agent, epoch (as first seen), stream and
// sequence. Repeats under another number and rejected ones are left out.
Result<void> dump_events(HubStore& store, std::ostream& out);

// Where the event with this id is, at every agent that sent one: root, epoch, stream, sequence, and
// in JSON the event itself. False where no agent has sent it.
Result<bool> print_event(HubStore& store, const std::string& id, bool json, std::ostream& out);

// One line for a person who watches: time, site, source, type, id, amount.
std::string follow_line(const EventFacts& event);

}  // namespace storeward::hub
