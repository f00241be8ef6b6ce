// What SQLite can still read of an outbox's files, and whether it is this outbox's own. FAULTS F13.
//
// SQLite takes any WAL with sound checksums for the database's own. Who an outbox is stands in the
// database itself, so that a foreign WAL brings its own word for it: outbox.tail, beside it,
// decides.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "store/sqlite.h"
#include "store/tail_file.h"

namespace storeward::store {

// source_root: of our events, as in OutboxOptions.
//
// Before anything is written: opened for writing, the database would take the foreign pages over.
// False also where it cannot be read.
bool is_of_another_outbox(const std::filesystem::path& database, std::string_view source_root);

struct SalvageSource {
  std::unique_ptr<Connection> db;  // none where nothing can be opened that may be ours
  bool at_home = false;  // written as this very file: whatever its names are, its events are ours
};

// With its WAL, or without where that is another outbox's. Only read.
SalvageSource open_salvage_source(const std::filesystem::path& database,
                                  const std::optional<Tail>& tail, std::string_view source_root);

inline constexpr int salvage_checkpoint_pages = 4096;  // of the new file's WAL

// False where damage stopped it, or there is nothing to read from.
bool copy_rows(Connection* from, const std::string& select, Query& insert);

}  // namespace storeward::store
