// What a program finds when it begins: its cursors, and what it is to skip. Read from the store,
// page by page, before each start. io thread.
#pragma once

#include <asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/driver.h"

namespace storeward::exec {

inline constexpr int skip_days = 90;

// The note that a program is not to begin with this again.
SourceCursor skip_note(const std::string& id);

struct Notes {
  static constexpr std::size_t most_cursors = 2'000, most_skipped = 1'000;

  std::vector<SourceCursor> cursors;
  std::vector<std::string> skip;
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
  asio::steady_timer retry_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace storeward::exec
