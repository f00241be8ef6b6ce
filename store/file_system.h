// What kind of file system the outbox is to live on.
#pragma once

#include <filesystem>

namespace storeward::store {

// Throws a Failure where it is a network share: SQLite's WAL index is memory that all who have the
// database open share, a flush may not reach the platter, and another machine may write there too.
void refuse_network_share(const std::filesystem::path& directory);

}  // namespace storeward::store
