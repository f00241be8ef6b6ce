#include "agent/runtime/exception_remaking.h"

#include <catch2/catch.hpp>

#include "config/template_file.h"

using namespace storeward;

namespace {

// The plan of the driver `scans` by a template whose text from [format] on is given.
FeedPlan plan_by(const std::string& text) {
  const auto made = config::compile_template(
      "[template]\nname = \"scans\"\nversion = \"4\"\n" + text, "scans.toml", "");
  REQUIRE(made);
  static const TimeZone utc = TimeZone::named("UTC").value();
  FeedPlan plan;
  plan.mapping = {*made, &(*made)->mapping};
  plan.context.driver = plan.context.source = "scans";
  plan.context.site_zone = &utc;
  plan.admission = {.tenant = "t", .site = "s", .agent = "a", .time_zone = &utc};
  plan.submitter = {.name = "scans", .sources = {}, .vouched = plan.mapping->vouched};
  return plan;
}

store::Exception open_exception(const std::string& kind) {
  store::Exception exception;
  exception.number = 17;
  exception.state = "open";
  exception.kind = kind;
  return exception;
}

}  // namespace

TEST_CASE("an event of a driver is handed in again with what its template vouches for",
          "[exceptions][cards]") {
  FeedPlan plan = plan_by(R"([format]
kind = "csv"
[[event]]
type = "retail.scan.observed.v1"
key = ["no"]
[event.data]
raw = {const = "r"}
at = "when"
place = {path = "place", gln = true}
)");
  plan.submitter.name = "tills";

  store::Exception exception = open_exception("conflict");
  exception.source = "till-3";
  exception.origin = {"tills", "a.csv line 2", "scans", "3"};
  exception.masked =
      R"({"stream":"stock","epoch":"e","sequence":"1","recordedtime":"t","specversion":"1.0",)"
      R"("id":"a","revision":"1","source":"/t/s/a/till-3","type":"retail.scan.observed.v1",)"
      R"("time":"2026-11-20T09:15:02Z","data":{"raw":"r","at":"2026-11-20T09:15:02Z",)"
      R"("place":"4012345000054/1"}})";
  const AdmissionOptions admission{.tenant = "t", .site = "s", .agent = "a"};

  const auto delivery = made_again(exception, &plan, admission);
  INFO((delivery ? "" : delivery.error().message));
  REQUIRE(delivery);
  CHECK(delivery->settles == std::vector<std::uint64_t>{17});
  REQUIRE(std::holds_alternative<Event>(delivery->items.front()));
  CHECK(std::get<Event>(delivery->items.front()).bytes.find("4012345000054/1") !=
        std::string::npos);
}

TEST_CASE("a source that was kept whole is read again by a template that can",
          "[exceptions][F46]") {
  const std::string by = R"(
[[event]]
type = "retail.scan.observed.v1"
key = ["code", {value = "record"}]
[event.data]
raw = "code"
place = {value = "file"}
at = {value = "receivedAt"}
)";
  auto plan =
      std::make_shared<FeedPlan>(plan_by("[format]\nkind = \"csv\"\ncolumns = [\"code\"]" + by));
  plan->format.columns = {"code"};
  auto feed = Feed::open(plan, "a.csv", {{"receivedAt", "2026-11-20T09:15:02Z"}});
  REQUIRE(feed);
  feed->feed("Code\n96385074\n4006381333016\n", true);
  FedRecord fed;
  REQUIRE(feed->next(fed) == Fed::record);
  const auto& rejected = std::get<Rejected>(fed.items.front());

  store::Exception exception = open_exception("quarantined");
  exception.at = "2026-11-21T00:00:00Z";
  exception.origin = rejected.origin;
  exception.masked = rejected.masked;
  const auto again = [&] { return made_again(exception, plan.get(), plan->admission); };
  const auto unmended = again();
  REQUIRE(unmended);
  CHECK(std::holds_alternative<Rejected>(unmended->items.front()));

  plan->format.rename = {{"Code", "code"}};
  const auto mended = again();
  INFO((mended ? "" : mended.error().message));
  REQUIRE(mended);
  REQUIRE(mended->items.size() == 2);
  CHECK(mended->settles == std::vector<std::uint64_t>{17});
  const std::string& event = std::get<Event>(mended->items.back()).bytes;
  CHECK_THAT(event, Catch::Contains(R"("raw":"4006381333016")"));
  CHECK_THAT(event, Catch::Contains(R"("place":"a.csv")"));
  CHECK_THAT(event, Catch::Contains(R"("at":"2026-11-20T09:15:02Z")"));

  // A person may mend the text instead.
  plan->format.rename = {};
  exception.masked = "code\n96385074";
  CHECK(still_wrong(exception, plan.get(), plan->admission).value() == "");
  exception.masked = "Kode\n96385074";
  CHECK(still_wrong(exception, plan.get(), plan->admission).value() != "");
  plan->admission.max_events = 1;
  exception.masked = "code\n1\n2\n";
  CHECK_FALSE(again());
}

