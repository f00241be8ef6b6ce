#include "drivers/feed.h"

#include "agent/base/sha256.h"
#include "agent/core/masking.h"
#include "agent/core/record_json.h"

namespace storeward {
namespace {

constexpr std::size_t kept_bytes = 64 * 1024;  // of what could not become an event

// The same bad record of the same driver is the same exception.
EventDigests digests_of(const FeedPlan& plan, std::string_view raw) {
  const std::uint64_t digest = leading_u64(sha256(plan.context.driver + '\x1f' + std::string(raw)));
  return {digest, digest};
}

std::string place_text(const mapping::MappingContext& context, const RecordPlace& place) {
  std::string text = mask_text(context.file);
  if (!text.empty()) text += ' ';
  return text + (place.line != 0 ? "line " + std::to_string(place.line)
                                 : "record " + std::to_string(place.number));
}

Origin origin_of(const FeedPlan& plan, const mapping::MappingContext& context,
                 const RecordPlace& place) {
  return {.driver = plan.context.driver,
          .place = place_text(context, place),
          .template_name = plan.mapping->name,
          .template_version = plan.mapping->version};
}

Rejected rejected(const FeedPlan& plan, const mapping::MappingContext& context,
                  const RecordPlace& place, std::string_view raw, std::string masked,
                  const std::string& reason) {
  Rejected made;
  made.identity.source = context.source;
  made.digests = digests_of(plan, raw);
  made.reason = mask_text(reason);
  made.masked = std::move(masked);
  made.origin = origin_of(plan, context, place);
  return made;
}

}  // namespace

FedRecord fed_record(const FeedPlan& plan, const mapping::MappingContext& context,
                     const Record& record, const RecordPlace& place, std::string_view raw) {
  FedRecord fed;
  fed.place = place;
  mapping::Mapped mapped = map_record(*plan.mapping, record, place, raw, context);
  fed.ignored = std::move(mapped.ignored);
  for (const std::string& event : mapped.events) {
    auto admitted = admit(event, Framing::single, plan.submitter, plan.admission);
    if (!admitted) {
      if (mapped.fault.empty()) mapped.fault = admitted.error().reason;
    } else if (auto* const bad = std::get_if<Rejected>(&admitted->front())) {
      if (mapped.fault.empty()) mapped.fault = std::move(bad->reason);
    } else {
      std::get<Event>(admitted->front()).origin = origin_of(plan, context, place);
      fed.items.push_back(std::move(admitted->front()));
    }
  }
  if (!mapped.fault.empty()) {
    fed.items.push_back(rejected(plan, context, place, raw,
                                 mask_json(record_json(record), kept_bytes), mapped.fault));
  }
  return fed;
}

Rejected unreadable(const FeedPlan& plan, std::string_view place, std::string_view raw,
                    std::string_view reason) {
  Rejected made;
  made.identity.source = plan.context.source;
  made.digests = digests_of(plan, raw);
  made.reason = mask_text(reason);
  made.masked = mask_unreadable(raw, kept_bytes);
  made.origin = {.driver = plan.context.driver,
                 .place = mask_text(place),
                 .template_name = plan.mapping->name,
                 .template_version = plan.mapping->version};
  return made;
}

Result<Feed> Feed::open(std::shared_ptr<const FeedPlan> plan, std::string file,
                        mapping::Given given) {
  auto decoder = make_decoder(plan->format);
  if (!decoder) return Unexpected{decoder.error()};
  Feed feed(std::move(plan), std::move(*decoder));
  feed.context_.file = std::move(file);
  feed.context_.given.merge(given);
  return feed;
}

Feed::Feed(std::shared_ptr<const FeedPlan> plan, std::unique_ptr<Decoder> decoder)
    : plan_(std::move(plan)), context_(plan_->context), decoder_(std::move(decoder)) {}

Fed Feed::next(FedRecord& fed) {
  switch (decoder_->next(record_)) {
    case Decoded::record:
      context_.given.insert_or_assign("record", std::to_string(decoder_->place().number));
      fed = fed_record(*plan_, context_, record_, decoder_->place(), decoder_->raw());
      return Fed::record;
    case Decoded::fault:
      blame(decoder_->fault(), fed);
      return Fed::record;
    case Decoded::need_more:
      return Fed::need_more;
    case Decoded::end:
      break;
  }
  return Fed::end;
}

Fed Feed::skip(RecordPlace& place) {
  const Decoded decoded = decoder_->next(record_);
  if (decoded == Decoded::need_more) return Fed::need_more;
  if (decoded == Decoded::end) return Fed::end;
  place = decoder_->place();
  return Fed::record;
}

Fed Feed::set_aside(const std::string& reason, FedRecord& fed) {
  const Decoded decoded = decoder_->next(record_);
  if (decoded == Decoded::need_more) return Fed::need_more;
  if (decoded == Decoded::end) return Fed::end;
  blame(reason, fed);
  return Fed::record;
}

void Feed::blame(const std::string& reason, FedRecord& fed) const {
  fed = {};
  fed.place = decoder_->place();
  fed.items.emplace_back(rejected(*plan_, context_, fed.place, decoder_->raw(),
                                  mask_unreadable(decoder_->raw(), kept_bytes), reason));
}

}  // namespace storeward
