#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

std::vector<Target>& registered() {
  static std::vector<Target> all;
  return all;
}

}  // namespace

Registered::Registered(const Target& target) {
  registered().push_back(target);
}

const std::vector<Target>& targets() {
  return registered();
}

}  // namespace storeward::fuzz
