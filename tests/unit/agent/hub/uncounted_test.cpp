// The hub counts a day as the agent that sent it does.
#include "agent/hub/uncounted.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "agent/core/admission.h"
#include "agent/hub/receiver.h"
#include "agent/hub/report.h"
#include "store_fixture.h"
#include "tests/support/seed.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::hub;
using namespace storeward::hub::test;
using nlohmann::json;

namespace {

const std::string topic = "storeward/v1/acme/store-0042/main/up/sales";
constexpr const char* day = "2026-11-20";

// A sale, return or void as a till hands it in.
struct Told {
  std::string id;
  int number = 0;
  int minor = 100;
  std::string type = "retail.sale.completed.v1";
  std::string revision = "1";
  std::string status{};
  int voids = 0;
  std::string source = "till-3";
};

json event_of(const Told& told) {
  const json money = {{"amountMinor", told.minor}, {"currency", "EUR"}};
  json data = {{"saleKey", told.id},
               {"registerId", "3"},
               {"businessDate", day},
               {"sequenceNo", told.number},
               {"completedAt", "2026-11-20T09:15:02Z"},
               {"currency", "EUR"},
               {"lines", json::array()},
               {"totals", {{"gross", money}}}};
  if (!told.status.empty()) data["status"] = told.status;
  if (told.voids != 0) data["voids"] = {{"sequenceNo", told.voids}};
  return {{"specversion", "1.0"},      {"id", told.id},
          {"source", told.source},     {"type", told.type},
          {"revision", told.revision}, {"data", data}};
}

Told void_of(const std::string& id, int own, int original = 0) {
  Told told{id, own};
  told.type = "retail.sale.voided.v1";
  told.voids = original;
  return told;
}

Told training(const std::string& id, int number) {
  Told told{id, number};
  told.status = "Training-Mode";
  return told;
}

// As the agent publishes them, from number `first` on.
std::string message(const Epoch& epoch, Sequence first, const std::vector<Told>& told) {
  json batch = json::array();
  for (const Told& one : told) {
    json event = event_of(one);
    event["source"] = "/acme/store-0042/main/" + one.source;
    event["epoch"] = epoch;
    event["sequence"] = std::to_string(first++);
    batch.push_back(std::move(event));
  }
  return batch.dump();
}

// Sales minus returns, with how many there are of each.
struct Day {
  std::int64_t sales = 0, returns = 0, gross_minor = 0;
  friend bool operator==(const Day&, const Day&) = default;
};

std::ostream& operator<<(std::ostream& out, const Day& one) {
  return out << one.sales << " sales, " << one.returns << " returns, " << one.gross_minor;
}

template <typename Kind>
struct Hub {
  std::unique_ptr<FreshStore> place = Kind::make();
  std::unique_ptr<HubStore> store = place->open(), other_store = place->open();
  Receiver receiver{*store, "storeward/v1", false}, other{*other_store, "storeward/v1", false};

  void take(const std::string& payload) { take({{topic, payload, 0, 0}}, receiver); }
  void take(const std::vector<Arrival>& arrivals, Receiver& taker) {
    const auto findings = taker.take(arrivals, Instant(Millis(1'000'000)));
    if (!findings) FAIL(findings.error().message);
    CHECK(findings->garbage == 0);
  }
  json lines() {
    std::ostringstream out;
    REQUIRE(print_totals(*store, true, out));
    return json::parse(out.str())["totals"];
  }
  Day counted() {
    Day counted;
    for (const json& line : lines()) {
      const std::int64_t events = line["events"];
      const std::int64_t gross = line["gross"][0]["amountMinor"];
      if (line["type"] == "retail.sale.completed.v1") {
        counted.sales += events;
        counted.gross_minor += gross;
      } else if (line["type"] == "retail.return.completed.v1") {
        counted.returns += events;
        counted.gross_minor -= gross;
      }
    }
    return counted;
  }
};

// Whatever may come of a few numbers: corrections, repeats of a number, voids before and after,
// training. A number whose receipt is corrected is no other receipt's as well, for of that the
// agent counts each revision.
std::vector<Told> a_day(std::mt19937_64& random) {
  const auto one_of = [&random](int count) { return static_cast<int>(random() % count); };
  std::vector<Told> told;
  for (int i = 0; i < 60; ++i) {
    const int number = 1 + one_of(12);
    Told one{"r-" + std::to_string(number), number, 100 + one_of(900)};
    if (number > 6) {
      one.id += "-" + std::to_string(one_of(3));
    } else {
      one.revision = std::to_string(1 + one_of(12));
    }
    switch (one_of(6)) {
      case 0:
        one = void_of("v-" + std::to_string(i), number > 6 ? number : 20 + i, 1 + one_of(12));
        if (number > 9) one.voids = 0;
        break;
      case 1:
        if (number <= 6) one.type = "retail.sale.voided.v1";  // a correction that voids itself
        break;
      case 2:
        one.status = "post_voided";
        break;
      case 3:
        one.type = "retail.return.completed.v1";
        break;
      default:
        break;
    }
    told.push_back(one);
  }
  return told;
}

// An agent that takes them: what it counts, and its messages.
struct Agent : store::OutboxFixture {
  Agent() { open(); }

