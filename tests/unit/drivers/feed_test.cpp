#include "drivers/feed.h"

#include <catch2/catch.hpp>

#include "config/template_file.h"

using namespace storeward;

namespace {

// A file of scans whose last line says how many there are and what they add up to.
constexpr const char* with_trailer = R"([template]
name = "till"
version = "7"
[format]
kind = "csv"
[[ignore]]
when = {path = "kind", equals = "T"}
reason = "the trailer"
[[control]]
when = {path = "kind", equals = "T"}
records = "code"
sums = [{name = "amount", claimed = "amount", of = "amount"}]
[[event]]
type = "retail.scan.observed.v1"
key = ["code"]
data = {raw = "code", at = {const = "2026-11-20T09:15:02Z"}}
)";

std::shared_ptr<const FeedPlan> plan_of(const std::string& text) {
  static const TimeZone berlin = TimeZone::named("Europe/Berlin").value();
  const auto compiled = config::compile_template(text, "till.toml", "");
  REQUIRE(compiled);
  auto plan = std::make_shared<FeedPlan>();
  plan->mapping = std::shared_ptr<const mapping::Template>(*compiled, &(*compiled)->mapping);
  plan->format = (*compiled)->format;
  plan->submitter = {.name = "tills", .sources = {"till-3"}};
  plan->context = {.driver = "tills", .source = "till-3", .site_zone = &berlin, .given = {}};
  return plan;
}

struct Told {
  std::size_t records = 0, events = 0, ignored = 0;
  std::vector<std::string> exceptions;
};

Told told(const std::string& bytes, std::uint64_t done_before = 0,
          const std::string& by = with_trailer) {
  auto feed = Feed::open(plan_of(by), "a.csv");
  REQUIRE(feed);
  feed->feed(bytes, true);
  RecordPlace place;
  for (std::uint64_t i = 0; i < done_before; ++i) REQUIRE(feed->skip(place) == Fed::record);
  Told told;
  FedRecord fed;
  while (feed->next(fed) == Fed::record) {
    ++told.records;
    CHECK(fed.place.number == done_before + told.records);
    if (!fed.ignored.empty()) ++told.ignored;
    for (const AdmittedItem& item : fed.items) {
      if (const auto* const rejected = std::get_if<Rejected>(&item)) {
        told.exceptions.push_back(rejected->origin.place + ": " + rejected->reason);
      } else {
        ++told.events;
      }
    }
  }
  return told;
}

}  // namespace

TEST_CASE("a file whose trailer is right says no more about it", "[drivers]") {
  const Told right = told("kind,code,amount\nS,1,2.50\nS,2,0.75\nT,2,3.25\n");
  CHECK(right.records == 3);
  CHECK(right.events == 2);
  CHECK(right.ignored == 1);
  CHECK(right.exceptions == std::vector<std::string>{});
}

TEST_CASE("a trailer that counts other records is an exception, and what was read counts",
          "[drivers]") {
  const Told few = told("kind,code,amount\nS,1,2.50\nT,2,3.25\n");
  CHECK(few.events == 1);
  CHECK(few.ignored == 0);
  REQUIRE(few.exceptions.size() == 1);
  CHECK(few.exceptions[0] ==
        "a.csv line 3: control total \"trailer\": 2 records announced, 1 found. What was read is "
        "taken in; ask the source for what is missing");
  const Told money = told("kind,code,amount\nS,1,2.50\nS,2,0.75\nT,2,3.52\n");
  REQUIRE(money.exceptions.size() == 1);
  CHECK(money.exceptions[0].find("3.52 as amount announced, 3.25 found") != std::string::npos);
}

TEST_CASE("a file that was cut before its trailer is noticed", "[drivers]") {
  const Told cut = told("kind,code,amount\nS,1,2.50\nS,2,0.75\n");
  CHECK(cut.records == 3);
  CHECK(cut.events == 2);
  REQUIRE(cut.exceptions.size() == 1);
  CHECK(cut.exceptions[0].find("a.csv record 3: the source ends without its control total") == 0);
}

TEST_CASE("the trailer is right also where the first records were done before a restart",
          "[drivers]") {
  CHECK(told("kind,code,amount\nS,1,2.50\nS,2,0.75\nT,2,3.25\n", 1).exceptions.empty());
  CHECK(told("kind,code,amount\nS,1,2.50\nT,2,3.25\n", 1).exceptions.size() == 1);
  CHECK(told("kind,code,amount\nS,1,2.50\n", 2).records == 0);  // its end was done, too
}

TEST_CASE("files one after the other in one stream have their own trailers", "[drivers]") {
  const Told both = told("kind,code,amount\nS,1,2.50\nT,1,2.5\nS,2,0.75\nT,1,0.75\n");
  CHECK(both.exceptions.empty());
  CHECK(both.ignored == 2);
}

