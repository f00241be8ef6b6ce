#include "drivers/source/password_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace storeward::source {

Result<std::string> password_in(const std::string& file) {
  if (file.empty()) return std::string();
  errno = 0;
  std::ifstream stream(file);
  std::string line;
  std::getline(stream >> std::ws, line);
  if (line.ends_with('\r')) line.pop_back();
  if (!line.empty()) return line;
  const std::string why = errno != 0 ? std::strerror(errno) : "its first line is empty";
  return fail("the password file " + file + " cannot be read: " + why +
              "; it must be readable by the user the agent runs as");
}

std::optional<std::string> password_when_readable(const Hello& hello, AgentPipe& pipe) {
  constexpr Millis pause{5'000};
  for (;;) {
    auto password = password_in(hello.setting("password_file"));
    if (password) return std::move(*password);
    if (!pipe.failing(password.error().message) || !pipe.wait(pause)) return std::nullopt;
  }
}

}  // namespace storeward::source
