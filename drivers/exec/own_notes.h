// What a program finds when it begins: its cursors, and what it is to skip. Read from the store,
// page by page, before each start. io thread.
#pragma once

#include <asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "drivers/driver.h"

namespace storeward::exec {

inline constexpr int skip_days = 90;

// An id as the store keeps it: without card numbers, and no longer than a note may be.
std::string kept_id(const std::string& id);
// The note that a program is not to begin with this again.
SourceCursor skip_note(const std::string& id);

struct Notes {
  // Told are also those that an earlier version took beyond most_cursors: it can let go of them.
  static constexpr std::size_t most_cursors = 2'000, most_skipped = 1'000;
  static constexpr std::size_t most_told_bytes = 16u << 20;  // the rest is left out

  std::vector<SourceCursor> cursors;
  std::vector<std::string> skip;
  bool all_told = true;
};

// The keys that a program keeps, with what it has handed in since they were read.
class KeptKeys {
 public:
  void begin(const std::vector<SourceCursor>& cursors);
  // False: that would be one key too many.
  bool take(const SourceCursor& cursor);
  std::size_t count() const { return keys_.size(); }

 private:
  std::set<std::string, std::less<>> keys_;
};

// The ids that are skipped and whose note does not say them, for the rest of this process's life.
class UnwrittenIds {
 public:
  static constexpr std::size_t most = 100;

  void add(const std::string& id);
  void append_to(std::vector<std::string>& skip) const;

 private:
  std::vector<std::string> ids_;
};

class NoteReading {
 public:
  // Calls on_read once, or with an error; not after it has been destroyed.
  using OnRead = std::function<void(Result<Notes>)>;
  NoteReading(const DriverHost& host, std::string driver, OnRead on_read);

 private:
  void ask();
  void take(Result<std::vector<SourceCursor>> page);
  void finish(Result<Notes> notes);

  const DriverHost& host_;
  const std::string driver_;
  OnRead on_read_;
  std::string after_;
  Notes notes_;
  std::size_t told_bytes_ = 0;
  asio::steady_timer retry_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace storeward::exec
