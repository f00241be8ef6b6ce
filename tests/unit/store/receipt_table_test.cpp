// Receipts by number as the store keeps them, and numbers that something else has used up.
#include "store/receipt_table.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::store;

namespace {

const RegisterDay the_day{"3", "2026-11-20", "till-1", 0};

struct ReceiptFixture : OutboxFixture {
  ReceiptFixture() { open(); }

  // As it is published: the flags that it has earned stand in it.
  std::string receipt(std::int64_t number, std::uint64_t id = 0, Millis completed = Millis{1000}) {
    Event event = make_event(id == 0 ? static_cast<std::uint64_t>(number) : id);
    event.bytes =
        std::string(event_layout::unstamped) + R"("stream":"sales","data":{"lines":[]},"id":"x"})";
    event.data_at = static_cast<std::uint32_t>(event.bytes.find("{\"lines"));
    event.data_end = static_cast<std::uint32_t>(event.bytes.find(",\"id"));
    event.receipt = {.register_id = "3",
                     .business_date = "2026-11-20",
                     .number = number,
                     .completed = WallTime(completed),
                     .gross_minor = 100,
                     .currency = "EUR",
                     .tenders = {{"cash", 100}}};
    Batch batch;
    batch.deliveries.emplace_back().items.push_back(std::move(event));
    return events_of(commit(std::move(batch)).streams.at(0).messages.at(0)).back();
  }

  void used(std::vector<std::int64_t> numbers) {
    Batch batch;
    batch.deliveries.emplace_back();
    for (const std::int64_t number : numbers) {
      batch.deliveries[0].numbers.push_back({"till-1", "3", "2026-11-20", number});
    }
    CHECK(commit(std::move(batch)).refusals.at(0).empty());
  }

  // Voided at `at` by an event of number `by`, which has no receipt of its own.
  void voided(std::int64_t number, std::uint64_t by, Millis at = Millis{2000}, bool named = true) {
    Event event = make_event(by);
    event.voids = {"3", "2026-11-20", number, WallTime(at), named, by};
    put(std::move(event));
  }

  // How many of the close's receipts count.
  std::size_t counted() {
    const auto numbers = book().closes.at(0).numbers;
    return static_cast<std::size_t>(std::ranges::count_if(numbers, &ReceiptFacts::counts));
  }

  void close(std::optional<std::int64_t> first = {}, std::optional<std::int64_t> last = {},
             Millis closed = Millis{9000}) {
    Event event =
        make_event(900 + static_cast<std::uint64_t>(9000 - closed.count()), Stream::finance);
    event.close = {.key = "3/1",
                   .register_id = "3",
                   .business_date = "2026-11-20",
                   .number = "1",
                   .closed = WallTime(closed),
                   .count = 1,
                   .currency = "EUR",
                   .first = first,
                   .last = last};
    put(std::move(event));
  }

  // "1 3* 4": the numbers in their order, * those without a receipt.
  static std::string text(const std::vector<ReceiptFacts>& numbers) {
    std::string text;
    for (const ReceiptFacts& one : numbers) {
      if (!text.empty()) text += ' ';
      text += std::to_string(one.number) + (one.is_receipt ? "" : "*");
    }
    return text;
  }

  RegisterDayBook book() {
    auto found = reader().register_day(the_day);
    REQUIRE(found.has_value());
    return *found;
  }
  std::string day() {
    std::vector<ReceiptFacts> numbers;
    for (const AcceptedNumber& one : book().numbers) numbers.push_back(one.facts);
    return text(numbers);
  }
  std::uint64_t touched() {
    const auto days = reader().register_days(0, 10);
    REQUIRE(days.has_value());
    REQUIRE(days->size() == 1);
    CHECK(days->front().source == "till-1");
    return days->front().touched;
  }
};

}  // namespace

TEST_CASE_METHOD(ReceiptFixture, "a used number is kept and is no receipt", "[receipt]") {
  receipt(1);
  used({2, 4});
  receipt(3);
  CHECK(day() == "1 2* 3 4*");
  open();
  CHECK(day() == "1 2* 3 4*");
  CHECK(book().numbers[1].facts.gross_minor == 0);
  verify_clean();
}

