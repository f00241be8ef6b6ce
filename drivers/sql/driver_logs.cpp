#include "drivers/sql/driver_logs.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "agent/base/ascii.h"

namespace storeward::sql {
namespace {

constexpr const char* system_odbcinst = "/etc/odbcinst.ini";

std::string key_of(const std::string& line) {
  std::string key;
  for (const char c : line.substr(0, line.find('='))) {
    if (c != ' ' && c != '\t') key += to_lower(c);
  }
  return key;
}

}  // namespace

std::string without_driver_logs(std::string_view odbcinst) {
  std::istringstream lines{std::string(odbcinst)};
  std::string text;
  bool of_psqlodbc = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) of_psqlodbc = line.starts_with("[PostgreSQL");
    const std::string key = key_of(line);
    const bool is_log = of_psqlodbc && (key == "commlog" || key == "debug");
    text += (is_log ? key + "=0" : line) + '\n';
  }
  return text;
}

void keep_drivers_from_logging() {
  if (std::getenv("ODBCINSTINI") != nullptr || std::getenv("ODBCSYSINI") != nullptr) return;
  std::ifstream file(system_odbcinst, std::ios::binary);
  if (!file) return;
  const std::string given{std::istreambuf_iterator<char>(file), {}};
  const std::string text = without_driver_logs(given);
  const int memory = ::memfd_create("odbcinst.ini", MFD_CLOEXEC);
  if (memory < 0) return;
  if (::write(memory, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    ::close(memory);
    return;
  }
  // Open until the end. The variable holds a name below /etc.
  const std::string name = "../proc/self/fd/" + std::to_string(memory);
  ::setenv("ODBCINSTINI", name.c_str(), 1);
}

}  // namespace storeward::sql
