// Exceptions as a queue that people work off, and the trail of what they did: FAULTS F46, F53.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "store/sqlite.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::store;

namespace {

Rejected from_file(std::uint64_t id, std::string place, std::string driver = "pos-files") {
  Rejected rejected = make_rejected(id, 1);
  rejected.origin = {std::move(driver), std::move(place),
                     "sales-csv",       "3",
                     "csv-sales 2",     R"({"record":")" + std::to_string(id) + R"("})"};
  return rejected;
}

struct ExceptionsFixture : OutboxFixture {
  Exception exception(std::uint64_t number) {
    auto found = reader().exception(number);
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    return **found;
  }

  std::vector<std::uint64_t> numbers(const ExceptionFilter& filter) {
    auto found = reader().exceptions(filter);
    REQUIRE(found.has_value());
    std::vector<std::uint64_t> numbers;
    for (const Exception& each : *found) numbers.push_back(each.number);
    return numbers;
  }

  // Number 1 is about an item, 2 about an event that is stored.
  void put_rejected_and_withheld() {
    open();
    put(make_rejected(1, 1), make_event(2));
    Batch withheld;
    withheld.withheld.push_back({{outbox->status().epoch, Stream::sales}, 1, "too large"});
    commit(std::move(withheld));
  }

  CommitReport settle(std::vector<AdmittedItem> items, std::vector<std::uint64_t> exceptions) {
    Batch batch;
    batch.deliveries.push_back({std::move(items), {}});
    batch.deliveries[0].settles = std::move(exceptions);
    batch.deliveries[0].audit = AuditEntry{"user 7", "exceptions.retry", "exception", "again"};
    return commit(std::move(batch));
  }

  std::string act(OperatorAction::Kind kind, std::uint64_t number, std::string text) {
    Batch batch;
    batch.actions.push_back(
        {kind, number, std::move(text), {"user 7", "exceptions.act", std::to_string(number), ""}});
    return commit(std::move(batch)).action_refusals.at(0);
  }

  void note(int count) {
    for (int i = 0; i < count; ++i) CHECK(act(OperatorAction::Kind::note, 0, "").empty());
  }

  std::vector<AuditLine> trail() {
    auto lines = reader().audit(1, 1000);
    REQUIRE(lines.has_value());
    return *lines;
  }

  void tamper(const std::string& sql) {
    outbox.reset();
    {
      Connection db(directory.path() / "outbox.db", Connection::Mode::read_write, "");
      db.execute(sql);
    }
    open();
  }

  std::vector<std::string> places() {
    auto report = reader().verify({});
    REQUIRE(report.has_value());
    std::vector<std::string> places;
    for (const VerifyFinding& finding : report->findings) {
      CHECK(finding.in_audit);
      places.push_back(finding.place);
    }
    return places;
  }
};

using Kind = OperatorAction::Kind;

}  // namespace

TEST_CASE_METHOD(ExceptionsFixture, "an exception says where it was found and is counted there",
                 "[store][F46]") {
  open();
  put(from_file(1, "sales.csv line 14"), from_file(2, "tray 3", "scanner"), make_rejected(3, 1));
  const Exception first = exception(1);
  CHECK(first.origin.driver == "pos-files");
  CHECK(first.origin.place == "sales.csv line 14");
  CHECK(first.origin.given == R"({"record":"1"})");
  CHECK(first.origin.template_name == "sales-csv");
  CHECK(first.origin.template_version == "3");
  CHECK(first.origin.template_extends == "csv-sales 2");
  const std::vector<std::pair<std::string, std::uint64_t>> counts = {
      {"", 1}, {"pos-files", 1}, {"scanner", 1}};
  CHECK(outbox->status().open_by_driver == counts);
  open();
  CHECK(outbox->status().open_by_driver == counts);
  CHECK(outbox->status().newest_exception == 3);
  put(make_event(1));  // the corrected one, by its source
  CHECK(exception(1).state == "superseded");
  CHECK(outbox->status().open_by_driver.size() == 2);
}