TEST_CASE_METHOD(ReceiptFixture, "the receipt that comes under a used number takes its place",
                 "[receipt]") {
  receipt(1);
  used({2});
  receipt(3);
  CHECK(receipt(2).find("quality") == std::string::npos);
  CHECK(day() == "1 2 3");
  CHECK(book().numbers[1].facts.tenders == std::vector<TenderAmount>{{"cash", 100}});
  CHECK(receipt(2, 77).find("duplicateReceiptNumber") != std::string::npos);
  used({2});
  CHECK(day() == "1 2 3");
}

TEST_CASE_METHOD(ReceiptFixture, "a receipt below a used number is not out of order", "[receipt]") {
  receipt(1);
  used({5});
  CHECK(receipt(2).find("quality") == std::string::npos);
  open();
  CHECK(receipt(3).find("quality") == std::string::npos);
  receipt(6);
  CHECK(receipt(4).find("outOfOrder") != std::string::npos);
}

TEST_CASE_METHOD(ReceiptFixture,
                 "only a close makes a receipt late, whatever the till's clock says",
                 "[receipt][F15]") {
  CHECK(receipt(1, 0, Millis{-1}).find("lateAfterClose") == std::string::npos);
  close();
  CHECK(receipt(2, 0, Millis{8999}).find("lateAfterClose") != std::string::npos);
  CHECK(receipt(3, 0, Millis{9000}).find("lateAfterClose") == std::string::npos);
}

TEST_CASE_METHOD(ReceiptFixture, "a close from before 1970 ends where the next one begins",
                 "[receipt][F15]") {
  receipt(1, 0, Millis{-9000});
  close({}, {}, Millis{-8000});
  receipt(2, 0, Millis{-7000});
  close({}, {}, Millis{-6000});
  CHECK(text(book().closes.at(0).numbers) == "1");
  CHECK(text(book().closes.at(1).numbers) == "2");
}

TEST_CASE_METHOD(ReceiptFixture, "a used number that is told again opens no comparison again",
                 "[receipt]") {
  used({2});
  const std::uint64_t before = touched();
  used({2});
  CHECK(touched() == before);
  used({3});
  CHECK(touched() > before);
}

TEST_CASE_METHOD(ReceiptFixture, "a close has the used numbers of those it names, or of its days",
                 "[receipt]") {
  receipt(1, 1, Millis{500});
  used({2, 7});
  receipt(3);
  SECTION("by number") {
    close(2, 5);
    CHECK(text(book().closes.at(0).numbers) == "2* 3");
  }
  SECTION("by time") {
    receipt(8, 8, Millis{10'000});
    close();
    CHECK(text(book().closes.at(0).numbers) == "1 2* 3 7*");
  }
}

TEST_CASE_METHOD(ReceiptFixture, "a receipt that is voided before a close does not count in it",
                 "[receipt]") {
  voided(3, 50);  // comes before what it voids
  receipt(1);
  receipt(2);
  receipt(3);
  voided(1, 51, Millis{9000});
  voided(2, 52, Millis{9001});
  SECTION("by number") {
    close(1, 3);
  }
  SECTION("by time") {
    close();
  }
  CHECK(counted() == 1);
  open();
  CHECK(counted() == 1);
  CHECK(day() == "1 2 3");
  verify_clean();
}

TEST_CASE_METHOD(ReceiptFixture, "a void that names no other receipt voids only what is there",
                 "[receipt]") {
  voided(1, 50, Millis{2000}, false);
  receipt(1);
  receipt(2);
  voided(2, 51, Millis{2000}, false);
  close(1, 2);
  CHECK(counted() == 1);
}

TEST_CASE_METHOD(ReceiptFixture, "what voids goes with its day", "[receipt]") {
  voided(1, 50);
  clock.pass(std::chrono::hours(24 * 60));
  upkeep();
  receipt(1);
  close(1, 1);
  CHECK(counted() == 1);
}

TEST_CASE_METHOD(ReceiptFixture, "a day of nothing but used numbers goes with the others",
                 "[receipt]") {
  used({2});
  clock.pass(std::chrono::hours(24 * 60));
  upkeep();
  CHECK(day().empty());
}
