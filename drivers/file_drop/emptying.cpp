#include "drivers/file_drop/emptying.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "agent/base/log.h"
#include "drivers/file_drop/file_cursor.h"
#include "drivers/file_drop/file_reading.h"

namespace storeward::file_drop {
namespace {

constexpr auto interval = std::chrono::hours(1);
constexpr auto noticeably = std::chrono::days(2);

std::string to_text(WallTime time) {
  return std::to_string(time.time_since_epoch().count());
}

std::optional<WallTime> parse_time(const std::string& text) {
  std::int64_t milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return WallTime(Millis(milliseconds));
}

}  // namespace

void Emptying::go_on(const DropDirectory& directory, const Clock& clock, std::size_t most) {
  if (old_files_.empty() && !begin(directory, clock)) return;
  if (!old_files_.back().delete_some(now_, most)) old_files_.pop_back();
}

bool Emptying::begin(const DropDirectory& directory, const Clock& clock) {
  const Instant now = clock.now();
  if (begun_at_ && now - *begun_at_ < interval) return false;
  if (!know_the_time(clock)) return false;
  begun_at_ = now;
  now_ = age_clock_->look(clock.wall(), now);
  say_if_ahead(clock.wall());
  keep_the_time();
  old_files_.emplace_back(directory, "done", keep_days_);
  old_files_.emplace_back(directory, "failed", std::max(keep_days_, remembered_days));
  return true;
}

bool Emptying::know_the_time(const Clock& clock) {
  if (age_clock_) return true;
  const auto found = line_.find_cursor(age_key());
  if (!found || !*found) return false;
  age_clock_.emplace(**found ? parse_time(***found) : std::nullopt, clock.now());
  return true;
}

void Emptying::keep_the_time() {
  const auto time = age_clock_->to_keep();
  // While the store takes nothing, files would wait for this.
  if (!time || line_.paused()) return;
  Delivery note;
  note.cursors.push_back({.driver = line_.driver(), .key = age_key(), .value = to_text(*time)});
  line_.send(std::move(note));
  line_.answer();
}

void Emptying::say_if_ahead(WallTime wall) {
  const auto ahead = wall - now_;
  if (ahead < noticeably || std::exchange(said_ahead_, true)) return;
  log::warn(
      "{}: the clock has gone {} days further than the agent has seen; done/ and failed/ are "
      "emptied the later, in case it is wrong",
      line_.driver(), std::chrono::floor<std::chrono::days>(ahead).count());
}

}  // namespace storeward::file_drop
