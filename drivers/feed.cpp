#include "drivers/feed.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "agent/base/sha256.h"
#include "agent/core/json_text.h"
#include "agent/core/masking.h"
#include "agent/core/record_json.h"
#include "drivers/formats/text_encoding.h"

namespace storeward {
namespace {

// The same bad record of the same driver is the same exception. `apart`: what tells it from others.
EventDigests digests_of(const FeedPlan& plan, std::string_view apart) {
  const std::string whole = plan.context.driver + '\x1f' + std::string(apart);
  const std::uint64_t digest = leading_u64(sha256(whole));
  return {digest, digest};
}

std::string place_text(const mapping::MappingContext& context, const RecordPlace& place) {
  std::string text = mask_text(context.file);
  if (!text.empty()) text += ' ';
  return text + (place.line != 0 ? "line " + std::to_string(place.line)
                                 : "record " + std::to_string(place.number));
}

// `place`: masked.
Origin origin_of(const FeedPlan& plan, std::string place) {
  Origin origin{.driver = plan.context.driver,
                .place = std::move(place),
                .template_name = plan.mapping->name,
                .template_version = plan.mapping->version};
  for (const std::string& base : plan.mapping->extends) {
    origin.template_extends += (origin.template_extends.empty() ? "" : ", ") + base;
  }
  return origin;
}

// What the source has said: what the plan says it will say again. Whole or not at all: half an
// object says nothing.
std::string given_text(const FeedPlan& plan, const mapping::MappingContext& context) {
  std::string text;
  for (const auto& [name, value] : context.given) {
    if (plan.context.given.contains(name)) continue;
    text.push_back(text.empty() ? '{' : ',');
    json_text::append_string(text, name);
    text.push_back(':');
    json_text::append_string(text, value);
  }
  if (text.empty() || text.size() > most_kept_bytes) return {};
  return mask_json(text.append("}"), std::string::npos);
}

std::string kept_text(const FeedPlan& plan, const Record& record) {
  return mask_json(record_json(record), most_kept_bytes, plan.mapping->vouched_in_record);
}

Rejected rejected(const FeedPlan& plan, const mapping::MappingContext& context,
                  const RecordPlace& place, std::string_view apart, std::string masked,
                  const std::string& reason) {
  Rejected made;
  made.identity.source = context.source;
  made.digests = digests_of(plan, apart);
  made.reason = mask_text(reason);
  made.masked = std::move(masked);
  made.origin = origin_of(plan, place_text(context, place));
  made.origin.given = given_text(plan, context);
  return made;
}

// As UTF-8, which can be looked into for cards. Where it is no text of that encoding it comes out
// with bytes that are no UTF-8.
std::string text_of_source(std::string_view bytes, std::string_view encoding) {
  const bool wide = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  auto by = TextEncoding::named(wide ? "utf-16" : encoding);
  std::string text;
  if (by) by->decode(bytes.substr(0, 4 * most_kept_bytes), true, text);  // more is never kept
  return text;
}

bool is_receipt_or_exception(const AdmittedItem& item) {
  const auto* const event = std::get_if<Event>(&item);
  return event == nullptr || event->receipt;
}

// One of several levels of a place would silently take the place of the others, where the document
// may have meant their sum (a line for each pallet). False: there were such, and they are gone.
bool drop_levels_told_twice(std::vector<AdmittedItem>& items) {
  const auto level_of = [](const AdmittedItem& item) -> const LevelKey* {
    const auto* const event = std::get_if<Event>(&item);
    return event != nullptr && event->level ? &*event->level : nullptr;
  };
  std::map<std::pair<std::string, std::string>, std::set<std::uint64_t>> ids;
  for (const AdmittedItem& item : items) {
    const LevelKey* const level = level_of(item);
    if (level != nullptr) {
      ids[{level->place, level->as_of}].insert(std::get<Event>(item).digests.key);
    }
  }
  return std::erase_if(items, [&](const AdmittedItem& item) {
           const LevelKey* const level = level_of(item);
           return level != nullptr && ids.at({level->place, level->as_of}).size() > 1;
         }) == 0;
}

}  // namespace

void hand_over(FedRecord& fed, Delivery& to) {
  std::ranges::move(fed.items, std::back_inserter(to.items));
  if (fed.number) to.numbers.push_back(std::move(*fed.number));
  fed.items.clear();
  fed.number.reset();
}

bool is_kept(const FedRecord& fed) {
  constexpr std::size_t longest_character = 4;
  return std::ranges::all_of(fed.items, [&](const AdmittedItem& item) {
    const auto* const rejected = std::get_if<Rejected>(&item);
    return rejected == nullptr ||
           (!rejected->masked.empty() && fed.place.bytes <= most_kept_bytes &&
            rejected->masked.size() + longest_character <= most_kept_bytes);
  });
}

FedRecord fed_record(const FeedPlan& plan, const mapping::MappingContext& context,
                     const Record& record, const RecordPlace& place, std::string_view raw) {
  FedRecord fed;
  fed.place = place;
  mapping::Mapped mapped = map_record(*plan.mapping, record, place, raw, context);
  fed.ignored = std::move(mapped.ignored);
  for (std::size_t i = 0; i < mapped.events.size(); ++i) {
    const auto wrong = [&](const std::string& reason) {
      if (mapped.fault.empty()) mapped.fault = mapping::placed(record, mapped.places[i], reason);
    };
    auto admitted = admit(mapped.events[i], Framing::single, plan.submitter, plan.admission);
    if (!admitted) {
      wrong(admitted.error().reason);
    } else if (const auto* const bad = std::get_if<Rejected>(&admitted->front())) {
      wrong(bad->reason);
    } else {
      std::get<Event>(admitted->front()).origin = origin_of(plan, place_text(context, place));
      fed.items.push_back(std::move(admitted->front()));
    }
  }
  if (!drop_levels_told_twice(fed.items) && mapped.fault.empty()) {
    mapped.fault =
        "several quantities of one item in one place, lot and bucket, of which only one would "
        "stand: the sender has to add them up, or a template of your own to give each a bucket";
  }
  if (!mapped.fault.empty()) {
    fed.items.push_back(rejected(plan, context, place, raw, kept_text(plan, record), mapped.fault));
  }
  if (std::ranges::none_of(fed.items, is_receipt_or_exception)) {
    fed.number = std::move(mapped.number);
  }
  return fed;
}

Rejected unreadable(const FeedPlan& plan, std::string_view place, std::string_view raw,
                    std::string_view reason) {
  Rejected made;
  made.identity.source = plan.context.source;
  made.digests = digests_of(plan, raw);
  made.reason = mask_text(reason);
  made.masked = mask_unreadable(raw, most_kept_bytes);
  made.origin = origin_of(plan, mask_text(place));
  return made;
}

Result<Feed> Feed::open(std::shared_ptr<const FeedPlan> plan, std::string file,
                        mapping::Given given, std::string digest) {
  auto decoder = make_decoder(plan->format);
  if (!decoder) return Unexpected{decoder.error()};
  Feed feed(std::move(plan), std::move(*decoder));
  if (!file.empty()) given.try_emplace("file", file);
  feed.context_.file = std::move(file);
  feed.context_.given.merge(given);
  feed.digest_ = std::move(digest);
  return feed;
}

Feed::Feed(std::shared_ptr<const FeedPlan> plan, std::unique_ptr<Decoder> decoder)
    : plan_(std::move(plan)),
      context_(plan_->context),
      decoder_(std::move(decoder)),
      totals_(*plan_->mapping) {}

// The decoder's next. A source that ends without the trailer it should have has one record more,
// which cannot be read: so it has a number of its own, for cursors too.
Decoded Feed::advance() {
  for (const auto& [name, value] : reckoning_.values) context_.given.erase(name);
  reckoning_ = {};
  const Decoded decoded = decoder_->next(record_);
  switch (decoded) {
    case Decoded::record:
      place_ = decoder_->place();
      reckoning_ = totals_.take(record_, context_);
      for (const auto& [name, value] : reckoning_.values) context_.given[name] = value;
      break;
    case Decoded::fault:
      place_ = decoder_->place();
      fault_ = decoder_->fault();
      totals_.take_unreadable();
      break;
    case Decoded::need_more:
      break;
    case Decoded::end:
      if (std::exchange(ended_, true)) break;
      fault_ = totals_.missing();
      if (fault_.empty()) break;
      place_ = {.offset = place_.offset + place_.bytes, .number = place_.number + 1};
      return Decoded::fault;
  }
  return decoded;
}

Fed Feed::next(FedRecord& fed) {
  switch (advance()) {
    case Decoded::record:
      context_.given.insert_or_assign("record", std::to_string(place_.number));
      fed = fed_record(*plan_, context_, record_, place_, decoder_->raw());
      if (reckoning_.differs.empty()) return Fed::record;
      fed.ignored.clear();
      fed.number.reset();
      fed.items.emplace_back(rejected(*plan_, context_, place_,
                                      told_apart(context_.file + reckoning_.differs),
                                      kept_text(*plan_, record_), reckoning_.differs));
      return Fed::record;
    case Decoded::fault:
      blame(fault_, fed);
      return Fed::record;
    case Decoded::need_more:
      return Fed::need_more;
    case Decoded::end:
      break;
  }
  return Fed::end;
}

Fed Feed::skip(RecordPlace& place) {
  const Decoded decoded = advance();
  if (decoded == Decoded::need_more) return Fed::need_more;
  if (decoded == Decoded::end) return Fed::end;
  place = place_;
  return Fed::record;
}

Fed Feed::set_aside(const std::string& reason, FedRecord& fed) {
  const Decoded decoded = advance();
  if (decoded == Decoded::need_more) return Fed::need_more;
  if (decoded == Decoded::end) return Fed::end;
  blame(reason, fed);
  return Fed::record;
}

void Feed::blame(const std::string& reason, FedRecord& fed) {
  fed = {};
  fed.place = place_;
  fed.unreadable = true;
  if (ended_) {
    fed.items.emplace_back(rejected(*plan_, context_, place_, told_apart(context_.file),
                                    mask_unreadable(context_.file, most_kept_bytes), reason));
    return;
  }
  const std::string_view raw = decoder_->raw();
  const std::string apart = decoder_->loss() == Loss::raw ? std::string(raw) : told_apart(raw);
  if (!is_of_source()) {
    fed.items.emplace_back(
        rejected(*plan_, context_, place_, apart, mask_unreadable(raw, most_kept_bytes), reason));
    return;
  }
  // What is kept of the decoder's is too little for a retry, and the sender has been told that all
  // is well.
  const std::string text = text_of_source(bytes_, plan_->format.encoding);
  std::string masked = mask_unreadable(text, most_kept_bytes);
  mapping::MappingContext context = context_;
  if (bytes_.size() <= most_kept_bytes && text.size() <= most_kept_bytes &&
      masked == mask_text(text)) {
    context.given.insert_or_assign(std::string(whole_source), "yes");
  }
  fed.items.emplace_back(rejected(*plan_, context, place_, apart, std::move(masked), reason));
}

// For what other sources may have in the same words. Its place, too: a source may have it twice.
std::string Feed::told_apart(std::string_view raw) {
  if (digest_.empty()) digest_ = to_hex(sha256(bytes_));
  return digest_ + '\x1f' + std::to_string(place_.number) + '\x1f' + std::string(raw);
}

bool Feed::is_of_source() const {
  return whole_ && place_.number == 1 && decoder_->loss() == Loss::source;
}

Result<Delivery> fed_again(const FeedPlan& plan, const mapping::MappingContext& context,
                           std::string_view text) {
  auto by = std::make_shared<FeedPlan>(plan);
  by->format.encoding = "utf-8";  // whatever it came in
  by->context = context;
  auto feed = Feed::open(by, context.file);
  if (!feed) return Unexpected{feed.error()};
  feed->feed(text, true);
  Delivery delivery;
  for (FedRecord fed; feed->next(fed) == Fed::record;) {
    hand_over(fed, delivery);
    if (delivery.items.size() > plan.admission.max_events) {
      return fail("it gives more than " + std::to_string(plan.admission.max_events) +
                  " items (http.max_events); have its source hand it in again in parts");
    }
  }
  return delivery;
}

}  // namespace storeward
