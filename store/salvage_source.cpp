#include "store/salvage_source.h"

#include "store/identity.h"
#include "store/run.h"
#include "store/salvaged_run.h"

namespace storeward::store {
namespace {

enum class Whose : std::uint8_t { at_home, unknown, a_copy, foreign };

// Of none: nothing speaks against it.
bool newest_run_is_below(Connection& db, std::string_view source_root) {
  const auto key = static_cast<Place>(db.integer("SELECT max(key) FROM run"));
  if (!is_place(key)) return true;
  const auto run = RunTable(db).at_or_after(stream_at(key), sequence_at(key));
  return !run || is_below_root(*run, source_root);
}

bool knows_another(Connection& db, const Tail& tail, std::string_view source_root) {
  Query query(db, "SELECT no=?1,uuid=?2 FROM epoch WHERE no=?1 OR uuid=?2");
  bool number_taken = false;
  for (Query::Rows rows = query.rows(tail.number, tail.epoch); rows.next();) {
    if (rows.integer(1) != 0) return false;
    number_taken = true;  // and numbers of epochs are never used twice
  }
  return number_taken || !newest_run_is_below(db, source_root);
}

Whose whose(Connection& db, const std::filesystem::path& database, const std::optional<Tail>& tail,
            std::string_view source_root) {
  try {
    if (moved(db, identity_of(database, {})).empty()) return Whose::at_home;
    return tail && knows_another(db, *tail, source_root) ? Whose::foreign : Whose::a_copy;
  } catch (const Failure&) {
    return Whose::unknown;  // damaged: what can be read is judged row by row
  }
}

std::unique_ptr<Connection> opened(const std::filesystem::path& database, Connection::Mode mode) {
  try {
    return std::make_unique<Connection>(database, mode, std::string());
  } catch (const Failure&) {
    return nullptr;  // not even that: the pages remain
  }
}

}  // namespace

bool is_of_another_outbox(const std::filesystem::path& database, std::string_view source_root) {
  const auto tail = read_tail(database.parent_path());
  if (!tail || !std::filesystem::exists(database)) return false;
  const auto db = opened(database, Connection::Mode::read_only);
  return db && whose(*db, database, tail, source_root) == Whose::foreign;
}

SalvageSource open_salvage_source(const std::filesystem::path& database,
                                  const std::optional<Tail>& tail, std::string_view source_root) {
  auto db = opened(database, Connection::Mode::read_only);
  const Whose all = db ? whose(*db, database, tail, source_root) : Whose::unknown;
  if (all == Whose::at_home || all == Whose::unknown) {
    return {std::move(db), all == Whose::at_home};
  }
  auto file = opened(database, Connection::Mode::file_alone);
  const Whose alone = file ? whose(*file, database, tail, source_root) : Whose::foreign;
  if (alone == Whose::at_home) return {std::move(file), true};
  if (all == Whose::a_copy) return {std::move(db), false};
  if (alone == Whose::foreign) return {};
  return {std::move(file), false};
}

bool copy_rows(Connection* from, const std::string& select, Query& insert) {
  if (!from) return false;
  try {
    Query query(*from, select);
    for (Query::Rows rows = query.rows(); rows.next();) insert.run_with(rows);
    return true;
  } catch (const Failure& failure) {
    if (failure.error().kind != StoreFailure::corrupt) throw;
    return false;
  }
}

}  // namespace storeward::store
