#include "agent/hub/report.h"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "agent/base/grouped.h"
#include "agent/base/json_dump.h"
#include "agent/core/currency.h"
#include "agent/hub/held_events.h"
#include "agent/hub/uncounted.h"

namespace storeward::hub {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t max_gaps_shown = 1000;

struct Place {
  std::string tenant, site;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// The last three parts of a root are tenant, site and agent.
Place place_of(const std::string& root) {
  const std::size_t agent = root.rfind('/');
  const std::size_t site = root.rfind('/', agent - 1);
  const std::size_t tenant = root.rfind('/', site - 1);
  return {root.substr(tenant + 1, site - tenant - 1), root.substr(site + 1, agent - site - 1)};
}

struct Line {
  std::uint64_t events = 0, lines = 0;
  Decimal units;
  std::map<std::string, std::int64_t> gross_minor;  // by currency
};
using Lines = std::map<std::tuple<Place, std::string, std::string>, Line>;  // place, day, type

void add(Lines& lines, const Place& place, const Totals& totals) {
  for (const auto& [key, sum] : totals) {
    Line& line = lines[{place, key.day, key.type}];
    line.events += sum.events;
    line.lines += sum.lines;
    line.units += sum.units;
    if (!key.currency.empty()) line.gross_minor[key.currency] += sum.gross_minor;
  }
}

ordered_json json_of(const StreamRow& row) {
  ordered_json gaps = ordered_json::array();
  for (const Range& gap : row.held.missing(row.highest, max_gaps_shown)) {
    gaps.push_back({gap.first, gap.last});
  }
  return {{"confirmed", row.held.confirmed()},
          {"highest", row.highest},
          {"missing", gaps},
          {"hash", row.hash ? ordered_json(to_hex(*row.hash)) : ordered_json()},
          {"conflicts", row.conflicts},
          {"repeats", row.repeats},
          {"rejected", row.rejected}};
}

ordered_json json_of(const Lines& lines) {
  ordered_json rows = ordered_json::array();
  for (const auto& [key, line] : lines) {
    const auto& [place, day, type] = key;
    ordered_json gross = ordered_json::array();
    for (const auto& [currency, minor] : line.gross_minor) {
      gross.push_back({{"amountMinor", minor}, {"currency", currency}});
    }
    rows.push_back({{"tenant", place.tenant},
                    {"site", place.site},
                    {"day", day},
                    {"type", type},
                    {"events", line.events},
                    {"lines", line.lines},
                    {"units", line.units.to_text()},
                    {"gross", gross}});
  }
  return rows;
}

std::string money_text(std::int64_t minor, const std::string& currency) {
  return grouped(amount_text(minor, currency)) + " " + currency;
}

std::string gross_text(const Line& line) {
  std::string text;
  for (const auto& [currency, minor] : line.gross_minor) {
    text += (text.empty() ? "" : ", ") + money_text(minor, currency);
  }
  return text;
}

void print_table(const Lines& lines, std::ostream& out) {
  out << std::left << std::setw(24) << "site" << std::setw(12) << "day" << std::setw(34) << "type"
      << std::right << std::setw(12) << "events" << std::setw(12) << "lines" << std::setw(14)
      << "units"
      << "  gross\n";
  for (const auto& [key, line] : lines) {
    const auto& [place, day, type] = key;
    out << std::left << std::setw(24) << place.tenant + "/" + place.site << std::setw(12) << day
        << std::setw(34) << type << std::right << std::setw(12) << grouped(line.events)
        << std::setw(12) << grouped(line.lines) << std::setw(14) << grouped(line.units.to_text())
        << "  " << gross_text(line) << '\n';
  }
}

// Without what is outdated (of the revisions of one event the highest counts), voided or of a
// status that does not count.
Totals current_totals(HubTransaction& transaction, AgentId agent) {
  Totals totals = transaction.totals(agent);
  std::set<Found> taken_back = uncounted(transaction, agent);
  for (const Found& place : transaction.outdated(agent)) taken_back.insert(place);
  HeldEvents held(transaction);
  for (const Found& place : taken_back) {
    const auto facts = read_event(held.at(place));
    ASSERT(facts);
    const auto row = totals.find({facts->day, facts->type, facts->currency});
    if (row == totals.end()) continue;  // a NUL in its type: PostgreSQL keeps another text
    row->second -= {1, facts->lines, facts->units, facts->gross_minor};
    if (row->second.events == 0) totals.erase(row);
  }
  return totals;
}

}  // namespace

Result<void> print_totals(HubStore& store, bool json, std::ostream& out) {
  Lines lines;
  ordered_json agents = ordered_json::array();
  std::uint64_t conflicts = 0, repeats = 0, rejected = 0;
  auto read = store.transact([&](HubTransaction& transaction) {
    for (const AgentRow& agent : transaction.agents()) {
      add(lines, place_of(agent.root), current_totals(transaction, agent.id));
      ordered_json epochs = ordered_json::object();
      for (const StreamRow& row : transaction.streams(agent.id)) {
        epochs[row.key.epoch][std::string(name_of(row.key.stream))] = json_of(row);
        conflicts += row.conflicts;
        repeats += row.repeats;
        rejected += row.rejected;
      }
      agents.push_back({{"root", agent.root}, {"epochs", epochs}});
    }
  });
  if (!read) return read;
  if (json) {
    const ordered_json document = {{"totals", json_of(lines)},
                                   {"agents", agents},
                                   {"conflicts", conflicts},
                                   {"repeats", repeats},
                                   {"rejected", rejected}};
    out << dumped(document, 2) << '\n';
  } else {
    print_table(lines, out);
  }
  return {};
}

Result<void> dump_events(HubStore& store, std::ostream& out) {
  return store.transact([&out](HubTransaction& transaction) {
    for (const AgentRow& agent : transaction.agents()) {
      for (const StreamRow& stream : transaction.streams(agent.id)) {
        for_each_event(transaction, stream.id,
                       [&out](Sequence, std::string_view event, std::optional<NoteKind> note) {
                         if (!note) out << event << '\n';
                       });
      }
    }
  });
}

Result<bool> print_event(HubStore& store, const std::string& id, bool json, std::ostream& out) {
  ordered_json found = ordered_json::array();
  std::string text;
  const auto read = store.transact([&](HubTransaction& transaction) {
    HeldEvents held(transaction);
    for (const AgentRow& agent : transaction.agents()) {
      const auto streams = transaction.streams(agent.id);
      for (const Found& one : transaction.find(agent.id, id)) {
        const auto stream = std::ranges::find(streams, one.stream, &StreamRow::id);
        ASSERT(stream != streams.end());
        const StreamKey& key = stream->key;
        const std::string name(name_of(key.stream));
        const std::string bytes = held.at(one);
        found.push_back({{"root", agent.root},
                         {"epoch", key.epoch},
                         {"stream", name},
                         {"sequence", one.sequence},
                         {"event", ordered_json::parse(bytes, nullptr, false)}});
        text += agent.root + "  " + name + " " + std::to_string(one.sequence) + " of epoch " +
                key.epoch + "\n";
        if (const auto facts = read_event(bytes)) text += "  " + follow_line(*facts) + "\n";
      }
    }
  });
  if (!read) return fail(read.error().message);
  if (json) {
    out << dumped(found, 2) << '\n';
  } else {
    out << (found.empty() ? "no agent has sent an event " + id + "\n" : text);
  }
  return !found.empty();
}

std::string follow_line(const EventFacts& event) {
  // A source is /{tenant}/{site}/{agent}/{source}.
  std::size_t site = event.source.find('/', 1), end = event.source.npos;
  if (site != event.source.npos) end = event.source.find('/', ++site);
  const std::string where =
      end == event.source.npos ? std::string("-") : event.source.substr(site, end - site);
  std::ostringstream columns;
  columns << event.time << "  " << std::left << std::setw(16) << where << "  " << event.source
          << "  " << event.type << "  " << event.id;
  std::string line = columns.str();
  if (!event.currency.empty()) {
    line += "  " + money_text(event.gross_minor, event.currency);
  }
  return line;
}

}  // namespace storeward::hub
