#include "agent/web/assets.h"

#include <algorithm>

namespace storeward::web {

const Asset* asset_at(std::string_view path) {
  const std::span<const Asset> all = assets();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [path](const Asset& asset) { return asset.path == path; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace storeward::web
