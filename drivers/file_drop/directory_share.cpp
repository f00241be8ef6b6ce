#include "drivers/file_drop/directory_share.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "agent/base/assert.h"
#include "drivers/file_drop/file_name.h"
#include "drivers/file_drop/put_away.h"

namespace storeward::file_drop {
namespace {

// A marker is its file's driver's.
bool fits(const FilesMeant& meant, const std::string& name) {
  if (matches(meant.pattern, name)) return true;
  return !meant.marker.empty() && name.ends_with(meant.marker) &&
         matches(meant.pattern, name.substr(0, name.size() - meant.marker.size()));
}

}  // namespace

DirectoryShare::DirectoryShare(std::vector<FilesMeant> drivers, std::size_t own)
    : drivers_(std::move(drivers)), own_(own) {
  ASSERT(own_ < drivers_.size());
}

std::optional<std::size_t> DirectoryShare::owner_of(const std::string& name) const {
  const std::string source = source_name(name);
  const auto owner = std::ranges::find_if(
      drivers_, [&source](const FilesMeant& meant) { return fits(meant, source); });
  if (owner != drivers_.end()) return static_cast<std::size_t>(owner - drivers_.begin());
  // Taken aside when the patterns were others: nobody but us sees it there.
  if (is_taken_aside(name)) return 0;
  return std::nullopt;
}

bool DirectoryShare::is_anothers(const std::string& name) const {
  const auto owner = owner_of(name);
  return owner && *owner != own_;
}

std::string DirectoryShare::text() const {
  std::string text;
  for (const FilesMeant& meant : drivers_) text += meant.pattern + "\t" + meant.marker + "\n";
  return text;
}

std::string DirectoryShare::patterns_in(const std::string& text) {
  std::string patterns;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    patterns += (patterns.empty() ? "\"" : ", \"") + shown(line.substr(0, line.find('\t'))) + "\"";
  }
  return patterns;
}

}  // namespace storeward::file_drop
