#include "drivers/file_drop/left_lying.h"

namespace storeward::file_drop {

void LeftLying::saw(const std::string& name, Instant now) {
  if (const auto known = files_.find(name); known != files_.end()) {
    known->second.seen = true;
  } else if (!full()) {
    files_.emplace(name, File{.since = now});
  }
}

void LeftLying::end_round() {
  std::erase_if(files_, [](const auto& file) { return !file.second.seen; });
  for (auto& [name, file] : files_) file.seen = false;
}

std::optional<Lying> LeftLying::longest(Instant now) const {
  std::optional<Lying> longest;
  std::size_t count = 0;
  for (const auto& [name, file] : files_) {
    if (now - file.since < patience) continue;
    ++count;
    if (!longest || file.since < longest->since) longest = {.name = name, .since = file.since};
  }
  if (longest) longest->files = count;
  return longest;
}

}  // namespace storeward::file_drop
