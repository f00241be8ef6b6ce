// Random bytes and hidden card numbers against admission.
#include <catch2/catch.hpp>
#include <random>

#include "agent/core/admission.h"
#include "agent/core/card_scan.h"
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
      const std::string kept = kept_of(admit(body, framing, till, options()));
      REQUIRE(plain_text_of(kept).find("\xEF\xBF\xBD") ==
              kept.find("\xEF\xBF\xBD"));  // nothing in `kept` had to be replaced
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
