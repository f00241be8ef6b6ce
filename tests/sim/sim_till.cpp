#include "tests/sim/sim_till.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/sim/canary.h"

namespace storeward::sim {
namespace {

constexpr std::string_view snapshot_type = "retail.stock.snapshot.v1";

std::string sale_data(std::uint64_t amount, const std::string& key) {
  const std::string money = R"({"amountMinor":)" + std::to_string(amount) + R"(,"currency":"EUR"})";
  return R"({"completedAt":"2026-11-20T09:15:02Z","currency":"EUR","lines":[{"extended":)" + money +
         R"(,"kind":"sale","lineNo":1,"quantity":{"unit":"H87","value":"2"},"sku":"A-17"}],)" +
         R"("saleKey":")" + key + R"(","totals":{"gross":)" + money + "}}";
}

std::string stock_data(std::uint64_t amount) {
  return R"({"locationId":"shelf","occurredAt":"2026-11-20T09:15:02Z","quantity":{"unit":"H87","value":")" +
         std::to_string(amount) + R"("},"sku":"A-17"})";
}

std::string price_data(std::uint64_t amount, const std::string& version) {
  return R"({"price":{"amount":")" + std::to_string(amount) +
         R"(.49","currency":"EUR"},"sku":"A-17","validFrom":"2026-11-20T09:15:02Z","version":")" +
         version + R"("})";
}

std::string snapshot_data(std::uint64_t amount, std::uint64_t item, const std::string& as_of) {
  return R"({"asOf":")" + as_of + R"(","locationId":"shelf","onHand":{"unit":"H87","value":")" +
         std::to_string(amount) + R"("},"sku":"B-)" + std::to_string(item) + R"("})";
}

}  // namespace

SimTill::SimTill(World& world, Ledger& ledger, std::string name)
    : world_(world), ledger_(ledger), who_{std::move(name), {}} {}

SimTill::Item SimTill::fresh() {
  support::Random& random = world_.random;
  Item item{Kind::fresh, who_.name + "-" + std::to_string(++invented_), {}, {}};
  const std::uint64_t amount = random.between(1, 9'999);
  switch (random.below(8)) {
    case 0:
      item.type = "retail.return.completed.v1";
      item.data = sale_data(amount, item.id);
      break;
    case 1:
      item.type = "retail.stock.adjusted.v1";
      item.data = stock_data(amount);
      break;
    case 2:
      item.type = "retail.price.changed.v1";
      item.data = price_data(amount, item.id);
      break;
    case 3:
      item.type = snapshot_type;
      item.data = snapshot_data(amount, random.below(5), to_rfc3339(world_.clock.wall()));
      break;
    default:
      item.type = "retail.sale.completed.v1";
      item.data = sale_data(amount, item.id);
  }
  item.kept = item.data;
  if (item.type.starts_with("retail.sale.") && random.chance(0.2)) add_note(item, "\"saleKey\"");
  return item;
}

void SimTill::add_note(Item& item, std::string_view before) {
  const std::string number = card_number(world_.random);
  const std::array spellings = {number, in_groups(number, ' '), in_groups(number, '-')};
  const auto note = [](const std::string& card) {
    return R"("note":"card )" + card + R"( used",)";
  };
  const std::size_t at = item.data.find(before);
  item.data.insert(at, note(spellings[world_.random.below(spellings.size())]));
  item.kept.insert(at, note(masked(number)));
}

SimTill::Item SimTill::invent() {
  support::Random& random = world_.random;
  if (random.chance(0.05)) {
    Item item = fresh();
    item.kind = Kind::invalid;
    item.data = item.kept = R"({"lines":7})";
    if (random.chance(0.3)) add_note(item, "\"lines\"");
    return item;
  }
  if (!recent_.empty() && random.chance(0.15)) {
    Item item = recent_[random.below(recent_.size())];
    const bool contradicts = item.type != snapshot_type && random.chance(0.3);
    item.kind = contradicts ? Kind::conflict : Kind::repeat;
    if (contradicts) item.data.insert(1, R"("another":true,)");
    return item;
  }
  return fresh();
}

std::string SimTill::text_of(const Item& item) const {
  return R"({"specversion":"1.0","id":")" + item.id + R"(","source":")" + who_.name +
         R"(","type":")" + item.type + R"(","data":)" + item.data + "}";
}

