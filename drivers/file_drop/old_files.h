// OldFiles: what lies in done/ or failed/ for longer than it is to be kept, deleted bit by bit, so
// that a directory with very many files holds nobody up. Owned by the driver's thread.
#pragma once

#include <dirent.h>

#include <memory>
#include <string>

#include "agent/base/clock.h"
#include "drivers/file_drop/drop_directory.h"

namespace storeward::file_drop {

class OldFiles {
 public:
  OldFiles(const DropDirectory& directory, const std::string& subdirectory, int keep_days);

  // Looks at the next entries, at most `most`. False: that was the end of it.
  bool delete_some(WallTime now, std::size_t most);

 private:
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };

  int keep_days_;
  std::unique_ptr<DIR, Close> stream_;
};

}  // namespace storeward::file_drop
