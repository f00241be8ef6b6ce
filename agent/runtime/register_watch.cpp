#include "agent/runtime/register_watch.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

#include "agent/base/assert.h"
#include "agent/base/json_dump.h"
#include "agent/base/log.h"
#include "agent/base/uuid.h"
#include "agent/core/register_key.h"

namespace storeward {
namespace {

using nlohmann::json;

constexpr auto moment = std::chrono::seconds(2);
constexpr auto pause_after_refusal = std::chrono::seconds(10);
constexpr std::size_t days_per_question = 100;
constexpr std::size_t most_due = 10'000;
constexpr std::size_t shown_in_alert = 3;
constexpr std::size_t most_holes_in_a_notice = 500;  // some 10 kB
constexpr auto found_for = std::chrono::hours(1);    // then it is looked whether it still is so

// What a notice is about: `siteId` where that is not the agent's own.
json about(const RegisterName& name) {
  return name.site.empty() ? json::object() : json{{"siteId", name.site}};
}

json money(std::int64_t minor, const std::string& currency) {
  return {{"amountMinor", minor}, {"currency", currency}};
}

json tenders(const std::vector<TenderAmount>& amounts, const std::string& currency) {
  json list = json::array();
  for (const TenderAmount& amount : amounts) {
    list.push_back({{"tenderType", amount.type}, {"amount", money(amount.minor, currency)}});
  }
  return list;
}

std::string notice(const char* type, const json& data, WallTime now) {
  const std::string said = std::string(type) + data.dump();
  const json event = {{"specversion", "1.0"}, {"id", uuid_from_name(said)}, {"source", "agent"},
                      {"type", type},         {"time", to_rfc3339(now)},    {"data", data}};
  return dumped(event);
}

// Holes whose end has been there long enough, or has been closed over.
std::vector<NumberRange> settled_holes(const store::RegisterDayBook& book, WallTime settled_before,
                                       WallTime now) {
  std::vector<std::int64_t> receipts, used;
  std::map<std::int64_t, WallTime> accepted;
  for (const store::AcceptedNumber& one : book.numbers) {
    (one.facts.is_receipt ? receipts : used).push_back(one.facts.number);
    accepted[one.facts.number] = one.accepted;
  }
  std::vector<NumberRange> holes = missing_numbers(receipts, used);
  std::erase_if(holes, [&](const NumberRange& hole) {
    const WallTime behind = accepted[hole.second + 1];
    const bool clock_went_back = behind > now;
    return book.closes.empty() && behind > settled_before && !clock_went_back;
  });
  return holes;
}

json mismatch(const store::CoveredClose& covered, const CloseComparison& compared) {
  const CloseFacts& close = covered.close;
  const RegisterName name = register_name(close.register_id);
  json data = about(name);
  data["kind"] = "dayclose";
  data["detail"] = {
      {"closeKey", close.key},
      {"registerId", name.id},
      {"businessDate", close.business_date},
      {"closeNo", close.number},
      {"difference", compared.difference},
      {"stated",
       {{"txCount", close.count},
        {"gross", money(close.gross_minor, close.currency)},
        {"tenders", tenders(close.tenders, close.currency)}}},
      {"accepted",
       {{"txCount", compared.count},
        {"gross", money(compared.gross_minor, close.currency)},
        {"tenders", tenders(compared.tenders, close.currency)}}},
      {"missing", std::span(compared.missing)
                      .first(std::min(compared.missing.size(), most_holes_in_a_notice))}};
  return data;
}

}  // namespace

RegisterFindings findings_of(const store::RegisterDay& day, const store::RegisterDayBook& book,
                             WallTime settled_before, WallTime now) {
  RegisterFindings findings;
  const std::vector<NumberRange> holes = settled_holes(book, settled_before, now);
  findings.missing = ranges_text(holes);
  const RegisterName name = register_name(day.register_id);
  json gap = about(name);
  gap.update(
      {{"source", day.source}, {"registerId", name.id}, {"businessDate", day.business_date}});
  for (std::size_t told = 0; told < holes.size(); told += most_holes_in_a_notice) {
    const auto some =
        std::span(holes).subspan(told).first(std::min(most_holes_in_a_notice, holes.size() - told));
    gap["missing"] = some;
    findings.notices.push_back(notice("agent.gap.detected.v1", gap, now));
  }
  for (const store::CoveredClose& covered : book.closes) {
    const CloseComparison compared = compare(covered.close, covered.numbers);
    if (compared.same) continue;
    findings.differing.push_back("close " + covered.close.number + ": " + compared.difference);
    findings.notices.push_back(
        notice("agent.reconcile.mismatch.v1", mismatch(covered, compared), now));
  }
  return findings;
}

void RegisterWatch::look() {
  const Instant now = parts_.clock.now();
  if (busy_ || now < not_before_) return;
  look_again_at_what_was_found(now);
  // The latest first: after a restart all days are due.
  auto next = due_.end();
  for (auto at = due_.begin(); at != due_.end(); ++at) {
    const Due& due = at->second;
    if (now < (due.looked_soon ? due.settled : due.soon)) continue;
    if (next == due_.end() || due.day.touched > next->second.day.touched) next = at;
  }
  if (next == due_.end()) return ask_what_changed();
  const store::RegisterDay day = next->second.day;
  if (now < next->second.settled) {
    next->second.looked_soon = true;
  } else {
    due_.erase(next);
  }
  check(day);
}

// Nothing touches a day that goes because its time is up.
void RegisterWatch::look_again_at_what_was_found(Instant now) {
  for (auto& [key, found] : found_) {
    if (now < found.look_again || due_.size() >= most_due) continue;
    found.look_again = now + found_for;
    due_.try_emplace(key, Due{found.day, now, now});
  }
}

// What was due could not be looked at or told.
void RegisterWatch::put_off(const store::RegisterDay& day) {
  not_before_ = parts_.clock.now() + pause_after_refusal;
  due_.try_emplace({day.register_id, day.business_date},
                   Due{day, not_before_, not_before_ + parts_.grace});
}

void RegisterWatch::ask_what_changed() {
  using Changed = store::StoreResult<std::vector<store::RegisterDay>>;
  busy_ = parts_.desk.ask(
      [after = seen_](store::OutboxReader& reader) {
        return reader.register_days(after, days_per_question);
      },
      [this](const Changed& changed) {
        busy_ = false;
        if (!changed) {
          log::warn("receipts are not checked: {}", changed.error().message);
          not_before_ = parts_.clock.now() + pause_after_refusal;
          return;
        }
        const Instant now = parts_.clock.now();
        for (const store::RegisterDay& day : *changed) {
          if (due_.size() >= most_due) break;  // asked for again once there is room
          seen_ = day.touched;
          Due due{day, now + moment, now + moment + parts_.grace};
          // What goes on being touched is looked at all the same, once in each grace.
          const auto [at, fresh] = due_.try_emplace({day.register_id, day.business_date}, due);
          if (!fresh) {
            at->second.day = day;
            if (at->second.looked_soon) {
              at->second.looked_soon = false;
              at->second.soon = due.soon;
            }
          }
        }
      });
}

void RegisterWatch::check(const store::RegisterDay& day) {
  using Book = store::StoreResult<store::RegisterDayBook>;
  busy_ = parts_.desk.ask([day](store::OutboxReader& reader) { return reader.register_day(day); },
                          [this, day](const Book& book) {
                            busy_ = false;
                            if (!book) {
                              log::warn("receipts are not checked: {}", book.error().message);
                              return put_off(day);
                            }
                            const WallTime now = parts_.clock.wall();
                            tell(day, findings_of(day, *book, now - parts_.grace, now));
                          });
  if (!busy_) put_off(day);
}

void RegisterWatch::tell(const store::RegisterDay& day, RegisterFindings findings) {
  const Key key{day.register_id, day.business_date};
  if (findings.notices.empty()) {
    if (found_.erase(key) > 0) show();
    return look();
  }
  // When it is said is no part of what is said: the same notice again is a duplicate.
  const Submitter self{.name = std::string(own_source), .circumstances = {"time"}};
  Delivery delivery;
  for (const std::string& notice : findings.notices) {
    auto items = admit(notice, Framing::single, self, parts_.admission);
    ASSERT(items);
    std::ranges::move(*items, std::back_inserter(delivery.items));
  }
  found_[key] = {day, std::move(findings), parts_.clock.now() + found_for};
  show();
  const auto answered = [this, day](const SubmitResult& result) {
    busy_ = false;
    if (!result || refusal_in(*result)) put_off(day);
  };
  busy_ = parts_.store.submit(std::move(delivery), answered);
  if (!busy_) put_off(day);
}

void RegisterWatch::show() {
  std::string missing, differing;
  std::size_t more_missing = 0, more_differing = 0, shown_missing = 0, shown_differing = 0;
  for (const auto& [key, found] : found_) {
    const RegisterFindings& findings = found.findings;
    const std::string where = register_words(key.first) + ", " + key.second + ": ";
    if (!findings.missing.empty()) {
      if (shown_missing++ < shown_in_alert) {
        missing += (missing.empty() ? "" : "; ") + where + findings.missing;
      } else {
        ++more_missing;
      }
    }
    for (const std::string& difference : findings.differing) {
      if (shown_differing++ < shown_in_alert) {
        differing += (differing.empty() ? "" : "; ") + where + difference;
      } else {
        ++more_differing;
      }
    }
  }
  const auto and_more = [](std::size_t more) {
    return more > 0 ? "; and " + std::to_string(more) + " more" : std::string();
  };
  parts_.alert("receipts_missing",
               missing.empty() ? ""
                               : "Receipts have not arrived: " + missing + and_more(more_missing) +
                                     ". Look whether the till still holds them and hand them in "
                                     "again.");
  parts_.alert("dayclose_differs",
               differing.empty() ? ""
                                 : "A day close does not match the sales that arrived: " +
                                       differing + and_more(more_differing) +
                                       ". Hand in what is missing, or settle it with the shop; the "
                                       "comparison is made anew by itself.");
}

}  // namespace storeward
