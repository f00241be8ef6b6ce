// A directory of configuration files, for the tests of what loads and what is told of what does
// not.
#pragma once

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/load.h"

namespace storeward::config {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "config-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline const std::string least =
    "[site]\ntenant = \"acme\"\nid = \"store-0042\"\ncurrency = \"EUR\"\n"
    "[hub]\nurl = \"mqtt://127.0.0.1:1883\"\n";

// The problems as "line:column: message".
inline std::vector<std::string> problems_of(const std::string& text) {
  const Folder folder;
  const auto file = folder.write("storeward.toml", text);
  const auto config = load(file);
  std::vector<std::string> lines;
  if (config) return lines;
  for (const Problem& problem : config.error().problems) {
    CHECK(problem.place.file == file.string());
    lines.push_back(to_text(problem).substr(file.string().size() + 1));
  }
  return lines;
}

}  // namespace storeward::config
