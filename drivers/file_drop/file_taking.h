// FileTaking: all that is done about one finished file: hash, look up, read, answer, put away. On
// the driver's thread. Whatever it is broken off by, the next one of the same file goes on from
// what is durable.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "drivers/file_drop/agent_line.h"
#include "drivers/file_drop/drop_directory.h"
#include "drivers/file_drop/file_reading.h"
#include "drivers/file_drop/file_story.h"
#include "drivers/file_drop/waiting_files.h"

namespace storeward::file_drop {

enum class Taken : std::uint8_t {
  done,
  failed,      // it is in failed/
  repeated,    // its content had been read before
  unfinished,  // it has changed
  open,        // a program has it open for writing
  later,       // why() says what is in the way
  stays,       // nothing else would have all of it: why(); not to be taken again as it is
  ending       // the thread is to end
};

class FileTaking {
 public:
  struct Options {
    FileReading::Options reading;
    bool keep_copy = true;                   // masked, in done/ and failed/
    std::string marker;                      // the ending of markers; empty: none are agreed
    std::filesystem::path answer_directory;  // empty: formats' answers are not written
  };

  FileTaking(const Options& options, AgentLine& line, const DropDirectory& directory,
             const Finished& file);

  Taken run();
  const std::string& why() const { return why_; }

 private:
  Taken open_and_hash();
  Taken find_out();
  std::optional<Taken> find(const std::string& key, std::optional<std::string>& value);
  Taken go_on_putting_away(const FileCursor& before);
  Taken read();
  Taken answer(const std::optional<std::string>& acknowledgement);
  Taken put_away_repeat(const FileCursor& before);
  Taken put_away();
  Taken keep_copy(const std::string& place);
  std::string kind() const;
  Taken take_out();
  Taken later(std::string why);
  bool is_the_same_file(const FileCursor& cursor) const;

  const Options& options_;
  AgentLine& line_;
  const DropDirectory& directory_;
  const Finished& file_;
  Descriptor descriptor_;
  FileCursor cursor_;
  FileStory story_;
  std::string filed_as_;
  std::string why_;
};

}  // namespace storeward::file_drop
