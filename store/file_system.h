// Files by name, and the file system that the outbox is to live on.
#pragma once

#include <filesystem>

namespace storeward::store {

// Throws a Failure where it is a network share: SQLite's WAL index is memory that all who have the
// database open share, a flush may not reach the platter, and another machine may write there too.
void refuse_network_share(const std::filesystem::path& directory);

void move_file(const std::filesystem::path& from, const std::filesystem::path& to);  // or a Failure
void sync(const std::filesystem::path& file_or_directory);

}  // namespace storeward::store
