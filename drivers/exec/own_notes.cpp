#include "drivers/exec/own_notes.h"

#include <utility>

#include "drivers/exec/protocol.h"

namespace storeward::exec {
namespace {

constexpr std::size_t page = 500;
constexpr Millis busy_pause{50};

}  // namespace

SourceCursor skip_note(const std::string& id) {
  return {.driver = {}, .key = own_cursor_mark + id, .value = {}, .keep_days = skip_days};
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
  retry_.expires_after(busy_pause);
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
    if (notes_.cursors.size() == Notes::most_cursors) {
      return finish(fail("the program keeps more than 2,000 cursors; it must let go of old ones"));
    }
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
