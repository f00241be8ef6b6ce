// Exceptions of drivers' records, handed in again by their template: FAULTS F46.
#include "agent/runtime/exception_desk.h"

#include <catch2/catch.hpp>

#include <future>
#include <map>

#include "config/template_file.h"
#include "tests/support/io_thread.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using nlohmann::json;

namespace {

// What a template makes of records like {"no":"17","code":"…"}; without `more` it cannot.
std::shared_ptr<const FeedPlan> plan_by(const std::string& more, const std::string& version = "4") {
  const auto made = config::compile_template(R"([template]
name = "scans"
version = ")" + version + R"("
[format]
kind = "csv"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["no"]
[event.data]
at = {const = "2026-11-20T09:15:02Z"}
)" + more,
                                             "scans.toml", "");
  INFO((made ? "" : config::to_text(made.error())));
  REQUIRE(made);
  static const TimeZone zone = TimeZone::named("UTC").value();
  FeedPlan plan;
  plan.mapping = {*made, &(*made)->mapping};
  plan.context.driver = plan.context.source = "till-1";
  plan.context.site_zone = &zone;
  plan.admission.time_zone = &zone;
  plan.submitter = {.name = "till-1",
                    .sources = {},
                    .vouched = plan.mapping->vouched,
                    .circumstances = plan.mapping->circumstances};
  return std::make_shared<const FeedPlan>(std::move(plan));
}

const std::string sound = "raw = \"code\"\n";
const std::string wants_a_number = "raw = \"code\"\nx = {path = \"code\", as = \"integer\"}\n";

// A desk over a real store, with threads of its own.
class TestDesk : public store::OutboxFixture {
 public:
  explicit TestDesk(ReadTemplate read) : read_(std::move(read)) {
    open();
    for (std::uint64_t id = 1; id <= 3; ++id) {
      Rejected rejected = store::make_rejected(id, 1);
      rejected.masked = R"({"no":"1)" + std::to_string(id) + R"(","code":"four ninety"})";
      rejected.origin = {"pos-files", "sales.csv line " + std::to_string(id),
                         "scans",     "3",
                         "",          R"({"record":")" + std::to_string(id - 1) + R"("})"};
      put(std::move(rejected));
    }
    auto opened = store::OutboxReader::open(options);
    REQUIRE(opened.has_value());
    io_.run([&] {
      store_ = std::make_unique<StoreThread>(
          std::move(*outbox), io_.io(),
          StoreThread::Events{.on_committed = [](const auto&, bool) {},
                              .on_forked = [](const auto&) {},
                              .on_failed = [] {}});
      reader_ = std::make_unique<ReaderThread>(std::move(*opened), io_.io());
      desk_ = std::make_unique<ExceptionDesk>(ExceptionDesk::Parts{
          .store = *store_, .desk = *reader_, .admission = admission_, .template_now = read_});
      return 0;
    });
  }
  // On the loop, where what the store's thread has posted may still be on its way.
  ~TestDesk() {
    io_.run([&] {
      desk_.reset();
      reader_.reset();
      store_.reset();
    });
  }

  // By number of the exception.
  std::map<std::uint64_t, json> retry(std::vector<std::uint64_t> numbers) {
    std::map<std::uint64_t, json> results;
    json answer = asked(&ExceptionDesk::retry, {{"numbers", numbers}});
    for (json& result : answer["results"]) {
      const std::uint64_t number = result["exception"];
      results[number] = std::move(result);
    }
    return results;
  }

  std::vector<int> retry_in_order(const std::vector<std::uint64_t>& numbers) {
    std::vector<int> order;
    const json answer = asked(&ExceptionDesk::retry, {{"numbers", numbers}});
    for (const json& result : answer["results"]) order.push_back(result["exception"]);
    return order;
  }

  json edit(std::uint64_t number, const std::string& text) {
    return asked(&ExceptionDesk::edit, {{"number", number}, {"text", text}});
  }

  // "action subject: detail" of each entry.
  std::vector<std::string> trail() {
    std::vector<std::string> lines;
    const auto found = reader().audit(1, 100);
    REQUIRE(found.has_value());
    for (const store::AuditLine& line : *found) {
      const json entry = json::parse(line.record);
      lines.push_back(entry["action"].get<std::string>() + " " +
                      entry["subject"].get<std::string>() + ": " +
                      entry["detail"].get<std::string>());
    }
    return lines;
  }

