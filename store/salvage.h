// Salvage: a new outbox from a damaged one. FAULTS F12, decision 0014.
//
// Whoever finds damage marks the directory; the next open salvages before anything else. The
// damaged files are set aside in damaged-<UTC>/ and never changed or deleted. What passes its
// checks is copied row by row, numbers that are gone are announced as absent, and a new epoch
// begins, so that no number is used twice. Killed half-way it is done again by the next open.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "store/outbox.h"

namespace storeward::store {

// Notes that this outbox is damaged; an earlier note stays. On the tests' disks, which are no
// files, there is nothing to salvage and nothing is noted. Never throws.
void mark_damaged(const OutboxOptions& options, const std::string& cause) noexcept;
bool is_marked_damaged(const std::filesystem::path& directory);

// Which numbers outbox.tail knows to be used, in words: "sales 1 to 4711"; empty: none.
std::string noted_streams(const std::filesystem::path& directory);

// In words, if an outbox has been here and its database is gone or empty. To be asked before SQLite
// opens it: that would make an empty one, and delete the WAL in which the events may stand.
std::string lost_database(const std::filesystem::path& directory);

// What a process has saved of files that were taken from it while it ran (rescue.h). Whatever lies
// in their place by now is set aside. The caller holds the directory's lock.
void put_rescued_in_place(const std::filesystem::path& directory);

// The caller holds the directory's lock. Throws Failure where even that cannot be done (a full or
// broken disk); the mark stays.
void salvage(const OutboxOptions& options, const Clock& clock);

// What was salvaged here, for a person, as long as the files set aside lie in the directory.
std::optional<std::string> salvage_notice(const std::filesystem::path& directory);

}  // namespace storeward::store