TEST_CASE_METHOD(ExceptionsFixture,
                 "the next revision of an event settles what was wrong with earlier ones",
                 "[store]") {
  open();
  const auto with = [](auto item, const std::string& id, const std::string& revision,
                       std::uint64_t key) {
    item.identity = {"till-1", id, revision};
    item.digests.key = key;
    return item;
  };
  put(make_event(1));
  put(with(make_rejected(2, 1), "a", "1", 101), with(make_rejected(3, 1), "a", "", 102),
      with(make_rejected(4, 1), "a", "3", 103), with(make_rejected(5, 1), "b", "1", 104));
  Event contradiction = with(make_event(1), "a", "1", make_event(1).digests.key);
  ++contradiction.digests.content;
  CHECK(put(std::move(contradiction))[0].status == ItemStatus::conflict);

  put(with(make_event(6), "a", "2", 105));
  for (const std::uint64_t number : {1, 2, 5}) CHECK(exception(number).state == "superseded");
  for (const std::uint64_t number : {3, 4}) CHECK(exception(number).state == "open");
  CHECK(outbox->status().open_exceptions == 2);
  open();
  CHECK(outbox->status().open_exceptions == 2);
}

TEST_CASE_METHOD(ExceptionsFixture, "exceptions are listed by driver, state and reason",
                 "[store]") {
  open();
  put(from_file(1, "a"), from_file(2, "b", "scanner"), make_rejected(3, 1));
  Rejected other = from_file(4, "c");
  other.reason = "Quantity: missing";
  put(std::move(other));
  CHECK(act(Kind::discard, 1, "a test").empty());
  CHECK(numbers({.driver = "pos-files"}) == std::vector<std::uint64_t>{1, 4});
  CHECK(numbers({.driver = "pos-files", .state = "open"}) == std::vector<std::uint64_t>{4});
  CHECK(numbers({.reason_contains = "quantity"}) == std::vector<std::uint64_t>{4});
  CHECK(numbers({.state = "nonsense"}).empty());
  CHECK(numbers({.from = 2, .limit = 2}) == std::vector<std::uint64_t>{2, 3});
  CHECK(*reader().exception_drivers() == std::vector<std::string>{"pos-files", "scanner"});
}

TEST_CASE_METHOD(ExceptionsFixture, "equal bad records are one exception that counts them",
                 "[store]") {
  open();
  put(from_file(1, "a.csv line 2"), from_file(2, "a.csv line 3"));
  CHECK(exception(1).times == 1);
  CHECK(exception(1).last_at.empty());
  clock.pass(std::chrono::hours(1));
  const auto outcomes = put(from_file(1, "b.csv line 7"), from_file(1, "b.csv line 9"));
  CHECK(outcomes[1].exception == 1);
  CHECK(exception(1).times == 3);
  CHECK(exception(1).last_at == to_rfc3339(clock.wall()));
  CHECK(exception(1).at < exception(1).last_at);
  CHECK(exception(1).origin.place == "a.csv line 2");
  CHECK(exception(2).times == 1);
  // One that is closed stays closed and is counted, too.
  CHECK(act(Kind::discard, 2, "a total").empty());
  put(from_file(2, "b.csv line 10"));
  CHECK(exception(2).state == "discarded");
  CHECK(exception(2).times == 2);
  // Who contradicts what is stored is counted as well.
  put(make_event(5), make_event(5, Stream::sales, 2), make_event(5, Stream::sales, 2));
  CHECK(exception(3).times == 2);
  verify_clean();
}

