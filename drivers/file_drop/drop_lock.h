// DropLock: keeps others from reading the same files, which would then be two agents' sales, or two
// drivers'. Held are bytes of done/.storeward.lock: the first one by all drivers of one
// DirectoryShare together, with its text in the file, so that no other share is read by beside it;
// and one by each driver for its pattern, so that it is read by once. Gone with its process,
// however that ends. NFS (v4) and SMB carry it to other machines; where the file system knows no
// locks, it is held in name only.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "drivers/file_drop/descriptor.h"
#include "drivers/file_drop/directory_share.h"
#include "drivers/file_drop/drop_directory.h"

namespace storeward::file_drop {

inline constexpr std::string_view lock_name = ".storeward.lock";  // in done/, never emptied of it

class DropLock {
 public:
  // An error says who has it, or why it cannot be had.
  static Result<DropLock> take(const DropDirectory& directory, const DirectoryShare& share);

  bool still_there() const;            // false: somebody has deleted its file
  bool held() const { return held_; }  // false: the file system knows no locks

 private:
  DropLock(Descriptor file, bool held) : file_(std::move(file)), held_(held) {}

  Descriptor file_;
  bool held_;
};

}  // namespace storeward::file_drop
