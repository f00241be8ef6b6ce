#include "agent/runtime/intake.h"

#include "agent/runtime/intake_answers.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <deque>

#include "tests/support/io_thread.h"
#include "tests/support/raw_client.h"

using namespace storeward;
using nlohmann::json;
using storeward::testing::body_of;
using storeward::testing::IoThread;
using storeward::testing::RawClient;
using storeward::testing::status_of;

namespace {

// Admission is not what is tested here: every byte of the body is an event named by it.
Result<std::vector<AdmittedItem>, Refusal> admit_bytes(std::string_view body, Framing framing,
                                                       const Submitter& submitter,
                                                       const AdmissionOptions&) {
  if (body == "!") return Unexpected{Refusal{403, "not your source"}};
  std::vector<AdmittedItem> items;
  for (const char c : body) {
    Event event;
    event.identity = {submitter.name, std::string(1, c), "1"};
    event.type = framing == Framing::single  ? "single"
                 : framing == Framing::batch ? "batch"
                                             : "ndjson";
    items.emplace_back(std::move(event));
  }
  return items;
}

struct HandedIn {
  std::vector<AdmittedItem> items;
  Submitted submitted;
};

// An intake whose store answers when the test says so.
class TestIntake {
 public:
  explicit TestIntake(std::uint32_t max_events_per_s = 0) {
    IntakeOptions options;
    options.clients = {{"till-1", sha256("secret"), {}, max_events_per_s}};
    intake_ = io_.run([&] {
      return std::move(*Intake::start(
          io_.io(), clock_, options,
          [this](Delivery&& delivery, Submitted submitted) {
            if (full) return false;
            if (at_once) {
              submitted(stored(delivery.items));
            } else {
              waiting.push_back({std::move(delivery.items), std::move(submitted)});
            }
            return true;
          },
          admit_bytes));
    });
  }
  ~TestIntake() {
    io_.run([&] {
      waiting.clear();
      intake_.reset();
    });
  }

  static std::vector<ItemOutcome> stored(const std::vector<AdmittedItem>& items) {
    std::vector<ItemOutcome> outcomes;
    for (const AdmittedItem& item : items) {
      outcomes.push_back({ItemStatus::stored, std::get<Event>(item).identity.id, Stream::sales,
                          outcomes.size() + 1, 0, ""});
    }
    return outcomes;
  }

  // Waits until `count` deliveries are with the store, then lets `task` answer on the io thread.
  template <typename Task>
  void once_waiting(std::size_t count, Task task) {
    for (int i = 0; i < 1000 && io_.run([&] { return waiting.size(); }) < count; ++i) {
      std::this_thread::sleep_for(Millis{2});
    }
    io_.run([&] { task(waiting); });
  }

  std::uint16_t port() { return intake_->port(); }
  Intake& intake() { return *intake_; }
  IoThread& io() { return io_; }

  std::deque<HandedIn> waiting;  // io thread
  bool full = false;             // set before the first request
  bool at_once = true;