TEST_CASE_METHOD(ExceptionsFixture, "what the hub says of an event again is not counted",
                 "[store]") {
  put_rejected_and_withheld();
  put(make_event(3));
  for (int word = 0; word < 3; ++word) {
    Batch batch;
    batch.rejected.push_back({{outbox->status().epoch, Stream::sales}, 2, "no such shop"});
    commit(std::move(batch));
  }
  CHECK(exception(3).kind == "rejected");
  CHECK(exception(3).times == 1);
  for (int life = 0; life < 2; ++life) {
    CHECK(outbox->status().open_withheld == 1);
    CHECK(outbox->status().open_rejected == 1);
    CHECK(outbox->status().open_exceptions == 3);
    outbox.reset();
    open();
  }
}

TEST_CASE_METHOD(ExceptionsFixture, "what is handed in again settles its exception with it",
                 "[store][F46]") {
  open();
  put(from_file(1, "line 1"), from_file(2, "line 2"));
  Event mapped = make_event(50);  // the template gives it another identity
  const CommitReport report = settle({std::move(mapped)}, {1});
  CHECK(report.refusals[0].empty());
  CHECK(report.outcomes[0][0].status == ItemStatus::stored);
  CHECK(exception(1).state == "retried");
  CHECK(exception(2).state == "open");
  CHECK(outbox->status().open_exceptions == 1);
  // Also where the identity is the exception's own, and where the event was there already.
  CHECK(settle({make_event(2), make_event(50)}, {2}).outcomes[0][1].status ==
        ItemStatus::duplicate);
  CHECK(exception(2).state == "retried");
  CHECK(trail().size() == 2);
  verify_clean();
}

TEST_CASE_METHOD(ExceptionsFixture, "a retry that fails changes nothing and begets no exception",
                 "[store][F46]") {
  open();
  put(make_event(9), from_file(1, "line 1"), from_file(2, "line 2"));
  const auto refused = [&](std::vector<AdmittedItem> items, std::vector<std::uint64_t> of) {
    const CommitReport report = settle(std::move(items), std::move(of));
    CHECK(report.outcomes[0][0].status == ItemStatus::refused);
    return report.refusals[0];
  };
  CHECK(refused({make_event(51), make_event(9, Stream::sales, 2)}, {1}).find("same id") !=
        std::string::npos);
  CHECK(refused({make_event(51), make_event(51, Stream::sales, 2)}, {1}).find("same id") !=
        std::string::npos);
  CHECK(refused({make_event(51), make_rejected(2, 2)}, {1}) == "data.lines: missing");
  CHECK(refused({make_event(51)}, {7}).find("exception 7 is not open") != std::string::npos);
  CHECK(exception(1).state == "open");
  CHECK(outbox->status().newest_exception == 2);
  CHECK(head(Stream::sales).last == 1);
  CHECK(settle({make_event(51)}, {1}).refusals[0].empty());
  CHECK_FALSE(refused({make_event(52)}, {1}).empty());  // twice
  CHECK(trail().size() == 1);
}

TEST_CASE_METHOD(ExceptionsFixture, "an open exception is edited or discarded, a closed one is not",
                 "[store]") {
  put_rejected_and_withheld();
  CHECK(act(Kind::edit, 1, "corrected").empty());
  CHECK(exception(1).masked == "corrected");
  CHECK(exception(1).state == "open");
  CHECK_FALSE(act(Kind::edit, 2, "an event in the outbox").empty());
  CHECK(act(Kind::discard, 2, "the hub's operator knows").empty());
  CHECK(act(Kind::discard, 1, "a test receipt").empty());
  CHECK(exception(1).state == "discarded");
  CHECK(exception(1).note == "a test receipt");
  CHECK_FALSE(act(Kind::discard, 1, "again").empty());
  CHECK_FALSE(act(Kind::edit, 1, "again").empty());
  CHECK_FALSE(act(Kind::discard, 99, "there is none").empty());
  CHECK(outbox->status().open_exceptions == 0);
  CHECK(trail().size() == 3);  // what was not done is not in it
  verify_clean();
}

