#include "drivers/file_drop/file_taking.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/base/log.h"
#include "drivers/file_drop/durable_file.h"
#include "drivers/file_drop/failed_files.h"
#include "drivers/file_drop/file_kind.h"
#include "drivers/file_drop/file_name.h"
#include "drivers/file_drop/put_away.h"

namespace storeward::file_drop {

FileTaking::FileTaking(const Options& options, AgentLine& line, const DropDirectory& directory,
                       const Finished& file)
    : options_(options), line_(line), directory_(directory), file_(file) {
  story_.name = shown(source_name(file.name));
  story_.bytes = file.identity.size;
  story_.taken_at = to_rfc3339(SystemClock().wall());
}

Taken FileTaking::run() {
  if (const Taken opened = open_and_hash(); opened != Taken::done) return opened;
  filed_as_ = filed_name(source_name(file_.name), story_.content_hex);
  // Every empty file has the same content: nothing is to be remembered of it.
  if (story_.bytes == 0) return put_away();
  return find_out();
}

Taken FileTaking::open_and_hash() {
  auto opened = directory_.open_file(file_.name);
  if (!opened) return later("it cannot be opened: " + opened.error().message);
  descriptor_ = std::move(*opened);
  if (is_being_written(*descriptor_)) return Taken::open;
  const auto before = identity_of(*descriptor_);
  if (!before || *before != file_.identity) return Taken::unfinished;
  const auto hex = content_hex(*descriptor_, line_);
  if (!hex) return Taken::ending;
  if (!*hex) return later(hex->error().message);
  const auto after = identity_of(*descriptor_);
  if (!after || *after != *before) return Taken::unfinished;
  story_.content_hex = **hex;
  return Taken::done;
}

// None: go on, with what the store has under the key.
std::optional<Taken> FileTaking::find(const std::string& key, std::optional<std::string>& value) {
  auto found = line_.find_cursor(key);
  if (!found) return Taken::ending;
  if (!*found) return later(found->error().message);
  value = std::move(**found);
  return std::nullopt;
}

// Has this content been read before, all of it or a part?
Taken FileTaking::find_out() {
  std::optional<std::string> known, rules;
  if (const auto taken = find(content_key(story_.content_hex), known)) return *taken;
  const std::optional<FileCursor> cursor = known ? parse_cursor(*known) : std::nullopt;
  if (!cursor) {
    if (const auto taken = find(name_key(story_.name), known)) return *taken;
    story_.new_version = known && *known != story_.content_hex;
  } else if (cursor->state == FileState::reading) {
    cursor_ = *cursor;
  } else if (is_the_same_file(*cursor)) {
    if (const auto taken = find(rules_key(story_.content_hex), rules)) return *taken;
    const bool mended = rules && *rules != FileReading::rules(*options_.reading.plan);
    if (is_whole(*cursor) || !mended) return go_on_putting_away(*cursor);
  } else if (is_whole(*cursor)) {
    return put_away_repeat(*cursor);
  }
  // What failed is read again when it is put here again: the template may have been mended.
  cursor_.inode = file_.identity.inode;
  cursor_.mtime_ns = file_.identity.mtime_ns;
  cursor_.name = story_.name;
  return read();
}

// Only that was broken off, or the file stays.
Taken FileTaking::go_on_putting_away(const FileCursor& before) {
  story_.records = before.records;
  story_.tally = before.tally;
  story_.resumed = true;
  if (before.state == FileState::failed) {
    story_.why_failed = FileReading::why_given_up(before);
    if (story_.why_failed.empty()) story_.why_failed = no_event;
  }
  return put_away();
}

bool FileTaking::is_the_same_file(const FileCursor& cursor) const {
  return cursor.inode == file_.identity.inode && cursor.mtime_ns == file_.identity.mtime_ns &&
         cursor.name == story_.name;
}

Taken FileTaking::read() {
  FileReading reading(options_.reading, line_, *descriptor_, file_.identity, cursor_, story_);
  switch (reading.run()) {
    case ReadTo::ending:
      return Taken::ending;
    case ReadTo::changed:
      log::warn("{}: {}: changed while it was being read; begun anew when it is finished",
                line_.driver(), story_.name);
      return Taken::unfinished;
    case ReadTo::unreadable:
      return later(reading.why());
    case ReadTo::given_up:
      break;
    case ReadTo::end:
      if (story_.is_useless()) story_.why_failed = no_event;
      if (const Taken answered = answer(reading.acknowledgement()); answered != Taken::done) {
        return answered;
      }
      break;
  }
  if (!reading.close(story_.why_failed.empty() ? FileState::done : FileState::failed)) {
    return Taken::ending;
  }
  return put_away();
}

Taken FileTaking::answer(const std::optional<std::string>& acknowledgement) {
  if (!acknowledgement || options_.answer_directory.empty()) return Taken::done;
  const std::string path = options_.answer_directory.string();
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return later("cannot open answer_directory " + path + ": " + last_error());
  const auto written = write_durably(*directory, filed_as_ + ".ack", *acknowledgement);
  return written ? Taken::done : later(path + ": " + written.error().message);
}

Taken FileTaking::put_away_repeat(const FileCursor& before) {
  log::warn("{}: {}: not read again, the same content was read before as {}", line_.driver(),
            story_.name, before.name);
  const auto noted = put_beside(directory_, "done", filed_as_ + ".repeat.txt",
                                repeat_words(story_.name, story_.content_hex, before));
  if (!noted) return later(noted.error().message);
  const Taken taken = take_out();
  return taken == Taken::done ? Taken::repeated : taken;
}

Taken FileTaking::put_away() {
  const bool failed = !story_.why_failed.empty();
  const std::string place = failed ? "failed" : "done";
  if (story_.bytes > 0) {
    if (const Taken kept = keep_copy(place); kept != Taken::done) return kept;
  }
  if (failed || !story_.is_plain()) {
    const auto noted = put_beside(directory_, place,
                                  filed_as_ + (failed ? std::string(reason_suffix) : ".report.txt"),
                                  story_.report());
    if (!noted) return later(noted.error().message);
  }
  if (!failed) {
    // The same content failed before, and no longer does.
    const auto removed = remove_failed(directory_, filed_as_);
    if (!removed) return later(removed.error().message);
  }
  if (const Taken taken = take_out(); taken != Taken::done) return taken;
  if (failed || story_.tally.exceptions > 0) {
    log::warn("{}: {}: {}", line_.driver(), story_.name, story_.line());
  } else {
    log::info("{}: {}: {}", line_.driver(), story_.name, story_.line());
  }
  return failed ? Taken::failed : Taken::done;
}

// Where there can be no copy, a file of which not all is in the store is the only one that has it.
Taken FileTaking::keep_copy(const std::string& place) {
  if (options_.keep_copy) {
    const auto copied = copy_masked({directory_, file_.name, *descriptor_, file_.identity, ""},
                                    place, filed_as_, [this] { return line_.ending(); });
    if (!copied) return later(copied.error().message);
    if (*copied == Copied::ending) return Taken::ending;
    if (*copied == Copied::yes) return Taken::done;
    story_.no_copy =
        "card data in it could not be masked (" +
        (*copied == Copied::not_text ? kind() : "a column is for verification values or PINs") +
        ")";
  }
  if (story_.why_failed.empty() && story_.tally.unkept == 0) return Taken::done;
  if (!options_.keep_copy) story_.no_copy = "originals = \"removed\"";
  why_ = story_.why_it_stays();
  return Taken::stays;
}

std::string FileTaking::kind() const {
  std::array<char, kind_bytes> head{};
  const ssize_t got = ::pread(*descriptor_, head.data(), head.size(), 0);
  const FormatOptions& format = options_.reading.plan->format;
  return kind_words({head.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))}) +
         ", and the template reads " + format.kind + " in " + format.encoding;
}

Taken FileTaking::take_out() {
  const std::string marker =
      options_.marker.empty() ? "" : source_name(file_.name) + options_.marker;
  const auto taken =
      file_drop::take_out({directory_, file_.name, *descriptor_, file_.identity, marker});
  if (!taken) return later(taken.error().message);
  return *taken ? Taken::done : Taken::unfinished;
}

Taken FileTaking::later(std::string why) {
  why_ = std::move(why);
  return Taken::later;
}

}  // namespace storeward::file_drop
