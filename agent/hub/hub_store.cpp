#include "agent/hub/hub_store.h"

#include "agent/hub/address.h"

namespace storeward::hub {

Result<std::unique_ptr<HubStore>> open_store(const std::string& where, Access access) {
  return is_postgres(where) ? open_postgres_store(where, access) : open_sqlite_store(where, access);
}

}  // namespace storeward::hub