 private:
  using Step = void (ExceptionDesk::*)(const json&, const ControlPeer&, ControlServer::Reply);

  json asked(Step step, const json& request) {
    std::promise<std::string> answer;
    io_.run([&] {
      ((*desk_).*step)(request, {7, 4711},
                       [&answer](std::string text) { answer.set_value(std::move(text)); });
      return 0;
    });
    return json::parse(answer.get_future().get());
  }

  const ReadTemplate read_;
  const AdmissionOptions admission_;
  testing::IoThread io_;
  std::unique_ptr<StoreThread> store_;
  std::unique_ptr<ReaderThread> reader_;
  std::unique_ptr<ExceptionDesk> desk_;
};

}  // namespace

TEST_CASE("F46: a record waits until its driver is configured again", "[exceptions][F46]") {
  TestDesk desk([](const Origin& origin) -> Result<TemplateNow> {
    return fail("there is no driver \"" + origin.driver + "\" any more");
  });
  const json result = desk.retry({1})[1];
  CHECK(result["done"] == false);
  CHECK(result["reason"] == "there is no driver \"pos-files\" any more");
}

TEST_CASE("F46: once its template is mended a record becomes its events", "[exceptions][F46]") {
  std::shared_ptr<const FeedPlan> on_disk = plan_by(wants_a_number);
  int read = 0;
  TestDesk desk([&](const Origin& origin) -> Result<TemplateNow> {
    ++read;
    if (origin.driver != "pos-files" || origin.template_name != "scans") return fail("another one");
    if (!on_disk) return fail("its template does not load: scans.toml:7:5: type: missing");
    return TemplateNow{on_disk, "3"};
  });
  json refused = desk.retry({1})[1];
  CHECK(refused["reason"].get<std::string>().find("four ninety") != std::string::npos);
  CHECK(refused["template_version"] == "4");
  on_disk = nullptr;
  refused = desk.retry({1})[1];
  CHECK(refused["reason"] == "its template does not load: scans.toml:7:5: type: missing");
  CHECK(desk.reader().exception(1).value()->state == "open");

  on_disk = plan_by(sound, "5");
  read = 0;
  auto results = desk.retry({1, 2, 99});
  CHECK(read == 1);  // one request, one version
  REQUIRE(results.size() == 3);
  CHECK(results[1]["done"] == true);
  CHECK(results[1]["items"][0]["status"] == "stored");
  CHECK(results[1]["template"] == "scans");
  CHECK(results[1]["template_version"] == "5");
  CHECK(results[1]["driver_maps_by"] == "3");
  CHECK(results[2]["done"] == true);
  CHECK(results[99]["reason"] == "there is no such exception");
  CHECK(desk.retry({1})[1]["reason"] == "it is not open: retried");

  CHECK(desk.edit(3, R"({"no":"11","code":"four ninety"})")["results"][0]["done"] == true);
  const json known = desk.retry({3})[3];
  CHECK(known["done"] == true);
  CHECK(known["items"][0]["status"] == "duplicate");
}

TEST_CASE("each step of a retry is audited, those that fail with their reason",
          "[exceptions][F54]") {
  bool loads = false;
  TestDesk desk([&loads](const Origin&) -> Result<TemplateNow> {
    if (!loads) return fail("its template does not load");
    return TemplateNow{plan_by(sound), std::nullopt};
  });
  desk.retry({1, 99});
  loads = true;
  CHECK_FALSE(desk.retry({1})[1].contains("driver_maps_by"));
  CHECK(desk.trail() == std::vector<std::string>{
                            "exceptions.retry exception 1: failed: its template does not load",
                            "exceptions.retry exception 99: failed: there is no such exception",
                            "exceptions.retry exception 1: 1 items handed in by template scans 4"});
}

TEST_CASE("a card number asked for as an exception's is in no audit trail", "[exceptions][F47]") {
  TestDesk desk([](const Origin&) -> Result<TemplateNow> { return fail("not asked for"); });
  const std::uint64_t card = 4111111111111111;
  CHECK(desk.retry({card})[card]["reason"] == "there is no such exception");
  CHECK(desk.trail() ==
        std::vector<std::string>{
            "exceptions.retry exception ************1111: failed: there is no such exception"});
}

