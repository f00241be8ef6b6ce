#include "tests/sim/planted_bugs.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/sim/canary.h"

namespace storeward::sim {
namespace {

// Undoes the masking of our own card numbers.
void unmask(std::string& text) {
  constexpr std::string_view stars = "************";
  static_assert(stars.size() == card_number_start.size());
  for (auto at = text.find(stars); at != std::string::npos; at = text.find(stars, at)) {
    text.replace(at, stars.size(), card_number_start);
  }
}

}  // namespace

std::optional<Plant> plant_named(std::string_view name) {
  constexpr std::array plants = {
      std::pair(std::string_view("answer-before-commit"), Plant::answer_before_commit),
      std::pair(std::string_view("prune-on-puback"), Plant::prune_on_puback),
      std::pair(std::string_view("cursor-early"), Plant::cursor_early),
      std::pair(std::string_view("no-dedup"), Plant::no_dedup),
      std::pair(std::string_view("epoch-kept-on-copy"), Plant::epoch_kept_on_copy),
      std::pair(std::string_view("probe-storm"), Plant::probe_storm),
      std::pair(std::string_view("masking-off"), Plant::masking_off),
      std::pair(std::string_view("quarantine-unmasked"), Plant::quarantine_unmasked),
      std::pair(std::string_view("cursor-apart"), Plant::cursor_apart)};
  const auto known = std::ranges::find(plants, name, &decltype(plants)::value_type::first);
  if (known == plants.end()) return std::nullopt;
  return known->second;
}

ForwarderOptions PlantedBugs::configured(ForwarderOptions options) const {
  if (plant_ == Plant::prune_on_puback) options.confirm = Confirm::puback;
  if (plant_ == Plant::probe_storm) {
    options.confirm_timeout /= 1'000;
    options.resend_interval /= 1'000;
  }
  return options;
}

void PlantedBugs::spoil(std::vector<AdmittedItem>& items, support::Random& random) const {
  for (AdmittedItem& item : items) {
    auto* event = std::get_if<Event>(&item);
    if (plant_ == Plant::no_dedup && event != nullptr) event->digests.key = random.next();
    const bool unmasked = plant_ == Plant::masking_off;
    if (unmasked && event != nullptr) unmask(event->bytes);
    if ((unmasked || plant_ == Plant::quarantine_unmasked) && event == nullptr) {
      unmask(std::get<Rejected>(item).masked);
    }
  }
}

std::optional<std::vector<ItemOutcome>> PlantedBugs::answer_now(
    const std::vector<AdmittedItem>& items, const store::OutboxStatus& status) {
  if (plant_ != Plant::answer_before_commit) return std::nullopt;
  bool all_new = true;
  for (const AdmittedItem& item : items) {
    const auto* event = std::get_if<Event>(&item);
    all_new &= event != nullptr && seen_.insert(event->digests.key).second;
  }
  if (!all_new) return std::nullopt;
  std::vector<ItemOutcome> outcomes;
  for (const AdmittedItem& item : items) {
    const Event& event = std::get<Event>(item);
    ItemOutcome& outcome = outcomes.emplace_back();
    outcome.id = event.identity.id;
    outcome.stream = event.stream;
    if (event.stream == Stream::levels) continue;
    const StreamKey stream{status.epoch, event.stream};
    const auto ours = std::ranges::find(status.streams, stream, &StreamState::stream);
    Sequence& last = promised_[stream];
    if (ours != status.streams.end()) last = std::max(last, ours->head.last);
    outcome.sequence = ++last;
  }
  return outcomes;
}

std::string PlantedBugs::undoubted(const std::string& ack,
                                   const std::vector<StreamState>& ours) const {
  if (plant_ != Plant::epoch_kept_on_copy) return ack;
  auto word = parse_hub_ack(ack);
  if (!word) return ack;
  for (auto& [epoch, said] : word->epochs) {
    said.hash.clear();
    for (auto& [stream, confirmed] : said.confirmed) {
      const auto state = std::ranges::find(ours, StreamKey{epoch, stream}, &StreamState::stream);
      if (state != ours.end()) confirmed = std::min(confirmed, state->head.last);
    }
  }
  return to_json(*word);
}

}  // namespace storeward::sim
