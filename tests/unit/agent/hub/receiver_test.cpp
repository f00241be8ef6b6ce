#include "agent/hub/receiver.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "agent/hub/report.h"
#include "store_fixture.h"
#include "tests/support/seed.h"

using namespace storeward;
using namespace storeward::hub;
using namespace storeward::hub::test;
using nlohmann::json;

namespace {

const std::string root = "storeward/v1/acme/store-0042/main";

std::string event(const Epoch& epoch, Sequence sequence, const std::string& id, int gross = 100) {
  const std::string digits = std::to_string(sequence);
  return R"({"epoch":")" + epoch + R"(","sequence":")" + std::string(20 - digits.size(), '0') +
         digits + R"(","id":")" + id +
         R"(","source":"/acme/store-0042/main/till-1","type":"retail.sale.completed.v1",)"
         R"("time":"2026-11-20T09:15:02Z","data":{"lines":[{"quantity":{"value":"0.1"}}],)"
         R"("totals":{"gross":{"amountMinor":)" +
         std::to_string(gross) + R"(,"currency":"EUR"}}}})";
}

// A revision of an event, on another day where one is said.
std::string revised(std::string event, const std::string& revision, const std::string& day = "") {
  event.insert(1, R"("revision":")" + revision + R"(",)");
  const std::string data = R"("data":{)";
  if (!day.empty()) {
    event.insert(event.find(data) + data.size(), R"("businessDate":")" + day + R"(",)");
  }
  return event;
}

Arrival up(const std::vector<std::string>& events, Sequence first = 0, Sequence last = 0) {
  std::string batch = "[";
  for (const auto& one : events) batch += (batch.size() > 1 ? "," : "") + one;
  return {root + "/up/sales", batch + "]", first, last};
}

Arrival run_of(const Epoch& epoch, Sequence first, Sequence last) {
  std::vector<std::string> events;
  for (Sequence n = first; n <= last; ++n) events.push_back(event(epoch, n, std::to_string(n)));
  return up(events);
}

Sha256 chain_of(const Epoch& epoch, Sequence last) {
  Sha256 hash{};
  for (Sequence n = 1; n <= last; ++n) {
    hash = chain_next(hash, sha256(event(epoch, n, std::to_string(n))));
  }
  return hash;
}

// A receiver on a store of its own, with a clock that the test turns.
template <typename Kind>
struct Bench {
  std::unique_ptr<FreshStore> place = Kind::make();
  std::unique_ptr<HubStore> store = place->open();
  Receiver receiver{*store, "storeward/v1", false};
  Instant now{Millis(1'000'000)};

  Findings take(const std::vector<Arrival>& batch) {
    const auto findings = receiver.take(batch, now);
    if (!findings) FAIL(findings.error().message);
    return *findings;
  }
  std::vector<HubAck> acks() { return acks_of(receiver); }
  std::vector<HubAck> acks_of(Receiver& one) {
    auto due = one.due_acks(now);
    REQUIRE(due);
    std::vector<HubAck> parsed;
    for (const OutgoingAck& ack : *due) {
      CHECK(ack.topic == root + "/ack");
      parsed.push_back(*parse_hub_ack(ack.payload));
    }
    return parsed;
  }
  HubAck last_ack() {
    now += Millis(200);
    take({run_of("E9", 1, 1)});  // anything makes it speak
    const auto all = acks();
    REQUIRE(all.size() == 1);
    return all.front();
  }
  json totals() {
    std::ostringstream out;
    REQUIRE(print_totals(*store, true, out));
    return json::parse(out.str());
  }
  std::vector<std::string> dump() {
    std::ostringstream out;
    REQUIRE(dump_events(*store, out));
    std::istringstream in(out.str());
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
};

}  // namespace

#define HUB_TEST(name) TEMPLATE_TEST_CASE(name, "[hub][postgres]", OnSqlite, OnPostgres)

