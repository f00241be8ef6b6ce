#include "agent/runtime/store_thread.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <future>
#include <memory>

#include "tests/support/io_thread.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;

// Whoever ends the process may have been asked to in the same moment, by a signal: the exit code
// must not depend on which of the two was first.
TEST_CASE_METHOD(store::OutboxFixture,
                 "F13: a store that has ended by itself says why at its close",
                 "[store-thread][F13]") {
  open();
  put(store::make_event(1));
  std::promise<void> failed;
  testing::IoThread io;
  std::unique_ptr<StoreThread> thread;
  io.run([&] {
    thread = std::make_unique<StoreThread>(
        std::move(*outbox), io.io(),
        StoreThread::Events{.on_committed = [](const auto&, bool) {},
                            .on_forked = [](const auto&) {},
                            .on_failed = [&failed] { failed.set_value(); }});
    return 0;
  });
  for (const char* name : {"outbox.db", "outbox.db-wal"}) {
    std::filesystem::remove(options.directory / name);
  }
  REQUIRE(failed.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  io.run([&] {
    const auto why = thread->close();
    CHECK((why && why->message.find("outbox.rescued") != std::string::npos));
    thread.reset();
    return 0;
  });
}
