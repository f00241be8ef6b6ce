#include "drivers/file_drop/drop_loop.h"

#include <sys/inotify.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/base/counted.h"
#include "agent/base/log.h"
#include "drivers/file_drop/file_name.h"
#include "drivers/file_drop/health_words.h"
#include "drivers/file_drop/put_away.h"

namespace storeward::file_drop {
namespace {

constexpr Millis hint_pause{50};  // many hints are one look
constexpr Millis part_pause{100};

}  // namespace

DropLoop::DropLoop(const Options& options, AgentLine& line)
    : options_(options),
      line_(line),
      waiting_(nobody_waiting()),
      emptying_(line, options.keep_days) {}

WaitingFiles DropLoop::nobody_waiting() const {
  const bool marked = !options_.taking.marker.empty();
  return {marked ? std::nullopt : std::optional(options_.settle), most_waiting};
}

void DropLoop::run() {
  while (!line_.ending()) {
    bool more = false;
    if (open_directory()) {
      look();
      more = take_finished();
      if (directory_) emptying_.go_on(*directory_, clock_, entries_per_look);
      say_health();
    }
    if (more) continue;
    // Of a very full directory the next part is soon looked at.
    const Millis pause = all_looked_at_ ? options_.poll : std::min(options_.poll, part_pause);
    line_.sleep(pause, inotify_ ? *inotify_ : -1);
    std::array<char, 4096> hints{};
    bool hinted = false;
    while (inotify_ && ::read(*inotify_, hints.data(), hints.size()) > 0) hinted = true;
    if (hinted) line_.sleep(hint_pause, -1);
  }
}

bool DropLoop::open_directory() {
  if (directory_ && directory_->still_there() &&
      (lock_->still_there() || have_alone(*directory_))) {
    return true;
  }
  directory_.reset();
  lock_.reset();
  inotify_ = {};
  const auto used = line_.find_cursor(directory_key(options_.directory));
  if (!used || line_.ending()) return false;
  if (!*used) return say_failing(used->error().message), false;
  const bool used_before = (*used)->has_value();
  auto opened = DropDirectory::open(options_.directory, used_before);
  if (!opened) return say_failing(opened.error().message), false;
  if (!have_alone(*opened) || !remember_directory(used_before)) return false;
  directory_ = std::move(*opened);
  waiting_ = nobody_waiting();
  emptying_.drop_directory();
  troubles_.clear();
  staying_.clear();
  unmarked_ = unmatched_ = {};
  watch();
  return true;
}

bool DropLoop::have_alone(const DropDirectory& directory) {
  auto lock = DropLock::take(directory, options_.share);
  if (!lock) return say_failing(lock.error().message), false;
  lock_ = std::move(*lock);
  if (!lock_->held() && !std::exchange(said_no_locks_, true)) {
    log::warn("{}: {} knows no locks: a second agent that reads it would not be noticed",
              line_.driver(), options_.directory);
  }
  return true;
}

bool DropLoop::remember_directory(bool used_before) {
  if (used_before) return true;
  Delivery note;
  note.cursors.push_back(
      {.driver = line_.driver(), .key = directory_key(options_.directory), .value = "used"});
  line_.send(std::move(note));
  return line_.answer().has_value();
}

void DropLoop::watch() {
  inotify_ = Descriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (inotify_) {
    ::inotify_add_watch(*inotify_, options_.directory.c_str(),
                        IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR);
  }
}

void DropLoop::look() {
  const Instant now = clock_.now();
  for (const std::string& name : waiting_.names()) {
    if (line_.ending()) return;
    look_again(name, now);
  }
  const auto scanned = directory_->scan(entries_per_look, [&](const std::string& name) {
    if (!line_.ending() && !waiting_.full() && !waiting_.knows(name)) see(name, now);
  });
  if (!scanned) {
    say_failing("cannot look into " + options_.directory + ": " + scanned.error().message);
    directory_.reset();
  }
  if (scanned && *scanned) {
    unmarked_.end_round();
    unmatched_.end_round();
  }
  all_looked_at_ = !scanned || *scanned || waiting_.full();
}

void DropLoop::look_again(const std::string& name, Instant now) {
  const Seen seen = directory_->look(name);
  if (seen.kind == Seen::file) return waiting_.saw(name, seen.identity, is_marked(name), now);
  waiting_.forget(name);
  troubles_.erase(name);
  staying_.erase(name);
}

void DropLoop::see(const std::string& name, Instant now) {
  if (!is_meant(name)) return see_unmeant(name, now);
  const Seen seen = directory_->look(name);
  if (seen.kind == Seen::refused) return say_refused(name, seen.why);
  const bool is_own = name == "done" || name == "failed";
  if (seen.kind == Seen::directory && !is_own) return say_refused(name, "a directory");
  if (seen.kind != Seen::file) return;
  const bool marked = is_marked(name);
  // Those whose marker never comes must not take the places of others.
  if (!marked && !options_.taking.marker.empty()) return unmarked_.saw(name, now);
  waiting_.saw(name, seen.identity, marked, now);
}

void DropLoop::see_unmeant(const std::string& name, Instant now) {
  if (is_temporary(name) || is_a_marker(name) || options_.share.is_anothers(name)) return;
  const bool is_file =
      unmatched_.knows(name) || (!unmatched_.full() && directory_->look(name).kind == Seen::file);
  if (is_file) unmatched_.saw(name, now);
}

bool DropLoop::is_meant(const std::string& name) const {
  if (!options_.share.is_ours(name)) return false;
  return is_taken_aside(name) || (!is_temporary(name) && !is_a_marker(name));
}

bool DropLoop::is_a_marker(const std::string& name) const {
  const std::string& marker = options_.taking.marker;
  return !marker.empty() && name.ends_with(marker);
}

bool DropLoop::is_marked(const std::string& name) const {
  if (options_.taking.marker.empty()) return false;
  return is_taken_aside(name) || directory_->exists(name + options_.taking.marker);
}

void DropLoop::say_refused(const std::string& name, const std::string& why) {
  if (refused_.size() >= most_named) refused_.clear();
  if (!refused_.insert(name).second) return;
  log::warn("{}: {}: not read, for it is {}", line_.driver(), shown(name), why);
}

bool DropLoop::take_finished() {
  if (!directory_) return false;
  const std::vector<Finished> finished = waiting_.finished(clock_.now());
  const std::uint64_t before = done_ + failed_ + repeated_;
  for (const Finished& file : finished) {
    if (!line_.wait_while_paused()) return false;
    if (!directory_->still_there()) return false;
    take(file);
  }
  return done_ + failed_ + repeated_ != before;
}

void DropLoop::take(const Finished& file) {
  FileTaking taking(options_.taking, line_, *directory_, file);
  const Taken taken = taking.run();
  if (taken != Taken::later) troubles_.erase(file.name);
  if (taken != Taken::stays) staying_.erase(file.name);
  switch (taken) {
    case Taken::done:
      ++done_;
      break;
    case Taken::failed:
      ++failed_;
      break;
    case Taken::repeated:
      ++repeated_;
      break;
    case Taken::later:
      return note_trouble(file.name, taking.why());
    case Taken::stays:
      return note_staying(file.name, taking.why());
    case Taken::unfinished:
      return waiting_.put_off(file.name, clock_.now() + options_.poll);
    case Taken::open:
      return waiting_.put_off_as_open(file.name, clock_.now() + options_.poll);
    case Taken::ending:
      return;
  }
  waiting_.forget(file.name);
}

void DropLoop::note_trouble(const std::string& name, const std::string& why) {
  waiting_.put_off_for_trouble(name, clock_.now());
  if (troubles_.size() >= most_troubles && !troubles_.contains(name)) return;
  std::string& said = troubles_[name];
  // The first one is in the words of the state, which go to the log when they change.
  const bool is_first = troubles_.begin()->first == name;
  if (said != why && !is_first) log::warn("{}: {}: {}", line_.driver(), shown(name), why);
  said = why;
}

void DropLoop::note_staying(const std::string& name, const std::string& why) {
  waiting_.leave(name);
  log::warn("{}: {}: {}", line_.driver(), shown(name), why);
  if (staying_.size() < most_troubles) staying_.insert_or_assign(name, why);
}

void DropLoop::say_health() {
  if (!directory_) return;
  if (!troubles_.empty()) {
    return line_.set_health(DriverState::failing, words_about(troubles_));
  }
  const Instant now = clock_.now();
  const std::string failed = words_about(failed_count_.of(*directory_, most_failed, now));
  bool look = !staying_.empty() || !failed.empty();
  std::string words;
  for (const std::string& said : {words_about(staying_), failed, say_unfinished(now, look),
                                  say_unmarked(now, look), say_unmatched(now)}) {
    if (!said.empty()) words += said + ". ";
  }
  words += words.empty() ? "since" : "Since";
  words += " the start: " + counted(done_, "file") + " done, " + std::to_string(failed_) +
           " failed, " + std::to_string(repeated_) + " repeated";
  if (waiting_.full()) {
    words += "; " + std::to_string(most_waiting) + " wait, further ones are seen after them";
  }
  line_.set_health(DriverState::ok, std::move(words), look);
}

// What waits for its writer works as it should, until it has been waiting for too long.
std::string DropLoop::say_unfinished(Instant now, bool& look) {
  const auto file = waiting_.longest_unfinished(now);
  if (!file) return {};
  std::string words = words_about(*file, now, clock_.wall(), options_.settle);
  if (now - file->since >= unfinished_patience(options_.settle)) {
    look = true;
    if (std::exchange(unfinished_, file->name) != file->name) {
      log::warn("{}: {}", line_.driver(), words);
    }
  }
  return words;
}

std::string DropLoop::say_unmarked(Instant now, bool& look) const {
  const auto file = unmarked_.longest(now);
  if (!file) return {};
  look = look || now - file->since >= unfinished_patience(Millis{0});
  return words_about_unmarked(*file, now, clock_.wall(), options_.taking.marker);
}

// Not for a look: they may be somebody else's.
std::string DropLoop::say_unmatched(Instant now) const {
  const auto file = unmatched_.longest(now);
  return file ? words_about_unmatched(*file, now, clock_.wall(), options_.share.own().pattern)
              : std::string();
}

void DropLoop::say_failing(std::string words) {
  line_.set_health(DriverState::failing, std::move(words));
}

}  // namespace storeward::file_drop
