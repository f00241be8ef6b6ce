// FileWatch: whether outbox.db and its WAL stand where they were opened, and as long as they were
// left.
//
// SQLite goes on with files that somebody has deleted, moved or replaced under it, and the next
// start finds none of what was answered since (https://www.sqlite.org/howtocorrupt.html, 4). A file
// that is held open keeps its number: another one under its name is another file. Any one thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace storeward::store {

class FileWatch {
 public:
  // Once the database is open.
  explicit FileWatch(const std::filesystem::path& database);

  // Only a checkpoint of ours makes the database shorter; to be called after each.
  void note_length();

  struct Finding {
    std::string gone, cut;  // in words; empty: nothing is
  };
  Finding look(int wal_pages);  // as many of the WAL's pages are needed

 private:
  struct File {
    std::filesystem::path path;
    dev_t device = 0;
    ino_t number = 0;  // 0: not there yet
  };
  // Whether the file is gone; else whether it is shorter than that.
  static void look(File& file, std::uint64_t least_bytes, Finding& finding);
  static std::string where_now(const File& file);

  File database_;
  std::uint64_t database_bytes_ = 0;  // at least
  File wal_;                          // made by the first commit, which may be after us
};

}  // namespace storeward::store
