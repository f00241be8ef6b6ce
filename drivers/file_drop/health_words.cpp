#include "drivers/file_drop/health_words.h"

#include "drivers/file_drop/file_name.h"

namespace storeward::file_drop {

std::string words_about(const std::map<std::string, std::string>& files) {
  if (files.empty()) return {};
  const auto& [name, why] = *files.begin();
  std::string words = shown(name) + ": " + why;
  if (files.size() > 1) {
    words += "; and " + std::to_string(files.size() - 1) + " more such files";
  }
  return words;
}

Millis unfinished_patience(Millis settle) {
  return 2 * settle + std::chrono::minutes(10);
}

std::string words_about(const Unfinished& file, Instant now, WallTime wall, Millis settle) {
  const std::string since = to_rfc3339(wall - (now - file.since));
  std::string words = shown(file.name) + " has been waiting since " + since + ": ";
  if (file.open) {
    words += "a program has it open for writing, and it is read when that has closed it";
  } else {
    words += "it changes again and again, and it is read when it has not changed for " +
             std::to_string(std::chrono::floor<std::chrono::seconds>(settle).count()) + " s";
  }
  if (file.files > 1) words += "; like this wait " + std::to_string(file.files - 1) + " more";
  return words +
         ". If that never comes, let the source begin a new file, or rename it when it is "
         "whole";
}

}  // namespace storeward::file_drop
