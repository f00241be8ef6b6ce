// What may stand on the hub's command line as broker, store and prefix, and how an address is
// shown. Pure. A complaint never repeats what it is about, for that may hold a password.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/result.h"

namespace storeward::hub {

bool is_postgres(std::string_view store);  // else it is a file

Result<void> check_broker(std::string_view url);
Result<void> check_store(std::string_view store);
Result<void> check_prefix(std::string_view prefix);

// Without user, password and options.
std::string shown(std::string_view address);

}  // namespace storeward::hub
