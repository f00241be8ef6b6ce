#include "drivers/exec/delivery_queue.h"

#include <algorithm>
#include <span>
#include <utility>

#include "agent/base/assert.h"
#include "agent/core/masking.h"
#include "agent/core/record_json.h"

namespace storeward::exec {
namespace {

constexpr std::uint32_t refused_pause_s = 5;

// What the events call it.
std::string file_of(const Handed& handed) {
  return handed.file.empty() ? "delivery " + handed.id : handed.file;
}

// Where an exception says it was found, masked. All deliveries of a source may have one `file`.
std::string place_of(const Handed& handed) {
  return mask_text((handed.file.empty() ? "" : handed.file + ", ") + "delivery " + handed.id);
}

}  // namespace

DeliveryQueue::DeliveryQueue(const DriverHost& host, std::shared_ptr<const FeedPlan> plan,
                             std::function<void(Settled)> on_settled)
    : host_(host), plan_(std::move(plan)), on_settled_(std::move(on_settled)), retry_(host.io) {}

void DeliveryQueue::add(const Handed& handed, std::optional<Rejected> beside) {
  Waiting waiting{.id = handed.id, .pieces = {}, .delivery = {}};
  if (handed.cursor) waiting.delivery.cursors.push_back(*handed.cursor);
  if (handed.body) add_body(handed, waiting);
  add_records(handed, waiting);
  if (beside) {
    waiting.pieces.push_back({1, {}});
    waiting.delivery.items.emplace_back(std::move(*beside));
  }
  push(std::move(waiting));
}

void DeliveryQueue::add_body(const Handed& handed, Waiting& to) const {
  mapping::Given given = handed.values;
  given.emplace("delivery", handed.id);
  auto feed = Feed::open(plan_, file_of(handed), std::move(given));
  ASSERT(feed);  // the driver board has tried it
  const std::string place = place_of(handed);
  feed->feed(*handed.body, true);
  for (FedRecord fed; feed->next(fed) == Fed::record;) {
    if (to.pieces.size() == most_records) return add_too_many(handed, to);
    take(fed, place, to);
  }
}

void DeliveryQueue::add_too_many(const Handed& handed, Waiting& to) const {
  to.pieces = {{1, {}}};
  to.delivery.numbers.clear();
  to.delivery.items.clear();
  to.delivery.items.emplace_back(unreadable(*plan_, place_of(handed), *handed.body,
                                            "more than " + std::to_string(most_records) +
                                                " records in one delivery; hand them in in "
                                                "smaller ones"));
}

void DeliveryQueue::add_records(const Handed& handed, Waiting& to) const {
  mapping::MappingContext context = plan_->context;
  context.file = file_of(handed);
  for (const auto& [name, value] : handed.values) context.given.emplace(name, value);
  context.given.emplace("delivery", handed.id);
  if (!context.file.empty()) context.given.emplace("file", context.file);
  const std::string place = place_of(handed);
  RecordPlace at;
  for (const Record& record : handed.records) {
    ++at.number;
    context.given.insert_or_assign("record", std::to_string(at.number));
    const std::string raw = record_json(record);
    at.bytes = raw.size();
    FedRecord fed = fed_record(*plan_, context, record, at, raw);
    take(fed, place, to);
  }
}

void DeliveryQueue::take(FedRecord& fed, const std::string& place, Waiting& to) {
  const std::string found = place + ", record " + std::to_string(fed.place.number);
  for (AdmittedItem& item : fed.items) {
    std::visit([&found](auto& any) { any.origin.place = found; }, item);
  }
  to.pieces.push_back({fed.items.size(), std::move(fed.ignored)});
  hand_over(fed, to.delivery);
}

void DeliveryQueue::add_unreadable(std::string id, std::string_view line, std::string_view reason) {
  Waiting waiting{.id = std::move(id), .pieces = {{1, {}}}, .delivery = {}};
  const std::string place = waiting.id.empty() ? "a line" : "delivery " + waiting.id;
  waiting.delivery.items.emplace_back(unreadable(*plan_, place, line, reason));
  push(std::move(waiting));
}

void DeliveryQueue::add_note(SourceCursor cursor, std::optional<Rejected> kept) {
  Waiting waiting{.id = {}, .pieces = {}, .delivery = {}};
  waiting.delivery.cursors.push_back(std::move(cursor));
  if (kept) waiting.delivery.items.emplace_back(std::move(*kept));
  push(std::move(waiting));
}

void DeliveryQueue::push(Waiting waiting) {
  for (SourceCursor& cursor : waiting.delivery.cursors) cursor.driver = plan_->context.driver;
  waiting.bytes = weight_of(waiting.delivery);
  waiting_bytes_ += waiting.bytes;
  waiting_.push_back(std::move(waiting));
  // Later, so that what comes in the same moment goes together.
  if (waiting_.size() == 1) try_later(Millis{0});
}

void DeliveryQueue::drop() {
  waiting_.clear();
  waiting_bytes_ = sent_ = 0;
  alive_ = std::make_shared<const bool>(true);
  retry_.cancel();
}

void DeliveryQueue::try_later(Millis wait) {
  retry_.expires_after(wait);
  retry_.async_wait(
      [this, alive = std::weak_ptr<const bool>(alive_)](const asio::error_code& cancelled) {
        if (!cancelled && !alive.expired()) submit();
      });
}

// A copy: what is refused is handed in again.
Delivery DeliveryQueue::gather() {
  Delivery delivery;
  std::size_t bytes = 0;
  for (const Waiting& waiting : waiting_) {
    const bool more = !one_by_one_ &&
                      delivery.items.size() + waiting.delivery.items.size() <= together_items &&
                      bytes + waiting.bytes <= together_bytes;
    if (sent_ > 0 && !more) break;
    std::ranges::copy(waiting.delivery.items, std::back_inserter(delivery.items));
    std::ranges::copy(waiting.delivery.cursors, std::back_inserter(delivery.cursors));
    std::ranges::copy(waiting.delivery.numbers, std::back_inserter(delivery.numbers));
    bytes += waiting.bytes;
    ++sent_;
  }
  return delivery;
}

void DeliveryQueue::submit() {
  if (sent_ > 0 || waiting_.empty()) return;
  const bool taken = host_.submit(
      gather(), [this, alive = std::weak_ptr<const bool>(alive_)](SubmitResult result) {
        if (!alive.expired()) answered(std::move(result));
      });
  if (taken) return;
  sent_ = 0;
  try_later(full_queue_pause);
}

void DeliveryQueue::answered(SubmitResult result) {
  const std::size_t sent = std::exchange(sent_, 0);
  if (!result) {
    why_refused_ = result.error().reason;
    one_by_one_ = true;
    return try_later(
        std::chrono::seconds(std::max<std::uint32_t>(1, result.error().retry_after_s)));
  }
  if (const ItemOutcome* const refused = refusal_in(*result)) {
    why_refused_ = refused->reason;
    // Of several, one may be the reason.
    const bool alone = std::exchange(one_by_one_, true) || sent == 1;
    return try_later(alone ? Millis{std::chrono::seconds(refused_pause_s)} : Millis{0});
  }
  why_refused_.clear();
  one_by_one_ = false;
  std::span<ItemOutcome> outcomes = *result;
  const auto alive = std::weak_ptr<const bool>(alive_);
  for (std::size_t i = 0; i < sent; ++i) {
    const Waiting done = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= done.bytes;
    on_settled_(settled(done, outcomes.first(done.delivery.items.size())));
    if (alive.expired()) return;  // dropped meanwhile
    outcomes = outcomes.subspan(done.delivery.items.size());
  }
  submit();
}

DeliveryQueue::Settled DeliveryQueue::settled(const Waiting& waiting,
                                              std::span<ItemOutcome> outcomes) {
  Settled settled{.id = waiting.id, .answer = {}, .records = !waiting.pieces.empty()};
  Results results(waiting.id);
  std::size_t at = 0;
  for (const Piece& piece : waiting.pieces) {
    if (piece.items == 0) results.add_ignored(piece.ignored);
    for (std::size_t i = 0; i < piece.items; ++i, ++at) {
      settled.any_new |= outcomes[at].status == ItemStatus::stored;
      results.add(outcomes[at]);
    }
  }
  settled.answer = std::move(results).line();
  return settled;
}

}  // namespace storeward::exec
