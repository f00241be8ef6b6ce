#include "drivers/sql/sqlite_database.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <memory>
#include <utility>

#include "store/sqlite.h"
#include "tests/support/temporary_directory.h"

using namespace storeward;
using namespace storeward::sql;

namespace {

void make(const std::filesystem::path& file, int number) {
  store::Connection till(file, store::Connection::Mode::read_write, "");
  till.execute("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (" + std::to_string(number) + ")");
}

// A till's file with one row, and the source that reads it.
struct TillFile {
  TillFile() {
    make(file, 1);
    auto opened = open_sqlite({.file = file.string(), .odbc = {}, .password = {}});
    REQUIRE(opened);
    database = std::move(*opened);
  }

  support::TemporaryDirectory directory;
  std::filesystem::path file = directory.path() / "till.db";
  std::unique_ptr<Database> database;
};

}  // namespace

TEST_CASE("What SQLite finds wrong with a query is told with the next step", "[sql]") {
  const TillFile till_file;
  const auto words = [&](const char* query) {
    const auto asked = till_file.database->ask(query, 1);
    REQUIRE_FALSE(asked);
    return asked.error().message;
  };
  CHECK_THAT(
      words("SELECT m FROM t"),
      Catch::StartsWith("the query names a column that is not there (any more), or `cursor`"));
  CHECK_THAT(words("SELECT n FROM u"), Catch::StartsWith("the query names a table"));
  CHECK_THAT(words("SELECT n FROM (SELECT n FROM t ORDER)"), Catch::Contains("without ORDER BY"));
}

// Two locks, each tried alone: the file is opened to be read, and the connection takes no change.
TEST_CASE("Nothing is written into an SQLite file or beside it", "[sql]") {
  const TillFile till_file;
  Database& database = *till_file.database;
  const auto refused = [&](const char* statement) {
    INFO(statement);
    const auto asked = database.ask(statement, 1);
    REQUIRE_FALSE(asked);
    CHECK_THAT(asked.error().message, Catch::Contains("readonly"));
  };
  refused("CREATE TEMP TABLE own (n)");  // the file takes no harm by it: the connection refuses it
  REQUIRE(database.ask("PRAGMA query_only = 0", 1));
  refused("INSERT INTO t VALUES (2)");
  CHECK(database.ask("SELECT count(*) FROM t", 1)->rows[0][0] == "1");
}

TEST_CASE("An SQLite file is current until another one has its name", "[sql][F44]") {
  const TillFile till_file;
  Database& database = *till_file.database;
  CHECK(database.is_current());
  {
    store::Connection till(till_file.file, store::Connection::Mode::read_write, "");
    till.execute("INSERT INTO t VALUES (2)");
  }
  CHECK(database.is_current());

  make(till_file.directory.path() / "new.db", 3);
  std::filesystem::rename(till_file.directory.path() / "new.db", till_file.file);
  CHECK_FALSE(database.is_current());
  CHECK(database.ask("SELECT count(*) FROM t", 1)->rows[0][0] == "2");  // still the former one

  std::filesystem::remove(till_file.file);
  CHECK_FALSE(database.is_current());
}

TEST_CASE("bytes arrive in hex", "[sql]") {
  const TillFile till_file;
  const auto asked = till_file.database->ask("SELECT x'00FF4a', x'', 'text' FROM t", 1);
  REQUIRE(asked);
  CHECK(asked->rows[0] == Row{"00ff4a", "", "text"});
}

TEST_CASE("A file whose last change is not finished says so, and asks for no rights", "[sql]") {
  const support::TemporaryDirectory directory;
  const auto file = directory.path() / "till.db", broken_off = directory.path() / "broken.db";
  store::Connection till(file, store::Connection::Mode::read_write, "");
  till.execute(
      "PRAGMA journal_mode=DELETE; PRAGMA cache_size=5; CREATE TABLE t (n INTEGER, x TEXT);"
      "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c WHERE n<2000)"
      "INSERT INTO t SELECT n,hex(zeroblob(100)) FROM c; BEGIN; UPDATE t SET x='b'||x");
  std::filesystem::copy_file(file, broken_off);
  std::filesystem::copy_file(file.string() + "-journal", broken_off.string() + "-journal");
  const auto opened = open_sqlite({.file = broken_off.string(), .odbc = {}, .password = {}});
  REQUIRE(opened);
  const auto asked = (*opened)->ask("SELECT count(*) FROM t", 1);
  REQUIRE_FALSE(asked);
  CHECK_THAT(asked.error().message,
             Catch::StartsWith("the till's last change of the database file is not finished"));
}