void SimTill::act(SimAgent& agent, bool new_sales) {
  if (!pending_) {
    if (!new_sales) return;
    pending_.emplace();
    pending_->number = ++deliveries_;
    std::vector<std::string> claims;
    const std::uint64_t count = world_.random.chance(0.1) ? 60 : world_.random.between(1, 4);
    for (std::uint64_t i = 0; i < count; ++i) {
      Item item = invent();
      if (item.kind == Kind::fresh) {
        claims.push_back(claim_of(who_.name, item.id, "1"));
        ledger_.submitted(claims.back(), item.kept, item.type == snapshot_type);
      }
      pending_->body += (i == 0 ? "[" : ",") + text_of(item);
      pending_->items.push_back(std::move(item));
    }
    pending_->body += "]";
    ledger_.handed_in(who_.name, pending_->number, std::move(claims));
  } else if (world_.clock.now() < pending_->give_up) {
    return;
  }
  const bool hears = !world_.random.chance(0.03);  // an answer may be lost on its way
  pending_->give_up = world_.clock.now() + Millis(3'000);
  pending_->attempt = ++attempts_;
  SourceCursor cursor;
  cursor.driver = who_.name;
  cursor.key = cursor_key;
  cursor.value = std::to_string(pending_->number);
  agent.submit(pending_->body, who_, {std::move(cursor)},
               [this, hears, attempt = attempts_](const Epoch& epoch,
                                                  const std::vector<ItemOutcome>& outcomes) {
                 if (hears && pending_ && pending_->attempt == attempt) answered(epoch, outcomes);
               });
}

void SimTill::answered(const Epoch& epoch, const std::vector<ItemOutcome>& outcomes) {
  if (outcomes.size() != pending_->items.size()) throw Violation{"answers do not fit the items"};
  const auto refused = [](const ItemOutcome& outcome) {
    return outcome.status == ItemStatus::refused;
  };
  if (std::ranges::any_of(outcomes, refused)) {
    if (!std::ranges::all_of(outcomes, refused)) throw Violation{"a delivery refused in part"};
    return;  // comes again
  }
  const Pending done = std::move(*pending_);
  pending_.reset();
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Item& item = done.items[i];
    const ItemOutcome& outcome = outcomes[i];
    check(item, outcome);
    if (item.kind != Kind::fresh && item.kind != Kind::repeat) continue;
    ledger_.answered(claim_of(who_.name, item.id, "1"), outcome.status == ItemStatus::duplicate,
                     {epoch, outcome.stream.value_or(Stream::sales)}, outcome.sequence);
    constexpr std::size_t remembered = 50;
    if (recent_.size() < remembered) {
      recent_.push_back(item);
    } else {
      recent_[world_.random.below(remembered)] = item;
    }
  }
}

void SimTill::check(const Item& item, const ItemOutcome& outcome) const {
  const auto got = outcome.status;
  bool right = false;
  switch (item.kind) {
    case Kind::fresh:
    case Kind::repeat:
      right = got == ItemStatus::stored || got == ItemStatus::duplicate;
      break;
    case Kind::conflict:
      right = got == ItemStatus::conflict && outcome.exception != 0;
      break;
    case Kind::invalid:
      right = got == ItemStatus::quarantined && outcome.exception != 0;
      break;
  }
  if (item.type != snapshot_type && got == ItemStatus::stored) right &= outcome.sequence != 0;
  if (!right) {
    throw Violation{"a wrong answer to " + item.id + " (kind " +
                    std::to_string(static_cast<int>(item.kind)) + "): status " +
                    std::to_string(static_cast<int>(got)) + " " + outcome.reason};
  }
}

void SimTill::forget_past() {
  recent_.clear();
  pending_.reset();
}

}  // namespace storeward::sim
