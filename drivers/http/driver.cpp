#include "drivers/http/driver.h"

#include "agent/base/ascii.h"
#include "agent/base/log.h"
#include "agent/core/utf8.h"

namespace storeward {
namespace {

WebHookAnswer refused(int status, std::string reason) {
  return {.status = status, .outcomes = {}, .reason = std::move(reason), .retry_after_s = 0};
}

WebHookAnswer later(std::string reason, std::uint32_t seconds) {
  return {.status = 503, .outcomes = {}, .reason = std::move(reason), .retry_after_s = seconds};
}

constexpr const char* kept_elsewhere =
    "An exception says so, but cannot keep all of it: keep this body, mend it and send it again. "
    "What of it could be read is stored, and is a duplicate then";

std::string first_reason(const FedRecord& fed) {
  for (const AdmittedItem& item : fed.items) {
    if (const auto* const rejected = std::get_if<Rejected>(&item)) return rejected->reason;
  }
  return {};
}

bool is_plain_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0 || static_cast<unsigned char>(text[at]) < 0x20 || text[at] == 0x7F) {
      return false;
    }
    at += length;
  }
  return true;
}

}  // namespace

HttpDriver::HttpDriver(HttpDriverOptions options, std::shared_ptr<const FeedPlan> plan,
                       const DriverHost& host)
    : options_(std::move(options)), plan_(std::move(plan)), host_(host) {}

bool HttpDriver::is_signed(const WebHook& hook) {
  const WallTime now = host_.clock.wall();
  const Signed how = how_signed(options_.signature, hook.body, hook.header, now);
  if (how == Signed::rightly) {
    wrongly_signed_ = 0;
  } else if (how != Signed::not_at_all) {  // else: anybody, and not the sender
    if (wrongly_signed_++ == 0) wrongly_signed_since_ = now;
    last_wrong_ = how;
    if (wrongly_signed_ == look_from) {
      log::warn("driver {}: {}", plan_->context.driver, why_unsigned());
    }
  }
  return how == Signed::rightly;
}

std::string HttpDriver::why_unsigned() const {
  const std::string refused =
      std::to_string(wrongly_signed_) + " refused since " + to_rfc3339(wrongly_signed_since_);
  if (last_wrong_ == Signed::without_time) {
    return refused + ", without the header " + options_.signature.timestamp_header +
           " (timestamp_header): let the sender send it, or take the key away where it signs the "
           "body alone";
  }
  if (last_wrong_ == Signed::out_of_time) {
    return refused +
           ": signed rightly, but too long ago or ahead. Is this machine's clock right? It says " +
           to_rfc3339(host_.clock.wall());
  }
  return refused +
         ", signed with another secret than that in secret_file, and none signed rightly. If the "
         "sender has a new one, write it there and start the agent again";
}

void HttpDriver::deliver(const WebHook& hook, Answered answered) {
  if (stopping_) return answered(later("the agent is shutting down", 5));
  if (paused_) return answered(later("the outbox takes no more for now", refused_retry_s));
  if (*in_flight_ >= max_in_flight) {
    return answered(
        later("too many deliveries of this driver are being stored", queue_full_retry_s));
  }
  // Signed is what was sent; but nothing here unpacks it.
  if (const std::string_view coding = hook.header("Content-Encoding");
      !coding.empty() && coding != "identity") {
    return answered(refused(415, "the body is compressed (Content-Encoding); send it as it is"));
  }
  if (hook.body.empty()) return answered(refused(400, "the body is empty"));
  if (hook.file.size() > longest_file_name || !is_plain_text(hook.file)) {
    return answered(refused(400, "X-File-Name: at most 255 bytes of UTF-8 are possible"));
  }
  Read found = read(hook);
  if (found.outcomes.size() > plan_->admission.max_events) {
    return answered(refused(413, "more than " + std::to_string(plan_->admission.max_events) +
                                     " items in one delivery (http.max_events)"));
  }
  if (found.places.empty() && found.delivery.numbers.empty()) {
    return answered({.outcomes = std::move(found.outcomes)});
  }
  submit(std::move(found), std::move(answered));
}

const std::shared_ptr<const FeedPlan>& HttpDriver::plan_for(const WebHook& hook) const {
  if (options_.topics.empty()) return plan_;
  const auto topic = options_.topics.find(hook.header(options_.topic_header));
  return topic == options_.topics.end() ? plan_ : topic->second;
}

mapping::Given HttpDriver::known_of(const WebHook& hook) const {
  mapping::Given given{{"receivedAt", to_rfc3339(host_.clock.wall())}};
  for (const std::string& name : options_.headers) {
    const std::string_view value = hook.header(name);
    if (!value.empty() && is_plain_text(value)) given["header." + lowered(name)] = value;
  }
  return given;
}

HttpDriver::Read HttpDriver::read(const WebHook& hook) const {
  auto feed = Feed::open(plan_for(hook), std::string(hook.file), known_of(hook));
  ASSERT(feed);  // the driver board has tried it
  feed->feed(hook.body, true);
  Read found;
  std::string stopped_at;  // why nothing behind the last record was read, if something is there
  FedRecord fed;
  while (found.outcomes.size() <= plan_->admission.max_events && feed->next(fed) == Fed::record) {
    for (std::size_t i = 0; i < fed.items.size(); ++i) {
      found.places.push_back(found.outcomes.size());
      found.outcomes.emplace_back();
    }
    if (found.unkept.empty() && !is_kept(fed)) found.unkept = first_reason(fed);
    const bool is_last = fed.place.offset + fed.place.bytes + closing_bytes >= hook.body.size();
    stopped_at = fed.unreadable && !is_last ? first_reason(fed) : std::string();
    if (fed.items.empty()) {
      found.outcomes.push_back({.status = ItemStatus::ignored, .reason = std::move(fed.ignored)});
    }
    hand_over(fed, found.delivery);
  }
  if (found.unkept.empty()) found.unkept = std::move(stopped_at);
  return found;
}

void HttpDriver::submit(Read&& read, Answered answered) {
  ++*in_flight_;
  const bool taken =
      host_.submit(std::move(read.delivery),
                   [in_flight = in_flight_, last_delivery = last_delivery_, &clock = host_.clock,
                    outcomes = std::move(read.outcomes), places = std::move(read.places),
                    unkept = std::move(read.unkept), answered](SubmitResult result) mutable {
                     --*in_flight;
                     if (!result)
                       return answered(later(result.error().reason, result.error().retry_after_s));
                     if (const ItemOutcome* const refused = refusal_in(*result)) {
                       return answered(later(refused->reason, refused_retry_s));
                     }
                     *last_delivery = clock.wall();
                     if (!unkept.empty()) {
                       return answered(refused(400, unkept + ". " + kept_elsewhere));
                     }
                     for (std::size_t i = 0; i < places.size(); ++i) {
                       outcomes[places[i]] = std::move((*result)[i]);
                     }
                     answered({.outcomes = std::move(outcomes)});
                   });
  if (taken) return;
  --*in_flight_;
  answered(later("too much is waiting to be stored", queue_full_retry_s));
}

DriverHealth HttpDriver::health() const {
  DriverHealth health{.last_delivery = *last_delivery_};
  if (stopping_) {
    health.state = DriverState::stopped;
  } else if (paused_) {
    health.state = DriverState::paused;
    health.detail = outbox_is_full;
  } else if (wrongly_signed_ > 0) {
    health.detail = why_unsigned();
    health.look = wrongly_signed_ >= look_from;
  }
  return health;
}

}  // namespace storeward
