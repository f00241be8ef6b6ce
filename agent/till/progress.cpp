#include "agent/till/progress.h"

#include <algorithm>
#include <cstdio>

#include "agent/base/grouped.h"
#include "agent/till/tally.h"

namespace storeward::till {
namespace {

constexpr Millis terminal_interval{100};
constexpr Millis plain_interval{5000};
constexpr std::size_t bar_width = 24;
constexpr std::size_t longest_reason = 60;

std::string bar(std::uint64_t done, std::uint64_t total) {
  const std::size_t filled = std::min<std::uint64_t>(done * bar_width / total, bar_width);
  return "[" + std::string(filled, '#') + std::string(bar_width - filled, '-') + "] " +
         std::to_string(std::min<std::uint64_t>(done * 100 / total, 100)) + " %  ";
}

}  // namespace

std::string Progress::line(Instant now) const {
  std::string text;
  if (total_ != 0) {
    if (terminal_) text += bar(answered_, total_);
    text += grouped(answered_) + " of " + grouped(total_) + " events";
  } else {
    text += grouped(answered_) + " events";
  }
  const auto elapsed =
      static_cast<std::uint64_t>(std::max<std::int64_t>((now - started_).count(), 1));
  text += ", " + grouped(answered_ * 1000 / elapsed) + "/s";
  if (retries_ != 0) text += ", " + grouped(retries_) + " retries";
  if (!waiting_for_.empty()) text += ", waiting: " + waiting_for_.substr(0, longest_reason);
  return text;
}

void Progress::draw(const std::string& text) {
  if (terminal_) {
    std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
  std::fflush(stderr);
}

void Progress::update(Instant now, std::uint64_t answered, std::uint64_t retries) {
  if (started_ == Instant{}) started_ = drawn_ = now;
  answered_ = answered;
  retries_ = retries;
  if (now - drawn_ < (terminal_ ? terminal_interval : plain_interval)) return;
  drawn_ = now;
  draw(line(now));
}

void Progress::finish() {
  if (terminal_) draw("");
}

}  // namespace storeward::till
