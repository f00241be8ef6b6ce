#include "store/outbox_reader.h"

#include "store/place.h"
#include "store/sqlite.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::store;

namespace {

Message read(OutboxReader& reader, const ReadRequest& request) {
  auto message = reader.read(request);
  if (!message) FAIL(message.error().message);
  return std::move(message).value();
}

}  // namespace

TEST_CASE_METHOD(OutboxFixture, "small runs are joined, large ones split, bytes never change",
                 "[store]") {
  open();
  std::vector<std::string> published;
  std::uint64_t id = 0;
  for (const int size : {1, 1, 1, 40, 300, 1, 700, 2}) {
    Batch batch;
    batch.deliveries.emplace_back();
    for (int i = 0; i < size; ++i) batch.deliveries[0].items.push_back(make_event(++id));
    const CommitReport report = commit(std::move(batch));
    for (const Message& message : report.streams.at(0).messages) {
      for (std::string& event : events_of(message)) published.push_back(std::move(event));
    }
  }
  OutboxReader reader = this->reader();
  const StreamKey stream{outbox->status().epoch, Stream::sales};
  for (const bool compress : {true, false}) {
    for (const std::size_t max_bytes : {std::size_t{900}, std::size_t{5000}, std::size_t{262144}}) {
      for (const std::uint32_t max_events : {1u, 7u, 1000u}) {
        Sequence at = 1;
        std::size_t messages = 0;
        while (at <= id) {
          const Message message =
              read(reader, {stream, {at, id - 1}, max_events, max_bytes, compress});
          ++messages;
          if (!message.payload) break;
          CHECK(message.range.first == at);
          CHECK(message.payload->size() <= max_bytes);
          CHECK((compress || message.codec == Codec::plain));
          const auto events = events_of(message);
          REQUIRE(events.size() == message.range.last - at + 1);
          CHECK(events.size() <= max_events);
          CHECK(events.size() == message.events);
          for (const std::string& event : events) REQUIRE(event == published[at++ - 1]);
        }
        CHECK(at == id);  // the last was not asked for
        if (compress && max_bytes == 262144 && max_events == 1000) CHECK(messages < 8);
      }
    }
  }
}

TEST_CASE_METHOD(OutboxFixture, "a withheld event is left out, announced and an exception",
                 "[store]") {
  open();
  put(make_event(1), make_event(2), make_event(3), make_event(4));
  const StreamKey stream{outbox->status().epoch, Stream::sales};
  for (int repeat = 0; repeat < 2; ++repeat) {
    Batch batch;
    batch.withheld.push_back({stream, 2, "too large"});
    batch.withheld.push_back({stream, 3, "too large"});
    batch.rejected.push_back({stream, 4, "unknown shop"});
    commit(std::move(batch));
    open();
  }
  const StreamHead head = this->head(Stream::sales);
  REQUIRE(head.absent.size() == 1);
  CHECK(head.absent[0].range == Range{2, 3});
  CHECK(outbox->status().open_exceptions == 3);
  OutboxReader reader = this->reader();
  const Message message = read(reader, {stream, {1, 4}});
  CHECK(message.range == Range{1, 4});
  CHECK(events_of(message).size() == 2);
  const Message nothing = read(reader, {stream, {2, 3}});
  CHECK_FALSE(nothing.payload);
  CHECK(nothing.range == Range{2, 3});
  const auto exceptions = reader.exceptions(ExceptionFilter{.from = 1, .limit = 10});
  REQUIRE(exceptions.has_value());
  REQUIRE(exceptions->size() == 3);
  CHECK(exceptions->at(0).kind == "withheld");
  CHECK(exceptions->at(0).id == "2");
  CHECK(exceptions->at(0).source == "till-1");
  CHECK(exceptions->at(2).kind == "rejected");
  CHECK(exceptions->at(2).sequence == 4);
  verify_clean();
}

