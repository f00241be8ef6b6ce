// The last way of a file: a copy of it without card data and a report go to done/ or failed/, then
// it is taken out of the drop directory. Each step is durable before the next one begins; after a
// crash in between all of them are done again, with the same names. The file as the source wrote it
// is never anywhere but in its drop directory.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/base/result.h"
#include "drivers/file_drop/drop_directory.h"

namespace storeward::file_drop {

struct FileToPutAway {
  const DropDirectory& directory;
  std::string name;
  int descriptor = -1;    // of the file, open for reading
  FileIdentity identity;  // as it was read
  std::string marker;     // a name beside it that goes with it; empty: none
};

enum class Copied : std::uint8_t { yes, not_text, secret_column, ending };

// `ending`: whether to give up in the middle.
Result<Copied> copy_masked(const FileToPutAway& file, const std::string& subdirectory,
                           const std::string& as, const std::function<bool()>& ending);

Result<void> put_beside(const DropDirectory& directory, const std::string& subdirectory,
                        const std::string& as, std::string_view text);

// Takes the file out of the drop directory. False: another file has its name by now; that one is
// left as it is.
Result<bool> take_out(const FileToPutAway& file);

// A crash within take_out() leaves the file under a name of our own; it is dealt with under that.
bool is_taken_aside(std::string_view name);
std::string source_name(const std::string& name);  // what the source has called it

}  // namespace storeward::file_drop
