// docs/configuration.md, made from the table of keys. Pure.
#pragma once

#include <string>

namespace storeward::config {

std::string reference_page();

}  // namespace storeward::config