TEST_CASE_METHOD(ExceptionsFixture, "a retry that failed says why an open exception waits now",
                 "[store]") {
  put_rejected_and_withheld();
  CHECK(exception(1).retry_failed_at.empty());
  CHECK(act(Kind::failed, 1, "data.lines: missing").empty());
  CHECK(exception(1).first_reason.empty());  // the same as before
  CHECK(exception(1).retry_failed_at == to_rfc3339(clock.wall()));
  CHECK(act(Kind::failed, 1, "the currency is missing").empty());
  clock.pass(std::chrono::hours(1));
  CHECK(act(Kind::failed, 1, "the unit is missing").empty());
  CHECK(exception(1).reason == "the unit is missing");
  CHECK(exception(1).first_reason == "data.lines: missing");
  CHECK(exception(1).retry_failed_at == to_rfc3339(clock.wall()));
  CHECK(act(Kind::failed, 2, "it is in the outbox").empty());
  CHECK(exception(2).reason == "too large");
  CHECK(exception(2).retry_failed_at.empty());
  CHECK(act(Kind::discard, 1, "a test receipt").empty());
  CHECK(act(Kind::failed, 1, "it is not open").empty());
  CHECK(exception(1).reason == "the unit is missing");
  CHECK(act(Kind::failed, 99, "there is none").empty());
  CHECK(exception(1).first_reason == "data.lines: missing");
  CHECK(trail().size() == 7);  // each try is in it
  verify_clean();
}

TEST_CASE_METHOD(ExceptionsFixture, "closed exceptions go after their days, open ones stay",
                 "[store]") {
  options.keep_exceptions = std::chrono::hours(90 * 24);
  tuning.expire_exceptions = 2;
  open();
  for (std::uint64_t id = 1; id <= 5; ++id) put(make_rejected(id, 1));
  for (std::uint64_t id = 2; id <= 5; ++id) CHECK(act(Kind::discard, id, "x").empty());
  clock.pass(std::chrono::hours(89 * 24));
  upkeep();
  CHECK(numbers({}).size() == 5);
  clock.pass(std::chrono::hours(2 * 24));
  upkeep();
  CHECK(numbers({}) == std::vector<std::uint64_t>{1});
  put(make_rejected(6, 1));
  CHECK(numbers({}) == std::vector<std::uint64_t>{1, 6});
}

TEST_CASE_METHOD(ExceptionsFixture, "at the configured bound only what would be another is refused",
                 "[store]") {
  options.max_exceptions = 2;
  open();
  put(make_rejected(1, 1), make_rejected(2, 1));
  CHECK(put(make_rejected(3, 1))[0].status == ItemStatus::refused);
  CHECK(put(make_event(4))[0].status == ItemStatus::stored);
  CHECK(act(Kind::discard, 1, "settled").empty());
  CHECK(put(make_rejected(3, 1))[0].status == ItemStatus::quarantined);
  CHECK(numbers({}) == std::vector<std::uint64_t>{2, 3});
}

TEST_CASE_METHOD(ExceptionsFixture, "the hub is to hear of new exceptions, not of the agent's own",
                 "[store]") {
  open();
  Rejected own = make_rejected(2, 1);
  own.identity.source = own_source;
  put(make_rejected(1, 1), std::move(own));
  for (std::uint64_t id = 3; id <= 6; ++id) put(make_rejected(id, 1));
  auto fresh = reader().unannounced(0, 2);
  REQUIRE(fresh.has_value());
  REQUIRE(fresh->first.size() == 2);
  CHECK(fresh->first[1].number == 3);
  CHECK(fresh->more == 3);
  CHECK(fresh->through == 6);
  fresh = reader().unannounced(6, 2);
  REQUIRE(fresh.has_value());
  CHECK(fresh->first.empty());
  CHECK(fresh->through == 6);
}

