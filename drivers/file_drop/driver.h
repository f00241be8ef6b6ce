// file_drop: files that a source puts into a directory (local, SMB, NFS), each read once, record by
// record. The promise and its price are in docs/drivers/file_drop.md.
//
// All that can wait for a disk or a file server is on a thread of its own, which is left behind at
// the end if it hangs there; see agent_line.h for what the two have in common.
#pragma once

#include <memory>
#include <string>

#include "drivers/driver.h"
#include "drivers/file_drop/directory_share.h"

namespace storeward::file_drop {

struct FileDropOptions {
  std::string driver;  // its name
  std::string directory;
  DirectoryShare share;
  Millis poll{5'000};
  Millis settle{5'000};   // 0: files are renamed into place, and finished when they are seen
  bool keep_copy = true;  // masked, in done/ and failed/
  int keep_days = 30;
  std::string answer_directory;  // empty: none
};

std::unique_ptr<Driver> make_file_drop(FileDropOptions options,
                                       std::shared_ptr<const FeedPlan> plan,
                                       const DriverHost& host);

}  // namespace storeward::file_drop
