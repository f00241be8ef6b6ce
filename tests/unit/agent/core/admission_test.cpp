#include "agent/core/admission.h"

#include <catch2/catch.hpp>

#include "agent/base/sha256.h"
#include "agent/core/event_layout.h"

using namespace storeward;

namespace {

const TimeZone& berlin() {
  static const TimeZone zone = TimeZone::named("Europe/Berlin").value();
  return zone;
}

AdmissionOptions options() {
  AdmissionOptions made;
  made.tenant = "acme";
  made.site = "store-0042";
  made.agent = "main";
  made.time_zone = &berlin();
  return made;
}

const Submitter till{"till-3", {"till-4"}};

std::string event_of(std::string_view type, std::string_view data, std::string_view more = "") {
  return R"({"specversion":"1.0","id":"n1","source":"till-3",)" + std::string(more) +
         R"("type":")" + std::string(type) + R"(","data":)" + std::string(data) + "}";
}

std::string sale(std::string_view more_data = "", std::string_view more = "") {
  return event_of("retail.sale.completed.v1",
                  R"({"saleKey":"k","completedAt":"2026-11-20T09:15:02+01:00","currency":"EUR",)"
                  R"("lines":[{"lineNo":1,"kind":"sale","sku":"4006381333931",)"
                  R"("quantity":{"value":"2","unit":"H87"},)"
                  R"("extended":{"amountMinor":1523,"currency":"EUR"}}],)" +
                      std::string(more_data) +
                      R"("totals":{"gross":{"amountMinor":1523,"currency":"EUR"}}})",
                  more);
}

AdmittedItem only(std::string_view body, Framing framing = Framing::single) {
  auto items = admit(body, framing, till, options());
  INFO((items ? "" : items.error().reason));
  REQUIRE(items);
  REQUIRE(items->size() == 1);
  return std::move(items->front());
}

Event event(std::string_view body) {
  AdmittedItem item = only(body);
  INFO((std::holds_alternative<Rejected>(item) ? std::get<Rejected>(item).reason : ""));
  REQUIRE(std::holds_alternative<Event>(item));
  return std::get<Event>(item);
}

Rejected rejected(std::string_view body, Framing framing = Framing::single) {
  AdmittedItem item = only(body, framing);
  REQUIRE(std::holds_alternative<Rejected>(item));
  return std::get<Rejected>(item);
}

Refusal refused(std::string_view body, Framing framing = Framing::single) {
  auto items = admit(body, framing, till, options());
  REQUIRE_FALSE(items);
  return items.error();
}

}  // namespace

TEST_CASE("a valid sale becomes the published bytes the layout promises", "[admission]") {
  const Event made = event(
      R"( {"type":"retail.sale.completed.v1","specversion":"1.0","traceparent":"00-ab-cd-01",)"
      R"("source":"till-3","id":"n\u0031","data":{"saleKey":"k","registerId":"3",)"
      R"("completedAt":"2026-11-20T09:15:02Z","currency":"EUR","lines":[],)"
      R"("totals":{"gross":{"currency":"EUR","amountMinor":15.0e1}}},"x":[1, 2.50]} )");
  CHECK(made.bytes ==
        std::string(event_layout::unstamped) +
            R"("stream":"sales","partitionkey":"store-0042/3","traceparent":"00-ab-cd-01",)"
            R"("data":{"completedAt":"2026-11-20T09:15:02Z","currency":"EUR","lines":[],)"
            R"("registerId":"3","saleKey":"k","totals":{"gross":{"amountMinor":150,)"
            R"("currency":"EUR"}}},"id":"n1","revision":"1",)"
            R"("source":"/acme/store-0042/main/till-3","specversion":"1.0",)"
            R"("type":"retail.sale.completed.v1","x":[1,2.5]})");
  CHECK(made.identity.id == "n1");
  CHECK(made.identity.source == "till-3");
  CHECK(made.identity.revision == "1");
  CHECK(made.digests.key == leading_u64(sha256("till-3\x1fn1\x1f"
                                               "1")));
  CHECK(made.stream == Stream::sales);
}

