// A fresh store for a test, of either kind: the same cases run on SQLite and on a real PostgreSQL
// that the test program starts in a folder of its own and stops at its end.
#pragma once

#include <memory>
#include <string>

#include "agent/hub/hub_store.h"

namespace storeward::hub::test {

class FreshStore {
 public:
  virtual ~FreshStore() = default;
  virtual std::string where() const = 0;
  std::unique_ptr<HubStore> open() const;  // again and again: what was committed is there
};

struct OnSqlite {
  static std::unique_ptr<FreshStore> make();
};
struct OnPostgres {
  static std::unique_ptr<FreshStore> make();
};

}  // namespace storeward::hub::test
