#include "tests/support/crash_disk.h"

#include <algorithm>
#include <array>

#include "agent/base/assert.h"

namespace storeward::support {

std::string_view DiskFile::read(std::uint64_t offset, std::size_t count) const {
  if (offset >= seen_.size()) return {};
  return std::string_view(seen_).substr(offset, count);
}

void DiskFile::apply_write(std::string& content, std::uint64_t at, std::string_view bytes) {
  if (content.size() < at + bytes.size()) content.resize(at + bytes.size(), '\0');
  std::ranges::copy(bytes, content.begin() + static_cast<std::ptrdiff_t>(at));
}

void DiskFile::write(std::uint64_t offset, std::string_view bytes) {
  apply_write(seen_, offset, bytes);
  unsynced_.push_back({offset, std::string(bytes), false});
}

void DiskFile::truncate(std::uint64_t size) {
  seen_.resize(size, '\0');
  unsynced_.push_back({size, {}, true});
}

void DiskFile::sync() {
  for (const Change& change : unsynced_) {
    if (change.truncates) {
      durable_.resize(change.at, '\0');
    } else {
      apply_write(durable_, change.at, change.bytes);
    }
  }
  unsynced_.clear();
}

void DiskFile::keep_some(Random& random, double kept_share) {
  for (const Change& change : unsynced_) {
    if (change.truncates) {
      if (random.chance(kept_share)) durable_.resize(change.at, '\0');
      continue;
    }
    std::string_view rest = change.bytes;
    for (std::uint64_t at = change.at; !rest.empty();) {
      const std::string_view part = rest.substr(0, sector_bytes - at % sector_bytes);
      if (random.chance(kept_share)) apply_write(durable_, at, part);
      at += part.size();
      rest.remove_prefix(part.size());
    }
  }
  unsynced_.clear();
}

void DiskFile::fail_sync(Random& random) {
  keep_some(random, 0.5);
}

void DiskFile::lose_power(Random& random, double kept_share) {
  keep_some(random, kept_share);
  seen_ = durable_;
}

std::shared_ptr<DiskFile> DiskFile::copy() const {
  auto copy = std::make_shared<DiskFile>();
  copy->seen_ = copy->durable_ = seen_;
  return copy;
}

std::shared_ptr<DiskFile> CrashDisk::find(const std::string& name) const {
  const auto entry = entries_.find(name);
  return entry == entries_.end() ? nullptr : entry->second.back();
}

std::shared_ptr<DiskFile> CrashDisk::create(const std::string& name) {
  ASSERT(!find(name));
  Entry& entry = entries_.try_emplace(name, Entry{nullptr}).first->second;
  return entry.emplace_back(std::make_shared<DiskFile>());
}

void CrashDisk::remove(const std::string& name) {
  ASSERT(find(name));
  entries_.at(name).push_back(nullptr);
}

void CrashDisk::sync_directory() {
  for (auto& [name, entry] : entries_) entry.erase(entry.begin(), entry.end() - 1);
  std::erase_if(entries_, [](const auto& item) { return !item.second.back(); });
}

std::uint64_t CrashDisk::used_bytes() const {
  std::uint64_t used = 0;
  for (const auto& [name, entry] : entries_) used += entry.back() ? entry.back()->size() : 0;
  return used;
}

void CrashDisk::lose_power(Random& random) {
  // Everything lost and everything kept are the corners; most cuts are somewhere between.
  constexpr std::array kept_shares = {0.0, 0.1, 0.5, 0.9, 1.0};
  const double kept_share = kept_shares[random.below(kept_shares.size())];
  for (auto& [name, entry] : entries_) {
    const bool kept = random.chance(kept_share);
    const std::size_t survivor = kept ? entry.size() - 1 : random.below(entry.size());
    entry = {entry[survivor]};
    if (entry.back()) entry.back()->lose_power(random, kept_share);
  }
  std::erase_if(entries_, [](const auto& item) { return !item.second.back(); });
}

CrashDisk::Image CrashDisk::image() const {
  Image image;
  for (const auto& [name, entry] : entries_) {
    if (entry.back()) image.emplace(name, entry.back()->copy());
  }
  return image;
}

void CrashDisk::restore(const Image& image) {
  entries_.clear();
  for (const auto& [name, file] : image) entries_.emplace(name, Entry{file->copy()});
}

}  // namespace storeward::support
