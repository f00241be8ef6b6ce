// Plays the corpus once: storeward-fuzz-replay CORPUS [TARGET]. No fuzzer, no clang: what was found
// once is looked for in every run of the tests. Exit code 1 where a target has no corpus; a crash
// or a property that does not hold stops the program, the last line names the input.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

using storeward::fuzz::Target;

// Of exactly the input's size, so that AddressSanitizer sees a read beyond its end.
std::vector<char> contents_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  bytes.shrink_to_fit();
  return bytes;
}

bool replay(const Target& target, const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    std::fprintf(stderr, "%s\n", file.c_str());
    const std::vector<char> bytes = contents_of(file);
    if (bytes.size() > target.max_bytes) {
      std::fprintf(stderr, "  is longer than the target takes\n");
      return false;
    }
    target.run({bytes.data(), bytes.size()});
  }
  std::printf("%-20s %zu inputs\n", std::string(target.name).c_str(), files.size());
  return !files.empty();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2 || count > 3) {
    std::fprintf(stderr, "usage: storeward-fuzz-replay CORPUS [TARGET]\n");
    return 2;
  }
  std::size_t played = 0;
  bool fine = true;
  for (const Target& target : storeward::fuzz::targets()) {
    if (count == 3 && target.name != arguments[2]) continue;
    fine = replay(target, std::filesystem::path(arguments[1]) / target.name) && fine;
    ++played;
  }
  return fine && played > 0 ? 0 : 1;
}
