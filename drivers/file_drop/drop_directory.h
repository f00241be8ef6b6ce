// DropDirectory: the directory into which a source puts its files, seen through one descriptor, so
// that no name in it leads anywhere else: every look and every opening is of an entry of this
// directory itself, follows no link and never waits for a FIFO or a device. Owned by the driver's
// thread; a dead file server hangs in here.
//
// It has two directories of ours in it, done/ and failed/, made when it is first used.
#pragma once

#include <dirent.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/result.h"
#include "drivers/file_drop/descriptor.h"

namespace storeward::file_drop {

// Which file, and in which state it is.
struct FileIdentity {
  std::uint64_t device = 0, inode = 0;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

struct Seen {
  enum Kind : std::uint8_t { gone, directory, file, refused } kind = gone;
  FileIdentity identity;
  std::string why;  // refused: what it is
};

// The words of the last failed system call.
std::string last_error();

Result<FileIdentity> identity_of(int descriptor);

class DropDirectory {
 public:
  // `used_before`: then it has a done/ in it; one without it is something else (a share that is
  // not mounted leaves an empty directory).
  static Result<DropDirectory> open(const std::string& path, bool used_before);

  int descriptor() const { return *directory_; }
  const std::string& path() const { return path_; }
  // Whether the path still leads to this directory.
  bool still_there() const;

  Seen look(const std::string& name) const;
  bool exists(const std::string& name) const { return look(name).kind != Seen::gone; }
  // For reading; a regular file or nothing.
  Result<Descriptor> open_file(const std::string& name) const;

  // The next entries, at most `most`; where it ends it begins again with the following call.
  // True: that was the end of it.
  Result<bool> scan(std::size_t most, const std::function<void(const std::string&)>& entry);

 private:
  DropDirectory(std::string path, Descriptor directory)
      : path_(std::move(path)), directory_(std::move(directory)) {}

  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };

  std::string path_;
  Descriptor directory_;
  std::unique_ptr<DIR, Close> stream_;  // where the scan stands
};

// Opens a directory of ours below another, making it where it is missing.
Result<Descriptor> open_subdirectory(int parent, const std::string& name);

// Whether some program has the file open for writing: only local file systems tell; false where it
// cannot be known.
bool is_being_written(int descriptor);

}  // namespace storeward::file_drop
