// The memory of repeats in a salvage: copied as far as it is whole, else made again from the runs.
#pragma once

#include <cstdint>

#include "store/run.h"
#include "store/tuning.h"

namespace storeward::store {

// Segments whose blocks are all there. False where some are not. version: of the schema in `from`.
bool copy_dedup(Connection* from, std::int64_t version, Connection& to);

// From the runs that stand in `to`.
void rebuild_dedup(Connection& to, RunTable& runs, const Tuning& tuning);

}  // namespace storeward::store
