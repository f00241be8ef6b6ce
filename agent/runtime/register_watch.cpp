#include "agent/runtime/register_watch.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "agent/base/assert.h"
#include "agent/base/log.h"
#include "agent/base/uuid.h"

namespace storeward {
namespace {

using nlohmann::json;

constexpr auto moment = std::chrono::seconds(2);
constexpr auto pause_after_refusal = std::chrono::seconds(10);
constexpr std::size_t days_per_question = 100;
constexpr std::size_t most_due = 10'000;
constexpr std::size_t shown_in_alert = 3;

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
  return event.dump(-1, ' ', false, json::error_handler_t::replace);
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
  return {{"kind", "dayclose"},
          {"detail",
           {{"closeKey", close.key},
            {"registerId", close.register_id},
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
            {"missing", compared.missing}}}};
}

}  // namespace

RegisterFindings findings_of(const store::RegisterDay& day, const store::RegisterDayBook& book,
                             WallTime settled_before, WallTime now) {
  RegisterFindings findings;
  if (const auto holes = settled_holes(book, settled_before, now); !holes.empty()) {
    findings.missing = ranges_text(holes);
    findings.notices.push_back(notice("agent.gap.detected.v1",
                                      {{"source", day.source},
                                       {"registerId", day.register_id},
                                       {"businessDate", day.business_date},
                                       {"missing", holes}},
                                      now));
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
  if (busy_ || parts_.clock.now() < not_before_) return;
  const Instant now = parts_.clock.now();
  for (auto& [key, due] : due_) {
    if (!due.looked_soon && now >= due.soon) {
      due.looked_soon = true;
      return check(due);
    }
    if (now >= due.settled) {
      const Due settled = due;
      due_.erase(key);
      return check(settled);
    }
  }
  ask_what_changed();
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

void RegisterWatch::check(const Due& due) {
  using Book = store::StoreResult<store::RegisterDayBook>;
  const store::RegisterDay day = due.day;
  busy_ = parts_.desk.ask([day](store::OutboxReader& reader) { return reader.register_day(day); },
                          [this, day](const Book& book) {
                            busy_ = false;
                            if (!book) {
                              log::warn("receipts are not checked: {}", book.error().message);
                              not_before_ = parts_.clock.now() + pause_after_refusal;
                              return;
                            }
                            const WallTime now = parts_.clock.wall();
                            tell(day, findings_of(day, *book, now - parts_.grace, now));
                          });
}

void RegisterWatch::tell(const store::RegisterDay& day, RegisterFindings findings) {
  Delivery delivery;
  for (const std::string& notice : findings.notices) {
    auto items = admit(notice, Framing::single, {std::string(own_source), {}}, parts_.admission);
    ASSERT(items);
    std::ranges::move(*items, std::back_inserter(delivery.items));
  }
  const Key key{day.register_id, day.business_date};
  if (findings.notices.empty()) {
    if (found_.erase(key) > 0) show();
    return;
  }
  found_[key] = std::move(findings);
  show();
  const auto answered = [this, key, day](const SubmitResult& result) {
    busy_ = false;
    if (result && !refusal_in(*result)) return;
    not_before_ = parts_.clock.now() + pause_after_refusal;
    const Instant again = not_before_;
    due_.try_emplace(key, Due{day, again, again + parts_.grace});
  };
  busy_ = parts_.store.submit(std::move(delivery), answered);
}

void RegisterWatch::show() {
  std::string missing, differing;
  std::size_t more_missing = 0, more_differing = 0, shown_missing = 0, shown_differing = 0;
  for (const auto& [key, findings] : found_) {
    const std::string where = "register " + key.first + ", " + key.second + ": ";
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
                                       ". Hand the missing receipts in again; the comparison is "
                                       "made anew by itself.");
}

}  // namespace storeward
