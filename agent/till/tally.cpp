#include "agent/till/tally.h"

#include <algorithm>
#include <bit>

#include "agent/base/grouped.h"
#include "agent/till/event_text.h"

namespace storeward::till {
namespace {

constexpr std::size_t shown_in_text = 20;

// Microseconds as milliseconds with one decimal.
std::string in_ms(std::chrono::microseconds latency) {
  const auto tenths = (latency.count() + 50) / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " ms";
}

void append_count(std::string& out, std::string_view name, std::uint64_t count) {
  append_json_string(out, name);
  out += ":" + std::to_string(count);
}

}  // namespace

void LatencyHistogram::add(std::chrono::microseconds latency) {
  const auto us = static_cast<std::uint64_t>(
      std::clamp<std::int64_t>(latency.count(), 0, (std::int64_t{1} << 32) - 1));
  const int shift = std::max(0, static_cast<int>(std::bit_width(us)) - steps_bits - 1);
  ++buckets_[(static_cast<std::size_t>(shift) << steps_bits) + (us >> shift)];
  ++count_;
}

std::chrono::microseconds LatencyHistogram::quantile(int per_thousand) const {
  const std::uint64_t rank = (count_ * static_cast<std::uint64_t>(per_thousand) + 999) / 1000;
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
    seen += buckets_[bucket];
    if (seen == 0 || seen < rank) continue;
    const std::size_t row = bucket >> steps_bits;
    const std::size_t shift = row == 0 ? 0 : row - 1;
    const std::size_t mantissa = bucket - (shift << steps_bits);
    return std::chrono::microseconds(((mantissa + 1) << shift) - 1);
  }
  return std::chrono::microseconds{0};
}

void Tally::not_stored(Kind kind, NotStored entry) {
  ++by_kind_[static_cast<std::size_t>(kind)];
  ++not_stored_;
  if (listed_.size() < max_listed) listed_.push_back(std::move(entry));
}

std::uint64_t Tally::per_second(Millis elapsed) const {
  return answered() * 1000 / static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed.count(), 1));
}

std::string Tally::as_text(Millis elapsed, const std::string& url) const {
  std::string out = grouped(answered()) + " events answered by " + url + " in " +
                    std::to_string(elapsed.count() / 1000) + "." +
                    std::to_string(elapsed.count() / 100 % 10) + " s (" +
                    grouped(per_second(elapsed)) + "/s)\n";
  for (std::size_t kind = 0; kind < kind_count; ++kind) {
    if (by_kind_[kind] == 0) continue;
    std::string name(type_of(static_cast<Kind>(kind)));
    name.resize(30, ' ');
    out += "  " + name + grouped(by_kind_[kind]) + "\n";
  }
  out += "stored " + grouped(stored_) + ", duplicate " + grouped(duplicates_) + ", not stored " +
         grouped(not_stored_) + ", unanswered " + grouped(unanswered_) + ", retries " +
         grouped(retries_) + "\n";
  out += "answer time p50 " + in_ms(latencies_.quantile(500)) + ", p99 " +
         in_ms(latencies_.quantile(990)) + "\n";
  for (std::size_t i = 0; i < std::min(listed_.size(), shown_in_text); ++i) {
    const NotStored& entry = listed_[i];
    out += "not stored: " + entry.id + " " + entry.status + ": " + entry.reason + "\n";
  }
  if (not_stored_ > shown_in_text) {
    out += "not stored: and " + grouped(not_stored_ - shown_in_text) + " more (see --json)\n";
  }
  return out;
}

std::string Tally::as_json(Millis elapsed, const std::string& url) const {
  std::string out = "{";
  append_member(out, "to", url);
  out += ",\"events\":{";
  for (std::size_t kind = 0; kind < kind_count; ++kind) {
    if (kind != 0) out.push_back(',');
    append_count(out, type_of(static_cast<Kind>(kind)), by_kind_[kind]);
  }
  out += "},";
  const std::pair<std::string_view, std::uint64_t> counts[] = {
      {"answered", answered()},
      {"stored", stored_},
      {"duplicate", duplicates_},
      {"notStored", not_stored_},
      {"unanswered", unanswered_},
      {"retries", retries_},
      {"elapsedMs", static_cast<std::uint64_t>(elapsed.count())},
      {"perSecond", per_second(elapsed)}};
  for (const auto& [name, count] : counts) {
    append_count(out, name, count);
    out.push_back(',');
  }
  out += "\"answerTimeUs\":{";
  append_count(out, "p50", static_cast<std::uint64_t>(latencies_.quantile(500).count()));
  out.push_back(',');
  append_count(out, "p99", static_cast<std::uint64_t>(latencies_.quantile(990).count()));
  out += "},\"notStoredEvents\":[";
  for (std::size_t i = 0; i < listed_.size(); ++i) {
    if (i != 0) out.push_back(',');
    out.push_back('{');
    append_member(out, "id", listed_[i].id);
    out.push_back(',');
    append_member(out, "status", listed_[i].status);
    out.push_back(',');
    append_member(out, "reason", listed_[i].reason);
    out.push_back('}');
  }
  out += "]}\n";
  return out;
}

}  // namespace storeward::till
