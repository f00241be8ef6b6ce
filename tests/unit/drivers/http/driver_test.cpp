#include "drivers/http/driver.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

#include "agent/base/sha256.h"
#include "tests/support/sample_data.h"
#include "tests/unit/drivers/store_stub.h"

using namespace storeward;
using storeward::testing::plan_of;
using storeward::testing::raw_of;
using storeward::testing::StoreStub;

namespace {

constexpr const char* topics = R"([template]
name = "topics"
version = "1"
[format]
kind = "lines"
[[ignore]]
name = "test"
when = {path = "line", starts_with = "#"}
reason = "a remark"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["line"]
[event.data]
raw = {join = ["line", {value = "header.x-topic"}, {value = "header.x-other"}], with = "/"}
at = {value = "receivedAt"}
)";

std::shared_ptr<FeedPlan> topics_plan() {
  auto plan = plan_of("scanner-lines");
  const auto compiled = config::compile_template(topics, "topics.toml", "");
  INFO((compiled ? "" : config::to_text(compiled.error())));
  REQUIRE(compiled);
  plan->mapping = {*compiled, &(*compiled)->mapping};
  plan->format = (*compiled)->format;
  return plan;
}

struct Bench {
  explicit Bench(HttpDriverOptions options = {})
      : driver(std::move(options), topics_plan(), store.host()) {}

  WebHookAnswer deliver(std::string_view body, std::string_view file = "") {
    WebHookAnswer given{.status = 0};
    driver.deliver({.body = body,
                    .file = file,
                    .header = [this](std::string_view name) { return headers[name]; }},
                   [&given](WebHookAnswer&& answer) { given = std::move(answer); });
    return given;
  }

  asio::io_context io;
  StoreStub store{io};
  HttpDriver driver;
  std::map<std::string_view, std::string_view> headers;
};

}  // namespace

TEST_CASE("a web hook's records are one delivery, each answered in its place", "[http-driver]") {
  Bench bench;
  bench.store.at_once = false;
  std::optional<WebHookAnswer> answer;
  bench.driver.deliver(
      {.body = "a\n# remark\n\xFF\nb\n", .file = "", .header = [](auto) { return ""; }},
      [&answer](WebHookAnswer&& given) { answer = std::move(given); });
  REQUIRE(bench.store.waiting.size() == 1);
  CHECK_FALSE(answer);
  CHECK_FALSE(bench.driver.idle());
  bench.store.answer();
  REQUIRE(answer);
  CHECK(bench.driver.idle());
  REQUIRE(answer->outcomes.size() == 4);
  CHECK(answer->outcomes[0].status == ItemStatus::stored);
  CHECK(answer->outcomes[1].status == ItemStatus::ignored);
  CHECK(answer->outcomes[1].reason == "a remark");
  CHECK(answer->outcomes[2].exception == 17);
  CHECK(answer->outcomes[3].sequence == 2);
  CHECK(bench.driver.health().last_delivery);
}

TEST_CASE("a hook of which nothing counts is done without the store", "[http-driver]") {
  Bench bench;
  bench.store.full = true;
  const WebHookAnswer answer = bench.deliver("# one\n# two\n");
  CHECK(answer.status == 200);
  CHECK(answer.outcomes.size() == 2);
}

TEST_CASE("a hook of nothing but used numbers is answered after their commit", "[http-driver]") {
  Bench bench({.topic_header = "X-Topic",
               .topics = {{"training", storeward::testing::plan_of_used_numbers()}}});
  bench.headers = {{"X-Topic", "training"}};
  WebHookAnswer answer = bench.deliver("17\n18\n");
  CHECK(answer.status == 200);
  REQUIRE(answer.outcomes.size() == 2);
  CHECK(answer.outcomes[1].status == ItemStatus::ignored);
  REQUIRE(bench.store.numbers.size() == 2);
  CHECK(bench.store.numbers[1] == UsedNumber{"scans", "3", "2026-11-20", 18});
  bench.store.full = true;
  CHECK(bench.deliver("19\n").status == 503);
}

TEST_CASE("only the headers that are named reach the template", "[http-driver]") {
  Bench bench({.headers = {"X-Topic"}});
  bench.headers = {{"X-Topic", "orders/create"}, {"X-Other", "secret"}};
  bench.deliver("a");
  bench.headers = {{"X-Topic", "\xC3"}};
  bench.deliver("b");
  REQUIRE(bench.store.events.size() == 2);
  CHECK(raw_of(bench.store.events[0]) == "a/orders/create");
  CHECK(raw_of(bench.store.events[1]) == "b");
}