TEST_CASE("sameness ignores key order, white space, traceparent and the default revision",
          "[admission]") {
  const EventDigests plain = event(sale()).digests;
  const auto same = [&](const std::string& body) {
    const EventDigests other = event(body).digests;
    return other.key == plain.key && other.content == plain.content;
  };
  CHECK(same(sale("", R"("traceparent":"00-1-2-3", )")));
  CHECK(same(sale("", R"("revision" : "1",)")));
  const EventDigests revised = event(sale("", R"("revision":"2",)")).digests;
  CHECK(revised.key != plain.key);
  const EventDigests changed = event(sale(R"("note":"x",)")).digests;
  CHECK(changed.key == plain.key);
  CHECK(changed.content != plain.content);
}

TEST_CASE("what is not readable is refused with the place, and only quarantined within a batch",
          "[admission]") {
  const auto [body, reason] = GENERATE(table<std::string, std::string>({
      {R"({"a":)", "byte 5: not JSON"},
      {"", "byte 0: not JSON"},
      {R"({"a":NaN})", "byte 5: not JSON"},
      {R"({"a":1e400})", "byte 5: a number too large to be represented"},
      {R"({"a":18446744073709551616})", "byte 5: an integer beyond 64 bit"},
      {"{\"a\":\"\xFF\"}", "byte 6: not UTF-8"},
      {"\xEF\xBB\xBF{}", "byte 0: a byte order mark before the JSON text"},
      {R"({"a":{"b":[{"c":1,"d":2,"c":3}]}})", "a.b[0].c: this member name stands twice"},
      {R"({"a":"\ud800"})", "byte 12: not JSON"},
      {R"({"a":"\udc00"})", "byte 11: not JSON"},
      {R"({"specversion":"1.0","id":"","source":"till-3","type":"t"})", "id: missing or not text"},
      {R"({"specversion":"0.3","id":"1","source":"till-3","type":"t"})", "specversion: must be"},
      {"5", "not a CloudEvent"},
  }));
  CAPTURE(body);
  const Refusal refusal = refused(body);
  CHECK(refusal.status == 400);
  CHECK_THAT(refusal.reason, Catch::StartsWith(reason));
  if (body.empty() || body.ends_with(":")) return;
  auto batch = admit("[" + sale() + "," + body + "]", Framing::batch, till, options());
  REQUIRE(batch);
  REQUIRE(batch->size() == 2);
  CHECK(std::holds_alternative<Event>((*batch)[0]));
  const auto& item = std::get<Rejected>((*batch)[1]);
  CHECK(item.identity.id.empty());
  CHECK(item.digests.key == item.digests.content);
  CHECK_FALSE(item.masked.empty());
}

