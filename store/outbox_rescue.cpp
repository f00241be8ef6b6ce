// The outbox's files were deleted, moved, replaced or cut while it was open (decision 0020).
#include "store/outbox_state.h"

namespace storeward::store {
namespace {

constexpr auto pause_after_attempt = std::chrono::seconds(10);

Failure rescued(const std::string& files_gone) {
  return {StoreFailure::io, files_gone + "; all it held is in " + rescued_name +
                                ", from which the next start goes on"};
}

}  // namespace

void Outbox::State::look_at_files() {
  if (!files || dead) return;
  const auto [gone, cut] = files->look(db.wal_pages());
  // At its close SQLite would write into whatever bears the names by then, or delete it.
  if (!gone.empty() || !cut.empty()) db.leave_wal_at_close();
  if (gone.empty() && !cut.empty()) throw Failure(StoreFailure::corrupt, cut);
  if (gone.empty()) {
    rescue.reset();
    no_rescue.clear();
  }
  files_gone = gone;
}

// True once a copy of everything is complete.
bool Outbox::State::try_rescue() {
  try {
    if (!rescue) rescue.emplace(db, lock, options.directory);
    return rescue->step();
  } catch (const Failure& failure) {
    no_rescue = failure.error().message;
    rescue.reset();
    rescue_next = clock.now() + pause_after_attempt;
    return false;
  }
}

UpkeepStep Outbox::State::rescue_step() {
  if (!rescue && clock.now() < rescue_next) return {};
  if (!try_rescue()) return {rescue.has_value(), std::nullopt};
  throw rescued(files_gone);
}

void Outbox::State::close(const std::function<void()>& progress) {
  look_at_files();
  if (files_gone.empty()) return;
  while (!try_rescue()) {
    if (!rescue) {
      throw Failure(StoreFailure::io,
                    files_gone + ", and it could not be written anew: " + no_rescue);
    }
    progress();
  }
  throw rescued(files_gone);
}

}  // namespace storeward::store
