#include "agent/hub/hub_store.h"

namespace storeward::hub {

Result<std::unique_ptr<HubStore>> open_store(const std::string& where, Access access) {
  if (where.starts_with("postgresql://") || where.starts_with("postgres://")) {
    return open_postgres_store(where, access);
  }
  return open_sqlite_store(where, access);
}

}  // namespace storeward::hub
