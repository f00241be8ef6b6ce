#include "store/commit_work.h"

#include <nlohmann/json.hpp>

#include "agent/core/event_layout.h"
#include "agent/core/quality_flags.h"

namespace storeward::store {
namespace {

const std::string no_space = "the outbox is running out of space: retry later";
const std::string same_id = "same id and revision, different content";

// Who the stored event is, for a person. The text is ours, so it can be read.
EventIdentity identity_in(std::string_view event) {
  const auto json = nlohmann::json::parse(event, nullptr, false);
  const auto member = [&json](const char* name, const char* otherwise) {
    return json.is_object() && json.contains(name) && json[name].is_string()
               ? json[name].get<std::string>()
               : std::string(otherwise);
  };
  std::string source = member("source", "");
  source.erase(0, source.rfind('/') + 1);  // as the source calls itself
  return {source, member("id", ""), member("revision", "1")};
}

const std::string& id_of(const AdmittedItem& item) {
  return std::visit([](const auto& any) -> const std::string& { return any.identity.id; }, item);
}

}  // namespace

CommitWork::CommitWork(Outbox::State& state, CommitReport& report)
    : state_(state),
      report_(report),
      wall_(state.clock.wall()),
      kept_ms_(state.retention.now_ms()),
      recorded_(to_rfc3339(wall_)),
      current_(state.streams.current()) {}

// A delivery that settles exceptions must not end as another one.
std::string CommitWork::why_not_settled(const Delivery& delivery) {
  for (const std::uint64_t number : delivery.settles) {
    if (!state_.exceptions.is_open(number)) {
      return "exception " + std::to_string(number) + " is not open";
    }
  }
  std::map<std::uint64_t, std::uint64_t> contents;  // by key, of this delivery
  for (const AdmittedItem& item : delivery.items) {
    if (const auto* rejected = std::get_if<Rejected>(&item)) return rejected->reason;
    const EventDigests digests = std::get<Event>(item).digests;
    const auto known = state_.dedup.find(digests.key);
    const auto here = contents.try_emplace(digests.key, digests.content).first;
    const std::uint64_t first = known ? known->content : here->second;
    if (first != digests.content) return same_id;
  }
  return {};
}

std::string CommitWork::act(const OperatorAction& action) {
  using Kind = OperatorAction::Kind;
  if (action.kind == Kind::failed) state_.exceptions.blame(action.exception, action.text, wall_);
  const bool done =
      action.kind == Kind::note || action.kind == Kind::failed ||
      (action.kind == Kind::edit && state_.exceptions.edit(action.exception, action.text)) ||
      (action.kind == Kind::discard &&
       state_.exceptions.discard(action.exception, action.text, kept_ms_));
  if (!done) {
    return action.kind == Kind::edit
               ? "there is no open exception of this number whose text may be edited"
               : "there is no open exception of this number";
  }
  state_.audit.append(action.audit, wall_, kept_ms_);
  return {};
}

std::string CommitWork::why_refused(const Delivery& delivery) {
  if (!delivery.settles.empty()) {
    if (std::string reason = why_not_settled(delivery); !reason.empty()) return reason;
  }
  for (const AdmittedItem& item : delivery.items) {
    const auto* event = std::get_if<Event>(&item);
    if (event && state_.disk.refuses(event->stream, event->type)) return no_space;
    if (!event && state_.disk.pressure() >= Pressure::sales_only) return no_space;
    if (!state_.exceptions.full()) continue;
    // No room for another exception: what would become one must wait for a person.
    const EventDigests digests = event ? event->digests : std::get<Rejected>(item).digests;
    const auto known = state_.dedup.find(digests.key);
    const bool becomes_exception = !event || (known && known->content != digests.content) ||
                                   (event->level && state_.levels.contradicts(*event));
    if (becomes_exception && !state_.exceptions.known(digests)) {
      return "too many open exceptions: settle some (storeward exceptions list), then retry";
    }
  }
  return state_.source_cursors.why_refused(delivery.cursors);
}

void CommitWork::take(std::vector<Delivery>& deliveries) {
  report_.outcomes.reserve(deliveries.size());
  report_.refusals.reserve(deliveries.size());
  for (Delivery& delivery : deliveries) {
    if (const std::string reason = why_refused(delivery); !reason.empty()) {
      refuse(delivery, reason);
      continue;
    }
    // First: an event under the same identity would supersede them.
    for (const std::uint64_t number : delivery.settles) {
      state_.exceptions.settle(number, kept_ms_);
    }
    if (delivery.audit) state_.audit.append(*delivery.audit, wall_, kept_ms_);
    for (const UsedNumber& used : delivery.numbers) state_.receipts.add(used, wall_, kept_ms_);
    std::vector<ItemOutcome>& outcomes = report_.outcomes.emplace_back();
    outcomes.reserve(delivery.items.size());
    for (AdmittedItem& item : delivery.items) outcomes.push_back(take(item));
    for (const SourceCursor& cursor : delivery.cursors) {
      state_.source_cursors.put(cursor, kept_ms_);
    }
    report_.refusals.emplace_back();
  }
}

ItemOutcome CommitWork::take(AdmittedItem& item) {
  auto* event = std::get_if<Event>(&item);
  ItemOutcome outcome = event ? store_event(*event) : quarantine(std::get<Rejected>(item));
  outcome.id = id_of(item);
  return outcome;
}

void CommitWork::refuse(const std::vector<Delivery>& deliveries, const std::string& reason) {
  for (const Delivery& delivery : deliveries) refuse(delivery, reason);
}

void CommitWork::refuse(const Delivery& delivery, const std::string& reason) {
  std::vector<ItemOutcome>& outcomes = report_.outcomes.emplace_back();
  for (const AdmittedItem& item : delivery.items) {
    ItemOutcome outcome;
    outcome.status = ItemStatus::refused;
    outcome.id = id_of(item);
    outcome.reason = reason;
    outcomes.push_back(std::move(outcome));
  }
  report_.refusals.push_back(reason);
}

ItemOutcome CommitWork::store_event(Event& event) {
  if (const auto known = state_.dedup.find(event.digests.key)) {
    if (known->content != event.digests.content) {
      return conflict(event.identity, event.digests, event.bytes, event.origin, *known);
    }
    ItemOutcome outcome;
    outcome.status = ItemStatus::duplicate;
    outcome.stream = stream_at(known->place).stream;
    outcome.sequence = sequence_at(known->place);
    return outcome;
  }
  ItemOutcome outcome;
  if (event.stream == Stream::levels) {
    outcome = store_level(event);
    if (outcome.status == ItemStatus::conflict) return outcome;
  } else {
    count_receipt(event);
    outcome.stream = event.stream;
    outcome.sequence = append(event.stream, event.bytes, event.digests);
  }
  state_.exceptions.supersede(event.digests.key, kept_ms_);
  state_.exceptions.supersede_earlier(event.identity, kept_ms_);
  return outcome;
}

// In the totals of its day and among the receipts of its register.
void CommitWork::count_receipt(Event& event) {
  if (event.close) state_.receipts.add(*event.close, event.identity.source, kept_ms_);
  if (event.used) state_.receipts.add(*event.used, wall_, kept_ms_);
  if (event.voids) {
    if (auto voided = state_.receipts.add(*event.voids, event.identity.source, kept_ms_)) {
      state_.days.take_back(*voided);
    }
  }
  ReceiptTable::Added added;
  if (event.receipt) {
    added = state_.receipts.add(*event.receipt, event.identity.source, wall_, kept_ms_);
  }
  if (!added.flags.empty()) {
    flag_laid_out(event.bytes, event.data_at, event.data_end, added.flags);
  }
  if (added.corrected) state_.days.take_back(*added.corrected);
  if (event.day && added.counts) state_.days.add(*event.day);
}

ItemOutcome CommitWork::store_level(Event& event) {
  ItemOutcome outcome;
  outcome.stream = Stream::levels;
  switch (state_.levels.put(event)) {
    case LevelTable::Put::stored:
      break;
    case LevelTable::Put::duplicate:
      outcome.status = ItemStatus::duplicate;
      break;
    case LevelTable::Put::conflict: {  // with one that waits: it has no sequence yet
      const DedupEntry waiting{.key = event.digests.key};
      return conflict(event.identity, event.digests, event.bytes, event.origin, waiting);
    }
  }
  return outcome;
}

ItemOutcome CommitWork::quarantine(const Rejected& rejected) {
  if (const auto known = state_.dedup.find(rejected.digests.key)) {
    return conflict(rejected.identity, rejected.digests, rejected.masked, rejected.origin, *known);
  }
  ItemOutcome outcome;
  outcome.status = ItemStatus::quarantined;
  outcome.reason = rejected.reason;
  outcome.exception = state_.exceptions.record({.kind = ExceptionKind::quarantined,
                                                .identity = rejected.identity,
                                                .digests = rejected.digests,
                                                .reason = rejected.reason,
                                                .masked = rejected.masked,
                                                .origin = rejected.origin},
                                               wall_);
  return outcome;
}

ItemOutcome CommitWork::conflict(const EventIdentity& identity, EventDigests digests,
                                 std::string_view masked, const Origin& origin,
                                 const DedupEntry& known) {
  ItemOutcome outcome;
  outcome.status = ItemStatus::conflict;
  outcome.reason = same_id;
  outcome.stream = stream_at(known.place).stream;
  outcome.sequence = sequence_at(known.place);
  outcome.exception = state_.exceptions.record({.kind = ExceptionKind::conflict,
                                                .identity = identity,
                                                .digests = digests,
                                                .reason = same_id,
                                                .masked = masked,
                                                .origin = origin,
                                                .place = known.place},
                                               wall_);
  return outcome;
}

Sequence CommitWork::append(Stream stream, std::string& bytes, EventDigests digests) {
  RunBuilder& builder = builders_[index_of(stream)];
  if (!builder.empty() && (builder.events() >= state_.tuning.run_events ||
                           builder.plain_size() + bytes.size() + 1 > state_.tuning.run_bytes)) {
    flush(stream);
  }
  const StreamNumber number{current_.number, stream};
  StreamRow& row = state_.streams.at(number);
  const Sequence sequence = ++row.last;
  event_layout::stamp(bytes, current_.uuid, sequence, recorded_);
  row.chain = chain_next(row.chain, sha256(bytes));
  builder.add(bytes, digests, row.chain);
  state_.dedup.add({digests.key, digests.content, place_of(number, sequence)}, kept_ms_);
  return sequence;
}

void CommitWork::flush(Stream stream) {
  RunBuilder& builder = builders_[index_of(stream)];
  if (builder.empty()) return;
  const StreamNumber number{current_.number, stream};
  const StreamRow& row = state_.streams.at(number);
  const Sequence first = row.last - builder.events() + 1;
  // append() has counted the event that is to open the next run only after this.
  const Run run =
      builder.finish(place_of(number, first), wall_.time_since_epoch().count(), kept_ms_);
  state_.runs.insert(run);
  Message message;
  message.stream = {current_.uuid, stream};
  message.range = {first, run.last};
  message.events = static_cast<std::uint32_t>(run.events());
  message.codec = run.codec;
  message.payload = run.bytes;
  touched_[number].push_back(std::move(message));
}

void CommitWork::take_levels() {
  state_.levels.take(
      state_.tuning.levels_per_take,
      [this](std::string bytes, EventDigests digests) { append(Stream::levels, bytes, digests); });
}

void CommitWork::set_aside(const StreamKey& key, Sequence sequence, ExceptionKind kind,
                           const std::string& reason) {
  const StreamRow* row = state_.streams.find(key);
  if (!row || sequence <= row->pruned_through || sequence > row->last) return;
  const StreamNumber number = state_.streams.number_of(key);
  const auto run = state_.runs.at_or_before(number, sequence);
  if (!run || !run->holds(sequence)) return;
  const std::string plain = plain_of(*run);
  RunEvents events(*run, plain);
  while (events.next() && events.sequence() != sequence) {
  }
  const std::string_view event = events.event();
  state_.exceptions.record({.kind = kind,
                            .identity = identity_in(event),
                            .digests = events.digest().digests,
                            .reason = reason,
                            .masked = event,
                            .origin = {},
                            .place = place_of(number, sequence)},
                           wall_);
}

void CommitWork::withhold(const Withhold& wish) {
  const StreamRow* row = state_.streams.find(wish.stream);
  if (!row || wish.sequence == 0 || wish.sequence > row->last || row->is_absent(wish.sequence) ||
      wish.sequence <= row->pruned_through) {
    return;
  }
  set_aside(wish.stream, wish.sequence, ExceptionKind::withheld, wish.reason);
  const StreamNumber number = state_.streams.number_of(wish.stream);
  state_.streams.add_absent(number, {{wish.sequence, wish.sequence}, AbsentReason::withheld});
  touch(number);
}

void CommitWork::reject(const HubRejected& wish) {
  set_aside(wish.stream, wish.sequence, ExceptionKind::rejected, wish.reason);
}

void CommitWork::save_cursor(const CursorSave& wish) {
  StreamRow* row = state_.streams.find(wish.stream);
  if (!row) return;  // an epoch that has drained and gone
  const StreamNumber number = state_.streams.number_of(wish.stream);
  const Sequence confirmed = std::max(row->confirmed, std::min(wish.confirmed, row->last));
  const Sequence published =
      std::max({row->published, confirmed, std::min(wish.published, row->last)});
  if (confirmed == row->confirmed && published == row->published) return;
  row->confirmed = confirmed;
  row->published = published;
  cursors_.insert(number);
  touch(number);
}

void CommitWork::finish() {
  for (const Stream stream : all_streams) flush(stream);
  state_.days.write();
  for (const StreamNumber& number : cursors_) state_.streams.save(number);
  for (auto& [number, messages] : touched_) {
    StreamRow& row = state_.streams.at(number);
    if (row.oldest_waiting_ms == 0 || row.confirmed >= row.oldest_waiting_until) {
      state_.streams.refresh_oldest(number);
    }
    report_.streams.push_back({state_.key_of(number), row.head(), std::move(messages)});
  }
  report_.levels_waiting = state_.levels.waiting() > 0;
  if (state_.dedup.recent() >= state_.tuning.dedup_recent) state_.write_dedup_segment();
}

}  // namespace storeward::store
