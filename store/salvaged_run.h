// Whether bytes of a damaged outbox are a run of events, whole in every respect. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "store/database_pages.h"
#include "store/identity.h"
#include "store/run.h"

namespace storeward::store {

// The epoch that all events of the run bear; none where anything of it is damaged.
std::optional<Epoch> epoch_of_whole(const Run& run);

// Whether the events of a whole run bear a `source` below `root`: those of one commit have one.
bool is_below_root(const Run& run, std::string_view root);

// A row as it stood in a page, if it looks like one of the table `run`.
std::optional<Run> run_in(std::int64_t rowid, const std::vector<StoredValue>& columns);

}  // namespace storeward::store
