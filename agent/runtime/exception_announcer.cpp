#include "agent/runtime/exception_announcer.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "agent/base/log.h"
#include "agent/core/rejection_notice.h"

namespace storeward {
namespace {

constexpr auto pause_after_refusal = std::chrono::seconds(10);

using Answer = store::StoreResult<store::Unannounced>;

Answer read_fresh(store::OutboxReader& reader) {
  const auto cursor = reader.source_cursor(own_source, ExceptionAnnouncer::cursor_key);
  if (!cursor) return Unexpected{cursor.error()};
  std::uint64_t after = 0;
  if (cursor.value()) {
    const std::string& text = *cursor.value();
    std::from_chars(text.data(), text.data() + text.size(), after);
  }
  return reader.unannounced(after, ExceptionAnnouncer::max_each);
}

}  // namespace

void ExceptionAnnouncer::look() {
  const std::uint64_t newest = parts_.store.status()->newest_exception;
  if (busy_ || newest <= told_through_ || parts_.clock.now() < not_before_) return;
  busy_ = parts_.desk.ask(read_fresh, [this, newest](const Answer& fresh) {
    busy_ = false;
    if (!fresh) {
      log::warn("exceptions are not announced: {}", fresh.error().message);
      not_before_ = parts_.clock.now() + pause_after_refusal;
      return;
    }
    if (fresh.value().first.empty()) {
      told_through_ = newest;  // nothing but what concerns nobody
    } else {
      tell(fresh.value());
    }
  });
}

void ExceptionAnnouncer::tell(const store::Unannounced& fresh) {
  Delivery delivery;
  const auto add = [this, &delivery](const std::string& notice) {
    auto items = admit(notice, Framing::single, {std::string(own_source), {}}, parts_.admission);
    ASSERT(items);
    std::ranges::move(*items, std::back_inserter(delivery.items));
  };
  for (const store::Exception& exception : fresh.first) {
    add(rejection_notice(exception.number, exception.at, exception.source, exception.origin.driver,
                         exception.reason));
  }
  if (fresh.more > 0) {
    add(rejection_summary(fresh.first.back().number + 1, fresh.through, fresh.more,
                          to_rfc3339(parts_.clock.wall())));
  }
  SourceCursor cursor;
  cursor.driver = own_source;
  cursor.key = cursor_key;
  cursor.value = std::to_string(fresh.through);
  delivery.cursors.push_back(std::move(cursor));
  const auto answered = [this, through = fresh.through](const SubmitResult& result) {
    busy_ = false;
    if (!result || refusal_in(*result)) {
      not_before_ = parts_.clock.now() + pause_after_refusal;
    } else {
      told_through_ = through;
    }
  };
  busy_ = parts_.store.submit(std::move(delivery), answered);
}

}  // namespace storeward
