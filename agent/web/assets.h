// The status page's files, embedded at build time (agent/web/CMakeLists.txt lists them).
#pragma once

#include <span>
#include <string_view>

namespace storeward::web {

struct Asset {
  std::string_view path;  // on the server: "/", "/app.js"
  std::string_view content_type;
  std::string_view bytes;
};

std::span<const Asset> assets();

// Null if there is none at this path.
const Asset* asset_at(std::string_view path);

}  // namespace storeward::web