HUB_TEST("events in any order and with repeats are held once, byte for byte, and confirmed") {
  std::mt19937_64 random(storeward::testing::announced_seed("arrivals"));
  Bench<TestType> bench;
  std::vector<Arrival> arrivals;
  for (Sequence first = 1; first <= 200; first += 5) {
    arrivals.push_back(run_of("E1", first, first + 4));
    if (random() % 2) arrivals.push_back(run_of("E1", first, std::min<Sequence>(first + 7, 200)));
  }
  std::shuffle(arrivals.begin(), arrivals.end(), random);
  for (const Arrival& arrival : arrivals) bench.take({arrival});
  const HubAck ack = bench.acks().at(0).epochs.empty() ? HubAck{} : bench.last_ack();
  CHECK(ack.epochs.at("E1").confirmed.at(Stream::sales) == 200);
  CHECK(ack.epochs.at("E1").hash.at(Stream::sales) == chain_of("E1", 200));
  CHECK(ack.epochs.at("E1").missing.empty());
  const auto held = bench.dump();
  REQUIRE(held.size() >= 200);
  for (Sequence n = 1; n <= 200; ++n) CHECK(held[n - 1] == event("E1", n, std::to_string(n)));
  CHECK(bench.totals()["conflicts"] == 0);
}

HUB_TEST("a gap is asked for after a moment, again every five seconds, and then no more") {
  Bench<TestType> bench;
  bench.take({run_of("E1", 1, 3), run_of("E1", 7, 9)});
  auto acks = bench.acks();
  REQUIRE(acks.size() == 1);
  CHECK(acks[0].epochs.at("E1").confirmed.at(Stream::sales) == 3);
  CHECK(acks[0].epochs.at("E1").missing.empty());
  bench.now += Millis(900);
  CHECK(bench.acks().empty());
  bench.now += Millis(200);
  acks = bench.acks();
  REQUIRE(acks.size() == 1);
  CHECK(acks[0].epochs.at("E1").missing.at(Stream::sales) == std::vector<Range>{{4, 6}});
  bench.now += Millis(4000);
  CHECK(bench.acks().empty());
  bench.now += Millis(1100);
  CHECK(bench.acks().size() == 1);
  bench.take({run_of("E1", 4, 6)});
  bench.now += Millis(200);
  acks = bench.acks();
  REQUIRE(acks.size() == 1);
  CHECK(acks[0].epochs.at("E1").confirmed.at(Stream::sales) == 9);
  CHECK(acks[0].epochs.at("E1").hash.at(Stream::sales) == chain_of("E1", 9));
  bench.now += Millis(60'000);
  CHECK(bench.acks().empty());
}

HUB_TEST("a lost tail is asked for from the agent's heads, and absent numbers count as filled") {
  Bench<TestType> bench;
  bench.take({run_of("E1", 1, 3)});
  bench.acks();
  Heads heads{"E1", {}};
  heads.streams[{"E1", Stream::sales}] = {1, 9, 8, 3, {}, {{{5, 5}, AbsentReason::withheld}}};
  bench.take({{root + "/heads", to_json(heads), 0, 0}});
  bench.now += Millis(200);
  bench.acks();
  bench.now += Millis(1500);
  const auto acks = bench.acks();
  REQUIRE(acks.size() == 1);
  CHECK(acks[0].epochs.at("E1").missing.at(Stream::sales) == std::vector<Range>{{4, 4}, {6, 8}});
  bench.take({run_of("E1", 4, 4), run_of("E1", 6, 9)});
  const HubAck ack = bench.last_ack();
  CHECK(ack.epochs.at("E1").confirmed.at(Stream::sales) == 9);
  CHECK(ack.epochs.at("E1").hash.empty());  // the digest of 5 is unknown here
  bench.take({run_of("E1", 5, 5)});         // it comes after all
  CHECK(bench.totals()["totals"][0]["events"] == 9);
}

HUB_TEST("the same event under another number or epoch fills the number and counts once") {
  Bench<TestType> bench;
  bench.take({up({event("E1", 1, "a"), event("E1", 2, "b")})});
  bench.take({up({event("E2", 1, "b"), event("E2", 2, "c"), event("E2", 3, "c")})});
  const auto facts = bench.totals();
  CHECK(facts["repeats"] == 2);
  CHECK(facts["totals"][0]["events"] == 3);
  CHECK(facts["totals"][0]["units"] == "0.3");
  CHECK(facts["totals"][0]["gross"][0]["amountMinor"] == 300);
  CHECK(facts["agents"][0]["epochs"]["E2"]["sales"]["confirmed"] == 3);
  CHECK(bench.dump() ==
        std::vector<std::string>{event("E1", 1, "a"), event("E1", 2, "b"), event("E2", 2, "c")});
}

HUB_TEST("of the revisions of an event the highest counts, whichever of them comes last") {
  Bench<TestType> bench;
  std::string of_another_source = event("E1", 3, "a", 50);
  of_another_source.replace(of_another_source.find("till-1"), 6, "till-2");
  bench.take({up({event("E1", 1, "a", 2444), event("E1", 2, "b", 10), of_another_source,
                  revised(event("E1", 4, "c", 700), "10"), event("E1", 5, "d", 8000)})});
  bench.take({up({revised(event("E2", 1, "a", 699), "2"), revised(event("E2", 2, "c", 90), "9"),
                  event("E2", 3, "c", 80), revised(event("E2", 4, "a", 699), "2"),
                  revised(event("E2", 5, "d", 8001), "3", "2026-11-21")})});
  bench.store.reset();
  bench.store = bench.place->open();
  const json totals = bench.totals()["totals"];
  REQUIRE(totals.size() == 2);
  CHECK(totals[0]["day"] == "2026-11-20");
  CHECK(totals[0]["events"] == 4);
  CHECK(totals[0]["lines"] == 4);
  CHECK(totals[0]["units"] == "0.4");
  CHECK(totals[0]["gross"][0]["amountMinor"] == 699 + 10 + 50 + 700);
  CHECK(totals[1]["day"] == "2026-11-21");
  CHECK(totals[1]["events"] == 1);
  CHECK(totals[1]["gross"][0]["amountMinor"] == 8001);
  CHECK(bench.dump().size() == 9);
}

HUB_TEST("a day has no line once all that it had was corrected to another one") {
  Bench<TestType> bench;
  bench.take({up({event("E1", 1, "a"), revised(event("E1", 2, "a"), "2", "2026-11-21")})});
  const json totals = bench.totals()["totals"];
  REQUIRE(totals.size() == 1);
  CHECK(totals[0]["day"] == "2026-11-21");
}

HUB_TEST("a number that comes again with other content is a conflict and the first stays") {
  Bench<TestType> bench;
  bench.take({up({event("E1", 1, "a", 100)})});
  const Findings findings = bench.take({up({event("E1", 1, "a", 999), event("E1", 2, "b")})});
  CHECK(findings.conflicts == 1);
  CHECK(findings.remarks.size() == 1);
  CHECK(bench.totals()["conflicts"] == 1);
  CHECK(bench.dump().at(0) == event("E1", 1, "a", 100));
  CHECK(bench.dump().size() == 2);
}

HUB_TEST("an event without an envelope is rejected by its number and counts as filled") {
  Bench<TestType> bench;
  bench.take({up({event("E1", 1, "a"), "{\"x\":1}", event("E1", 3, "c")}, 1, 3)});
  const auto acks = bench.acks();
  REQUIRE(acks.size() == 1);
  const EpochAck& ack = acks[0].epochs.at("E1");
  CHECK(ack.confirmed.at(Stream::sales) == 3);
  REQUIRE(ack.rejected.size() == 1);
  CHECK(ack.rejected[0].sequence == 2);
  CHECK(ack.rejected[0].reason.starts_with("epoch:"));
  CHECK(bench.dump().size() == 2);
}

HUB_TEST(
    "an event in a stream that is not its type's is rejected, and one of an unknown type is not") {
  Bench<TestType> bench;
  std::string newer = event("E1", 2, "b");
  newer.replace(newer.find("completed.v1"), 12, "completed.v2");
  Arrival stock = up({event("E1", 1, "a"), newer});
  stock.topic = root + "/up/stock";
  bench.take({stock});
  const auto acks = bench.acks();
  REQUIRE(acks.size() == 1);
  const EpochAck& ack = acks[0].epochs.at("E1");
  CHECK(ack.confirmed.at(Stream::stock) == 2);
  REQUIRE(ack.rejected.size() == 1);
  CHECK(ack.rejected[0].sequence == 1);
  CHECK(ack.rejected[0].reason == "type: retail.sale.completed.v1 belongs to the stream sales");
  CHECK(bench.dump() == std::vector<std::string>{newer});
}

HUB_TEST("garbage is counted and changes nothing") {
  Bench<TestType> bench;
  const std::string bomb = zstd_compress(std::string(max_batch_bytes + 1, ' '));
  const auto findings = bench.take(
      {{root + "/up/sales", "nonsense", 0, 0},
       {root + "/up/sales", bomb, 0, 0},
       {root + "/up/sales", "[]", 0, 0},
       {root + "/up/sales", up({event("E1", 1, "a"), event("E2", 2, "b")}).payload, 0, 0},
       {root + "/heads", "[1]", 0, 0},
       {root + "/up/unknown", run_of("E1", 1, 1).payload, 0, 0},
       {"storeward/v1/a b/c/d/up/sales", run_of("E1", 1, 1).payload, 0, 0},
       {"other/acme/store-0042/main/up/sales", run_of("E1", 1, 1).payload, 0, 0}});
  CHECK(findings.garbage == 5);
  CHECK(findings.events == 0);
  CHECK(bench.dump().empty());
}

HUB_TEST("an agent gets at most ten acks a second, and serials grow over restarts") {
  Bench<TestType> bench;
  std::uint64_t serial = 0;
  std::size_t count = 0;
  for (Sequence n = 1; n <= 100; ++n, bench.now += Millis(10)) {
    bench.take({run_of("E1", n, n)});
    for (const HubAck& ack : bench.acks()) {
      CHECK(ack.serial > serial);
      serial = ack.serial;
      ++count;
    }
  }
  CHECK(count >= 9);
  CHECK(count <= 11);
  bench.store.reset();
  const auto again = bench.place->open();
  Receiver receiver(*again, "storeward/v1", false);
  REQUIRE(receiver.know_all_agents());
  const auto due = receiver.due_acks(bench.now);
  REQUIRE(due);
  REQUIRE(due->size() == 1);
  const auto ack = parse_hub_ack(due->front().payload);
  REQUIRE(ack);
  CHECK(ack->serial > serial);
  CHECK(ack->epochs.at("E1").confirmed.at(Stream::sales) == 100);
}

HUB_TEST("a hub born anew speaks above the serials of the one that was lost") {
  Bench<TestType> lost;
  lost.take({run_of("E1", 1, 3)});
  const HubAck last = lost.acks().at(0);
  Bench<TestType> reborn;
  SECTION("by its clock, where the broker has forgotten the last word too") {
    reborn.take({run_of("E1", 4, 4)});
    CHECK(reborn.acks().at(0).serial > last.serial);
  }
  SECTION("by what it finds on the broker, where its clock is behind") {
    const std::uint64_t ahead = last.serial + 1'000'000'000;
    reborn.take({{root + "/ack", to_json(HubAck{ahead, {}}), 0, 0}, run_of("E1", 4, 4)});
    CHECK(reborn.acks().at(0).serial == ahead + 1);
  }
  SECTION("whatever nonsense it finds there") {
    const Findings findings = reborn.take({{root + "/ack", R"({"serial":9007199254740993})", 0, 0},
                                           {root + "/ack", "nonsense", 0, 0},
                                           run_of("E1", 4, 4)});
    CHECK(findings.garbage == 2);
    CHECK(reborn.acks().at(0).serial > last.serial);
    CHECK(reborn.acks().empty());
  }
}

HUB_TEST("a hub born anew asks for everything that the agent's heads say it can still send") {
  Bench<TestType> bench;
  Heads heads{"E2", {}};
  heads.streams[{"E1", Stream::sales}] = {4, 9, 9, 9, {}, {{{1, 3}, AbsentReason::pruned}}};
  heads.streams[{"E2", Stream::sales}] = {1, 7, 6, 5, {}, {}};
  bench.take({{root + "/heads", to_json(heads), 0, 0}});
  HubAck ack = bench.acks().at(0);
  CHECK(ack.epochs.at("E1").confirmed.at(Stream::sales) == 3);
  CHECK(ack.epochs.at("E2").confirmed.at(Stream::sales) == 0);
  bench.now += Millis(1100);
  ack = bench.acks().at(0);
  CHECK(ack.epochs.at("E1").missing.at(Stream::sales) == std::vector<Range>{{4, 9}});
  CHECK(ack.epochs.at("E2").missing.at(Stream::sales) == std::vector<Range>{{1, 6}});
}

HUB_TEST("an older ack that another receiver publishes late is followed by a newer one") {
  Bench<TestType> bench;
  const auto other_store = bench.place->open();
  Receiver other(*other_store, "storeward/v1", false);
  bench.take({run_of("E1", 1, 3)});
  REQUIRE(other.take({run_of("E1", 4, 6)}, bench.now));
  const HubAck first = bench.acks().at(0), second = bench.acks_of(other).at(0);
  REQUIRE(first.serial < second.serial);
  // The broker has the second, then the first: that is what it retains now.
  bench.take({{root + "/ack", to_json(second), 0, 0}});
  REQUIRE(other.take({{root + "/ack", to_json(first), 0, 0}}, bench.now));
  bench.now += Millis(200);
  CHECK(bench.acks().empty());
  const auto again = bench.acks_of(other);
  REQUIRE(again.size() == 1);
  CHECK(again[0].serial > second.serial);
  CHECK(again[0].epochs.at("E1").confirmed.at(Stream::sales) == 6);
  // And that is the end of it.
  bench.take({{root + "/ack", to_json(again[0]), 0, 0}});
  bench.now += Millis(200);
  CHECK(bench.acks().empty());
  CHECK(bench.acks_of(other).empty());
}

HUB_TEST("an event is found by its id at every agent, and one that nobody sent is not") {
  Bench<TestType> bench;
  Arrival elsewhere = up({event("E7", 1, "b")});
  elsewhere.topic = "storeward/v1/acme/store-0043/main/up/sales";
  bench.take({up({event("E1", 1, "a"), event("E1", 2, "b", 1234567)}), elsewhere});
  std::ostringstream out, text, none;
  const auto found = print_event(*bench.store, "b", true, out);
  REQUIRE(found);
  CHECK(*found);
  const json places = json::parse(out.str());
  REQUIRE(places.size() == 2);
  CHECK(places[0]["root"] == root);
  CHECK(places[0]["epoch"] == "E1");
  CHECK(places[0]["stream"] == "sales");
  CHECK(places[0]["sequence"] == 2);
  CHECK(places[0]["event"] == json::parse(event("E1", 2, "b", 1234567)));
  CHECK(places[1]["epoch"] == "E7");
  REQUIRE(print_event(*bench.store, "b", false, text));
  CHECK(text.str().find("12,345.67 EUR") != std::string::npos);
  const auto missing = print_event(*bench.store, "nobody's", false, none);
  REQUIRE(missing);
  CHECK_FALSE(*missing);
}

TEST_CASE("money is shown with its currency's digits and readable thousands", "[hub]") {
  EventFacts facts;
  facts.source = "/acme/store-0042/main/till-1";
  facts.currency = "GBP";
  const auto shown = [&facts](std::int64_t minor, const std::string& currency) {
    facts.gross_minor = minor;
    facts.currency = currency;
    return follow_line(facts);
  };
  CHECK(shown(1250, "GBP").ends_with("  12.50 GBP"));
  CHECK(shown(-5, "EUR").ends_with("  -0.05 EUR"));
  CHECK(shown(-123456, "EUR").ends_with("  -1,234.56 EUR"));
  CHECK(shown(1234567, "JPY").ends_with("  1,234,567 JPY"));
  CHECK(shown(99999, "GBP").ends_with("  999.99 GBP"));
  CHECK(shown(1, "GBP").find("  store-0042  ") != std::string::npos);
}
