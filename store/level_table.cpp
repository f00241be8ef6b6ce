#include "store/level_table.h"

#include "agent/base/assert.h"

namespace storeward::store {
namespace {

// Of a row of find_.
bool has_identity_of(const Event& event, const Query::Rows& rows) {
  return static_cast<std::uint64_t>(rows.integer(1)) == event.digests.key;
}

bool has_content_of(const Event& event, const Query::Rows& rows) {
  return static_cast<std::uint64_t>(rows.integer(2)) == event.digests.content;
}

}  // namespace

LevelTable::LevelTable(Connection& db)
    : db_(db),
      find_(db, "SELECT as_of,key,content FROM level WHERE place=?1"),
      insert_(db, "INSERT INTO level(place,as_of,key,content,bytes) VALUES(?1,?2,?3,?4,?5)"),
      replace_(db, "UPDATE level SET as_of=?2,key=?3,content=?4,bytes=?5 WHERE place=?1"),
      oldest_(db, "SELECT number,key,content,bytes FROM level ORDER BY number LIMIT ?1"),
      remove_(db, "DELETE FROM level WHERE number<=?1") {
  load();
}

void LevelTable::load() {
  waiting_ = static_cast<std::uint64_t>(db_.integer("SELECT count(*) FROM level"));
}

LevelTable::Put LevelTable::put(const Event& event) {
  ASSERT(event.level.has_value());
  const LevelKey& level = *event.level;
  const Blob bytes{event.bytes};
  {
    Query::Rows rows = find_.rows(level.place);
    if (rows.next()) {
      if (has_identity_of(event, rows)) {
        return has_content_of(event, rows) ? Put::duplicate : Put::conflict;
      }
      if (rows.text(0) > level.as_of) return Put::stored;
      replace_.run(level.place, level.as_of, event.digests.key, event.digests.content, bytes);
      return Put::stored;
    }
  }
  insert_.run(level.place, level.as_of, event.digests.key, event.digests.content, bytes);
  ++waiting_;
  return Put::stored;
}

bool LevelTable::contradicts(const Event& event) {
  Query::Rows rows = find_.rows(event.level->place);
  return rows.next() && has_identity_of(event, rows) && !has_content_of(event, rows);
}

}  // namespace storeward::store
