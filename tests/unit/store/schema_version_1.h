// An outbox as the first version of the schema left it, made of a current one.
#pragma once

#include <string>

#include "store/sqlite.h"

namespace storeward::store {

inline void make_version_1(const std::filesystem::path& outbox, const std::string& vfs = {}) {
  Connection db(outbox, Connection::Mode::read_write, vfs);
  Transaction transaction(db);
  for (const char* table : {"stream", "absent", "dedup_segment", "dedup_block"}) {
    db.execute("ALTER TABLE " + std::string(table) + " DROP COLUMN crc");
  }
  for (const char* table : {"source_cursor", "audit", "audit_end"}) {
    db.execute("DROP TABLE " + std::string(table));
  }
  db.execute("DROP INDEX exception_closed");
  for (const char* column :
       {"driver", "place", "template_name", "template_version", "note", "closed_ms"}) {
    db.execute("ALTER TABLE exception DROP COLUMN " + std::string(column));
  }
  db.execute("PRAGMA user_version=1");
  transaction.commit();
}

}  // namespace storeward::store
