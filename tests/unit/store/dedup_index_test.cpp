#include "store/dedup_index.h"

#include <map>
#include <random>

#include "store/schema.h"
#include "tests/support/seed.h"
#include "tests/unit/store/outbox_fixture.h"

using namespace storeward;
using namespace storeward::store;

TEST_CASE("entries are found in memory, in segments, while they merge and after a restart",
          "[store]") {
  std::mt19937_64 random(storeward::testing::announced_seed("dedup index"));
  TemporaryDirectory directory;
  Tuning tuning;
  tuning.dedup_fan_in = 3;
  tuning.dedup_step_blocks = 1;
  Connection db(directory.path() / "outbox.db", Connection::Mode::read_write, "");
  prepare_schema(db, tuning, 0);
  auto index = std::make_unique<DedupIndex>(db, tuning);
  std::map<std::uint64_t, DedupEntry> model;
  const std::int64_t horizon_ms = 1'000'000'000;
  for (int round = 0; round < 60; ++round) {
    {
      Transaction transaction(db);
      for (int i = 0; i < 500; ++i) {
        const DedupEntry entry{
            random() % 4 == 0 && !model.empty() ? model.begin()->first : random(), random(),
            static_cast<Place>(round * 500 + i + 1)};
        index->add(entry, round);
        model[entry.key] = entry;
      }
      index->write_segment();
      for (int steps = 0; steps < 7; ++steps) index->step(horizon_ms);
      transaction.commit();
    }
    if (round % 13 == 12) index = std::make_unique<DedupIndex>(db, tuning);
    for (int i = 0; i < 200; ++i) REQUIRE_FALSE(index->find(random()));
    auto at = model.lower_bound(random());
    for (int i = 0; i < 200 && at != model.end(); ++i, ++at) {
      const auto found = index->find(at->first);
      REQUIRE(found);
      REQUIRE(found->content == at->second.content);
      REQUIRE(found->place == at->second.place);
    }
  }
  Transaction transaction(db);
  while (index->step(horizon_ms)) {
  }
  CHECK(index->segments() <= 8);
  CHECK(index->memory_bytes() <= 2 * model.size() + 64 * index->segments());
  index->expire(1000);
  while (index->step(horizon_ms)) {
  }
  CHECK(index->segments() == 0);
  CHECK(db.integer("SELECT count(*) FROM dedup_block") == 0);
  CHECK(db.integer("SELECT count(*) FROM dedup_segment") == 0);
}
