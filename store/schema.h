// Opening the database file as the outbox needs it: pragmas verified, schema created or migrated.
// Migrations are the numbered files in store/migrations, applied in order, each in one transaction
// together with its number (PRAGMA user_version).
#pragma once

#include "store/sqlite.h"
#include "store/tuning.h"

namespace storeward::store {

inline constexpr std::size_t page_bytes = 4096;  // of outbox.db

void prepare_schema(Connection& db, const Tuning& tuning, std::uint64_t max_bytes);

// For readers: refuses a file that a newer program wrote or that holds no outbox.
void check_schema(Connection& db);

}  // namespace storeward::store
