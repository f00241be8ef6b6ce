// WaitingFiles: the files that have been seen and are not read yet, and which of them are finished:
// unchanged for settle_s by our own monotonic clock over at least two looks (the clocks of file
// servers are not to be trusted), or, where markers are agreed, marked. Pure; owned by the driver's
// thread. At most `most` files; further ones are seen when there is room.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "drivers/file_drop/drop_directory.h"

namespace storeward::file_drop {

struct Finished {
  std::string name;
  FileIdentity identity;
};

// A file that does not get finished.
struct Unfinished {
  std::string name;
  Instant since;          // it has been known
  bool open = false;      // a program has it open for writing; else it changes again and again
  std::size_t files = 0;  // that are like that, this one included
};

class WaitingFiles {
 public:
  static constexpr Millis first_trouble_pause{30'000}, longest_trouble_pause{600'000};

  // No `settle`: only what is marked is finished.
  WaitingFiles(std::optional<Millis> settle, std::size_t most) : settle_(settle), most_(most) {}

  bool full() const { return files_.size() >= most_; }
  bool knows(const std::string& name) const { return files_.contains(name); }
  std::vector<std::string> names() const;

  // Each time the file is looked at. `marked`: its marker is there.
  void saw(const std::string& name, const FileIdentity& identity, bool marked, Instant now);
  void forget(const std::string& name) { files_.erase(name); }
  void put_off(const std::string& name, Instant again);  // not before `again`
  void put_off_as_open(const std::string& name, Instant again);
  // Until it is another one: as it is there is nothing to be done.
  void leave(const std::string& name);
  // It could not be dealt with: each time twice as long, for it has to be read anew to be known.
  void put_off_for_trouble(const std::string& name, Instant now);

  // Oldest first (as the file server says), then by name.
  std::vector<Finished> finished(Instant now) const;
  // The one that has been waiting longest, of those that are open or have been changing for longer
  // than they need to settle.
  std::optional<Unfinished> longest_unfinished(Instant now) const;

 private:
  static constexpr Millis settling_patience{60'000};

  struct File {
    FileIdentity identity;
    Instant unchanged_since;
    std::uint32_t looks = 0;
    bool marked = false;
    Instant not_before{};
    std::uint32_t troubles = 0;
    Instant known_since = unchanged_since;
    bool open = false, left = false;
  };

  bool is_settled(const File& file, Instant now) const;
  bool is_unfinished(const File& file, Instant now) const;

  std::optional<Millis> settle_;
  std::size_t most_;
  std::map<std::string, File> files_;
};

}  // namespace storeward::file_drop
