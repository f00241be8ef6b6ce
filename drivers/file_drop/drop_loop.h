// DropLoop: what the driver's thread does: looks into the directory every poll_s seconds (sooner
// when inotify hints at something; shares of other machines hint at nothing), and takes the
// finished files one after the other, the oldest first.
//
// However many entries a directory has, a look goes at no more than `entries_per_look` new ones and
// goes on there the next time, and no more than `most_waiting` files are known by name.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drivers/file_drop/drop_lock.h"
#include "drivers/file_drop/emptying.h"
#include "drivers/file_drop/failed_files.h"
#include "drivers/file_drop/file_taking.h"
#include "drivers/file_drop/left_lying.h"

namespace storeward::file_drop {

class DropLoop {
 public:
  struct Options {
    std::string directory;
    DirectoryShare share;
    Millis poll{5'000};
    Millis settle{5'000};
    int keep_days = 30;  // in done/
    FileTaking::Options taking;
  };

  DropLoop(const Options& options, AgentLine& line);

  void run();  // until the thread is to end

 private:
  static constexpr std::size_t entries_per_look = 10'000, most_waiting = 10'000;
  static constexpr std::size_t most_troubles = 100, most_named = 1'000, most_failed = 1'000;

  WaitingFiles nobody_waiting() const;
  bool open_directory();
  bool have_alone(const DropDirectory& directory);
  bool remember_directory(bool used_before);
  void look();
  void look_again(const std::string& name, Instant now);
  void see(const std::string& name, Instant now);
  bool is_meant(const std::string& name) const;
  bool is_marked(const std::string& name) const;
  bool is_a_marker(const std::string& name) const;
  void see_unmeant(const std::string& name, Instant now);
  void say_refused(const std::string& name, const std::string& why);
  bool take_finished();  // whether there was anything
  void take(const Finished& file);
  void note_trouble(const std::string& name, const std::string& why);
  void note_staying(const std::string& name, const std::string& why);
  void say_health();
  std::string say_unfinished(Instant now, bool& look);
  std::string say_unmarked(Instant now, bool& look) const;
  std::string say_unmatched(Instant now) const;
  void say_failing(std::string words);
  void watch();

  const Options& options_;
  AgentLine& line_;
  SystemClock clock_;
  std::optional<DropDirectory> directory_;
  std::optional<DropLock> lock_;  // as long as there is a directory
  Descriptor inotify_;
  WaitingFiles waiting_;
  std::map<std::string, std::string> troubles_;  // name -> why it is left for later
  std::map<std::string, std::string> staying_;   // name -> why, until it is another file
  std::set<std::string> refused_;                // said once
  LeftLying unmarked_, unmatched_;
  std::string unfinished_;  // of which a look has been asked for
  FailedCount failed_count_;
  std::uint64_t done_ = 0, failed_ = 0, repeated_ = 0;
  bool all_looked_at_ = true, said_no_locks_ = false;
  Emptying emptying_;
};

}  // namespace storeward::file_drop
