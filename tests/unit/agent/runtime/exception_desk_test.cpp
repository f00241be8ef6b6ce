// Exceptions of drivers' records, handed in again by their template: FAULTS F46.
#include "agent/runtime/exception_desk.h"

#include <catch2/catch.hpp>

#include <future>

#include "tests/support/io_thread.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using nlohmann::json;

namespace {

// A desk over a real store, with threads of its own.
class TestDesk : public store::OutboxFixture {
 public:
  explicit TestDesk(Remap remap = {}) : remap_(std::move(remap)) {
    open();
    for (std::uint64_t id = 1; id <= 3; ++id) {
      Rejected rejected = store::make_rejected(id, 1);
      rejected.masked = "17;four ninety;EUR";
      rejected.origin = {"pos-files", "sales.csv line " + std::to_string(id), "sales-csv", "3"};
      put(std::move(rejected));
    }
    auto opened = store::OutboxReader::open(options);
    REQUIRE(opened.has_value());
    io_.run([&] {
      store_ = std::make_unique<StoreThread>(
          std::move(*outbox), io_.io(),
          StoreThread::Events{.on_committed = [](const auto&, bool) {},
                              .on_forked = [](const auto&) {},
                              .on_failed = [](const auto&) {}});
      reader_ = std::make_unique<ReaderThread>(std::move(*opened), io_.io());
      desk_ = std::make_unique<ExceptionDesk>(ExceptionDesk::Parts{
          .store = *store_, .desk = *reader_, .admission = admission_, .remap = remap_});
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

  json retry(std::vector<std::uint64_t> numbers) {
    std::promise<std::string> answer;
    io_.run([&] {
      desk_->retry({{"numbers", numbers}}, {7, 4711},
                   [&answer](std::string text) { answer.set_value(std::move(text)); });
      return 0;
    });
    return json::parse(answer.get_future().get())["results"];
  }

 private:
  const Remap remap_;
  const AdmissionOptions admission_;
  testing::IoThread io_;
  std::unique_ptr<StoreThread> store_;
  std::unique_ptr<ReaderThread> reader_;
  std::unique_ptr<ExceptionDesk> desk_;
};

}  // namespace

TEST_CASE("F46: a record waits until its driver is configured again", "[exceptions][F46]") {
  TestDesk desk;
  const json results = desk.retry({1});
  CHECK(results[0]["done"] == false);
  CHECK(results[0]["reason"].get<std::string>().find("\"pos-files\" is not configured") !=
        std::string::npos);
}

TEST_CASE("F46: once its template is mended a record becomes its events", "[exceptions][F46]") {
  bool mended = false;
  TestDesk desk([&mended](const store::Exception& exception) -> Result<Delivery> {
    if (exception.masked != "17;four ninety;EUR" || exception.origin.template_name != "sales-csv") {
      return fail("not what was kept");
    }
    if (!mended) return fail("amount: \"four ninety\" is no number");
    if (exception.number == 3) return Delivery{{store::make_rejected(3, 1)}, {}};
    return Delivery{
        {store::make_event(100 + exception.number), store::make_event(200, Stream::stock)}, {}};
  });
  CHECK(desk.retry({1})[0]["reason"] == "amount: \"four ninety\" is no number");
  mended = true;
  json results = desk.retry({1, 2, 3, 99});
  std::map<int, json> by_number;
  for (const json& result : results) by_number[result["exception"]] = result;
  REQUIRE(by_number.size() == 4);
  CHECK(by_number[1]["done"] == true);
  CHECK(by_number[1]["items"][0]["status"] == "stored");
  CHECK(by_number[2]["items"][1]["status"] == "duplicate");
  CHECK(by_number[3]["reason"] == "data.lines: missing");
  CHECK(by_number[99]["reason"] == "there is no such exception");
  CHECK(desk.retry({1})[0]["reason"] == "it is not open: retried");
}

TEST_CASE("a record that turns out to be no receipt is settled by its number", "[exceptions]") {
  TestDesk desk([](const store::Exception& exception) -> Result<Delivery> {
    Delivery delivery;
    if (exception.number == 1) delivery.numbers.push_back({"till-1", "3", "2026-11-20", 17});
    return delivery;
  });
  const json results = desk.retry({1, 2});
  REQUIRE(results.size() == 2);
  const bool in_order = results[0]["exception"] == 1;
  const json& with_number = results[in_order ? 0 : 1];
  CHECK(with_number["done"] == true);
  CHECK(with_number["items"].empty());
  CHECK(results[in_order ? 1 : 0]["reason"] == "it becomes no event; discard it, if that is right");
  store::OutboxReader reader = desk.reader();
  const auto day = reader.register_day({"3", "2026-11-20", "till-1", 0});
  REQUIRE(day.has_value());
  REQUIRE(day->numbers.size() == 1);
  CHECK(day->numbers[0].facts.number == 17);
  CHECK(reader.exception(1).value()->state == "retried");
}