  // What is a repeat, or in conflict with what is known, gives none.
  std::vector<std::string> take(const std::vector<Told>& told) {
    AdmissionOptions site;
    site.tenant = "acme";
    site.site = "store-0042";
    site.agent = "main";
    json body = json::array();
    for (const Told& one : told) body.push_back(event_of(one));
    store::Batch batch;
    batch.deliveries.emplace_back().items =
        admit(body.dump(), Framing::batch, {"till-3", {}}, site).value();
    std::vector<std::string> messages;
    for (const store::CommittedStream& stream : commit(std::move(batch)).streams) {
      for (const Message& one : stream.messages) messages.push_back(*one.payload);
    }
    return messages;
  }
  Day counted() {
    Day counted;
    for (const store::DayTotals& one : outbox->status().days) {
      counted.sales += one.sales;
      counted.returns += one.returns;
      counted.gross_minor += one.gross_minor;
    }
    return counted;
  }
};

}  // namespace

#define HUB_TEST(name) TEMPLATE_TEST_CASE(name, "[hub][receipt][postgres]", OnSqlite, OnPostgres)

HUB_TEST("the hub counts a day as the agent does, in whatever order its receivers get it") {
  std::mt19937_64 random(storeward::testing::announced_seed("a day at the hub"));
  for (int turn = 0; turn < 4; ++turn) {
    Agent agent;
    Hub<TestType> hub;
    std::vector<std::string> messages;
    for (std::vector<Told> told = a_day(random); !told.empty();) {
      const auto some = told.begin() + static_cast<std::ptrdiff_t>(1 + random() % 5 % told.size());
      for (std::string& one : agent.take({told.begin(), some})) messages.push_back(std::move(one));
      told.erase(told.begin(), some);
    }
    const std::size_t sent = messages.size();
    for (std::size_t i = 0; i < sent; i += 3) messages.push_back(messages[i]);
    std::shuffle(messages.begin(), messages.end(), random);
    std::vector<Arrival> arrivals;
    for (const std::string& one : messages) {
      arrivals.push_back({topic, one, 0, 0});
      if (random() % 4 != 0 && &one != &messages.back()) continue;
      hub.take(arrivals, random() % 2 == 0 ? hub.receiver : hub.other);
      arrivals.clear();
    }
    CHECK(hub.counted() == agent.counted());
  }
}

HUB_TEST("what is voided or no sale by its status has no line, and what voids keeps its own") {
  Hub<TestType> hub;
  hub.take(message("E1", 1, {{"a", 1}, void_of("v", 2, 1), training("t", 3), void_of("w", 2)}));
  const json lines = hub.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["type"] == "retail.sale.voided.v1");
  CHECK(lines[0]["events"] == 2);
}