TEST_CASE("an interchange that does not add up is told once, wherever a restart falls",
          "[drivers][F38][F39]") {
  const std::string cut =
      "UNB+UNOC:3+4012345000009+4098765000003+261120:0415+1'"
      "UNH+1+ORDERS:D:96A:UN'BGM+220+1'UNT+3+1'UNH+2+ORDERS:D:96A:UN'BGM+220+2'UNT+3+2'";
  const std::string by = R"([template]
name = "orders"
version = "1"
[format]
kind = "edifact"
[[event]]
type = "retail.scan.observed.v1"
key = ["BGM/02"]
data = {raw = "BGM/02", at = {const = "2026-11-20T09:15:02Z"}}
)";
  const Told whole = told(cut, 0, by);
  CHECK(whole.records == 3);
  CHECK(whole.events == 2);
  REQUIRE(whole.exceptions.size() == 1);
  CHECK_THAT(whole.exceptions[0],
             Catch::Contains("the interchange 1 of 4012345000009 does not add up: the interchange "
                             "ends without UNZ. What was read is taken in"));
  for (std::uint64_t done = 1; done <= 2; ++done) CHECK(told(cut, done, by).exceptions.size() == 1);
  CHECK(told(cut, 3, by).records == 0);
  CHECK(told(cut + "UNZ+2+1'", 0, by).exceptions.empty());
}

// ---- Numbers of a register
// -----------------------------------------------------------------------

namespace {

std::vector<std::int64_t> numbers_of(const std::string& by, const std::string& bytes) {
  auto feed = Feed::open(plan_of(by), "a.csv");
  REQUIRE(feed);
  feed->feed(bytes, true);
  Delivery delivery;
  for (FedRecord fed; feed->next(fed) == Fed::record;) hand_over(fed, delivery);
  std::vector<std::int64_t> numbers;
  for (const UsedNumber& used : delivery.numbers) {
    CHECK(used == UsedNumber{"till-3", "3", "2026-11-20", used.number});
    numbers.push_back(used.number);
  }
  return numbers;
}

constexpr const char* counted = R"([template]
name = "till"
version = "1"
[format]
kind = "csv"
[defaults]
currency = {const = "EUR"}
[sequence]
register = {const = "3"}
business_date = {const = "2026-11-20"}
number = "no"
[[ignore]]
when = {path = "kind", equals = "training"}
reason = "training"
[[event]]
name = "sale"
type = "retail.sale.completed.v1"
when = {path = "kind", equals = "sale"}
key = ["no"]
[event.data]
registerId = {const = "3"}
businessDate = {const = "2026-11-20"}
sequenceNo = {path = "no", as = "integer"}
saleKey = "no"
completedAt = {const = "2026-11-20T09:15:02Z"}
status = {const = "completed"}
currency = {const = "EUR"}
lines = [{lineNo = 1, kind = {const = "sale"}, description = {const = "goods"}, quantity = {const = "1"}, extended = "amount"}]
totals = {gross = "amount"}
payments = [{tenderType = {const = "cash"}, amount = "amount"}]
[[event]]
name = "card"
type = "retail.giftcard.movement.v1"
when = {path = "card", present = true}
key = ["no"]
[event.data]
cardRef = "card"
kind = {const = "redeem"}
amount = "amount"
)";

}  // namespace

TEST_CASE("the number of what is no receipt is handed over, that of a receipt or exception is not",
          "[drivers]") {
  CHECK(numbers_of(counted,
                   "no,kind,amount,card\n"
                   "1,training,1.00,\n"
                   "2,sale,1.00,\n"
                   "3,sale,1.00,G-1\n"
                   "4,movement,1.00,G-1\n"
                   "5,sale,one,\n"
                   "6,sale,one,G-1\n"
                   "7,unheard-of,1.00,\n") == std::vector<std::int64_t>{1, 4});
}