TEST_CASE("nesting of 10,000 is refused, of 60 taken", "[admission]") {
  const auto nested = [](std::size_t depth) {
    return "\"x\":" + std::string(depth, '[') + std::string(depth, ']') + ",";
  };
  CHECK_THAT(refused(sale("", nested(10'000))).reason, Catch::Contains("nested deeper than"));
  CHECK(event(sale("", nested(60))).identity.id == "n1");
}

TEST_CASE("positions in a batch count from the start of the body", "[admission]") {
  auto items = admit("[ {\"a\":tru} ]", Framing::batch, till, options());
  REQUIRE(items);
  CHECK_THAT(std::get<Rejected>(items->front()).reason, Catch::StartsWith("byte 10: "));
}

TEST_CASE("a batch that is no closed array is refused as a whole", "[admission]") {
  for (const char* body : {"{}", "", "[", "[{}", "[{}}", "[] x", "5"}) {
    CAPTURE(body);
    CHECK(refused(body, Framing::batch).status == 400);
  }
  CHECK(admit(" [ ] ", Framing::batch, till, options())->empty());
  CHECK(admit("[1,]", Framing::batch, till, options())->size() == 2);
}

TEST_CASE("ndjson goes on behind a bad line and skips empty ones", "[admission]") {
  auto items = admit(sale() + "\r\n\n{bad\n" + sale() + "\n", Framing::ndjson, till, options());
  REQUIRE(items);
  REQUIRE(items->size() == 3);
  CHECK(std::holds_alternative<Event>((*items)[0]));
  CHECK(std::holds_alternative<Rejected>((*items)[1]));
  CHECK(std::holds_alternative<Event>((*items)[2]));
}

TEST_CASE("a foreign source refuses the whole delivery, a configured one does not", "[admission]") {
  std::string other = sale();
  other.replace(other.find("till-3"), 6, "till-4");
  CHECK(event(other).identity.source == "till-4");
  other.replace(other.find("till-4"), 6, "till-5");
  const Refusal refusal = refused("[" + sale() + "," + other + "]", Framing::batch);
  CHECK(refusal.status == 403);
  CHECK_THAT(refusal.reason, Catch::Contains("item 1") && Catch::Contains("till-5"));
}

TEST_CASE("more events than allowed are refused with 413", "[admission]") {
  AdmissionOptions few = options();
  few.max_events = 2;
  for (const Framing framing : {Framing::batch, Framing::ndjson}) {
    const char* body = framing == Framing::batch ? "[1,2,3]" : "1\n2\n3";
    auto items = admit(body, framing, till, few);
    REQUIRE_FALSE(items);
    CHECK(items.error().status == 413);
  }
}

TEST_CASE("an event too large as published is quarantined with its identity", "[admission]") {
  AdmissionOptions small = options();
  small.max_event_bytes = 64 * 1024;
  const std::string filler = R"("note":")" + std::string(70'000, 'x') + R"(",)";
  auto items = admit(sale(filler), Framing::single, till, small);
  REQUIRE(items);
  const Rejected large = std::get<Rejected>(items->front());
  CHECK(large.identity.id == "n1");
  CHECK_THAT(large.reason, Catch::Contains("http.max_event_bytes = 65536"));
  CHECK(large.masked.size() <= 64 * 1024);
}

TEST_CASE("where an event was read, and when it was received, makes no other event of it",
          "[admission]") {
  const auto read_in = [](const std::string& file, const std::string& note) {
    return event(sale(R"("origin":{"file":")" + file + R"("},"note":")" + note + R"(",)")).digests;
  };
  CHECK(read_in("a.csv", "x").content == read_in("b.csv", "x").content);
  CHECK(read_in("a.csv", "x").content != read_in("a.csv", "y").content);

  Submitter scanner = till;
  scanner.circumstances = {"at", "time"};
  const auto received = [&](const std::string& at, const std::string& raw) {
    const auto items = admit(
        event_of("retail.scan.observed.v1", R"({"raw":")" + raw + R"(","at":")" + at + R"("})",
                 R"("time":")" + at + R"(",)"),
        Framing::single, scanner, options());
    REQUIRE(items);
    return std::get<Event>(items->front()).digests.content;
  };
  CHECK(received("2026-11-20T09:15:02Z", "7") == received("2026-11-20T09:15:09Z", "7"));
  CHECK(received("2026-11-20T09:15:02Z", "7") != received("2026-11-20T09:15:02Z", "8"));
}

TEST_CASE("readable but invalid: quarantined with identity, digests and the place",
          "[admission][F36]") {
  const Rejected unknown = rejected(event_of("retail.sale.completed", "{}"));
  CHECK(unknown.reason == "type: unknown: retail.sale.completed");
  CHECK(unknown.identity.id == "n1");
  CHECK(unknown.digests.key == event(sale()).digests.key);

  std::string broken = sale();
  broken.replace(broken.find(R"(,"unit":"H87")"), 13, "");
  CHECK(rejected(broken).reason == "data.lines[0].quantity.unit: missing");
  for (const char* name : {"stream", "epoch", "sequence", "recordedtime", "partitionkey"}) {
    CHECK_THAT(rejected(sale("", "\"" + std::string(name) + "\":\"1\",")).reason,
               Catch::StartsWith(std::string(name) + ": is set by the agent"));
  }
  CHECK(rejected(sale("", R"("revision":"01",)")).reason ==
        R"(revision: must be decimal text from "1")");
  CHECK(rejected(event_of("retail.sale.completed.v1", "[]")).reason == "data: must be an object");
}

TEST_CASE("card data is gone from everything an event becomes", "[admission]") {
  const std::string card = "4111111111111111";
  std::string body = sale(R"("4111 1111 1111 1111":4111111111111111,"cvv":"123",)",
                          R"("subject":"s/4111-1111-1111-1111","traceparent":"4111111111111111",)"
                          R"("ext":"\u0034111111111111111",)");
  body.replace(body.find("\"n1\""), 4, "\"n-" + card + "\"");
  const Event made = event(body);
  CHECK(made.identity.id == "n-************1111");
  CHECK(made.digests.key == leading_u64(sha256("till-3\x1fn-************1111\x1f"
                                               "1")));
  CHECK(made.bytes.find("4111") == std::string::npos);
  CHECK(made.bytes.find("123\"") == std::string::npos);
  CHECK(made.bytes.find("4006381333931") != std::string::npos);  // a GTIN in its field

  body.replace(body.find("retail.sale"), 11, "retail.4111111111111111");
  const Rejected bad = rejected(body);
  CHECK(bad.masked.find(card) == std::string::npos);
  CHECK(bad.reason.find(card) == std::string::npos);
  const Rejected garbage = rejected("[{\"pan\":\"" + card + "\" \"cvv\":\"123\"}]", Framing::batch);
  CHECK(garbage.masked == R"({"pan":"************1111" "cvv":"****"})");
}

TEST_CASE("a sale adds to its register's day, a return takes from it", "[admission]") {
  const Event sold = event(sale(R"("registerId":"3",)"));
  REQUIRE(sold.day);
  CHECK(sold.day->business_date == "2026-11-20");
  CHECK(sold.day->register_id == "3");
  CHECK(sold.day->sales == 1);
  CHECK(sold.day->returns == 0);
  CHECK(sold.day->gross_minor == 1523);
  CHECK(sold.day->currency == "EUR");
  CHECK(sold.day->completed_at == "2026-11-20T09:15:02+01:00");

  std::string back = sale();
  back.replace(back.find("sale.completed"), 14, "return.completed");
  const Event returned = event(back);
  REQUIRE(returned.day);
  CHECK(returned.day->returns == 1);
  CHECK(returned.day->gross_minor == -1523);
  CHECK_FALSE(event(sale(R"("status":"Training",)")).day);
  CHECK_FALSE(event(sale(R"("status":"POST-VOIDED",)")).day);
  CHECK(event(sale(R"("status":"completed",)")).day);
}

TEST_CASE("the business day is the site's, unless the event names it", "[admission]") {
  const auto sold_at = [](std::string_view at, std::string_view more = "") {
    std::string body = sale(more);
    body.replace(body.find("2026-11-20T09:15:02+01:00"), 25, at);
    return body;
  };
  CHECK(event(sold_at("2026-11-20T23:30:00Z")).day->business_date == "2026-11-21");
  CHECK(event(sold_at("2026-11-20T23:30:00Z", R"("businessDate":"2026-11-19",)"))
            .day->business_date == "2026-11-19");
  AdmissionOptions late = options();
  late.business_day_start = std::chrono::hours(4);
  auto items = admit(sold_at("2026-11-21T03:59:00+01:00"), Framing::single, till, late);
  CHECK(std::get<Event>(items->front()).day->business_date == "2026-11-20");
}

TEST_CASE("a movement or a close with a number of its register has used it up", "[admission]") {
  const auto used = [](std::string_view number, std::string_view more = R"(,"registerId":"3")") {
    return event(event_of("retail.tender.movement.v1",
                          R"({"movementKey":"m","kind":"safeDrop","businessDate":"2026-11-20",)"
                          R"("amount":{"amountMinor":1,"currency":"EUR"},"sequenceNo":)" +
                              std::string(number) + std::string(more) + "}"))
        .used;
  };
  CHECK(used("17") == UsedNumber{"till-3", "3", "2026-11-20", 17});
  CHECK(used("\"17\"") == UsedNumber{"till-3", "3", "2026-11-20", 17});
  CHECK(!used("17", ""));
  CHECK(!used("0"));
  CHECK(!used("-1"));
  CHECK(!used("\"17a\""));
  const Event close =
      event(event_of("retail.dayclose.closed.v1",
                     R"({"closeKey":"k","registerId":"3","businessDate":"2026-11-20","closeNo":1,)"
                     R"("closedAt":"2026-11-20T20:00:00Z","txCount":0,"tenders":[],)"
                     R"("gross":{"amountMinor":0,"currency":"EUR"},"sequenceNo":18})"));
  CHECK(close.used == UsedNumber{"till-3", "3", "2026-11-20", 18});
  CHECK(!event(sale(R"("registerId":"3","businessDate":"2026-11-20","sequenceNo":17,)")).used);
}

TEST_CASE("a stock snapshot names its place and compares by time as text", "[admission]") {
  const auto snapshot = [](std::string_view more) {
    return event_of("retail.stock.snapshot.v1",
                    R"({"locationId":"L1","asOf":"2026-11-20T10:00:00.5+01:00",)"
                    R"("onHand":{"value":"3","unit":"H87"},)" +
                        std::string(more) + "}");
  };
  const Event level = event(snapshot(R"("gtin":"4006381333931","sku":"S","lot":"A","bucket":"B")"));
  REQUIRE(level.level);
  CHECK(level.stream == Stream::levels);
  CHECK(level.level->place ==
        "L1\x1fS\x1f"
        "A\x1f"
        "B");
  CHECK(level.level->as_of == "2026-11-20T09:00:00.500Z");
  CHECK(event(snapshot(R"("gtin":"4006381333931")")).level->place ==
        "L1\x1f"
        "4006381333931\x1f\x1f");
}

TEST_CASE("every type is partitioned by what must stay in order", "[admission]") {
  const auto key_of = [](const std::string& bytes) {
    const std::string_view name = R"("partitionkey":")";
    const std::size_t begin = bytes.find(name) + name.size();
    return bytes.substr(begin, bytes.find('"', begin) - begin);
  };
  CHECK(key_of(event(sale(R"("siteId":"s9","registerId":"3",)")).bytes) == "s9/3");
  CHECK(key_of(event(sale()).bytes) == "store-0042");
  CHECK(key_of(event(event_of("retail.order.status.v1",
                              R"({"orderKey":"o1","status":"held","at":"2026-11-20T10:00:00Z"})"))
                   .bytes) == "o1");
  CHECK(key_of(event(event_of("retail.stock.adjusted.v1",
                              R"({"sku":"S","locationId":"L","occurredAt":"2026-11-20T10:00:00Z",)"
                              R"("quantity":{"value":"-1","unit":"H87"}})"))
                   .bytes) == "L/S");
  CHECK(key_of(event(event_of("retail.customer.upserted.v1", R"({"customerKey":"c","version":1})"))
                   .bytes) == "c");
}

namespace {

std::string sale_with_totals(std::string_view totals, std::string_view more_data = "",
                             std::string_view line = R"("kind":"sale")") {
  return event_of("retail.sale.completed.v1",
                  R"({"saleKey":"k","completedAt":"2026-11-20T09:15:02+01:00","currency":"EUR",)"
                  R"("lines":[{"lineNo":1,"kind":"sale","sku":"a","quantity":{"value":"1",)"
                  R"("unit":"H87"},"extended":{"amountMinor":1000,"currency":"EUR"}},)"
                  R"({"lineNo":2,"sku":"b","quantity":{"value":"1","unit":"H87"},)"
                  R"("extended":{"amountMinor":200,"currency":"EUR"},)" +
                      std::string(line) + "}]," + std::string(more_data) + R"("totals":{)" +
                      std::string(totals) + "}}");
}

std::string amount(std::string_view name, int minor) {
  return "\"" + std::string(name) + R"(":{"amountMinor":)" + std::to_string(minor) +
         R"(,"currency":"EUR"})";
}

bool flagged(const std::string& body, std::string_view flag = "totalsMismatch") {
  return event(body).bytes.find("\"" + std::string(flag) + "\"") != std::string::npos;
}

}  // namespace

TEST_CASE("arithmetic that does not add up is a flag, not a refusal", "[admission][quality]") {
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 1200))));
  CHECK(flagged(sale_with_totals(amount("gross", 1201))));
  // Tax beside the lines, discounts as lines written either way, a tip on top.
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 1428) + "," + amount("net", 1200) + "," +
                                       amount("tax", 228))));
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 800), "", R"("kind":"discount")")));
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 1300) + "," + amount("tip", 100))));
  CHECK_FALSE(
      flagged(sale_with_totals(amount("gross", 1000), "", R"("kind":"sale","voided":true)")));
  // 2.33 + 0.44 is not 2.78.
  CHECK(flagged(sale_with_totals(amount("gross", 1200) + "," + amount("net", 1008) + "," +
                                 amount("tax", 191))));
  // No telling: discounts within a line.
  CHECK_FALSE(flagged(
      sale_with_totals(amount("gross", 1), "", R"("kind":"sale","discounts":[{"reason":"x"}])")));
}