TEST_CASE_METHOD(OutboxFixture, "withheld neighbours are one range, in whatever order they came",
                 "[store]") {
  open();
  put(make_event(1), make_event(2), make_event(3), make_event(4), make_event(5), make_event(6));
  const StreamKey stream{outbox->status().epoch, Stream::sales};
  for (const Sequence sequence : {3u, 5u, 2u, 4u}) {
    Batch batch;
    batch.withheld.push_back({stream, sequence, "too large"});
    commit(std::move(batch));
  }
  for (int opened = 0; opened < 2; ++opened) {
    const StreamHead head = this->head(Stream::sales);
    REQUIRE(head.absent.size() == 1);
    CHECK(head.absent[0].range == Range{2, 5});
    open();
  }
}

TEST_CASE_METHOD(OutboxFixture, "the hash is known at every number that is kept", "[store]") {
  tuning.run_events = 4;
  open();
  std::vector<Sha256> hashes = {Sha256{}};
  for (std::uint64_t id = 1; id <= 3; ++id) {
    Batch batch;
    batch.deliveries.emplace_back();
    for (std::uint64_t i = 0; i < 6; ++i)
      batch.deliveries[0].items.push_back(make_event(id * 10 + i));
    const CommitReport report = commit(std::move(batch));
    for (const Message& message : report.streams.at(0).messages) {
      for (const std::string& event : events_of(message)) {
        hashes.push_back(chain_next(hashes.back(), sha256(event)));
      }
    }
  }
  const StreamKey stream{outbox->status().epoch, Stream::sales};
  confirm(Stream::sales, 7);
  clock.pass(std::chrono::hours(24 * 8));
  upkeep();
  OutboxReader reader = this->reader();
  const Sequence pruned = head(Stream::sales).first - 1;
  REQUIRE(pruned == 6);
  for (Sequence sequence = 0; sequence < hashes.size() + 1; ++sequence) {
    const auto hash = reader.hash_at(stream, sequence);
    REQUIRE(hash.has_value());
    const bool known = sequence >= pruned && sequence < hashes.size();
    REQUIRE(hash->has_value() == known);
    if (known) CHECK(**hash == hashes[sequence]);
  }
}

TEST_CASE_METHOD(OutboxFixture, "events are listed and found by their id", "[store]") {
  open();
  put(make_event(1), make_event(2));
  put(make_event(3));
  OutboxReader reader = this->reader();
  const auto list = reader.list({outbox->status().epoch, Stream::sales}, 2, 10);
  REQUIRE((list && list->size() == 2));
  CHECK(list->at(0).sequence == 2);
  const auto found = reader.find("3");
  REQUIRE((found && found->size() == 1));
  CHECK(found->at(0).sequence == 3);
  CHECK(reader.find("nobody")->empty());
  CHECK(reader.streams()->at(0).head.last == 3);
}

TEST_CASE_METHOD(OutboxFixture, "beyond the last number there is there is nothing", "[store]") {
  open();
  put(make_event(1));
  const StreamKey sales{outbox->status().epoch, Stream::sales};
  OutboxReader asked = reader();
  for (const Sequence from : {Sequence{2}, max_sequence, max_sequence + 1, ~Sequence{0}}) {
    const auto events = asked.list(sales, from, 10);
    REQUIRE(events.has_value());
    CHECK(events->empty());
  }
}

TEST_CASE_METHOD(OutboxFixture, "verify names the place of an edited byte, a gap and a lost row",
                 "[store][F53]") {
  open();
  for (std::uint64_t id = 1; id <= 5; ++id) put(make_event(id));
  verify_clean();
  outbox.reset();
  std::string sql;
  std::string place;
  SECTION("an edited byte") {
    sql =
        "UPDATE run SET bytes=CAST(replace(CAST(bytes AS TEXT),'\"id\":\"3\"','\"id\":\"8\"') AS "
        "BLOB) WHERE (key&17592186044415)=3";
    place = "sequence 3";
  }
  SECTION("a lost row") {
    sql = "DELETE FROM run WHERE (key&17592186044415)=4";
    place = "sequence 4";
  }
  {
    Connection db(directory.path() / "outbox.db", Connection::Mode::read_write, "");
    db.execute(sql);
  }
  open();
  OutboxReader verifier = reader();
  const auto report = verifier.verify({});
  REQUIRE(report.has_value());
  REQUIRE_FALSE(report->findings.empty());
  INFO(report->findings[0].place << ": " << report->findings[0].what);
  CHECK(report->findings[0].place.find(place) != std::string::npos);
}