TEST_CASE("an exception keeps what its source said beside the record, masked", "[drivers][cards]") {
  FeedPlan with_values = *plan_of(with_trailer);
  with_values.context.given.emplace("register", "3");
  const auto plan = std::make_shared<const FeedPlan>(std::move(with_values));
  auto feed = Feed::open(plan, "a.csv",
                         {{"header.x-event-id", "e-1"}, {"remote", "card 4111111111111111"}});
  REQUIRE(feed);
  feed->feed("code,kind\n,S\n", true);
  FedRecord fed;
  REQUIRE(feed->next(fed) == Fed::record);
  REQUIRE(fed.items.size() == 1);
  const auto* const rejected = std::get_if<Rejected>(&fed.items.front());
  REQUIRE(rejected != nullptr);
  CHECK(
      rejected->origin.given ==
      R"({"file":"a.csv","header.x-event-id":"e-1","record":"1","remote":"card ************1111"})");

  auto talkative = Feed::open(plan, "a.csv", {{"header.x-note", std::string(100'000, 'n')}});
  REQUIRE(talkative);
  talkative->feed("code,kind\n,S\n", true);
  REQUIRE(talkative->next(fed) == Fed::record);
  CHECK(std::get<Rejected>(fed.items.front()).origin.given.empty());
}

TEST_CASE("a template may ask for the name of the file, unless the configuration says another",
          "[drivers]") {
  FeedPlan plan = *plan_of(R"([template]
name = "scans"
version = "1"
[format]
kind = "lines"
[[event]]
type = "retail.scan.observed.v1"
key = ["line"]
data = {raw = {value = "file"}, at = {value = "file", characters = [5, 8], as = "time", format = "%Y%m%d"}}
)");
  const auto event = [](const FeedPlan& by) {
    auto feed = Feed::open(std::make_shared<const FeedPlan>(by), "day-20261120.txt");
    REQUIRE(feed);
    feed->feed("x\n", true);
    FedRecord fed;
    REQUIRE(feed->next(fed) == Fed::record);
    REQUIRE(fed.items.size() == 1);
    return std::get<Event>(fed.items.front()).bytes;
  };
  CHECK_THAT(event(plan), Catch::Contains(R"("raw":"day-20261120.txt")"));
  CHECK_THAT(event(plan), Catch::Contains(R"("at":"2026-11-20T00:00:00+01:00")"));
  plan.context.given.emplace("file", "day-20261121.txt");
  CHECK_THAT(event(plan), Catch::Contains(R"("at":"2026-11-21T00:00:00+01:00")"));
}

TEST_CASE("of several levels of one item in one place none hides the others", "[drivers]") {
  auto feed = Feed::open(plan_of(R"([template]
name = "levels"
version = "1"
[format]
kind = "json"
[[event]]
type = "retail.stock.snapshot.v1"
each = "level"
key = [{index = true}]
data = {sku = "sku", locationId = {const = "shop"}, onHand = {path = "count", unit = {const = "H87"}}, lot = "lot", asOf = {const = "2026-11-20T09:15:02Z"}}
)"),
                         "a.json");
  REQUIRE(feed);
  feed->feed(
      R"({"level":[{"sku":"A","count":"260"},{"sku":"B","count":"7"},{"sku":"A","count":"40"},
                          {"sku":"A","count":"1","lot":"L1"}]})",
      true);
  FedRecord fed;
  REQUIRE(feed->next(fed) == Fed::record);
  REQUIRE(fed.items.size() == 3);
  CHECK(std::get<Event>(fed.items[0]).bytes.find(R"("sku":"B")") != std::string::npos);
  CHECK(std::get<Event>(fed.items[1]).bytes.find(R"("lot":"L1")") != std::string::npos);
  CHECK(std::get<Rejected>(fed.items[2]).reason.starts_with("several quantities of one item"));
}

// ---- What of a source cannot be read
// -----------------------------------------------------------------------

namespace {

std::vector<Rejected> rejected_of(const std::string& by, const std::string& bytes,
                                  const std::string& digest = "") {
  auto feed = Feed::open(plan_of(by), "a", {}, digest);
  REQUIRE(feed);
  feed->feed(bytes, true);
  std::vector<Rejected> found;
  for (FedRecord fed; feed->next(fed) == Fed::record;) {
    for (AdmittedItem& item : fed.items) {
      if (auto* const rejected = std::get_if<Rejected>(&item))
        found.push_back(std::move(*rejected));
    }
  }
  return found;
}

Rejected only_rejected_of(const std::string& by, const std::string& bytes,
                          const std::string& digest = "") {
  std::vector<Rejected> found = rejected_of(by, bytes, digest);
  REQUIRE(found.size() == 1);
  return std::move(found.front());
}

std::string scans_of(const std::string& format) {
  return "[template]\nname = \"till\"\nversion = \"7\"\n[format]\n" + format +
         R"(
[[event]]
type = "retail.scan.observed.v1"
key = ["code"]
data = {raw = "code", at = {const = "2026-11-20T09:15:02Z"}}
)";
}

const std::string csv_of_codes = scans_of("kind = \"csv\"\ncolumns = [\"code\"]");

}  // namespace

