// Any database with an ODBC driver, over unixODBC. The only place that knows sql.h.
//
// The driver is foreign code that may hang or crash: it runs in this process, which is not the
// agent's, and the agent ends it when it is silent.
#pragma once

#include "drivers/sql/database.h"

namespace storeward::sql {

Answer<std::unique_ptr<Database>> open_odbc(const Access& access);

}  // namespace storeward::sql
