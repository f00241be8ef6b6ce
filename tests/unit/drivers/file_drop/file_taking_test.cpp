#include "drivers/file_drop/file_taking.h"

#include "agent/base/sha256.h"
#include "drivers/file_drop/file_cursor.h"
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

namespace {

// As a till's "Unicode" export is.
std::string utf16(const std::string& text) {
  std::string wide;
  for (const char c : text) wide += {c, '\0'};
  return wide;
}

bool has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a file that failed and of which there can be no copy stays where it is", "[F38]") {
  DropFixture drop;
  const std::string content =
      GENERATE(utf16(scans(300)), std::string("PK\x03\x04\0\0\n", 7), std::string(5'000, '\0'));
  drop.put("day.csv", content);
  for (int life = 0; life < 3; ++life) {
    CHECK(drop.take("day.csv") == Taken::stays);
    CHECK(drop.is_there("day.csv"));
    CHECK(has(drop.why, "It stays here, for there can be no copy of it"));
    CHECK(has(drop.why, "the template reads csv in utf-8"));
  }
  CHECK(has(drop.why, content.size() == 7 ? "ZIP" : content.size() == 5'000 ? "NUL" : "UTF-16"));
  CHECK(drop.filed("failed", "").empty());  // nothing that asks for it to be put there again
  CHECK(drop.kept.events.empty());
}

TEST_CASE("what stays is not read again until the template is another", "[F38]") {
  DropFixture drop;
  drop.put("day.csv", "\xFF\xFE" + utf16(scans(300)));
  CHECK(drop.take("day.csv") == Taken::stays);
  const std::size_t exceptions = drop.kept.exceptions.size();
  CHECK(drop.take("day.csv") == Taken::stays);
  CHECK(drop.kept.exceptions.size() == exceptions);
  drop.options.reading.plan = scans_plan("[format]\nkind = \"csv\"\nencoding = \"utf-16\"");
  CHECK(drop.take("day.csv") == Taken::done);
  CHECK(drop.kept.events == codes(300));
  CHECK_FALSE(drop.is_there("day.csv"));
}

TEST_CASE("a file of which a single record is nowhere else stays, and the others count once",
          "[F38]") {
  DropFixture drop;
  drop.put("day.csv", scans(20) + std::string("c2\0001\n", 5) + "c22\n");
  CHECK(drop.take("day.csv") == Taken::stays);
  CHECK(drop.kept.events.size() == 21);
  CHECK(has(drop.why, "1 record could not be read"));
  CHECK(drop.take("day.csv") == Taken::stays);
  drop.put("day.csv", scans(22));
  CHECK(drop.take("day.csv") == Taken::done);
  CHECK(drop.kept.events.size() == 22);
}

TEST_CASE("under another name it is no repeat: not all of it was read", "[F38]") {
  DropFixture drop;
  drop.put("day.csv", utf16(scans(3)));
  CHECK(drop.take("day.csv") == Taken::stays);
  drop.put("again.csv", utf16(scans(3)));
  CHECK(drop.take("again.csv") == Taken::stays);
  CHECK(drop.is_there("again.csv"));
}

TEST_CASE("where no copies are kept a file that failed stays, one that is in the store goes",
          "[F38]") {
  DropFixture drop;
  drop.options.keep_copy = false;
  drop.put("bad.csv", "name\nx\n");
  CHECK(drop.take("bad.csv") == Taken::stays);
  CHECK(has(drop.why, "originals = \"removed\""));
  CHECK(drop.is_there("bad.csv"));
  drop.put("good.csv", scans(3));
  CHECK(drop.take("good.csv") == Taken::done);
  CHECK_FALSE(drop.is_there("good.csv"));
}

TEST_CASE("a file that is given up stays where no copies are kept, and ends no later life",
          "[F6]") {
  DropFixture drop;
  drop.options.keep_copy = false;
  drop.put("a.csv", scans(10));
  const std::string content = content_key(to_hex(sha256(scans(10))));
  drop.kept.cursors[content] = to_text({.state = FileState::reading, .attempts = 5});
  CHECK(drop.take("a.csv") == Taken::stays);
  CHECK(drop.is_there("a.csv"));
  CHECK(has(drop.why, "the agent ended 5 times while it read record 1"));
  CHECK(drop.take("a.csv") == Taken::stays);
  CHECK(has(drop.why, "the agent ended"));
}

TEST_CASE("a failed file with a copy is put away, and its reason says what to do") {
  DropFixture drop;
  drop.put("bad.csv", "name\nx\n");
  CHECK(drop.take("bad.csv") == Taken::failed);
  CHECK_FALSE(drop.is_there("bad.csv"));
  CHECK(drop.filed("failed", ".csv") == "name\nx\n");
  CHECK(has(drop.filed("failed", ".reason.txt"), "put it into the drop directory again"));
}

TEST_CASE("a trailer that does not count makes no file done of which nothing became an event") {
  DropFixture drop;
  drop.options.reading.plan = scans_plan(
      "[format]\nkind = \"csv\"\n[[ignore]]\nwhen = {path = \"name\", equals = \"TOTAL\"}\n"
      "reason = \"the trailer\"");
  drop.put("bad.csv", "name,code\nx,\ny,\nTOTAL,2\n");
  CHECK(drop.take("bad.csv") == Taken::failed);
  const std::string reason = drop.filed("failed", ".reason.txt");
  CHECK(has(reason, "put it into the drop directory again"));
  CHECK(has(reason, "exceptions  2"));
  CHECK(has(reason, "1 record: the trailer"));
  drop.put("half.csv", "name,code\nx,\ny,c1\nTOTAL,2\n");
  CHECK(drop.take("half.csv") == Taken::done);
  drop.put("none.csv", "name,code\nTOTAL,0\n");
  CHECK(drop.take("none.csv") == Taken::done);
}

TEST_CASE("a file that a program has open for writing is told apart from one that has changed",
          "[F38]") {
  DropFixture drop;
  drop.put("a.csv", scans(3));
  std::ofstream writer(drop.folder.path() / "a.csv", std::ios::app);
  CHECK(drop.take("a.csv") == Taken::open);
  writer.close();
  CHECK(drop.take("a.csv") == Taken::done);
}
