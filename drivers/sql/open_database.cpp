#include "drivers/sql/database.h"
#include "drivers/sql/odbc_database.h"
#include "drivers/sql/sqlite_database.h"

namespace storeward::sql {

Answer<std::unique_ptr<Database>> open_database(const Access& access) {
  return access.file.empty() ? open_odbc(access) : open_sqlite(access);
}

}  // namespace storeward::sql