TEST_CASE("what was paid is compared with what the receipt comes to", "[admission][quality]") {
  const auto paid = [](const std::string& payments, const std::string& more = "") {
    return flagged(
        sale_with_totals(amount("gross", 1200) + more, R"("payments":[)" + payments + "],"),
        "tendersMismatch");
  };
  const auto tender = [](std::int64_t minor, const char* direction = "in") {
    return R"({"tenderType":"cash","direction":")" + std::string(direction) + "\"," +
           amount("amount", minor) + "}";
  };
  CHECK_FALSE(paid(tender(1200)));
  CHECK_FALSE(paid(tender(2000) + "," + tender(800, "out")));
  CHECK_FALSE(paid(tender(1198), "," + amount("rounding", -2)));
  CHECK_FALSE(paid(tender(1300), "," + amount("tip", 100)));
  CHECK(paid(tender(1100)));
  CHECK(paid(tender(2000) + "," + tender(700, "out")));
}

TEST_CASE("tax per rate is compared with the amount it is on", "[admission][quality]") {
  const auto taxed = [](const std::string& rate, std::int64_t tax, std::int64_t total) {
    return flagged(sale_with_totals(amount("gross", 1200) + "," + amount("tax", total), "",
                                    R"("kind":"sale","taxes":[{"rate":")" + rate + "\"," +
                                        amount("amount", tax) + "}]"),
                   "taxesMismatch");
  };
  // The line of 200 is the subject; the other one says nothing of tax.
  CHECK_FALSE(taxed("19", 32, 32));
  CHECK_FALSE(taxed("19.00", 38, 38));
  CHECK_FALSE(taxed("7", 13, 13));
  CHECK(taxed("19", 25, 25));
  CHECK_FALSE(taxed("0.19", 32, 32));
}