TEST_CASE("sources that cannot be read are told apart though the same is kept of them",
          "[drivers][exceptions][F46]") {
  const std::string long_row(2000, 'x');
  struct Kind {
    const char* what;
    std::string by, one, other;
  };
  const std::vector<Kind> kinds = {
      {"a header that is another's", csv_of_codes, "datum;kasse\n1;2\n", "datum;kasse\n3;4\n"},
      {"UTF-16 of which nothing is kept", csv_of_codes,
       std::string("\xFF\xFE"
                   "a\0\n\0b\0",
                   8),
       std::string("\xFF\xFE"
                   "a\0\n\0c\0",
                   8)},
      {"no archive", scans_of("kind = \"csv_set\"\njoin = [\"code\"]\nheads = [\"a.csv\"]"),
       "\x1f\x8b one", "\x1f\x8b other"},
      {"a trailer that never came", with_trailer, "kind,code,amount\nS,1,2.50\n",
       "kind,code,amount\nS,2,2.50\n"},
      {"a trailer that says the same wrong", with_trailer, "kind,code,amount\nS,1,1\nT,2,1\n",
       "kind,code,amount\nS,2,1\nT,2,1\n"},
      {"a row too long to be kept", scans_of("kind = \"lines\"\nmax_record_bytes = 1024"),
       long_row + "1\n", long_row + "2\n"},
      {"XML that is refused", scans_of("kind = \"xml\"\nrecords = \"code\""),
       "<!DOCTYPE a><a>1</a>", "<!DOCTYPE a><a>2</a>"},
      {"XML that is cut", scans_of("kind = \"xml\"\nrecords = \"code\""), "<a><b>1</b>",
       "<a><b>2</b>"},
  };
  for (const Kind& kind : kinds) {
    INFO(kind.what);
    const Rejected one = only_rejected_of(kind.by, kind.one);
    CHECK(one.digests.key != only_rejected_of(kind.by, kind.other).digests.key);
    CHECK(one.digests.key == only_rejected_of(kind.by, kind.one).digests.key);
    // A driver that has hashed the source says so.
    CHECK(one.digests.key != only_rejected_of(kind.by, kind.one, "d1").digests.key);
    CHECK(only_rejected_of(kind.by, kind.one, "d1").digests.key !=
          only_rejected_of(kind.by, kind.one, "d2").digests.key);
  }
}

TEST_CASE("an exception says what its template was built on, each with its version", "[drivers]") {
  const Rejected one =
      only_rejected_of("[template]\nname = \"mine\"\nversion = \"7\"\nextends = \"csv-sales\"\n",
                       "datum;kasse\n1;2\n");
  CHECK(one.origin.template_version == "7");
  CHECK(one.origin.template_extends.starts_with("csv-sales "));
  CHECK(only_rejected_of(csv_of_codes, "datum;kasse\n1;2\n").origin.template_extends.empty());
}

TEST_CASE("the same bad row is the same exception in whatever source it stands",
          "[drivers][exceptions]") {
  const auto one = rejected_of(csv_of_codes, "code\n1,2\n"),
             other = rejected_of(csv_of_codes, "code\n5\n1,2\n");
  REQUIRE(one.size() == 1);
  REQUIRE(other.size() == 1);
  CHECK(one[0].digests.key == other[0].digests.key);
}

TEST_CASE("a source that cannot be read at all is kept whole as far as the bound goes",
          "[drivers][exceptions][cards]") {
  const std::string card = "4111111111111111";
  CHECK(only_rejected_of(csv_of_codes, "datum;kasse\n1;2\n3;" + card + "\n").masked ==
        "datum;kasse\n1;2\n3;************1111\n");
  // What a file in another encoding says is looked into, too.
  CHECK(
      only_rejected_of(scans_of("kind = \"csv\"\ncolumns = [\"code\"]\nencoding = \"iso-8859-1\""),
                       "K\xE4se\n1\n")
          .masked == "K\xC3\xA4se\n1\n");
  CHECK(only_rejected_of(csv_of_codes, std::string("\xFF\xFE"
                                                   "a\0\n\0b\0",
                                                   8))
            .masked ==
        "\xEF\xBB\xBF"
        "a\nb");
  const Rejected large =
      only_rejected_of(csv_of_codes, "datum\n" + std::string(100'000, '\n') + "1\n");
  CHECK(large.masked.size() == most_kept_bytes);
  CHECK(large.masked.starts_with("datum\n"));
  CHECK(only_rejected_of(scans_of("kind = \"json\"\nrecords = \"a/b\""), "{\"a\":[1]}").masked ==
        "{\"a\":[1]}");
  CHECK(only_rejected_of(scans_of("kind = \"xml\"\nrecords = \"code\""), "<a><b><c>1</c></b></a>")
            .masked == "<a><b><c>1</c></b></a>");
  CHECK(only_rejected_of(scans_of("kind = \"csv_set\"\njoin = [\"code\"]\nheads = [\"a.csv\"]"),
                         "no archive, a text")
            .masked == "no archive, a text");
}
