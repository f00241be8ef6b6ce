#include "tests/support/crash_vfs.h"

#include <sqlite3.h>
#include <catch2/catch.hpp>

#include <memory>
#include <string>

using namespace storeward::support;

namespace {

// A bare connection: a counter table, one row a transaction.
class Database {
 public:
  Database(const CrashVfs& vfs, const std::string& synchronous) {
    sqlite3* raw = nullptr;
    ready_ = sqlite3_open_v2("/disk/test.db", &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                             vfs.name().c_str()) == SQLITE_OK;
    connection_.reset(raw);
    ready_ = ready_ && run("PRAGMA journal_mode=WAL") && run("PRAGMA synchronous=" + synchronous) &&
             run("PRAGMA wal_autocheckpoint=20") &&
             run("CREATE TABLE IF NOT EXISTS row (n INTEGER PRIMARY KEY, filler BLOB)");
  }
  bool ready() const { return ready_; }
  bool run(const std::string& sql) const {
    return sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  }
  bool insert() const { return run("INSERT INTO row (filler) VALUES (randomblob(3000))"); }
  std::string text(const std::string& sql) const {
    std::string result = "no answer";
    const auto take = [](void* out, int, char** values, char**) {
      *static_cast<std::string*>(out) = values[0] != nullptr ? values[0] : "";
      return 0;
    };
    sqlite3_exec(connection_.get(), sql.c_str(), take, &result, nullptr);
    return result;
  }
  int rows() const { return std::stoi("0" + text("SELECT count(*) FROM row")); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  std::unique_ptr<sqlite3, Close> connection_;
  bool ready_ = false;
};

struct Loss {
  int lost = 0;         // transactions that were reported as committed and are gone
  bool broken = false;  // integrity check
};

// Inserts until the fault strikes, three lives in a row, and looks what is left each time.
Loss play(std::uint64_t seed, const std::string& synchronous, DiskFault fault) {
  Random random(seed);
  CrashVfs vfs("crash-bare", seed);
  Loss loss;
  int committed = 0;
  for (int life = 0; life < 3; ++life) {
    {
      const Database database(vfs, synchronous);
      vfs.fail_at(random.between(1, 400), fault);
      for (int i = 0; i < 60; ++i) {
        if (database.insert()) ++committed;
      }
    }
    vfs.clear_faults();
    if (!vfs.down()) vfs.power_cut();
    vfs.restart();
    const Database after(vfs, synchronous);
    if (!after.ready() || after.text("PRAGMA integrity_check") != "ok") loss.broken = true;
    if (after.rows() < committed) loss.lost += committed - after.rows();
    committed = after.rows();
  }
  return loss;
}

}  // namespace

TEST_CASE("with synchronous=FULL a committed transaction survives any power cut",
          "[crash_vfs][F1]") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    const Loss loss = play(seed, "FULL", DiskFault::power_cut);
    REQUIRE(loss.lost == 0);
    REQUIRE_FALSE(loss.broken);
  }
}

TEST_CASE("the disk does lose what was not synced", "[crash_vfs]") {
  int lossy = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Loss loss = play(seed, "OFF", DiskFault::power_cut);
    lossy += loss.lost != 0 || loss.broken ? 1 : 0;
  }
  CHECK(lossy >= 10);
}

TEST_CASE("a full disk refuses and nothing that was committed suffers", "[crash_vfs][F7]") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    const Loss loss = play(seed, "FULL", DiskFault::full);
    REQUIRE(loss.lost == 0);
    REQUIRE_FALSE(loss.broken);
  }
}

TEST_CASE("the same seed gives the same disk", "[crash_vfs]") {
  const auto operations = [](std::uint64_t seed) {
    CrashVfs vfs("crash-bare", seed);
    {
      const Database database(vfs, "OFF");
      for (int i = 0; i < 30; ++i) REQUIRE(database.insert());
      vfs.power_cut();
    }
    std::string content;
    for (const auto& [name, file] : vfs.image())
      content += name + std::string(file->read(0, 1u << 20));
    return std::pair(vfs.operations(), content);
  };
  CHECK(operations(7) == operations(7));
  CHECK(operations(7).second != operations(8).second);
}

TEST_CASE("a killed process leaves its writes to the next one", "[crash_vfs]") {
  CrashVfs vfs("crash-bare", 3);
  {
    const Database database(vfs, "OFF");
    REQUIRE(database.insert());
    vfs.kill();
    CHECK_FALSE(database.insert());
  }
  vfs.restart();
  CHECK(Database(vfs, "FULL").rows() == 1);
}

TEST_CASE("two connections share one database through the WAL index", "[crash_vfs]") {
  CrashVfs vfs("crash-bare", 4);
  const Database writer(vfs, "FULL");
  const Database other(vfs, "FULL");
  REQUIRE(writer.insert());
  CHECK(other.rows() == 1);
  REQUIRE(other.run("BEGIN"));
  REQUIRE(other.rows() == 1);
  REQUIRE(writer.insert());
  CHECK(other.rows() == 1);  // its snapshot
  REQUIRE(other.run("COMMIT"));
  CHECK(other.rows() == 2);
}

TEST_CASE("an older image of the disk can be put back", "[crash_vfs]") {
  CrashVfs vfs("crash-bare", 5);
  CrashDisk::Image image;
  {
    const Database database(vfs, "FULL");
    REQUIRE(database.insert());
    image = vfs.image();
    REQUIRE(database.insert());
    vfs.kill();
  }
  vfs.restart();
  vfs.restore(image);
  CHECK(Database(vfs, "FULL").rows() == 1);
}
