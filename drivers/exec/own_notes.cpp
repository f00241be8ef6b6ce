#include "drivers/exec/own_notes.h"

#include <algorithm>
#include <utility>

#include "agent/core/masking.h"
#include "agent/core/utf8.h"
#include "drivers/exec/protocol.h"

namespace storeward::exec {
namespace {

constexpr std::size_t page = 500;

}  // namespace

std::string kept_id(const std::string& id) {
  return std::string(utf8_prefix(mask_text(id), SourceCursor::longest_key - 1));
}

SourceCursor skip_note(const std::string& id) {
  return {.driver = {}, .key = own_cursor_mark + kept_id(id), .value = {}, .keep_days = skip_days};
}

void KeptKeys::begin(const std::vector<SourceCursor>& cursors) {
  keys_.clear();
  for (const SourceCursor& cursor : cursors) keys_.insert(cursor.key);
}

bool KeptKeys::take(const SourceCursor& cursor) {
  if (cursor.gone) {
    keys_.erase(cursor.key);
  } else if (!keys_.contains(cursor.key)) {
    if (keys_.size() >= Notes::most_cursors) return false;
    keys_.insert(cursor.key);
  }
  return true;
}

void UnwrittenIds::add(const std::string& id) {
  if (kept_id(id) == id || std::ranges::find(ids_, id) != ids_.end()) return;
  if (ids_.size() == most) ids_.erase(ids_.begin());
  ids_.push_back(id);
}

void UnwrittenIds::append_to(std::vector<std::string>& skip) const {
  skip.insert(skip.end(), ids_.begin(), ids_.end());
}

NoteReading::NoteReading(const DriverHost& host, std::string driver, OnRead on_read)
    : host_(host), driver_(std::move(driver)), on_read_(std::move(on_read)), retry_(host.io) {
  ask();
}

void NoteReading::ask() {
  const auto alive = std::weak_ptr<const bool>(alive_);
  const bool asked = host_.cursors.list(driver_, after_, page, [this, alive](auto listed) {
    if (!alive.expired()) take(std::move(listed));
  });
  if (asked) return;
  retry_.expires_after(full_queue_pause);
  retry_.async_wait([this, alive](const asio::error_code& cancelled) {
    if (!cancelled && !alive.expired()) ask();
  });
}

void NoteReading::take(Result<std::vector<SourceCursor>> listed) {
  if (!listed) return finish(Unexpected{listed.error()});
  for (SourceCursor& cursor : *listed) {
    after_ = cursor.key;
    if (cursor.key.starts_with(own_cursor_mark)) {
      if (notes_.skip.size() < Notes::most_skipped) notes_.skip.push_back(cursor.key.substr(1));
      continue;
    }
    told_bytes_ += cursor.key.size() + cursor.value.size();
    notes_.all_told = told_bytes_ <= Notes::most_told_bytes;
    if (!notes_.all_told) return finish(std::move(notes_));
    notes_.cursors.push_back(std::move(cursor));
  }
  if (listed->size() == page) return ask();
  finish(std::move(notes_));
}

// May destroy this.
void NoteReading::finish(Result<Notes> notes) {
  const OnRead on_read = std::move(on_read_);
  on_read(std::move(notes));
}

}  // namespace storeward::exec
