#include "tests/fuzz/support.h"

#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "agent/core/utf8.h"

namespace storeward::fuzz {
namespace {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "storeward-fuzz-XXXXXX").string();
    ASSERT(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

const AdmissionOptions& site() {
  static const TimeZone zone = TimeZone::named("Europe/Berlin").value();
  static const AdmissionOptions options = [] {
    AdmissionOptions made;
    made.tenant = "acme";
    made.site = "store-0042";
    made.agent = "main";
    made.time_zone = &zone;
    return made;
  }();
  return options;
}

const Submitter& till() {
  static const Submitter submitter{"till-3", {"scanner-1"}};
  return submitter;
}

bool is_json(std::string_view text) {
  // The second parser takes a NUL byte for the end.
  return text.find('\0') == text.npos && nlohmann::json::accept(text);
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

const std::filesystem::path& scratch_directory() {
  static const ScratchDirectory directory;
  return directory.path();
}

}  // namespace storeward::fuzz
