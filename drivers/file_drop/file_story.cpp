#include "drivers/file_drop/file_story.h"

#include "agent/base/counted.h"

namespace storeward::file_drop {
namespace {

std::string verdict(const FileStory& story) {
  if (!story.why_failed.empty()) {
    const std::string again =
        ". When the template or the file is mended, put it into the drop directory again";
    return "failed: " + story.why_failed + (story.is_useless() ? again : "");
  }
  if (story.bytes == 0) return "done: the file is empty";
  if (story.records == 0) return "done: there is no record in it";
  return "done";
}

}  // namespace

void FileStory::ignored(const std::string& reason) {
  ++tally.ignored;
  const bool room = ignored_.size() < most_reasons || ignored_.contains(reason);
  ++ignored_[room ? reason : "other reasons"];
}

void FileStory::exception(const std::string& what, std::uint64_t number) {
  if (exceptions_.size() >= most_exceptions) return;
  exceptions_.push_back(number == 0 ? what : what + " (exception " + std::to_string(number) + ")");
}

std::string FileStory::report() const {
  std::string text = name + "\n" + verdict(*this) + "\n\n";
  text += "read        " + taken_at + "\n";
  text += "bytes       " + std::to_string(bytes) + "\n";
  text += "content     sha256 " + content_hex + "\n";
  if (new_version) text += "version     a file of this name came before, with another content\n";
  text += "records     " + std::to_string(records) + "\n";
  text += "events      " + std::to_string(tally.events) + "\n";
  text += "duplicates  " + std::to_string(tally.duplicates) + " of them, known already\n";
  text += "exceptions  " + std::to_string(tally.exceptions) + "\n";
  text += "ignored     " + std::to_string(tally.ignored) + "\n";
  if (!no_copy.empty()) text += "copy        none: " + no_copy + "\n";
  if (resumed) {
    text +=
        "\nIt was read in several goes; what follows is of the last one. All exceptions: storeward "
        "exceptions list\n";
  }
  if (!exceptions_.empty()) text += "\nExceptions (storeward exceptions show NUMBER)\n";
  for (const std::string& what : exceptions_) text += "  " + what + "\n";
  if (tally.exceptions > exceptions_.size() && !exceptions_.empty()) {
    text += "  and " + std::to_string(tally.exceptions - exceptions_.size()) + " more\n";
  }
  if (!ignored_.empty()) text += "\nIgnored\n";
  for (const auto& [reason, count] : ignored_) {
    text += "  " + counted(count, "record") + ": " + reason + "\n";
  }
  return text;
}

std::string FileStory::line() const {
  std::string text = verdict(*this) + ": " + counted(records, "record") + ", " +
                     counted(tally.events, "event") + " (" + std::to_string(tally.duplicates) +
                     " known already), " + counted(tally.exceptions, "exception") + ", " +
                     std::to_string(tally.ignored) + " ignored";
  if (new_version) text += "; a new version under a known name";
  return text;
}

std::string FileStory::why_it_stays() const {
  const std::string what =
      why_failed.empty()
          ? counted(tally.unkept, "record") + " could not be read, and no exception holds all of it"
          : why_failed;
  return what + ". It stays here, for there can be no copy of it: " + no_copy +
         ". Have it written anew as the template reads it, or mend the template and start the "
         "agent again; if it is not needed, take it away";
}

std::string repeat_words(const std::string& name, const std::string& content_hex,
                         const FileCursor& before) {
  return name + "\nnot read again: the same content was read before, as " + before.name + "\n\n" +
         "content     sha256 " + content_hex + "\n" + "then        " +
         counted(before.records, "record") + ", " + counted(before.tally.events, "event") + ", " +
         counted(before.tally.exceptions, "exception") + "\n";
}

}  // namespace storeward::file_drop
