#include "drivers/file_drop/health_words.h"

#include "agent/base/counted.h"
#include "drivers/file_drop/file_name.h"

namespace storeward::file_drop {
namespace {

std::string and_more(std::size_t files, const std::string& verb) {
  if (files <= 1) return {};
  return "; like this " + verb + " " + std::to_string(files - 1) + " more";
}

}  // namespace

std::string words_about(const std::map<std::string, std::string>& files) {
  if (files.empty()) return {};
  const auto& [name, why] = *files.begin();
  std::string words = shown(name) + ": " + why;
  if (files.size() > 1) {
    words += "; and " + counted(files.size() - 1, "more such file");
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
  return words + and_more(file.files, "wait") +
         ". If that never comes, let the source begin a new file, or rename it when it is "
         "whole";
}

std::string words_about_unmarked(const Lying& file, Instant now, WallTime wall,
                                 const std::string& marker) {
  return shown(file.name) + " has been waiting since " + to_rfc3339(wall - (now - file.since)) +
         " for its marker " + shown(file.name + marker) + and_more(file.files, "wait") +
         ". If the source writes no such files, take marker out of the configuration";
}

std::string words_about_unmatched(const Lying& file, Instant now, WallTime wall,
                                  const std::string& pattern) {
  return shown(file.name) + " has been lying there since " + to_rfc3339(wall - (now - file.since)) +
         " and is not read, for its name does not fit pattern = \"" + pattern +
         "\" (upper and lower case are told apart)" + and_more(file.files, "lie");
}

}  // namespace storeward::file_drop
