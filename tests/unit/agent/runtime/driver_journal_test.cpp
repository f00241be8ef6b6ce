#include "agent/runtime/driver_journal.h"

#include <catch2/catch.hpp>

using namespace storeward;

namespace {

struct Journal {
  std::string said(DriverState state, const std::string& detail = {},
                   const std::string& name = "scans") {
    const auto entry =
        journal.look({.name = name, .kind = "sql", .state = state, .detail = detail});
    return entry ? (entry->failing ? "! " : "") + entry->text : "";
  }
  DriverJournal journal;
};

}  // namespace

TEST_CASE("a driver that begins to fail, and is ok again, is told once each", "[runtime]") {
  Journal journal;
  CHECK(journal.said(DriverState::ok).empty());
  CHECK(journal.said(DriverState::failing, "no broker") == "! driver scans: failing: no broker");
  CHECK(journal.said(DriverState::failing, "no broker").empty());
  CHECK(journal.said(DriverState::failing, "no broker", "other") ==
        "! driver other: failing: no broker");
  CHECK(journal.said(DriverState::failing, "no password") ==
        "! driver scans: failing: no password");
  CHECK(journal.said(DriverState::ok) == "driver scans: ok again");
  CHECK(journal.said(DriverState::ok).empty());
}

TEST_CASE("a reason is not told anew because its numbers change, nor because of a full outbox",
          "[runtime]") {
  Journal journal;
  CHECK_FALSE(journal.said(DriverState::failing, "ended; tried again in 1 s").empty());
  CHECK(journal.said(DriverState::failing, "ended; tried again in 12 s").empty());
  CHECK(journal.said(DriverState::paused, "the outbox is full").empty());
  CHECK(journal.said(DriverState::failing, "ended; tried again in 30 s").empty());
  CHECK(journal.said(DriverState::stopped).empty());
}
