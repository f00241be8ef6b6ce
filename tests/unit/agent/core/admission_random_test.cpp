// Random bytes and hidden card numbers against admission.
#include <catch2/catch.hpp>
#include <random>

#include "agent/core/admission.h"
#include "agent/core/delivery_items.h"
#include "agent/core/json_tree.h"
#include "agent/core/utf8.h"
#include "tests/support/seed.h"

using namespace storeward;

namespace {

using Random = std::mt19937_64;

AdmissionOptions options() {
  static const TimeZone zone = TimeZone::named("Europe/Berlin").value();
  AdmissionOptions made;
  made.tenant = "acme";
  made.site = "store-0042";
  made.agent = "main";
  made.time_zone = &zone;
  return made;
}

const Submitter till{"till-3", {}};

const std::string sale =
    R"({"specversion":"1.0","id":"n1","source":"till-3","type":"retail.sale.completed.v1",)"
    R"("subject":"s","data":{"saleKey":"k","completedAt":"2026-11-20T09:15:02+01:00",)"
    R"("currency":"EUR","lines":[{"lineNo":1,"kind":"sale","sku":"S","note":"\u00e9 \"x\"",)"
    R"("quantity":{"value":"2","unit":"H87"},"extended":{"amountMinor":1523,"currency":"EUR"}}],)"
    R"("totals":{"gross":{"amountMinor":1523,"currency":"EUR"}}},"x":[1.5,true,null,{}]})";

// Everything that is kept, sent or answered of an outcome.
std::string kept_of(const Result<std::vector<AdmittedItem>, Refusal>& outcome) {
  if (!outcome) return outcome.error().reason;
  std::string kept;
  for (const AdmittedItem& item : outcome.value()) {
    if (const auto* event = std::get_if<Event>(&item)) {
      kept += event->bytes + event->identity.id + event->identity.revision;
      if (event->day) kept += event->day->register_id;
    } else {
      const auto& rejected = std::get<Rejected>(item);
      kept += rejected.masked + rejected.reason + rejected.identity.id + rejected.identity.revision;
    }
    kept += '\n';
  }
  return kept;
}

}  // namespace

TEST_CASE("whatever the bytes, admission answers and keeps UTF-8 only", "[admission]") {
  Random random(storeward::testing::announced_seed("damaged sales"));
  constexpr std::string_view pieces[] = {
      "\"",    "\\",   "{",    "}",  "[",  "]", ",",    ":",  "\n",     "1",  "null", "-1e",
      "\\ud8", "\xFF", "\xE2", "e9", "00", " ", "true", "\t", "\"id\"", "{}", "[]",   "9999"};
  for (int i = 0; i < 20'000; ++i) {
    std::string body = random() % 3 == 0 ? "[" + sale + "," + sale + "]" : sale;
    const std::size_t changes = 1 + random() % 4;
    for (std::size_t change = 0; change < changes; ++change) {
      const std::size_t at = random() % (body.size() + 1);
      const std::string_view piece = pieces[random() % std::size(pieces)];
      if (random() % 2 == 0) {
        body.insert(at, piece);
      } else {
        body.replace(at, random() % 8, piece);
      }
      if (random() % 50 == 0) body.resize(random() % (body.size() + 1));
    }
    for (const Framing framing : {Framing::single, Framing::batch, Framing::ndjson}) {
      REQUIRE(is_utf8(kept_of(admit(body, framing, till, options()))));
    }
  }
}

TEST_CASE("a card number hidden anywhere in a delivery is kept nowhere",
          "[admission][masking][F47]") {
  Random random(storeward::testing::announced_seed("hidden card numbers"));
  const std::string_view digits = "4111111111111111";
  for (int i = 0; i < 20'000; ++i) {
    std::string body = random() % 2 == 0 ? "[" + sale + "]" : sale;
    const std::size_t at = random() % (body.size() + 1);
    // Not where digits of the text would make a longer number of it, or an escape would eat one.
    const auto near = body.substr(at - std::min<std::size_t>(at, 6), 12);
    if (near.find_first_of("0123456789\\-+ ") != std::string::npos) continue;
    body.insert(at, digits);
    CAPTURE(body);
    for (const Framing framing : {Framing::single, Framing::batch, Framing::ndjson}) {
      const std::string kept = kept_of(admit(body, framing, till, options()));
      CAPTURE(kept);
      REQUIRE(kept.find("411111111111") == std::string::npos);
    }
  }
}

namespace {

// The same items as lines, each where it stood in the batch; none where one is empty.
std::optional<std::string> as_lines(std::string_view batch,
                                    const std::vector<DeliveryItem>& items) {
  std::string lines(batch.size(), '\n');
  for (const DeliveryItem& item : items) {
    if (item.text.empty()) return std::nullopt;
    lines.replace(item.offset, item.text.size(), item.text);
  }
  return lines;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

}  // namespace

TEST_CASE("a batch gives what its items give when each is read by itself", "[admission]") {
  Random random(storeward::testing::announced_seed("batches and their items"));
  constexpr std::string_view pieces[] = {"\"", "\\", "{", "}",     "[",    "]",  ",",     ":",
                                         "1",  "e9", " ", "\\ud8", "\xFF", "00", "null,", "\"id\""};
  int read_whole = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string batch = "[";
    const std::size_t count = random() % 4;
    for (std::size_t item = 0; item < count; ++item) {
      if (item > 0) batch += random() % 2 == 0 ? "," : " ,\t";
      switch (random() % 4) {
        case 0:
          batch += nested(max_json_depth - 2 + random() % 5);
          break;
        case 1:
          batch += R"({"specversion":"1.0","id":"4111111111111111","source":"till-3","id":1})";
          break;
        default:
          batch += sale;
      }
    }
    batch += "]";
    const std::size_t changes = random() % 3;
    for (std::size_t change = 0; change < changes; ++change) {
      batch.insert(random() % (batch.size() + 1), pieces[random() % std::size(pieces)]);
    }
    CAPTURE(batch);
    AdmissionOptions limited = options();
    limited.max_events = 3;
    const auto together = admit(batch, Framing::batch, till, limited);
    const auto items = items_of(batch, Framing::batch, limited.max_events);
    if (!items) {
      REQUIRE_FALSE(together);
      REQUIRE(together.error().status == items.error().status);
      REQUIRE(together.error().reason == items.error().reason);
    } else if (const auto lines = as_lines(batch, *items)) {
      const auto one_by_one = admit(*lines, Framing::ndjson, till, limited);
      REQUIRE(bool(together) == bool(one_by_one));
      REQUIRE(kept_of(together) == kept_of(one_by_one));
      read_whole += together && changes == 0 ? 1 : 0;
    }
  }
  CHECK(read_whole > 1000);
}
