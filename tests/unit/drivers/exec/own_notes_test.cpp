#include "drivers/exec/own_notes.h"

#include <asio/post.hpp>
#include <catch2/catch.hpp>

#include "agent/core/masking.h"
#include "drivers/exec/delivery_queue.h"
#include "tests/unit/drivers/store_stub.h"

using namespace storeward;
using namespace storeward::exec;
using storeward::testing::plan_of_used_numbers;
using storeward::testing::StoreStub;

namespace {

std::vector<SourceCursor> cursors_of(std::size_t count, std::size_t value_bytes = 1) {
  std::vector<SourceCursor> cursors;
  for (std::size_t i = 0; i < count; ++i) {
    std::string number = std::to_string(1'000'000 + i);
    cursors.push_back({.key = "file-" + number, .value = std::string(value_bytes, 'v')});
  }
  return cursors;
}

// Read from a store that keeps these, in the order of their keys.
Notes notes_of(const std::vector<SourceCursor>& kept) {
  asio::io_context io;
  StoreStub store{io};
  DriverHost host = store.host();
  host.cursors.list = [&kept, &io](const std::string&, const std::string& after, std::size_t limit,
                                   SourceCursors::Listed listed) {
    std::vector<SourceCursor> page;
    for (const SourceCursor& cursor : kept) {
      if (cursor.key > after && page.size() < limit) page.push_back(cursor);
    }
    asio::post(io, [page, listed] { listed(page); });
    return true;
  };
  std::optional<Notes> read;
  NoteReading reading(host, "program", [&read](Result<Notes> notes) {
    REQUIRE(notes);
    read = std::move(*notes);
  });
  io.run();
  REQUIRE(read);
  return std::move(*read);
}

}  // namespace

TEST_CASE("a program that keeps too many cursors is told them all, so that it can let go",
          "[exec][P6]") {
  std::vector<SourceCursor> kept = cursors_of(Notes::most_cursors + 100);
  kept.insert(kept.begin(), skip_note("bad"));
  const Notes notes = notes_of(kept);
  CHECK(notes.cursors.size() == Notes::most_cursors + 100);
  CHECK(notes.skip == std::vector<std::string>{"bad"});
  CHECK(notes.all_told);
}

TEST_CASE("what a program is told of its cursors is bounded", "[exec][P5]") {
  const Notes notes = notes_of(cursors_of(5'000, SourceCursor::longest_value));
  CHECK_FALSE(notes.all_told);
  CHECK(notes.cursors.size() > Notes::most_cursors);
  CHECK(notes.cursors.size() * SourceCursor::longest_value <= Notes::most_told_bytes);
}

TEST_CASE("a key beyond the bound is refused when it is handed in, one that is kept is not",
          "[exec][P5]") {
  KeptKeys keys;
  keys.begin(cursors_of(Notes::most_cursors - 1));
  CHECK(keys.take({.key = "new", .value = "1"}));
  CHECK_FALSE(keys.take({.key = "newer", .value = "1"}));
  CHECK(keys.take({.key = "new", .value = "2"}));
  CHECK(keys.take({.key = "new", .gone = true}));
  CHECK(keys.take({.key = "newer", .value = "1"}));
  keys.begin(cursors_of(Notes::most_cursors + 100));
  CHECK(keys.take({.key = "file-1000000", .value = "2"}));
  CHECK(keys.take({.key = "file-1000000", .gone = true}));
  CHECK_FALSE(keys.take({.key = "newer", .value = "1"}));
}

TEST_CASE("no card number stands in the note of what is skipped, and its id is told all the same",
          "[exec][P4]") {
  const std::string card = "card 4111111111111111.json", plain = "7";
  CHECK(skip_note(card).key.substr(1) == "card ************1111.json");
  CHECK(skip_note(plain).key.substr(1) == plain);
  UnwrittenIds unwritten;
  for (std::size_t i = 0; i < UnwrittenIds::most; ++i) {
    unwritten.add(std::to_string(i) + " 4111111111111111");
  }
  unwritten.add(plain);
  unwritten.add(card);
  unwritten.add(card);
  std::vector<std::string> skip;
  unwritten.append_to(skip);
  CHECK(skip.size() == UnwrittenIds::most);
  CHECK(std::ranges::count(skip, card) == 1);
  CHECK(std::ranges::count(skip, plain) == 0);
}

TEST_CASE("the note of the longest id is one that the store takes", "[exec]") {
  for (const std::string& id : {std::string(256, 'x'), std::string(250, 'x') + "cvv123"}) {
    CHECK(skip_note(id).key.size() <= SourceCursor::longest_key);
    UnwrittenIds unwritten;
    unwritten.add(id);
    std::vector<std::string> skip;
    unwritten.append_to(skip);
    CHECK(skip == std::vector<std::string>{id});
  }
}

TEST_CASE("what is kept for a person beside a delivery has its word in the answer", "[exec]") {
  asio::io_context io;
  StoreStub store{io};
  const DriverHost host = store.host();
  const auto plan = plan_of_used_numbers();
  std::vector<std::string> answers;
  DeliveryQueue queue(
      host, plan, [&answers](const DeliveryQueue::Settled& one) { answers.push_back(one.answer); });
  queue.add({.id = "a", .body = "17\n"}, unreadable(*plan, "its cursors", "cursors", "too many"));
  io.run_for(std::chrono::milliseconds(100));
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].find(R"("status":"ignored")") < answers[0].find(R"("status":"quarantined")"));
  CHECK(answers[0].find("too many") != std::string::npos);
}