TEST_CASE_METHOD(ExceptionsFixture, "F53: verify names the place where the audit trail was changed",
                 "[store][F53]") {
  open();
  note(6);
  verify_clean();
  CHECK(nlohmann::json::parse(trail()[2].record)["number"] == 3);
  int goes_on_with = 7;
  const char* const edited =
      "UPDATE audit SET record=replace(record,'user 7','user 8') WHERE number=3";
  SECTION("edited") {
    tamper(edited);
    CHECK(places() == std::vector<std::string>{"audit entry 3"});
  }
  SECTION("edited, and its own hash with it") {
    tamper(std::string(edited) + ";UPDATE audit SET chain=zeroblob(32) WHERE number=3");
    CHECK(places() == std::vector<std::string>{"audit entry 3", "audit entry 4"});
  }
  SECTION("taken out") {
    tamper("DELETE FROM audit WHERE number=4");
    CHECK(places() == std::vector<std::string>{"audit entry 4"});
  }
  SECTION("cut at its end") {
    tamper("DELETE FROM audit WHERE number>4");
    CHECK(places() == std::vector<std::string>{"audit entry 5"});
  }
  SECTION("cut at its beginning") {
    tamper("DELETE FROM audit WHERE number<3");
    CHECK(places() == std::vector<std::string>{"audit entry 1"});
  }
  SECTION("the note of its end changed") {
    tamper("DELETE FROM audit WHERE number>4;UPDATE audit_end SET last=4");
    goes_on_with = 5;
    CHECK(places().front() == "audit trail");
  }
  // It is no damage that a salvage could mend, and the trail goes on.
  const Epoch epoch = outbox->status().epoch;
  note(1);
  open();
  CHECK(outbox->status().epoch == epoch);
  CHECK(nlohmann::json::parse(trail().back().record)["number"] == goes_on_with);
}

TEST_CASE_METHOD(ExceptionsFixture, "F53: what stays of the audit trail can still be verified",
                 "[store][F53]") {
  options.keep_audit = std::chrono::hours(400 * 24);
  tuning.audit_step = 2;
  open();
  note(5);
  clock.pass(std::chrono::hours(300 * 24));
  note(3);
  clock.pass(std::chrono::hours(200 * 24));
  upkeep();
  REQUIRE(trail().size() == 3);
  CHECK(trail().front().number == 6);
  verify_clean();
  tamper("UPDATE audit SET record=replace(record,'user 7','user 8') WHERE number=6");
  CHECK(places() == std::vector<std::string>{"audit entry 6"});
}

TEST_CASE_METHOD(ExceptionsFixture, "F53: the audit trail is bounded", "[store][F53]") {
  tuning.audit_entries = 10;
  open();
  note(25);
  upkeep();
  CHECK(trail().size() == 10);
  CHECK(trail().back().number == 25);
  verify_clean();
  open();
  note(1);
  verify_clean();
}

TEST_CASE_METHOD(ExceptionsFixture, "a salvage keeps exceptions and the audit trail as they are",
                 "[store][salvage][F12]") {
  open();
  put(from_file(1, "line 1"), from_file(1, "line 2"), make_event(2));
  CHECK(act(Kind::failed, 1, "the unit is missing").empty());
  CHECK(act(Kind::discard, 1, "a test").empty());
  note(3);
  tamper("UPDATE run SET crc=crc+1");
  CHECK_FALSE(reader().list({outbox->status().epoch, Stream::sales}, 1, 10).has_value());
  open();  // salvages
  CHECK(exception(1).origin.place == "line 1");
  CHECK(exception(1).note == "a test");
  CHECK(exception(1).first_reason == "data.lines: missing");
  CHECK_FALSE(exception(1).retry_failed_at.empty());
  CHECK(exception(1).times == 2);
  CHECK_FALSE(exception(1).last_at.empty());
  CHECK(trail().size() == 5);
  verify_clean();
  CHECK(put(make_rejected(8, 1))[0].exception == 2);
}