TEST_CASE("sums beyond 64 bit are no reason to crash", "[admission][quality]") {
  CHECK(flagged(sale_with_totals(R"("gross":{"amountMinor":1,"currency":"EUR"},)"
                                 R"("tax":{"amountMinor":9007199254740991,"currency":"EUR"},)"
                                 R"("tip":{"amountMinor":-9007199254740991,"currency":"EUR"})")));
}

TEST_CASE("flags join those the source brings, in canonical place", "[admission][quality]") {
  const Event bare = event(sale_with_totals(amount("gross", 1)));
  CHECK(bare.bytes.find(R"("quality":{"flags":["totalsMismatch"]},"saleKey")") !=
        std::string::npos);
  const Event brought = event(sale_with_totals(
      amount("gross", 1), R"("quality":{"warnings":["w"],"flags":["assumedZone"]},)"));
  CHECK(brought.bytes.find(
            R"("quality":{"flags":["assumedZone","totalsMismatch"],"warnings":["w"]},"saleKey")") !=
        std::string::npos);
}

TEST_CASE("a retry is a duplicate whatever the clock was flagged as meanwhile",
          "[admission][quality]") {
  bool wrong = true;
  AdmissionOptions flagging = options();
  flagging.clock_wrong = &wrong;
  const auto first = admit(sale(), Framing::single, till, flagging);
  wrong = false;
  const auto second = admit(sale(), Framing::single, till, flagging);
  REQUIRE(first);
  REQUIRE(second);
  const Event& one = std::get<Event>(first->front());
  const Event& two = std::get<Event>(second->front());
  CHECK(one.bytes.find(R"("clockUnsynced")") != std::string::npos);
  CHECK(two.bytes.find(R"("clockUnsynced")") == std::string::npos);
  CHECK(one.digests.content == two.digests.content);
}
