// The sample files beside the project (shared/data, not part of it): a test that reads them says so
// and does nothing where they are absent.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace storeward::support {

inline std::optional<std::filesystem::path> sample_data() {
  std::filesystem::path folder = std::filesystem::path(STOREWARD_SOURCE_DIR).parent_path();
  for (int up = 0; up < 3; ++up, folder = folder.parent_path()) {
    if (std::filesystem::is_directory(folder / "shared/data")) return folder / "shared/data";
  }
  return std::nullopt;
}

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace storeward::support