TEST_CASE("a hook's topic chooses its template, and without a topic of its own it goes by the rule",
          "[http-driver]") {
  const auto scans = plan_of("scanner-lines");
  scans->context.given["sequence"] = "1";  // which a web hook does not say
  Bench bench({.topic_header = "X-Topic", .topics = {{"scans/raw", scans}}});
  bench.headers = {{"X-Topic", "scans/raw"}};
  bench.deliver("# a scan there");
  bench.headers = {{"X-Topic", "scans/other"}};
  bench.deliver("a");
  bench.headers.clear();
  bench.deliver("b");
  REQUIRE(bench.store.events.size() == 3);
  CHECK(bench.store.events[0].origin.template_name == "scanner-lines");
  CHECK(raw_of(bench.store.events[0]) == "# a scan there");
  CHECK(bench.store.events[1].origin.template_name == "topics");
  CHECK(bench.store.events[2].origin.template_name == "topics");
}

TEST_CASE("a hook that cannot be taken now is for later, and nothing of it is kept",
          "[http-driver]") {
  Bench bench;
  bench.store.full = true;
  CHECK(bench.deliver("a").status == 503);
  bench.store.full = false;
  bench.driver.set_paused(true);
  CHECK(bench.deliver("a").retry_after_s == 30);
  bench.driver.set_paused(false);
  bench.store.at_once = false;
  std::vector<WebHookAnswer> answers;
  for (int i = 0; i < 70; ++i) {
    bench.driver.deliver({.body = "a", .file = "", .header = [](auto) { return ""; }},
                         [&answers](WebHookAnswer&& answer) { answers.push_back(answer); });
  }
  CHECK(bench.store.waiting.size() == HttpDriver::max_in_flight);
  CHECK(answers.size() == 70 - HttpDriver::max_in_flight);
  CHECK(answers.front().status == 503);
  bench.store.refuse();
  CHECK(answers.back().status == 503);
  bench.store.answer_with(Unexpected{SubmitFailure{"the disk is full", 9}});
  CHECK(answers.back().reason == "the disk is full");
  CHECK(answers.back().retry_after_s == 9);
  bench.store.answer_all();
  CHECK(bench.driver.idle());
}

TEST_CASE("what is no delivery at all is refused", "[http-driver]") {
  Bench bench;
  CHECK(bench.deliver("").status == 400);
  CHECK(bench.deliver("a", std::string(256, 'x')).status == 400);
  CHECK(bench.deliver("a", "a\xFF").status == 400);
  std::string many;
  for (int i = 0; i < 1001; ++i) many += std::to_string(i) + '\n';
  CHECK(bench.deliver(many).status == 413);
  CHECK(bench.store.events.empty());
  CHECK(bench.deliver(many.substr(0, many.find("1000\n")), "till 3.txt").outcomes.size() == 1000);
  CHECK(bench.store.events[0].bytes.find(R"("file":"till 3.txt")") != std::string::npos);
}

TEST_CASE("what no exception holds is for its sender to keep", "[http-driver][exceptions][F46]") {
  auto csv = topics_plan(), xml = topics_plan();
  csv->format = {.kind = "csv", .columns = {"line"}};
  xml->format = {.kind = "xml", .records = "all/line"};
  Bench bench({.topic_header = "X-Topic", .topics = {{"csv", csv}, {"xml", xml}}});
  const std::string long_text(most_kept_bytes, '1'), rest(100, 'x');

  struct Body {
    const char* what;
    const char* topic;
    std::string text;
    bool kept;
  };
  const std::vector<Body> bodies = {
      {"a short one of other columns", "csv", "other\n1\n", true},
      {"a long one of other columns", "csv", "other\n" + long_text + "\n", false},
      {"no text", "csv", std::string("\x1f\x8b\x08\0 no CSV", 11), false},
      {"a short row among good ones", "csv", "line\na\nb,c\nd\n", true},
      {"broken behind the first record", "xml", "<all><line>a</line><line></all>", true},
      {"broken before much more", "xml", "<all><line>a</line></b>" + rest + "</all>", false},
  };
  for (const Body& body : bodies) {
    INFO(body.what);
    bench.headers = {{"X-Topic", body.topic}};
    const std::size_t before = bench.store.rejected.size();
    const WebHookAnswer answer = bench.deliver(body.text);
    CHECK(answer.status == (body.kept ? 200 : 400));
    CHECK(answer.outcomes.empty() != body.kept);
    CHECK(bench.store.rejected.size() == before + 1);  // a person is told in any case
    if (!body.kept) CHECK_THAT(answer.reason, Catch::Contains("keep this body"));
  }
}

