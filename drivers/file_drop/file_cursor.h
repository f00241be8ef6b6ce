// What the store keeps of a file, under the hash of its content: how far it has been read. Written
// in the transaction of the records it speaks of. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace storeward::file_drop {

// What became of a file's records.
struct FileTally {
  std::uint64_t events = 0;      // handed in
  std::uint64_t duplicates = 0;  // of them known already; after a crash it may say too few
  std::uint64_t exceptions = 0;
  std::uint64_t unkept = 0;  // records of which an exception could not hold all
  std::uint64_t ignored = 0;
  friend bool operator==(const FileTally&, const FileTally&) = default;
};

enum class FileState : std::uint8_t {
  reading,
  done,   // all of it is in the store
  failed  // nothing more is read of it
};

struct FileCursor {
  FileState state = FileState::reading;
  std::uint64_t records = 0;   // done, from the first one on
  std::uint64_t offset = 0;    // where the last of them ends
  std::uint32_t attempts = 0;  // begun at the record behind it, and the process ended
  FileTally tally;
  std::uint64_t inode = 0;  // of the file it was read from
  std::int64_t mtime_ns = 0;
  std::string name;  // as shown()
  friend bool operator==(const FileCursor&, const FileCursor&) = default;
};

// All that was in the file is in the store, as events or as exceptions.
inline bool is_whole(const FileCursor& cursor) {
  return cursor.state == FileState::done && cursor.tally.unkept == 0;
}

std::string to_text(const FileCursor& cursor);
std::optional<FileCursor> parse_cursor(std::string_view text);

std::string content_key(std::string_view content_hex);
// The value says by which template and version a content was read of which not all is in the store.
std::string rules_key(std::string_view content_hex);
// The value is the hash of the content that last came under this name.
std::string name_key(std::string_view name);
// The value is the driver's AgeClock, in ms since 1970.
std::string age_key();
// Its existence says that this directory has been used: it has a done/ in it.
std::string directory_key(std::string_view path);

}  // namespace storeward::file_drop
