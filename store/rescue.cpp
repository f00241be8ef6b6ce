#include "store/rescue.h"

#include "store/file_system.h"

namespace storeward::store {
namespace {

constexpr int pages_per_step = 1024;

}  // namespace

Rescue::Rescue(Connection& db, const DirectoryLock& lock, const std::filesystem::path& directory)
    : directory_(directory), copy_(directory / "outbox.rescuing") {
  if (!lock.is_in(directory)) lock_.emplace(directory);
  std::error_code ignored;
  std::filesystem::remove(copy_, ignored);  // of a life before
  backup_.emplace(db, copy_);
}

Rescue::~Rescue() {
  backup_.reset();
  std::error_code ignored;
  std::filesystem::remove(copy_, ignored);
}

bool Rescue::step() {
  if (!backup_->step(pages_per_step)) return false;
  backup_.reset();
  sync(copy_);
  move_file(copy_, directory_ / rescued_name);
  sync(directory_);
  return true;
}

}  // namespace storeward::store
