// The drivers' way to their cursors: questions to a reader, answered on the io thread.
#pragma once

#include "agent/core/submit.h"
#include "agent/runtime/reader_thread.h"

namespace storeward {

// `reader` outlives what is returned.
SourceCursors source_cursors(ReaderThread& reader);

}  // namespace storeward
