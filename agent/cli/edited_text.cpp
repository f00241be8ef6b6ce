#include "agent/cli/edited_text.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <system_error>

namespace storeward::cli {
namespace {

constexpr std::size_t most_bytes = 1u << 20;

// Readable for its owner alone; gone with this object, unless it is kept.
class PrivateFile {
 public:
  explicit PrivateFile(const std::string& text) {
    std::error_code none;
    path_ = (std::filesystem::temp_directory_path(none) / "storeward-exception-XXXXXX").string();
    const int descriptor = mkstemp(path_.data());
    if (descriptor < 0) return;
    made_ = true;
    close(descriptor);
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~PrivateFile() {
    if (made_ && !kept_) unlink(path_.c_str());
  }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;

  bool made() const { return made_; }
  void keep() { kept_ = true; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool made_ = false, kept_ = false;
};

// The editor's words are the shell's to split: EDITOR="code --wait".
bool run_editor(const std::string& file) {
  const char* script =
      R"(e=${VISUAL:-$EDITOR}; eval "${e:-$(command -v editor || echo vi)} \"\$1\"")";
  const pid_t child = fork();
  if (child < 0) return false;
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", script, "sh", file.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

Result<std::string> text_of_file(const std::string& file) {
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) return fail(file + ": " + std::strerror(errno));
  }
  std::istream& stream = file == "-" ? std::cin : opened;
  std::string text(most_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > most_bytes) return fail(file + ": more than 1 MiB");
  return text;
}

Result<std::optional<std::string>> edited_by_person(const std::string& text) {
  PrivateFile file(text);
  if (!file.made()) return fail(file.path() + ": " + std::strerror(errno));
  const bool orderly = run_editor(file.path());
  auto edited = text_of_file(file.path());
  const bool written = !edited || *edited != text;
  if (!orderly || !edited) {
    const std::string why =
        orderly ? edited.error().message : "the editor failed (EDITOR names it)";
    if (!written) return fail(why);
    file.keep();
    return fail(why + "; what it has written is in " + file.path() +
                ": hand that in with --file, then delete it");
  }
  if (!written) return std::optional<std::string>();
  return std::optional<std::string>(std::move(*edited));
}

}  // namespace storeward::cli
