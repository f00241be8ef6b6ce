#include "agent/base/machine.h"

#include <fstream>

namespace storeward {

std::string machine_id() {
  std::string id;
  std::ifstream("/etc/machine-id") >> id;
  return id;
}

}  // namespace storeward
