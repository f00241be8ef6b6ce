#include "store/source_cursor_table.h"

#include <algorithm>
#include <limits>

namespace storeward::store {
namespace {

constexpr std::int64_t day_ms = 24 * 3600 * 1000;

void check(const Query::Rows& rows, int column, std::string_view driver, std::string_view key) {
  if (rows.integer(column) != 0) return;
  throw Failure(StoreFailure::corrupt, "outbox.db: the cursor \"" + std::string(key) +
                                           "\" of driver " + std::string(driver) +
                                           " differs from its checksum");
}

}  // namespace

SourceCursorTable::SourceCursorTable(Connection& db, const Tuning& tuning)
    : db_(db),
      tuning_(tuning),
      find_(db, "SELECT expires_ms FROM source_cursor WHERE driver=?1 AND key=?2"),
      put_(db,
           "INSERT INTO source_cursor(driver,key,value,expires_ms,crc) VALUES(?1,?2,?3,?4,"
           "crc32c(?1,?2,?3,?4)) ON CONFLICT DO UPDATE SET "
           "value=?3,expires_ms=?4,crc=excluded.crc"),
      erase_(db, "DELETE FROM source_cursor WHERE driver=?1 AND key=?2"),
      drop_(db,
            "DELETE FROM source_cursor WHERE driver=?1 AND key IN (SELECT key FROM source_cursor "
            "INDEXED BY source_cursor_expiry WHERE driver=?1 AND expires_ms BETWEEN 1 AND ?2 "
            "ORDER BY expires_ms LIMIT ?3)"),
      first_expiry_(db,
                    "SELECT expires_ms FROM source_cursor INDEXED BY source_cursor_expiry WHERE "
                    "driver=?1 AND expires_ms>0 ORDER BY expires_ms LIMIT 1") {
  load();
}

void SourceCursorTable::load() {
  held_.clear();
  Query count(db_,
              "SELECT driver,count(*),sum(expires_ms>0) FROM source_cursor INDEXED BY "
              "source_cursor_expiry GROUP BY driver");
  for (Query::Rows rows = count.rows(); rows.next();) {
    Held& held = held_[rows.text(0)];
    held.all = static_cast<std::uint64_t>(rows.integer(1));
    held.expiring = static_cast<std::uint64_t>(rows.integer(2));
  }
  for (auto& [driver, held] : held_) {
    Query::Rows rows = first_expiry_.rows(driver);
    held.first_expiry_ms = rows.next() ? rows.integer(0) : 0;
  }
}

std::string SourceCursorTable::why_refused(std::span<const SourceCursor> cursors) {
  for (const SourceCursor& cursor : cursors) {
    if (cursor.driver.empty() || cursor.driver.size() > SourceCursor::longest_driver ||
        cursor.key.empty() || cursor.key.size() > SourceCursor::longest_key ||
        cursor.value.size() > SourceCursor::longest_value) {
      return "a cursor of driver \"" + cursor.driver + "\" has no name, or is too long";
    }
  }
  std::map<std::string, std::uint64_t> staying;  // afterwards, at most
  for (const SourceCursor& cursor : cursors) {
    const Held held = held_[cursor.driver];
    if (cursor.gone || held.all + cursors.size() <= tuning_.source_cursors) continue;
    if (find_.rows(cursor.driver, cursor.key).next()) continue;
    std::uint64_t& count =
        staying.try_emplace(cursor.driver, held.all - held.expiring).first->second;
    if (++count > tuning_.source_cursors) {
      return "driver \"" + cursor.driver + "\" keeps " + std::to_string(tuning_.source_cursors) +
             " cursors that never expire, more than that there may not be";
    }
  }
  return {};
}

void SourceCursorTable::note_gone(const std::string& driver, std::int64_t expires_ms) {
  Held& held = held_[driver];
  --held.all;
  if (expires_ms > 0) --held.expiring;
}

void SourceCursorTable::put(const SourceCursor& cursor, std::int64_t now_ms) {
  std::optional<std::int64_t> known;
  {
    Query::Rows rows = find_.rows(cursor.driver, cursor.key);
    if (rows.next()) known = rows.integer(0);
  }
  if (known) note_gone(cursor.driver, *known);
  if (cursor.gone) {
    erase_.run(cursor.driver, cursor.key);
    return;
  }
  Held& held = held_[cursor.driver];
  if (!known && held.all >= tuning_.source_cursors) {
    drop(cursor.driver, std::numeric_limits<std::int64_t>::max(), 1);
  }
  const std::int64_t expires_ms =
      cursor.keep_days ? std::max<std::int64_t>(1, now_ms + *cursor.keep_days * day_ms) : 0;
  put_.run(cursor.driver, cursor.key, cursor.value, expires_ms);
  ++held.all;
  if (expires_ms == 0) return;
  ++held.expiring;
  held.first_expiry_ms =
      held.first_expiry_ms == 0 ? expires_ms : std::min(held.first_expiry_ms, expires_ms);
}

// Those that expire by then, the first ones first.
void SourceCursorTable::drop(const std::string& driver, std::int64_t through_ms,
                             std::uint64_t most) {
  drop_.run(driver, through_ms, most);
  const auto dropped = static_cast<std::uint64_t>(db_.changes());
  Held& held = held_[driver];
  held.all -= dropped;
  held.expiring -= dropped;
  Query::Rows rows = first_expiry_.rows(driver);
  held.first_expiry_ms = rows.next() ? rows.integer(0) : 0;
}

bool SourceCursorTable::expires(std::int64_t now_ms) const {
  return std::ranges::any_of(held_, [now_ms](const auto& entry) {
    const std::int64_t first = entry.second.first_expiry_ms;
    return first != 0 && first <= now_ms;
  });
}

void SourceCursorTable::expire_step(std::int64_t now_ms) {
  for (auto& [driver, held] : held_) {
    if (held.first_expiry_ms == 0 || held.first_expiry_ms > now_ms) continue;
    drop(driver, now_ms, tuning_.expire_cursors);
    return;
  }
}

std::optional<std::string> read_source_cursor(Connection& db, std::string_view driver,
                                              std::string_view key) {
  Query query(db,
              "SELECT value,crc=crc32c(driver,key,value,expires_ms) FROM source_cursor WHERE "
              "driver=?1 AND key=?2");
  Query::Rows rows = query.rows(driver, key);
  if (!rows.next()) return std::nullopt;
  check(rows, 1, driver, key);
  return rows.text(0);
}

std::vector<SourceCursor> read_source_cursors(Connection& db, std::string_view driver,
                                              std::string_view after_key, std::size_t limit) {
  std::vector<SourceCursor> found;
  Query query(db,
              "SELECT key,value,crc=crc32c(driver,key,value,expires_ms) FROM source_cursor WHERE "
              "driver=?1 AND key>?2 ORDER BY key LIMIT ?3");
  for (Query::Rows rows = query.rows(driver, after_key, std::uint64_t{limit}); rows.next();) {
    SourceCursor& cursor = found.emplace_back();
    cursor.driver = driver;
    cursor.key = rows.text(0);
    cursor.value = rows.text(1);
    check(rows, 2, driver, cursor.key);
  }
  return found;
}

}  // namespace storeward::store
