#include "agent/hub/held_events.h"

#include <map>

#include "agent/hub/agent_ledger.h"

namespace storeward::hub {

std::string HeldEvents::at(const Found& place) {
  if (!run_ || stream_ != place.stream || place.sequence < run_->range.first ||
      place.sequence > run_->range.last) {
    run_ = transaction_.run_with(place.stream, place.sequence);
    ASSERT(run_);
    stream_ = place.stream;
    auto plain = unfold(run_->payload);
    ASSERT(plain);
    run_->payload = std::move(*plain);
    auto events = split_batch(run_->payload);
    ASSERT(events);
    events_ = std::move(*events);
  }
  return std::string(events_.at(place.sequence - run_->range.first));
}

void for_each_event(HubTransaction& transaction, StreamId stream,
                    const std::function<void(Sequence, std::string_view event,
                                             std::optional<NoteKind> note)>& take) {
  std::map<Sequence, NoteKind> notes;
  for (const Note& note : transaction.notes(stream)) {
    if (note.kind != NoteKind::absent) notes[note.range.first] = note.kind;
  }
  const auto take_run = [&](const Run& run) {
    const auto plain = unfold(run.payload);
    ASSERT(plain);
    const auto events = split_batch(*plain);
    ASSERT(events);
    Sequence sequence = run.range.first;
    for (const std::string_view event : *events) {
      const auto note = notes.find(sequence);
      take(sequence++, event, note == notes.end() ? std::nullopt : std::optional(note->second));
    }
  };
  for (std::vector<Run> runs = transaction.runs_from(stream, 1); !runs.empty();
       runs = transaction.runs_from(stream, runs.back().range.last + 1)) {
    for (const Run& run : runs) take_run(run);
  }
}

}  // namespace storeward::hub
