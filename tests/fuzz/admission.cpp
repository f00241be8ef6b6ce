// What a source hands in -> events and rejections (agent/core/admission), and what the hub reads of
// the events that come out.
#include "agent/core/admission.h"

#include "agent/core/event_layout.h"
#include "agent/core/hub_protocol.h"
#include "agent/core/json_canonical.h"
#include "agent/core/json_tree.h"
#include "agent/hub/event_facts.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

constexpr std::string_view epoch = "019a0000-0000-7000-8000-000000000001";
constexpr std::string_view recorded = "2026-11-20T09:15:02.120Z";

void check_identity(const EventIdentity& identity) {
  ASSERT(is_utf8(identity.source) && is_utf8(identity.id) && is_utf8(identity.revision));
}

// An event that was taken is one that the store can number and the hub can read.
void check(const Event& event) {
  check_identity(event.identity);
  ASSERT(stream_of_type(event.type) == event.stream);
  ASSERT(event.bytes.size() <= site().max_event_bytes);
  ASSERT(event.level.has_value() == (event.stream == Stream::levels));
  std::string bytes = event.bytes;
  event_layout::stamp(bytes, epoch, 4711, recorded);
  ASSERT(event_layout::sequence_of(bytes) == 4711 && event_layout::epoch_of(bytes) == epoch);
  ASSERT(is_json(bytes));
  const auto facts = hub::read_event(bytes);
  ASSERT(facts.has_value());
  ASSERT(facts->epoch == epoch && facts->sequence == 4711);
  ASSERT(facts->id == event.identity.id && facts->type == event.type);
  ASSERT(facts->source == "/acme/store-0042/main/" + event.identity.source);
  ASSERT(facts->revision == event.identity.revision);
  const std::string batch = "[" + bytes + "," + bytes + "]";
  const auto parts = split_batch(batch);
  ASSERT(parts && parts->size() == 2 && parts->back() == bytes);
}

void check(const Rejected& rejected) {
  check_identity(rejected.identity);
  ASSERT(!rejected.reason.empty() && rejected.reason.size() <= 400 && is_utf8(rejected.reason));
  ASSERT(rejected.masked.size() <= (64u << 10) && is_utf8(rejected.masked));
}

// Key order, white space and the way a number is written make no difference.
void check_sameness(std::string_view text) {
  JsonTree tree;
  if (!tree.read(text) || !tree.sort_members()) return;
  std::string canonical;
  append_canonical(tree, tree.root(), canonical);
  const auto first = admit(text, Framing::single, till(), site());
  const auto again = admit(canonical, Framing::single, till(), site());
  ASSERT(first.has_value() == again.has_value());
  if (!first) {
    ASSERT(first.error().status == again.error().status);
    return;
  }
  ASSERT(first->size() == 1 && again->size() == 1);
  const auto* event = std::get_if<Event>(&first->front());
  ASSERT((event != nullptr) == std::holds_alternative<Event>(again->front()));
  const EventDigests& a = event != nullptr ? event->digests : std::get<1>(first->front()).digests;
  const EventDigests& b =
      event != nullptr ? std::get<0>(again->front()).digests : std::get<1>(again->front()).digests;
  ASSERT(a.key == b.key && a.content == b.content);
  if (event != nullptr) ASSERT(event->bytes == std::get<0>(again->front()).bytes);
}

void run(std::string_view body) {
  for (const Framing framing : {Framing::single, Framing::batch, Framing::ndjson}) {
    const auto admitted = admit(body, framing, till(), site());
    if (!admitted) {
      const int status = admitted.error().status;
      ASSERT(status == 400 || status == 403 || status == 413);
      ASSERT(!admitted.error().reason.empty() && is_utf8(admitted.error().reason));
      continue;
    }
    for (const AdmittedItem& item : *admitted) {
      std::visit([](const auto& outcome) { check(outcome); }, item);
    }
  }
  check_sameness(body);
}

const Registered registered({"admission", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
