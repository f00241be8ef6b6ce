#include "store/schema.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "store/migrations.inc"  // generated: constexpr std::array migrations

namespace storeward::store {
namespace {

constexpr std::uint64_t least_pages = 64;
constexpr int journal_size_limit = 16 << 20;

std::int64_t current_version() {
  return static_cast<std::int64_t>(migrations.size());
}

std::int64_t refuse_newer(Connection& db) {
  const std::int64_t version = db.integer("PRAGMA user_version");
  if (version > current_version()) {
    throw Failure(StoreFailure::newer_schema,
                  "outbox.db has schema version " + std::to_string(version) +
                      ", this program knows up to version " + std::to_string(current_version()) +
                      "; install the newer storeward again");
  }
  return version;
}

// A pragma that did not take effect would quietly void what an answer promises.
void verify_pragma(Connection& db, const std::string& name, const std::string& expected) {
  const std::string value = db.text("PRAGMA " + name);
  if (value != expected) {
    throw Failure(StoreFailure::invalid, "outbox.db: PRAGMA " + name + " is " + value + ", not " +
                                             expected + "; this SQLite cannot hold the outbox");
  }
}

// What an earlier life left in the WAL may be visible and yet not on the platter: it was killed
// before its sync, or the sync failed and the kernel holds the pages for clean. Nothing may be
// answered from it or appended to it before the database file has it, synced.
void settle_wal(Connection& db) {
  try {
    db.checkpoint();
  } catch (const Failure& failure) {
    // A full disk must not keep the outbox from draining.
    if (failure.error().kind != StoreFailure::full) throw;
  }
}

}  // namespace

void prepare_schema(Connection& db, const Tuning& tuning, std::uint64_t max_bytes) {
  db.execute("PRAGMA page_size=" + std::to_string(page_bytes));
  std::int64_t version = refuse_newer(db);  // before anything is written
  // Takes effect at creation only, but always writes: on a full disk that would be the end.
  if (version == 0) db.execute("PRAGMA auto_vacuum=INCREMENTAL");
  db.execute("PRAGMA journal_mode=WAL");
  db.execute("PRAGMA synchronous=" + tuning.synchronous);
  db.execute("PRAGMA journal_size_limit=" + std::to_string(journal_size_limit));
  db.execute("PRAGMA secure_delete=OFF");
  db.execute("PRAGMA cell_size_check=ON");
  db.execute("PRAGMA foreign_keys=OFF");
  db.execute("PRAGMA temp_store=MEMORY");
  db.execute("PRAGMA cache_size=-4096");
  verify_pragma(db, "journal_mode", "wal");
  verify_pragma(db, "synchronous", "2");
  settle_wal(db);
  for (; version < current_version(); ++version) {
    Transaction transaction(db);
    db.execute(std::string(migrations[static_cast<std::size_t>(version)]));
    db.execute("PRAGMA user_version=" + std::to_string(version + 1));
    transaction.commit();
  }
  if (max_bytes != 0) {
    const std::uint64_t pages = std::max(max_bytes / page_bytes, least_pages);
    db.execute("PRAGMA max_page_count=" + std::to_string(pages));
  }
}

void check_schema(Connection& db) {
  const std::int64_t version = refuse_newer(db);
  if (version < current_version()) {
    throw Failure(StoreFailure::invalid, "outbox.db has schema version " + std::to_string(version) +
                                             "; start `storeward run` once to bring it up to date");
  }
  db.execute("PRAGMA cell_size_check=ON");
}

}  // namespace storeward::store
