// FileReading: one file's records into the store, each once, in deliveries that carry how far it
// has been read. On the driver's thread.
//
// While a delivery is being stored the next one is made. Whatever ends the process, the cursor says
// where to go on: it is in the same transaction as the records before it. Where the records end
// elsewhere by now (the format's options were changed meanwhile), reading begins anew; what is
// known already is a duplicate.
//
// A record over which the process has ended three times (a bug in our code that it brings to light)
// is set aside unread; a file over which it ends even so is given up. To know the record, reading
// goes one by one at first wherever it was broken off, with the attempt noted before it is made.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/base/sha256.h"
#include "drivers/feed.h"
#include "drivers/file_drop/agent_line.h"
#include "drivers/file_drop/drop_directory.h"
#include "drivers/file_drop/file_cursor.h"
#include "drivers/file_drop/file_story.h"

namespace storeward::file_drop {

// How long the content of a file is remembered at least, so that it is known when it comes again.
inline constexpr int remembered_days = 90;

// Reads a file in chunks from its beginning; not moved by others.
class FileBytes {
 public:
  static constexpr std::size_t chunk_bytes = 256 * 1024;

  explicit FileBytes(int descriptor)
      : descriptor_(descriptor), chunk_(std::make_unique<char[]>(chunk_bytes)) {}
  // Empty: the end. The view holds until the next call.
  Result<std::string_view> next();
  void rewind() { at_ = 0; }

 private:
  int descriptor_;
  std::uint64_t at_ = 0;
  std::unique_ptr<char[]> chunk_;
};

// None: the thread is to end.
std::optional<Result<std::string>> content_hex(int descriptor, const AgentLine& line);

enum class ReadTo : std::uint8_t {
  end,       // every record is in the store
  given_up,  // story.why_failed
  changed,   // the file is not what it was any more
  unreadable,
  ending  // the thread is to end
};

class FileReading {
 public:
  struct Options {
    std::shared_ptr<const FeedPlan> plan;
    int remember_days = remembered_days;
    std::size_t delivery_records = 200;
    std::size_t delivery_bytes = 256 * 1024;  // of events
  };

  FileReading(const Options& options, AgentLine& line, int descriptor, const FileIdentity& identity,
              FileCursor cursor, FileStory& story);

  ReadTo run();
  const std::string& why() const { return why_; }  // unreadable
  const std::optional<std::string>& acknowledgement() const { return acknowledgement_; }

  // After the end: notes that nothing more is to be read of it. False: the thread is to end.
  bool close(FileState state);

  // By which template and version of the agent it reads: what failed by the same fails again.
  static std::string rules(const FeedPlan& plan);
  // Why nothing more is read of a file with this cursor; empty where the process did not end over
  // it.
  static std::string why_given_up(const FileCursor& cursor);

 private:
  // Each of these: none to go on.
  std::optional<ReadTo> open_feed();
  std::optional<ReadTo> begin_attempt();
  std::optional<ReadTo> skip_done();
  std::optional<ReadTo> begin_anew();
  std::optional<ReadTo> read_records();
  std::optional<ReadTo> feed_more();
  std::optional<ReadTo> take(FedRecord& fed);
  std::optional<ReadTo> hand_in();
  std::optional<ReadTo> await();
  Fed next(FedRecord& fed);
  SourceCursor cursor_of(const FileCursor& cursor) const;
  bool store_cursors(std::vector<SourceCursor> cursors);

  const Options& options_;
  AgentLine& line_;
  int descriptor_;
  FileIdentity identity_;
  FileCursor cursor_;  // as it will be when all that was sent is stored
  FileStory& story_;

  FileBytes bytes_;
  std::optional<Feed> feed_;
  std::uint64_t one_by_one_ = 0;  // so many records more
  bool set_next_aside_ = false;
  Delivery delivery_;  // under way
  std::uint64_t delivery_records_ = 0, delivery_end_ = 0;
  std::size_t delivery_bytes_ = 0;
  std::uint64_t delivery_unkept_ = 0;
  bool last_was_exception_ = false;
  std::vector<std::string> sent_reasons_;  // of the items with the store; empty for events
  std::string why_;
  std::optional<std::string> acknowledgement_;
};

}  // namespace storeward::file_drop