HUB_TEST("what was sent again in a later epoch counts where it was said first") {
  // The agent had lost its memory of repeats. Of a void that names none only what came before it
  // is taken back; "e" voids itself, and is a sale again.
  Told voided = void_of("e", 5), sale{"e", 5, 7};
  voided.revision = "2";
  sale.revision = "3";
  const std::vector<std::string> messages = {
      message("E1", 1, {{"a", 1}, void_of("v", 1), {"b", 2, 500}, voided, sale}),
      message("E2", 1, {void_of("v", 1), {"a", 1}, void_of("w", 2), {"b", 2, 500}, {"c", 2, 70}}),
      message("E2", 6, {void_of("x", 3), training("t", 4)}),
      message("E3", 1, {{"d", 3, 9}, void_of("x", 3), training("t", 4), sale})};
  const std::vector<std::vector<std::size_t>> orders = {
      {0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}};
  for (const std::vector<std::size_t>& order : orders) {
    Hub<TestType> hub;
    for (const std::size_t at : order) hub.take(messages[at]);
    CHECK(hub.counted() == Day{3, 0, 7 + 70 + 9});
  }
}

HUB_TEST("of a voided sale that was sent again with other content the first is taken back") {
  Hub<TestType> hub;
  hub.take(message("E1", 1, {{"a", 1, 300}, {"b", 2}}));
  hub.take(message("E2", 1, {{"a", 1, 999}, void_of("v", 3, 1)}));
  CHECK(hub.counted() == Day{1, 0, 100});
}

HUB_TEST("numbers are an agent's own, a register's and a day's") {
  Hub<TestType> hub;
  json other = json::parse(message("E1", 1, {{"a", 1}, {"b", 1, 20}, void_of("v", 9, 1)}));
  other[0]["data"]["registerId"] = "4";
  other[1]["data"]["businessDate"] = "2026-11-21";
  hub.take(other.dump());
  CHECK(hub.counted() == Day{2, 0, 120});
  hub.take(
      {{"storeward/v1/acme/store-0042/second/up/sales", message("E7", 1, {{"a", 1, 3}}), 0, 0}},
      hub.receiver);
  CHECK(hub.counted() == Day{3, 0, 123});
}

HUB_TEST("a void takes back a receipt of its own site only") {
  Hub<TestType> hub;
  json told = json::parse(message(
      "E1", 1, {{"a", 1}, {"b", 1, 20}, {"c", 2, 3}, void_of("v", 9, 1), void_of("w", 8, 2)}));
  for (json& event : told) event["source"] = "/acme/store-0042/main/till-3";
  told[1]["data"]["siteId"] = "store-B";
  told[3]["data"]["siteId"] = "store-B";
  told[4]["data"]["siteId"] = "store-0042";  // as where none is named
  hub.take(told.dump());
  CHECK(hub.counted() == Day{1, 0, 100});
}

HUB_TEST("a void names the receipt of another register and day, or one without a date of its own") {
  Hub<TestType> hub;
  json told = json::parse(message(
      "E1", 1, {{"a", 1}, {"b", 2, 20}, void_of("v", 9, 1), void_of("w", 8, 2), {"c", 3, 4}}));
  told[0]["data"]["registerId"] = "4";
  told[0]["data"]["businessDate"] = "2026-11-19";
  told[2]["data"]["voids"] = {
      {"sequenceNo", 1}, {"registerId", "4"}, {"businessDate", "2026-11-19"}};
  told[1]["data"].erase("businessDate");
  told[3]["data"].erase("businessDate");
  hub.take(told.dump());
  CHECK(hub.counted() == Day{1, 0, 4});
}

HUB_TEST("what is no valid event counts as it is and voids nothing") {
  Hub<TestType> hub;
  json told = json::parse(message("E1", 1, {{"a", 1}, training("t", 2), void_of("v", 3, 1)}));
  told[1]["data"]["totals"]["gross"].erase("currency");
  told[2]["data"].erase("totals");
  told.push_back({{"epoch", "E1"},
                  {"sequence", "4"},
                  {"id", "x"},
                  {"source", "/a/b/c/d"},
                  {"type", "retail.sale.voided.v1"}});
  told.push_back(json::parse(message("E1", 5, {training("rejected", 4)}))[0]);
  told.back().erase("id");
  hub.take(told.dump());
  const json lines = hub.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["day"] == "");
  CHECK(lines[1]["type"] == "retail.sale.completed.v1");
  CHECK(lines[1]["events"] == 2);
  CHECK(lines[2]["type"] == "retail.sale.voided.v1");
}