TEST_CASE("an edit says at once what a retry would say", "[exceptions]") {
  TestDesk desk([](const Origin&) -> Result<TemplateNow> {
    return TemplateNow{plan_by(wants_a_number), std::nullopt};
  });
  const std::string kept = desk.reader().exception(1).value()->masked;
  for (const char* const unreadable : {"{ not json", "11;four ninety", "[]"}) {
    const std::string refused = desk.edit(1, unreadable)["error"];
    CHECK_THAT(refused, Catch::Contains("as JSON"));
    CHECK_THAT(refused, Catch::Contains("nothing was changed"));
  }
  CHECK(desk.reader().exception(1).value()->masked == kept);
  const json half = desk.edit(1, R"({"no":"11","code":"five"})")["results"][0];
  CHECK(half["done"] == true);
  CHECK_THAT(half["still_wrong"].get<std::string>(), Catch::Contains("five"));
  const json whole = desk.edit(1, R"({"no":"11","code":"5"})")["results"][0];
  CHECK(whole["done"] == true);
  CHECK_FALSE(whole.contains("still_wrong"));
}

TEST_CASE("an exception waits for the newest reason, and results come by number", "[exceptions]") {
  bool loads = true;
  TestDesk desk([&loads](const Origin&) -> Result<TemplateNow> {
    if (!loads) return fail("its template does not load");
    return TemplateNow{plan_by(wants_a_number), std::nullopt};
  });
  desk.edit(1, R"({"no":"11","code":"490"})");
  desk.edit(2, R"({"no":"12","code":"five"})");
  CHECK(desk.retry_in_order({3, 1, 99, 2}) == std::vector<int>{1, 2, 3, 99});
  CHECK_THAT(desk.reader().exception(2).value()->reason, Catch::Contains("five"));
  CHECK_THAT(desk.reader().exception(3).value()->reason, Catch::Contains("four ninety"));
  loads = false;
  CHECK(desk.retry({2})[2]["reason"] == "its template does not load");
  CHECK_THAT(desk.reader().exception(2).value()->reason, Catch::Contains("five"));
}

TEST_CASE("a record that turns out to be no receipt is settled by its number", "[exceptions]") {
  TestDesk desk([](const Origin&) -> Result<TemplateNow> {
    return TemplateNow{plan_by(sound + R"([[ignore]]
when = {path = "code", present = true}
reason = "training"
[sequence]
register = {const = "3"}
business_date = {const = "2026-11-20"}
number = {path = "no", as = "integer"}
)"),
                       std::nullopt};
  });
  const json result = desk.retry({1})[1];
  CHECK(result["done"] == true);
  CHECK(result["items"].empty());
  store::OutboxReader reader = desk.reader();
  const auto day = reader.register_day({"3", "2026-11-20", "till-1", 0});
  REQUIRE(day.has_value());
  REQUIRE(day->numbers.size() == 1);
  CHECK(day->numbers[0].facts.number == 11);
  CHECK(reader.exception(1).value()->state == "retried");
}

TEST_CASE("a record that becomes nothing is to be discarded", "[exceptions]") {
  TestDesk desk([](const Origin&) -> Result<TemplateNow> {
    return TemplateNow{
        plan_by(sound +
                "[[ignore]]\nwhen = {path = \"no\", equals = \"0\"}\nreason = \"a total\"\n" +
                "[[ignore]]\nwhen = {path = \"code\", present = true}\nreason = \"training\"\n"),
        std::nullopt};
  });
  const std::string reason =
      "it becomes no event: an [[ignore]] of template scans applies, \"training\"; discard it, if "
      "that is right";
  CHECK(desk.retry({1})[1]["reason"] == reason);
  // And before, where it is edited into such a record.
  const json edited = desk.edit(2, R"({"no":"0"})")["results"][0];
  CHECK_THAT(edited["still_wrong"].get<std::string>(), Catch::Contains("\"a total\""));
}

TEST_CASE("an edit leaves the GLN that its template vouches for", "[exceptions][cards]") {
  TestDesk desk([](const Origin&) -> Result<TemplateNow> {
    return TemplateNow{plan_by("raw = {path = \"code\", gln = true}\n"), std::nullopt};
  });
  const std::string edited = R"({"no":"11","code":"4012345000054/4102/1","note":"4012345000054"})";
  CHECK(desk.edit(1, edited)["results"][0]["done"] == true);
  const json kept = json::parse(desk.reader().exception(1).value()->masked);
  CHECK(kept["code"] == "4012345000054/4102/1");
  CHECK(kept["note"] == "************0054");
}
