#include "drivers/file_drop/file_taking.h"

#include "tests/unit/drivers/file_drop/drop_fixture.h"

using namespace storeward;
using namespace storeward::file_drop;

TEST_CASE("a file goes record by record into the store, then to done") {
  DropFixture drop;
  drop.put("a.csv", scans(1'000));
  CHECK(drop.take("a.csv") == Taken::done);
  CHECK(drop.kept.events == codes(1'000));
  CHECK_FALSE(drop.is_there("a.csv"));
  CHECK(drop.filed("done", ".csv") == scans(1'000));
}

TEST_CASE("a record over which the process ends again and again is set aside, the rest goes on",
          "[F6]") {
  DropFixture drop;
  drop.put("a.csv", scans(700));
  drop.kept.deadly = "\"c500\"";
  int ends = 0;
  while (drop.take("a.csv") == Taken::ending) REQUIRE(++ends < 6);
  CHECK(ends >= 3);
  std::vector<std::string> expected = codes(700);
  expected.erase(expected.begin() + 499);
  CHECK(drop.kept.events == expected);
  REQUIRE(drop.kept.exceptions.size() == 1);
  CHECK(drop.kept.exceptions[0].find("the agent ended 3 times") != std::string::npos);
  CHECK(drop.filed("done", ".report.txt").find("exceptions  1") != std::string::npos);
}

TEST_CASE("the end of the process in a pause is not put down to the record", "[F6]") {
  DropFixture drop;
  drop.put("a.csv", scans(10));
  for (int life = 0; life < 5; ++life) {
    Life one(drop.kept);
    one.line->set_paused(true);
    std::thread ends([&one] {
      std::this_thread::sleep_for(Millis(30));
      one.line->ask_to_end();
    });
    CHECK(drop.take("a.csv", *one.line) == Taken::ending);
    ends.join();
  }
  CHECK(drop.take("a.csv") == Taken::done);
  CHECK(drop.kept.events == codes(10));
  CHECK(drop.kept.exceptions.empty());
}

TEST_CASE("wherever the process ends, the next one goes on at the record behind", "[F39]") {
  for (int record = 1; record <= 450; record += 37) {
    DropFixture drop;
    drop.options.reading.delivery_records = 20;
    drop.put("a.csv", scans(450));
    drop.kept.deadly = "\"c" + std::to_string(record) + "\"";
    CHECK(drop.take("a.csv") == Taken::ending);
    drop.kept.deadly.clear();
    CHECK(drop.take("a.csv") == Taken::done);
    CHECK(drop.kept.events == codes(450));
    CHECK(drop.kept.duplicates == 0);  // nothing that was in the store is handed in once more
  }
}

TEST_CASE("a file whose records are cut otherwise than before is begun anew", "[F39]") {
  const std::string text = "code,day\nc1,1\nc2,1\nc3,1\nc4,2\nc5,2\nc6,3\n";
  DropFixture drop;
  drop.options.reading.delivery_records = 1;
  drop.put("a.csv", text);
  drop.kept.deadly = "\"c4\"";
  CHECK(drop.take("a.csv") == Taken::ending);
  CHECK(drop.kept.events.size() == 3);
  drop.kept.deadly.clear();
  // Three records are all there are now: one a day, of its first row.
  drop.options.reading.plan = scans_plan("[format]\nkind = \"csv\"\ngroup_by = [\"day\"]");
  CHECK(drop.take("a.csv") == Taken::done);
  CHECK(drop.kept.events == std::vector<std::string>{"c1", "c2", "c3", "c4", "c6"});
}

TEST_CASE("what is refused or finds no room is handed in again until it is stored") {
  DropFixture drop;
  drop.put("a.csv", scans(500));
  drop.kept.refusals = 1;
  drop.kept.full = 3;
  CHECK(drop.take("a.csv") == Taken::done);
  CHECK(drop.kept.events == codes(500));
}

TEST_CASE("the same content is read once, whatever it is called", "[F38]") {
  DropFixture drop;
  drop.put("a.csv", scans(5));
  CHECK(drop.take("a.csv") == Taken::done);
  drop.put("b.csv", scans(5));
  CHECK(drop.take("b.csv") == Taken::repeated);
  CHECK(drop.kept.events == codes(5));
  CHECK_FALSE(drop.is_there("b.csv"));
  CHECK(drop.filed("done", ".repeat.txt").find("as a.csv") != std::string::npos);
}

TEST_CASE("a file that is not what was seen is left where it is", "[F38]") {
  DropFixture drop;
  drop.put("a.csv", scans(5));
  Life life(drop.kept);
  const DropDirectory directory = drop.directory();
  const Finished seen{"a.csv", directory.look("a.csv").identity};
  drop.put("a.csv", scans(6));
  FileTaking taking(drop.options, *life.line, directory, seen);
  CHECK(taking.run() == Taken::unfinished);
  CHECK(drop.kept.events.empty());
  CHECK(drop.is_there("a.csv"));
}

TEST_CASE("a source that lets done/ lead elsewhere is not followed", "[F40]") {
  DropFixture drop;
  const support::TemporaryDirectory elsewhere;
  drop.put("a.csv", scans(3));
  std::filesystem::create_directory_symlink(elsewhere.path(), drop.folder.path() / "done");
  CHECK_FALSE(DropDirectory::open(drop.folder.path(), false));
  std::filesystem::remove(drop.folder.path() / "done");
  Life life(drop.kept);
  const DropDirectory directory = drop.directory();
  std::filesystem::remove(drop.folder.path() / "done");
  std::filesystem::create_directory_symlink(elsewhere.path(), drop.folder.path() / "done");
  const Finished file{"a.csv", directory.look("a.csv").identity};
  FileTaking taking(drop.options, *life.line, directory, file);
  CHECK(taking.run() == Taken::later);  // it is in the store, and waits for a place
  CHECK(std::filesystem::is_empty(elsewhere.path()));
  CHECK(drop.is_there("a.csv"));
  std::filesystem::remove(drop.folder.path() / "done");
  CHECK(drop.take("a.csv") == Taken::done);
  CHECK(drop.kept.events == codes(3));
  CHECK(drop.kept.duplicates == 0);
}
