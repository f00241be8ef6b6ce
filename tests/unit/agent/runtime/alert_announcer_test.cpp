#include "agent/runtime/alert_announcer.h"

#include <catch2/catch.hpp>

#include <memory>

#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// What outlives the process: the hub's view, and the cursors.
class Shop {
 public:
  Shop() { restart(); }

  void restart() {
    board = std::make_unique<AlertBoard>(clock);
    announcer = std::make_unique<AlertAnnouncer>(
        AlertAnnouncer::Parts{.clock = clock,
                              .board = *board,
                              .submit =
                                  [this](Delivery&& delivery, Submitted answer) {
                                    due_ = [this, delivery = std::move(delivery),
                                            answer = std::move(answer)] { answer(keep(delivery)); };
                                    return true;
                                  },
                              .cursors = {.find = {},
                                          .list =
                                              [this](const std::string&, const std::string& after,
                                                     std::size_t, SourceCursors::Listed listed) {
                                                due_ = [this, after, listed = std::move(listed)] {
                                                  listed(kept_behind(after));
                                                };
                                                return true;
                                              }},
                              .admission = admission});
    look();  // asks what has been told
  }

  // After so much time; what the hub has been told then, a sign for each event.
  std::string told_after(Millis time) {
    clock.pass(time);
    look();
    return told;
  }

  store::HandClock clock;
  AdmissionOptions admission{.tenant = "t", .site = "s", .agent = "a"};
  std::unique_ptr<AlertBoard> board;
  std::unique_ptr<AlertAnnouncer> announcer;
  std::map<std::string, std::string> cursors{{"exceptions.announced", "7"}};
  std::string told;
  std::vector<std::string> ids;
  bool full = false;

 private:
  void look() {
    announcer->look();
    if (due_) std::exchange(due_, {})();
  }

  std::vector<SourceCursor> kept_behind(const std::string& key) const {
    std::vector<SourceCursor> found;
    for (auto at = cursors.upper_bound(key); at != cursors.end(); ++at) {
      found.push_back({.driver = own_source, .key = at->first, .value = at->second});
    }
    return found;
  }

  SubmitResult keep(const Delivery& delivery) {
    if (full) return Unexpected{SubmitFailure{"no space", 1}};
    for (const AdmittedItem& item : delivery.items) {
      const auto& event = std::get<Event>(item);
      told += event.type == "agent.alert.raised.v1" ? "+" : "-";
      ids.push_back(event.identity.id);
    }
    for (const SourceCursor& cursor : delivery.cursors) {
      if (cursor.gone) {
        cursors.erase(cursor.key);
      } else {
        cursors[cursor.key] = cursor.value;
      }
    }
    return std::vector<ItemOutcome>(delivery.items.size());
  }

  std::function<void()> due_;  // what the announcer waits for
};

constexpr const char* kind = "confirmation_stalled";

}  // namespace

TEST_CASE("an alert is taken back as often as it was told", "[alerts]") {
  Shop shop;
  shop.board->raise(kind, "after 17");
  CHECK(shop.told_after(seconds(1)) == "+");
  shop.board->raise(kind, "after 18");
  CHECK(shop.told_after(seconds(1)) == "+");
  shop.board->clear(kind);
  CHECK(shop.told_after(seconds(1)) == "+-");
  CHECK(shop.told_after(seconds(1)) == "+-");
  // A flapping cause: within ten minutes it stands in the status, and nothing of it is told.
  shop.board->raise(kind, "after 19");
  CHECK(shop.told_after(minutes(1)) == "+-");
  shop.board->clear(kind);
  CHECK(shop.told_after(seconds(1)) == "+-");
  // What still stands then is told then.
  shop.board->raise(kind, "after 20");
  CHECK(shop.told_after(seconds(1)) == "+-");
  CHECK(shop.told_after(minutes(10)) == "+-+");
  shop.board->clear(kind);
  CHECK(shop.told_after(seconds(1)) == "+-+-");
}

TEST_CASE("an alert that outlives a restart is neither raised nor taken back again", "[alerts]") {
  Shop shop;
  shop.board->raise(kind, "after 17");
  shop.told_after(seconds(1));
  for (int restarts = 0; restarts < 3; ++restarts) {
    shop.restart();
    CHECK(shop.told_after(minutes(5)) == "+");
    shop.board->raise(kind, "after 17");
    CHECK(shop.told_after(minutes(20)) == "+");
  }
  shop.board->clear(kind);
  CHECK(shop.told_after(seconds(1)) == "+-");
  REQUIRE(shop.ids.size() == 2);
  CHECK(shop.ids.front() == std::string(kind) + "-1790000000000-raised");
  CHECK(shop.ids.back() == std::string(kind) + "-1790000000000-cleared");
  CHECK(shop.cursors.size() == 1);
}

TEST_CASE("an alert that is not found again after a restart is taken back once", "[alerts]") {
  Shop shop;
  shop.board->raise(kind, "after 17");
  shop.told_after(seconds(1));
  shop.restart();
  CHECK(shop.told_after(minutes(9)) == "+");
  CHECK(shop.told_after(minutes(2)) == "+-");
  shop.restart();
  CHECK(shop.told_after(minutes(20)) == "+-");
}

TEST_CASE("what the store has no room for is told when it has", "[alerts]") {
  Shop shop;
  shop.full = true;
  shop.board->raise("store_low", "no room");
  CHECK(shop.told_after(seconds(1)) == "");
  shop.full = false;
  CHECK(shop.told_after(seconds(1)) == "");
  CHECK(shop.told_after(seconds(10)) == "+");
  shop.full = true;
  shop.board->clear("store_low");
  CHECK(shop.told_after(seconds(1)) == "+");
  shop.full = false;
  CHECK(shop.told_after(seconds(10)) == "+-");
}
