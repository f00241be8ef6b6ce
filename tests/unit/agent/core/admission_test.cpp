#include "agent/core/admission.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "agent/base/sha256.h"
#include "agent/core/event_layout.h"
#include "agent/core/register_key.h"
#include "tests/unit/agent/core/admission_fixture.h"

using namespace storeward;
using namespace storeward::admission_test;

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
          "[admission][F36]") {
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

TEST_CASE("what cannot be looked into for card numbers is kept without its payload",
          "[admission][masking][F48]") {
  const auto in_utf16 = [](std::string_view ascii) {
    std::string text;
    for (const char byte : ascii) text.append({'\0', byte});
    return text;
  };
  const std::string first = in_utf16(R"({"pan":"4111111111111111"})");
  const std::string second = in_utf16(R"({"pan":"5555555555554444"})");
  const std::string body =
      sale() + "\n" + first + "\n" + second + "\n" + first + "\n" + sale("", R"("x":1,)");
  const auto items = admit(body, Framing::ndjson, till, options());
  REQUIRE(items);
  REQUIRE(items->size() == 5);
  CHECK(std::holds_alternative<Event>(items->front()));
  CHECK(std::holds_alternative<Event>(items->back()));
  std::vector<Rejected> kept;
  for (std::size_t i = 1; i < 4; ++i) kept.push_back(std::get<Rejected>((*items)[i]));
  for (const Rejected& rejected : kept) {
    CHECK(rejected.masked.empty());
    CHECK(rejected.identity.id.empty());
    CHECK_THAT(rejected.reason, Catch::Contains("not JSON"));
  }
  // Each by itself, and the same again is the same exception, though nothing is left to compare.
  CHECK(kept[0].digests.content != kept[1].digests.content);
  CHECK(kept[0].digests.content == kept[2].digests.content);
}

TEST_CASE("what did not become an event is kept whole, however long", "[admission][F46]") {
  const std::string padding(100'000, 'x');
  const std::string readable = sale(R"("note":")" + padding + R"(",)", R"("revision":"0",)");
  CHECK_THAT(rejected(readable).masked, Catch::Contains(padding));
  for (const std::string& line :
       {R"({"a":")" + padding + "\"", R"({"note":")" + padding + R"("})"}) {
    const auto items = admit(line, Framing::ndjson, till, options());
    REQUIRE(items);
    CHECK(std::get<Rejected>(items->front()).masked == line);
  }
}

TEST_CASE("a revision that is none contradicts no other", "[admission]") {
  for (const std::string& wrong : {R"(2)", R"("02")", R"("0")", R"("")"}) {
    const Rejected item = rejected(sale("", R"("revision":)" + wrong + ","));
    CHECK(item.digests.key != event(sale()).digests.key);
    CHECK(item.identity.revision.empty());
    CHECK_THAT(item.reason, Catch::StartsWith("revision: "));
  }
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
  CHECK(large.masked.size() > 64 * 1024);
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
        R"(revision: must be decimal text from "1", not "01")");
  CHECK(rejected(event_of("retail.sale.completed.v1", "[]")).reason ==
        "data: must be an object, not an array");
}

TEST_CASE("a reason names the value that does not fit, masked as everywhere", "[admission]") {
  const auto scanned = [](const std::string& raw) {
    return rejected(event_of("retail.scan.observed.v1",
                             R"({"at":"2026-11-20T09:15:02Z","raw":)" + raw + "}"))
        .reason;
  };
  CHECK(scanned("5") == "data.raw: must be text that is not empty, not 5");
  CHECK(scanned("1.50") == "data.raw: must be text that is not empty, not 1.5");
  CHECK(scanned("null") == "data.raw: must be text that is not empty, not null");
  CHECK(scanned("true") == "data.raw: must be text that is not empty, not true");
  CHECK(scanned("{}") == "data.raw: must be text that is not empty, not an object");
  std::string broken = sale();
  broken.replace(broken.find(R"("unit":"H87")"), 12,
                 R"("unit":"pieces of 4111111111111111 or more, at least")");
  CHECK_THAT(rejected(broken).reason,
             Catch::StartsWith("data.lines[0].quantity.unit: must be a UN/ECE Rec 20 code such as "
                               "\"H87\" or \"KGM\", not \"pieces of ************1111 or more") &&
                 Catch::EndsWith("…\""));
}

TEST_CASE("the faults of an event are told together, the first five", "[admission]") {
  CHECK(rejected(event_of("retail.scan.observed.v1", R"({"raw":5})")).reason ==
        "data.raw: must be text that is not empty, not 5; data.at: missing");
  const Rejected many = rejected(event_of("retail.sale.completed.v1", "{}"));
  CHECK(std::ranges::count(many.reason, ';') == 4);
  CHECK_THAT(many.reason, Catch::StartsWith("data."));
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

TEST_CASE("a register of another site is another register", "[admission]") {
  constexpr std::string_view at = R"("siteId":"s9",)", here = R"("siteId":"store-0042",)";
  const std::string number = R"("registerId":"3","businessDate":"2026-11-20","sequenceNo":17,)";
  const Event own = event(sale(number)), other = event(sale(std::string(at) + number));
  CHECK(register_name(other.day->register_id) == RegisterName{"s9", "3"});
  CHECK(register_name(own.day->register_id) == RegisterName{"", "3"});
  CHECK(own.day->register_id == "3");
  CHECK(other.receipt->register_id == other.day->register_id);
  CHECK(event(sale(std::string(here) + number)).receipt->register_id == "3");

  std::string voided =
      sale(std::string(at) + R"("voids":{"sequenceNo":16,"registerId":"4"},)" + number);
  voided.replace(voided.find("sale.completed"), 14, "sale.voided");
  CHECK(register_name(event(voided).voids->register_id) == RegisterName{"s9", "4"});

  const Event close = event(event_of(
      "retail.dayclose.closed.v1",
      R"({"closeKey":"k","siteId":"s9","registerId":"3","businessDate":"2026-11-20","closeNo":1,)"
      R"("closedAt":"2026-11-20T20:00:00Z","txCount":0,"tenders":[],)"
      R"("gross":{"amountMinor":0,"currency":"EUR"},"sequenceNo":18})"));
  CHECK(close.close->register_id == other.day->register_id);
  CHECK(close.used->register_id == other.day->register_id);
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