TEST_CASE("a record is mapped again with what its source said beside it", "[exceptions]") {
  FeedPlan plan = plan_by(R"([format]
kind = "lines"
[[event]]
type = "retail.scan.observed.v1"
key = [{value = "sequence"}, {value = "record"}]
[event.data]
raw = "line"
place = {value = "record"}
at = {value = "receivedAt"}
)");

  store::Exception exception = open_exception("quarantined");
  exception.at = "2026-11-20T09:15:02Z";
  exception.masked = R"({"line":"4006381333016"})";
  const auto bytes_made = [&](const std::string& given) {
    exception.origin = {"scans", "a.csv line 21", "scans", "3", "", given};
    const auto delivery = made_again(exception, &plan, plan.admission);
    INFO((delivery ? "" : delivery.error().message));
    REQUIRE(delivery);
    const auto* const bad = std::get_if<Rejected>(&delivery->items.front());
    INFO((bad != nullptr ? bad->reason : ""));
    REQUIRE(std::holds_alternative<Event>(delivery->items.front()));
    return std::get<Event>(delivery->items.front()).bytes;
  };
  const std::string made = bytes_made(R"({"receivedAt":"2026-11-19T08:00:00Z","record":"3"})");
  CHECK_THAT(
      made, Catch::Contains(R"("at":"2026-11-19T08:00:00Z")") && Catch::Contains(R"("place":"3")"));
  // What the plan says now goes before what the source said then.
  plan.context.given = {{"record", "7"}};
  CHECK_THAT(bytes_made(R"({"record":"3"})"), Catch::Contains(R"("place":"7")"));
  plan.context.given.clear();
  for (const std::string none :
       {"", "{\"rec", "[1]", "{\"record\":3}"}) {  // of an older version, or damaged
    CHECK_THAT(bytes_made(none),
               Catch::Contains(R"("at":"2026-11-20T09:15:02Z")") && !Catch::Contains(R"("place")"));
  }
}

TEST_CASE("a delivery of a program that could not be read is no record, until it is edited to one",
          "[exceptions][exec]") {
  FeedPlan plan = plan_by(R"([format]
kind = "ndjson"
[[event]]
type = "retail.scan.observed.v1"
key = ["id"]
[event.data]
raw = "id"
at = {const = "2026-11-20T09:15:02Z"}
)");
  store::Exception exception = open_exception("quarantined");
  exception.origin = {"scans", "delivery 7", "scans", "4"};

  exception.masked = R"({"id":"7","curser":"12","record":{"id":"scan-1"}})";
  const auto refused = made_again(exception, &plan, plan.admission);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::Contains("whole delivery") && Catch::Contains("edit"));
  CHECK_THAT(still_wrong(exception, &plan, plan.admission).value(),
             Catch::Contains("whole delivery"));

  exception.masked = R"({"id":"scan-1"})";
  const auto delivery = made_again(exception, &plan, plan.admission);
  REQUIRE(delivery);
  CHECK(std::holds_alternative<Event>(delivery->items.front()));

  // A record of a source that has the same names is one.
  exception.masked = R"({"id":"scan-1","record":"3"})";
  exception.origin.given = R"({"record":"1"})";
  CHECK(made_again(exception, &plan, plan.admission));
}

TEST_CASE("no id is made of digits that were masked", "[exceptions][cards]") {
  const auto refusal = [](const std::string& identity, const std::string& record) {
    FeedPlan plan = plan_by(R"([format]
kind = "csv"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
)" + identity + R"(
[event.data]
raw = "note"
at = {const = "2026-11-20T09:15:02Z"}
)");
    store::Exception exception = open_exception("quarantined");
    exception.masked = record;
    exception.origin = {"scans", "a.csv line 2", "scans", "4"};
    const auto delivery = made_again(exception, &plan, plan.admission);
    REQUIRE(delivery);
    const auto* const bad = std::get_if<Rejected>(&delivery->items.front());
    return bad != nullptr ? bad->reason : std::string();
  };
  const std::string hidden = R"({"no":"x-************1111","till":"3","note":"a"})";
  CHECK(refusal(R"(key = ["till", "no"])", hidden).find("digits that were masked") !=
        std::string::npos);
  CHECK(refusal(R"(id = "no")", hidden).find("digits that were masked") != std::string::npos);
  CHECK(refusal(R"(key = ["till"])", hidden) == "");
  CHECK(refusal(R"(key = ["no"])", R"({"no":"17","note":"************1111"})") == "");
}

TEST_CASE("an event is handed in again under the id that it had at first, masked as it is",
          "[exceptions][cards]") {
  const AdmissionOptions admission{.tenant = "t", .site = "s", .agent = "a"};
  const std::string head =
      R"({"specversion":"1.0","id":"x-4111111111111111","source":"till-3",)"
      R"("type":"retail.scan.observed.v1","time":"2026-11-20T09:15:02Z","data":)";
  const auto came = admit(head + R"({"raw":"r"}})", Framing::single, {.name = "till-3"}, admission);
  REQUIRE(came);
  const auto& kept = std::get<Rejected>(came->front());
  CHECK(kept.identity.id == "x-************1111");

  store::Exception edited = open_exception("quarantined");
  edited.source = "till-3";
  edited.masked = kept.masked;
  edited.masked.replace(edited.masked.find(R"("raw")"), 0, R"("at":"2026-11-20T09:15:02Z",)");
  const auto delivery = made_again(edited, nullptr, admission);
  REQUIRE(delivery);
  const auto& event = std::get<Event>(delivery->items.front());
  CHECK(event.identity.id == kept.identity.id);
  CHECK(event.digests.key == kept.digests.key);
}
