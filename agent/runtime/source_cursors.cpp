#include "agent/runtime/source_cursors.h"

#include <utility>

namespace storeward {
namespace {

template <typename T>
Result<T> told(store::StoreResult<T> read) {
  if (!read) return fail(read.error().message);
  return std::move(read).value();
}

}  // namespace

SourceCursors source_cursors(ReaderThread& reader) {
  SourceCursors cursors;
  cursors.find = [&reader](std::string driver, std::string key, SourceCursors::Found found) {
    return reader.ask(
        [driver = std::move(driver), key = std::move(key)](store::OutboxReader& outbox) {
          return told(outbox.source_cursor(driver, key));
        },
        std::move(found));
  };
  cursors.list = [&reader](std::string driver, std::string after_key, std::size_t limit,
                           SourceCursors::Listed listed) {
    return reader.ask(
        [driver = std::move(driver), after_key = std::move(after_key),
         limit](store::OutboxReader& outbox) {
          return told(outbox.source_cursors(driver, after_key, limit));
        },
        std::move(listed));
  };
  return cursors;
}

}  // namespace storeward
