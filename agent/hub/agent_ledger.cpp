#include "agent/hub/agent_ledger.h"

#include <algorithm>
#include <set>

namespace storeward::hub {
namespace {

constexpr std::size_t max_remarks = 20;
constexpr std::size_t max_epoch_bytes = 64;
constexpr std::size_t max_reason_bytes = 200;

std::string describe(const StreamRow& row, Sequence sequence) {
  return row.key.epoch + " " + std::string(name_of(row.key.stream)) + " " +
         std::to_string(sequence);
}

// Empty where there is none. A type that is not known here may be a newer agent's.
std::string stream_fault(std::string_view type, Stream stream) {
  const auto own = stream_of_type(type);
  if (!own || *own == stream) return {};
  return "type: " + std::string(type) + " belongs to the stream " + std::string(name_of(*own));
}

// A batch payload of exactly these events.
std::string batch_of(std::span<const std::string_view> events) {
  std::string batch = "[";
  for (const std::string_view event : events) {
    if (batch.size() > 1) batch += ',';
    batch += event;
  }
  batch += ']';
  return batch.size() >= compress_from_bytes ? zstd_compress(batch) : batch;
}

}  // namespace

Result<std::string> unfold(std::string_view payload) {
  if (is_zstd(payload)) return zstd_decompress(payload);
  return std::string(payload);
}

void Findings::remark(std::string text) {
  if (remarks.size() < max_remarks) remarks.push_back(std::move(text));
}

void Findings::drop(const std::string& root, const std::string& why) {
  ++garbage;
  remark(root + ": message dropped: " + why);
}

struct AgentLedger::Item {
  std::string_view bytes;
  EventFacts facts;    // sequence is always set
  std::string reason;  // why it is rejected; empty where it is fine
};

AgentLedger::AgentLedger(HubTransaction& transaction, std::string root)
    : transaction_(transaction),
      root_(std::move(root)),
      agent_(transaction.lock_agent(root_)),
      rows_(transaction.streams(agent_)) {}

StreamRow* AgentLedger::stream_row(const StreamKey& key, Findings& findings) {
  const auto found = std::find_if(rows_.begin(), rows_.end(),
                                  [&key](const StreamRow& row) { return row.key == key; });
  if (found != rows_.end()) return &*found;
  std::set<Epoch> epochs;
  for (const StreamRow& row : rows_) epochs.insert(row.key.epoch);
  if (key.epoch.empty() || key.epoch.size() > max_epoch_bytes ||
      (epochs.size() >= max_epochs && !epochs.contains(key.epoch))) {
    findings.drop(root_, "epoch \"" + key.epoch.substr(0, max_epoch_bytes) +
                             "\" is too long or one of too many");
    return nullptr;
  }
  StreamRow row;
  row.id = transaction_.add_stream(agent_, key);
  row.key = key;
  rows_.push_back(std::move(row));
  return &rows_.back();
}

void AgentLedger::take(const UpMessage& message, Findings& findings) {
  ++findings.messages;
  const auto plain = unfold(message.payload);
  if (!plain) return findings.drop(root_, plain.error().message);
  auto events = split_batch(*plain);
  if (!events) return findings.drop(root_, events.error().message);
  std::vector<Item> items;
  if (!read_items(message, std::move(*events), items, findings)) return;
  StreamRow* row = stream_row({items.front().facts.epoch, message.stream}, findings);
  if (row == nullptr) return;
  if (row->held.ranges_beyond() >= max_ranges_beyond &&
      items.front().facts.sequence != row->held.confirmed() + 1) {
    return findings.drop(root_, "too many gaps before it; those are asked for first");
  }
  touched_[row->id] = true;
  store(*row, items, message.payload, findings);
}

bool AgentLedger::read_items(const UpMessage& message, std::vector<std::string_view> events,
                             std::vector<Item>& items, Findings& findings) {
  const bool numbered = message.first != 0 && message.last >= message.first &&
                        message.last - message.first + 1 == events.size();
  Epoch epoch;
  items.reserve(events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    Item item{events[i], {}, {}};
    auto facts = read_event(events[i]);
    if (facts) {
      item.facts = std::move(*facts);
      if (epoch.empty()) epoch = item.facts.epoch;
      if (item.facts.epoch != epoch) {
        findings.drop(root_, "events of more than one epoch in one message");
        return false;
      }
      item.reason = stream_fault(item.facts.type, message.stream);
    } else if (numbered) {
      item.facts.sequence = message.first + i;
      item.reason = facts.error().message.substr(0, max_reason_bytes);
    } else if (!items.empty()) {
      item.facts.sequence = items.back().facts.sequence + 1;  // in sequence order
      item.reason = facts.error().message.substr(0, max_reason_bytes);
    } else {
      findings.drop(root_, facts.error().message);
      return false;
    }
    items.push_back(std::move(item));
  }
  if (epoch.empty()) {
    findings.drop(root_, events.empty() ? "an empty batch" : items.front().reason);
    return false;
  }
  items.front().facts.epoch = epoch;
  return true;
}

void AgentLedger::store(StreamRow& row, std::vector<Item>& items, std::string_view payload,
                        Findings& findings) {
  std::size_t begin = 0;  // of the segment that grows
  const std::span<Item> all(items);
  const auto flush = [&](std::size_t end) {
    if (begin == end) return;
    const bool whole = begin == 0 && end == items.size();
    store_segment(row, all.subspan(begin, end - begin), whole ? payload : std::string_view(),
                  findings);
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Sequence sequence = items[i].facts.sequence;
    row.highest = std::max(row.highest, sequence);
    const bool follows = i > begin && sequence == items[i - 1].facts.sequence + 1;
    const bool held = row.held.contains(sequence);
    if (!held && (i == begin || follows)) continue;
    flush(i);
    begin = i;
    if (!row.held.contains(sequence)) continue;
    if (same_as_held(row, items[i], findings)) {
      begin = i + 1;
    } else {  // announced as absent and now here after all: it counts
      flush(i + 1);
      begin = i + 1;
    }
  }
  flush(items.size());
}

// True where the hub holds an event with this number, the same or another.
bool AgentLedger::same_as_held(StreamRow& row, const Item& item, Findings& findings) {
  const auto run = transaction_.run_with(row.id, item.facts.sequence);
  if (!run) return false;
  const auto plain = unfold(run->payload);
  const auto events = plain ? split_batch(*plain) : fail("damaged");
  const std::size_t at = item.facts.sequence - run->range.first;
  if (!events || at >= events->size() || (*events)[at] != item.bytes) {
    ++row.conflicts;
    ++findings.conflicts;
    findings.remark(root_ + ": conflict: " + describe(row, item.facts.sequence) +
                    " came again with other content; the first stays");
  }
  return true;
}

void AgentLedger::store_segment(StreamRow& row, std::span<Item> items, std::string_view payload,
                                Findings& findings) {
  const Range range{items.front().facts.sequence, items.back().facts.sequence};
  if (payload.empty()) {
    std::vector<std::string_view> events;
    for (const Item& item : items) events.push_back(item.bytes);
    transaction_.add_run(row.id, range, batch_of(events));
  } else {
    transaction_.add_run(row.id, range, payload);
  }
  count(row, items, findings);
  row.held.add(range);
  advance(row, items);
}

std::string AgentLedger::short_source(const std::string& source) const {
  // root_ ends in /{tenant}/{site}/{agent}, and so does the first part of every source.
  std::size_t at = root_.size();
  for (int part = 0; part < 3 && at != std::string::npos && at > 0; ++part) {
    at = root_.rfind('/', at - 1);
  }
  if (at == std::string::npos) return source;
  const std::string below = root_.substr(at) + "/";
  return source.starts_with(below) ? source.substr(below.size()) : source;
}

void AgentLedger::count(StreamRow& row, std::span<Item> items, Findings& findings) {
  std::vector<Claim> claims;
  claims.reserve(items.size());
  for (const Item& item : items) {
    const EventFacts& facts = item.facts;
    if (item.reason.empty()) {
      claims.push_back({short_source(facts.source), facts.id, facts.revision, facts.sequence});
      continue;
    }
    ++row.rejected;
    ++findings.rejected;
    transaction_.add_note(
        {row.id, {facts.sequence, facts.sequence}, NoteKind::rejected, item.reason});
    findings.remark(root_ + ": rejected: " + describe(row, facts.sequence) + ": " + item.reason);
  }
  const std::vector<bool> fresh = transaction_.claim(agent_, row.id, claims);
  std::size_t at = 0;
  for (Item& item : items) {
    if (!item.reason.empty()) continue;
    const Sequence sequence = item.facts.sequence;
    if (!fresh[at++]) {
      ++row.repeats;
      ++findings.repeats;
      transaction_.add_note({row.id, {sequence, sequence}, NoteKind::repeat, item.facts.id});
      continue;
    }
    ++findings.events;
    totals_[{item.facts.day, item.facts.type, item.facts.currency}] +=
        {1, item.facts.lines, item.facts.units, item.facts.gross_minor};
    if (findings.wants_events) findings.new_events.push_back(item.facts);
  }
}

// Brings the hash chain from where it stood to confirmed(). What has just been stored is at hand,
// the rest (numbers that had come before a gap was filled) is read back.
void AgentLedger::advance(StreamRow& row, std::span<const Item> just_stored) {
  const Sequence to = row.held.confirmed();
  Sequence& at = row.hashed;
  while (row.hash && at < to) {
    const Sequence next = at + 1;
    const Sequence first = just_stored.empty() ? 0 : just_stored.front().facts.sequence;
    if (first != 0 && next >= first && next - first < just_stored.size()) {
      row.hash = chain_next(*row.hash, sha256(just_stored[next - first].bytes));
      at = next;
      continue;
    }
    const auto run = transaction_.run_with(row.id, next);
    const auto plain = run ? unfold(run->payload) : fail("absent");
    const auto events = plain ? split_batch(*plain) : fail("absent");
    if (!events) {
      row.hash.reset();
      return;
    }
    for (std::size_t i = next - run->range.first; i < events->size() && at < to; ++i, ++at) {
      row.hash = chain_next(*row.hash, sha256((*events)[i]));
    }
  }
}

void AgentLedger::take(const Heads& heads, Findings& findings) {
  ++findings.messages;
  for (const auto& [key, head] : heads.streams) {
    if (head.last == 0) continue;
    StreamRow* row = stream_row(key, findings);
    if (row == nullptr) continue;
    bool changed = head.published > row->highest;
    row->highest = std::max(row->highest, std::min(head.published, head.last));
    for (const AbsentRange& absent : head.absent) {
      if (row->held.ranges_beyond() >= max_ranges_beyond) break;
      // Only the part that never came: the rest is held and stays.
      for (const Range& gap : row->held.missing_within(absent.range)) {
        transaction_.add_note(
            {row->id, gap, NoteKind::absent, std::string(name_of(absent.reason))});
        row->held.add(gap);
        row->highest = std::max(row->highest, gap.last);
        changed = true;
      }
    }
    advance(*row, {});
    if (changed) touched_[row->id] = true;
  }
}

void AgentLedger::save() {
  for (const StreamRow& row : rows_) {
    if (touched_.contains(row.id)) transaction_.save_stream(row);
  }
  if (!totals_.empty()) transaction_.add_totals(agent_, totals_);
  touched_.clear();
  totals_.clear();
}

HubAck AgentLedger::ack(std::uint64_t above,
                        const std::function<Sequence(const StreamRow&)>& ask_up_to) {
  HubAck ack;
  ack.serial = transaction_.next_serial(agent_, above);
  std::set<Epoch> told;
  std::map<StreamId, const StreamRow*> by_id;
  for (auto row = rows_.rbegin(); row != rows_.rend(); ++row) {
    if (!told.contains(row->key.epoch) && told.size() == max_epochs_told) continue;
    told.insert(row->key.epoch);
    by_id[row->id] = &*row;
    EpochAck& epoch = ack.epochs[row->key.epoch];
    epoch.confirmed[row->key.stream] = row->held.confirmed();
    if (row->hash) epoch.hash[row->key.stream] = *row->hash;
    auto missing = row->held.missing(ask_up_to(*row), max_ranges_asked);
    if (!missing.empty()) epoch.missing[row->key.stream] = std::move(missing);
  }
  for (const Note& note : transaction_.newest_rejections(agent_, max_rejections_told)) {
    const auto row = by_id.find(note.stream);
    if (row == by_id.end()) continue;
    const StreamKey& key = row->second->key;
    ack.epochs[key.epoch].rejected.push_back({key.stream, note.range.first, note.detail});
  }
  return ack;
}

}  // namespace storeward::hub