 private:
  IoThread io_;
  SystemClock clock_;
  std::unique_ptr<Intake> intake_;
};

std::string request(std::string_view body,
                    std::string_view content_type = "application/cloudevents+json",
                    std::string_view token = "secret") {
  return "POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + std::string(token) +
         "\r\nContent-Type: " + std::string(content_type) +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("the answer names every item in order", "[intake]") {
  TestIntake intake;
  RawClient client(intake.port());
  const std::string answer = client.exchange(request("ab", "application/cloudevents-batch+json"));
  CHECK(status_of(answer) == 200);
  CHECK(body_of(answer) ==
        R"({"results":[{"id":"a","status":"stored","stream":"sales","sequence":1},)"
        R"({"id":"b","status":"stored","stream":"sales","sequence":2}]})");
}

TEST_CASE("a result carries what the contract says and nothing else", "[intake]") {
  const json results = json::parse(to_json(
      std::vector<ItemOutcome>{{ItemStatus::duplicate, "d", Stream::stock, 4699, 0, ""},
                               {ItemStatus::quarantined, "q\"\n", std::nullopt, 0, 17,
                                "data.lines[2].quantity.unit: missing"},
                               {ItemStatus::conflict, "c", std::nullopt, 4650, 18,
                                "same id and revision, different content"},
                               {ItemStatus::stored, "l", Stream::levels, 0, 0, ""}}))["results"];
  CHECK(results[0] ==
        json({{"id", "d"}, {"status", "duplicate"}, {"stream", "stock"}, {"sequence", 4699}}));
  CHECK(results[1] == json({{"id", "q\"\n"},
                            {"status", "quarantined"},
                            {"exception", 17},
                            {"reason", "data.lines[2].quantity.unit: missing"}}));
  CHECK(results[2] == json({{"id", "c"},
                            {"status", "conflict"},
                            {"exception", 18},
                            {"sequence", 4650},
                            {"reason", "same id and revision, different content"}}));
  CHECK(results[3] == json({{"id", "l"}, {"status", "stored"}, {"stream", "levels"}}));
}

TEST_CASE("the answer waits for the commit", "[intake]") {
  TestIntake intake;
  intake.at_once = false;
  RawClient client(intake.port());
  client.send(request("a"));
  RawClient other(intake.port());
  CHECK(status_of(other.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")) == 404);
  intake.once_waiting(1, [](std::deque<HandedIn>& waiting) {
    CHECK(std::get<Event>(waiting[0].items[0]).type == "single");
    waiting[0].submitted(TestIntake::stored(waiting[0].items));
    waiting.clear();
  });
  CHECK(status_of(client.receive()) == 200);
}

TEST_CASE("the content type says how the body is framed", "[intake]") {
  TestIntake intake;
  intake.at_once = false;
  const std::pair<std::string_view, std::string_view> known[] = {
      {"application/cloudevents+json", "single"},
      {"Application/CloudEvents+JSON; charset=utf-8", "single"},
      {"application/cloudevents-batch+json ; charset=utf-8", "batch"},
      {"application/x-ndjson", "ndjson"}};
  for (const auto& [content_type, framing] : known) {
    RawClient client(intake.port());
    client.send(request("a", content_type));
    intake.once_waiting(1, [&, expected = framing](std::deque<HandedIn>& waiting) {
      REQUIRE(waiting.size() == 1);
      CHECK(std::get<Event>(waiting[0].items[0]).type == expected);
      waiting.clear();
    });
  }
  for (const std::string_view unknown :
       {"application/json", "text/plain", "", "application/cloudevents+jsonx"}) {
    RawClient client(intake.port());
    CHECK(status_of(client.exchange(request("a", unknown))) == 415);
  }
}

TEST_CASE("only POST with a known token gets through", "[intake]") {
  TestIntake intake;
  RawClient client(intake.port());
  const std::string get = client.exchange("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(status_of(get) == 405);
  CHECK(get.find("Allow: POST\r\n") != std::string::npos);
  CHECK(status_of(client.exchange("POST /v1/other HTTP/1.1\r\nHost: x\r\n\r\n")) == 404);
  const std::string wrong = client.exchange(request("a", "application/x-ndjson", "guess"));
  CHECK(status_of(wrong) == 401);
  CHECK(wrong.find("WWW-Authenticate: Bearer\r\n") != std::string::npos);
  CHECK(status_of(client.exchange(request("!"))) == 403);
  CHECK(status_of(client.exchange(request("a"))) == 200);
}

TEST_CASE("a guesser is told to wait and the till beside it is not", "[intake][F34]") {
  TestIntake intake;
  RawClient client(intake.port());
  int last = 0;
  for (int i = 0; i < 12; ++i)
    last = status_of(client.exchange(request("a", "application/x-ndjson", "guess")));
  CHECK(last == 429);
  CHECK(status_of(client.exchange(request("a"))) == 200);
}

TEST_CASE("a client above its rate gets 429 with Retry-After", "[intake]") {
  TestIntake intake(2);
  RawClient client(intake.port());
  CHECK(status_of(client.exchange(request("abcdefgh", "application/x-ndjson"))) == 200);
  const std::string refused = client.exchange(request("a"));
  CHECK(status_of(refused) == 429);
  CHECK(refused.find("Retry-After: ") != std::string::npos);
}

TEST_CASE("a full queue and a refusing store are 503 with Retry-After", "[intake][F10]") {
  TestIntake intake;
  intake.full = true;
  RawClient client(intake.port());
  const std::string full = client.exchange(request("a"));
  CHECK(status_of(full) == 503);
  CHECK(full.find("Retry-After: 1\r\n") != std::string::npos);

  intake.io().run([&] { intake.full = intake.at_once = false; });
  client.send(request("a"));
  intake.once_waiting(1, [](std::deque<HandedIn>& waiting) {
    waiting[0].submitted(Unexpected{SubmitFailure{"the disk is full", 30}});
    waiting.clear();
  });
  const std::string refused = client.receive();
  CHECK(status_of(refused) == 503);
  CHECK(refused.find("Retry-After: 30\r\n") != std::string::npos);
  CHECK(refused.find("the disk is full") != std::string::npos);
}

TEST_CASE("a delivery that the store refuses for space is 503, never 200", "[intake][F7]") {
  TestIntake intake;
  intake.at_once = false;
  RawClient client(intake.port());
  client.send(request("ab", "application/x-ndjson"));
  intake.once_waiting(1, [](std::deque<HandedIn>& waiting) {
    std::vector<ItemOutcome> outcomes = TestIntake::stored(waiting[0].items);
    for (ItemOutcome& outcome : outcomes) outcome.status = ItemStatus::refused;
    waiting[0].submitted(std::move(outcomes));
    waiting.clear();
  });
  const std::string refused = client.receive();
  CHECK(status_of(refused) == 503);
  CHECK(refused.find("Retry-After: 30\r\n") != std::string::npos);
}

TEST_CASE("while shutting down what was taken is answered, and nothing new is taken", "[intake]") {
  TestIntake intake;
  intake.at_once = false;
  RawClient client(intake.port());
  client.send(request("a"));
  intake.once_waiting(1, [&](std::deque<HandedIn>&) { intake.intake().begin_shutdown(); });
  CHECK_FALSE(intake.io().run([&] { return intake.intake().idle(); }));
  client.send(request("b"));
  intake.once_waiting(1, [](std::deque<HandedIn>& waiting) {
    REQUIRE(waiting.size() == 1);
    waiting[0].submitted(TestIntake::stored(waiting[0].items));
    waiting.clear();
  });
  const std::string answer = client.receive();
  CHECK(status_of(answer) == 200);
  CHECK(answer.find("Connection: close\r\n") != std::string::npos);
  CHECK(intake.io().run([&] { return intake.intake().idle(); }));
}

TEST_CASE("a client gone before the answer costs nothing", "[intake]") {
  TestIntake intake;
  intake.at_once = false;
  for (int i = 0; i < 5; ++i) RawClient(intake.port()).send(request("a"));
  intake.once_waiting(5, [](std::deque<HandedIn>& waiting) {
    REQUIRE(waiting.size() == 5);
    for (HandedIn& delivery : waiting) delivery.submitted(TestIntake::stored(delivery.items));
    waiting.clear();
  });
  CHECK(intake.io().run([&] { return intake.intake().idle(); }));
}

TEST_CASE("new tokens count from the reload on", "[intake]") {
  TestIntake intake;
  RawClient client(intake.port());
  CHECK(intake.io().run([&] {
    return intake.intake().reload({{"till-1", sha256("fresh"), {}, 0}}).has_value();
  }));
  CHECK(status_of(client.exchange(request("a"))) == 401);
  CHECK(status_of(client.exchange(request("a", "application/x-ndjson", "fresh"))) == 200);
}
