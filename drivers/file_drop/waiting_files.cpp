#include "drivers/file_drop/waiting_files.h"

#include <algorithm>

#include "drivers/file_drop/file_name.h"

namespace storeward::file_drop {

std::vector<std::string> WaitingFiles::names() const {
  std::vector<std::string> all;
  all.reserve(files_.size());
  for (const auto& [name, file] : files_) all.push_back(name);
  return all;
}

void WaitingFiles::saw(const std::string& name, const FileIdentity& identity, bool marked,
                       Instant now) {
  const auto known = files_.find(name);
  if (known == files_.end()) {
    if (full()) return;
    files_.emplace(name, File{identity, now, 1, marked});
    return;
  }
  File& file = known->second;
  file.marked = marked;
  if (file.identity == identity) {
    ++file.looks;
    return;
  }
  file = {.identity = identity,
          .unchanged_since = now,
          .looks = 1,
          .marked = marked,
          .known_since = file.known_since,
          .open = file.open};
}

void WaitingFiles::put_off(const std::string& name, Instant again) {
  const auto known = files_.find(name);
  if (known == files_.end()) return;
  known->second.not_before = again;
  known->second.open = false;
}

void WaitingFiles::put_off_as_open(const std::string& name, Instant again) {
  const auto known = files_.find(name);
  if (known == files_.end()) return;
  known->second.not_before = again;
  known->second.open = true;
}

void WaitingFiles::leave(const std::string& name) {
  const auto known = files_.find(name);
  if (known == files_.end()) return;
  known->second.left = true;
  known->second.open = false;
}

void WaitingFiles::put_off_for_trouble(const std::string& name, Instant now) {
  const auto known = files_.find(name);
  if (known == files_.end()) return;
  Millis pause = first_trouble_pause;
  for (std::uint32_t i = 0; i < known->second.troubles && pause < longest_trouble_pause; ++i) {
    pause *= 2;
  }
  ++known->second.troubles;
  known->second.open = false;
  known->second.not_before = now + std::min(pause, longest_trouble_pause);
}

bool WaitingFiles::is_settled(const File& file, Instant now) const {
  return settle_ &&
         (*settle_ == Millis{0} || (file.looks >= 2 && now - file.unchanged_since >= *settle_));
}

bool WaitingFiles::is_unfinished(const File& file, Instant now) const {
  if (file.left || file.troubles > 0) return false;
  if (file.open) return true;
  return settle_ && !is_settled(file, now) &&
         now - file.known_since >= *settle_ + settling_patience;
}

std::optional<Unfinished> WaitingFiles::longest_unfinished(Instant now) const {
  std::optional<Unfinished> longest;
  std::size_t count = 0;
  for (const auto& [name, file] : files_) {
    if (!is_unfinished(file, now)) continue;
    ++count;
    if (longest && file.known_since >= longest->since) continue;
    longest = {.name = name, .since = file.known_since, .open = file.open};
  }
  if (longest) longest->files = count;
  return longest;
}

std::vector<Finished> WaitingFiles::finished(Instant now) const {
  std::vector<Finished> ready;
  for (const auto& [name, file] : files_) {
    if (file.left || now < file.not_before) continue;
    if (file.marked || is_settled(file, now)) ready.push_back({name, file.identity});
  }
  std::ranges::sort(ready, [](const Finished& one, const Finished& other) {
    if (one.identity.mtime_ns != other.identity.mtime_ns) {
      return one.identity.mtime_ns < other.identity.mtime_ns;
    }
    return natural_less(one.name, other.name);
  });
  return ready;
}

}  // namespace storeward::file_drop
