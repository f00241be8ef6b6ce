// FileStory: what happened to one file, and the words for it: the report beside it in done/, the
// reason beside it in failed/. Pure. Nothing in it holds card data: names and reasons come masked.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "drivers/file_drop/file_cursor.h"

namespace storeward::file_drop {

class FileStory {
 public:
  std::string name;  // as shown()
  std::string content_hex;
  std::string taken_at;  // RFC 3339
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  FileTally tally;
  bool resumed = false;      // the details of what was before are not told any more
  bool new_version = false;  // there was another content under this name
  std::string why_failed;    // empty: it has not
  std::string no_copy;       // why there is no copy of it, where one is to be kept

  void ignored(const std::string& reason);
  void exception(const std::string& what, std::uint64_t number);

  // There was something to become of it, and nothing did. What is ignored does not speak for the
  // file: a trailer stands below rows that cannot be read as well.
  bool is_useless() const { return tally.exceptions > 0 && tally.events == 0; }
  bool is_plain() const {
    return tally.exceptions == 0 && tally.ignored == 0 && records > 0 && !new_version &&
           no_copy.empty();
  }

  std::string report() const;  // several lines
  std::string line() const;    // for the log
  // Why a file of which there can be no copy stays where it is, and what to do; one line.
  std::string why_it_stays() const;

 private:
  static constexpr std::size_t most_exceptions = 100, most_reasons = 50;

  std::vector<std::string> exceptions_;
  std::map<std::string, std::uint64_t> ignored_;
};

inline constexpr const char* no_event =
    "not one of its records became an event; the exceptions say why";

// Beside a file whose content has been read before.
std::string repeat_words(const std::string& name, const std::string& content_hex,
                         const FileCursor& before);

}  // namespace storeward::file_drop
