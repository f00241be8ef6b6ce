// SQLite read by somebody who may not write: opened read-only, query_only set, locks waited for and
// statements broken off after the timeout. The only place of the driver that knows sqlite3.h.
#pragma once

#include "drivers/sql/database.h"

namespace storeward::sql {

Answer<std::unique_ptr<Database>> open_sqlite(const Access& access);

}  // namespace storeward::sql
