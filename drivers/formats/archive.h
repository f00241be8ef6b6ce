// The files in a zip, tar or compressed tar that lies in memory; by libarchive, which archive.cpp
// alone includes. Nothing is written anywhere: a name in an archive is a word, not a path.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace storeward {

struct ArchivedFile {
  std::string name;  // without its folders
  std::string content;
};

// Regular files only. Fails where the bytes are no archive, it is damaged or encrypted, or holds
// more than `most_bytes` or `most_files`.
Result<std::vector<ArchivedFile>> unpack(std::string_view bytes, std::size_t most_bytes,
                                         std::size_t most_files);

}  // namespace storeward
