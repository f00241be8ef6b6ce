// What lies in failed/, for a person to see to: a file counts until its reason (and its copy) have
// gone from there. Owned by the driver's thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/result.h"
#include "drivers/file_drop/drop_directory.h"

namespace storeward::file_drop {

// A reason beside a file in failed/ is named as the file, with this behind it.
inline constexpr std::string_view reason_suffix = ".reason.txt";

struct FailedFiles {
  std::size_t count = 0;
  bool more = false;  // than were looked at
  std::string first;  // the name of one, by which its reason is found; empty if there is none
};

// Of the first `most` entries.
FailedFiles failed_files(const DropDirectory& directory, std::size_t most);

// Counts only where failed/ has changed: it is asked at every look, and on a share each entry is a
// question to the server.
class FailedCount {
 public:
  const FailedFiles& of(const DropDirectory& directory, std::size_t most, Instant now);

 private:
  FailedFiles known_;
  FileIdentity folder_;   // as it was when it was counted
  Instant seen_since_{};  // that it is so
  bool settled_ = false;  // whatever changes from now on gives it another time
};

// What is filed under this name in failed/ has been dealt with: it goes, reason and copy.
Result<void> remove_failed(const DropDirectory& directory, const std::string& filed_as);

// For the driver's health; empty where there are none.
std::string words_about(const FailedFiles& failed);

}  // namespace storeward::file_drop