TEST_CASE("a card number in a hook's file name is masked in the exception", "[http-driver][F47]") {
  Bench bench;
  bench.deliver("\xFF", "4111111111111111.txt");
  REQUIRE(bench.store.rejected.size() == 1);
  CHECK(bench.store.rejected[0].origin.place == "************1111.txt line 1");
}

TEST_CASE("scanner-lines maps every line of the sample", "[http-driver][templates]") {
  const auto samples = support::sample_data();
  if (!samples) {
    WARN("skipped: no shared/data beside the project");
    return;
  }
  const std::string lines = support::content_of(*samples / "synthetic/scanner_tcp_lines.txt");
  const auto count = std::ranges::count(lines, '\n');
  auto feed = Feed::open(plan_of("scanner-lines"), "",
                         {{"receivedAt", "2026-11-20T09:15:02.120Z"}, {"sequence", "s-1"}});
  REQUIRE(feed);
  feed->feed(lines, true);
  FedRecord fed;
  std::ptrdiff_t events = 0;
  while (feed->next(fed) == Fed::record) {
    REQUIRE(fed.items.size() == 1);
    REQUIRE(std::holds_alternative<Event>(fed.items[0]));
    CHECK(std::get<Event>(fed.items[0]).type == "retail.scan.observed.v1");
    ++events;
  }
  CHECK(events == count);
}

TEST_CASE("who signs with another secret is counted, until one signs rightly", "[http-driver]") {
  HttpDriverOptions options;
  options.signature = {.kind = SignatureKind::generic, .secret = "hush", .header = "X-Sig"};
  Bench bench(std::move(options));
  const auto signed_with = [&](std::string_view signature) {
    return bench.driver.is_signed({.body = "4012345000016\n", .file = "", .header = [&](auto name) {
                                     return name == "X-Sig" ? signature : std::string_view();
                                   }});
  };
  const std::string wrong(64, '0');
  const std::string right = to_hex(hmac_sha256("hush", "4012345000016\n"));
  CHECK_FALSE(signed_with(""));  // anybody
  CHECK(bench.driver.health().detail.empty());
  CHECK_FALSE(signed_with(wrong));
  CHECK(bench.driver.health().detail.starts_with("1 refused since "));
  CHECK_FALSE(bench.driver.health().look);
  for (int i = 0; i < 2; ++i) CHECK_FALSE(signed_with(wrong));
  CHECK(bench.driver.health().look);
  CHECK(bench.driver.health().state == DriverState::ok);
  CHECK(bench.driver.health().detail.find("signed with another secret") != std::string::npos);
  CHECK(signed_with(right));
  CHECK_FALSE(bench.driver.health().look);
  CHECK(bench.driver.health().detail.empty());
}

TEST_CASE("who signs without a timestamp hears of the header, not of another secret",
          "[http-driver]") {
  HttpDriverOptions options;
  options.signature = {.kind = SignatureKind::generic,
                       .secret = "hush",
                       .header = "X-Sig",
                       .timestamp_header = "X-TS"};
  Bench bench(std::move(options));
  bench.headers["X-Sig"] = to_hex(hmac_sha256("hush", "a"));
  CHECK_FALSE(bench.driver.is_signed(
      {.body = "a", .file = "", .header = [&](auto name) -> std::string_view {
         return bench.headers[std::string(name)];
       }}));
  CHECK(bench.driver.health().detail.find(", without the header X-TS ") != std::string::npos);
}

TEST_CASE("a compressed body is refused and not kept as one that nobody can read",
          "[http-driver]") {
  Bench bench;
  bench.headers["Content-Encoding"] = "gzip";
  CHECK(bench.deliver("\x1F\x8B").status == 415);
  CHECK(bench.store.waiting.empty());
  bench.headers["Content-Encoding"] = "identity";
  CHECK(bench.deliver("4012345000016\n").status == 200);
}
