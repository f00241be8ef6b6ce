// An outbox as the first version of the schema left it, made of a current one: whatever later
// migrations added is taken away again, so that a new migration needs no word here.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "store/migrations.inc"  // generated: constexpr std::array migrations
#include "store/sqlite.h"

namespace storeward::store {

inline std::vector<std::string> names(Connection& db, const std::string& sql) {
  std::vector<std::string> found;
  Query query(db, sql);
  Query::Rows rows = query.rows();
  while (rows.next()) found.push_back(rows.text(0));
  return found;
}

inline void make_version_1(const std::filesystem::path& outbox, const std::string& vfs = {}) {
  Connection first(":memory:", Connection::Mode::read_write, "");
  first.execute(std::string(migrations[0]));
  Connection db(outbox, Connection::Mode::read_write, vfs);
  Transaction transaction(db);
  for (const std::string kind : {"index", "table"}) {
    const std::string all =
        "SELECT name FROM sqlite_master WHERE sql IS NOT NULL AND type='" + kind + "'";
    const std::vector<std::string> known = names(first, all);
    for (const std::string& name : names(db, all)) {
      if (!std::ranges::count(known, name)) db.execute("DROP " + kind + " " + name);
    }
  }
  for (const std::string& table :
       names(first, "SELECT name FROM sqlite_master WHERE type='table'")) {
    const std::string all = "SELECT name FROM pragma_table_info('" + table + "')";
    const std::vector<std::string> known = names(first, all);
    for (const std::string& column : names(db, all)) {
      if (!std::ranges::count(known, column)) {
        db.execute("ALTER TABLE " + table + " DROP COLUMN " + column);
      }
    }
  }
  db.execute("PRAGMA user_version=1");
  transaction.commit();
}

}  // namespace storeward::store
