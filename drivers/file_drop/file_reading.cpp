#include "drivers/file_drop/file_reading.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/version.h"

namespace storeward::file_drop {
namespace {

constexpr std::uint32_t attempts_per_record = 3;
constexpr std::uint32_t attempts_in_all = 5;  // two of them with the record set aside unread

std::uint64_t end_of(const RecordPlace& place) {
  return place.offset + place.bytes;
}

bool is_exception(const AdmittedItem& item) {
  return std::holds_alternative<Rejected>(item);
}

}  // namespace

Result<std::string_view> FileBytes::next() {
  for (;;) {
    const ssize_t got = ::pread(descriptor_, chunk_.get(), chunk_bytes, static_cast<off_t>(at_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail("it cannot be read: " + last_error());
    at_ += static_cast<std::uint64_t>(got);
    return std::string_view(chunk_.get(), static_cast<std::size_t>(got));
  }
}

std::optional<Result<std::string>> content_hex(int descriptor, const AgentLine& line) {
  FileBytes bytes(descriptor);
  Sha256Stream hash;
  for (;;) {
    if (line.ending()) return std::nullopt;
    const auto chunk = bytes.next();
    if (!chunk) return Result<std::string>(Unexpected{chunk.error()});
    if (chunk->empty()) return Result<std::string>(to_hex(hash.finish()));
    hash.add(*chunk);
  }
}

FileReading::FileReading(const Options& options, AgentLine& line, int descriptor,
                         const FileIdentity& identity, FileCursor cursor, FileStory& story)
    : options_(options),
      line_(line),
      descriptor_(descriptor),
      identity_(identity),
      cursor_(std::move(cursor)),
      story_(story),
      bytes_(descriptor) {
  story_.tally = cursor_.tally;
  story_.records = cursor_.records;
  story_.resumed = cursor_.records > 0;
}

ReadTo FileReading::run() {
  if (auto ended = open_feed()) return *ended;
  if (cursor_.records > 0) {  // what is skipped has been decoded before: there is no danger in it
    if (auto ended = skip_done()) return *ended;
  }
  if (auto ended = begin_attempt()) return *ended;
  if (cursor_.records == 0) {
    if (auto ended = feed_more()) return *ended;
  }
  if (auto ended = read_records()) return *ended;
  acknowledgement_ = feed_->acknowledgement();
  return ReadTo::end;
}

std::optional<ReadTo> FileReading::open_feed() {
  const WallTime modified{std::chrono::floor<Millis>(std::chrono::nanoseconds(identity_.mtime_ns))};
  auto feed = Feed::open(options_.plan, story_.name, {{"modifiedAt", to_rfc3339(modified)}},
                         story_.content_hex);
  if (!feed) {
    story_.why_failed = feed.error().message;
    return ReadTo::given_up;
  }
  feed_ = std::move(*feed);
  return std::nullopt;
}

// What is noted here is durable before the record is looked at.
std::optional<ReadTo> FileReading::begin_attempt() {
  const bool broken_off = cursor_.attempts > 0 || cursor_.records > 0;
  if (broken_off) one_by_one_ = 2 * options_.delivery_records + 1;
  set_next_aside_ = cursor_.attempts >= attempts_per_record;
  const bool give_up = cursor_.attempts >= attempts_in_all;
  ++cursor_.attempts;
  if (!store_cursors({cursor_of(cursor_)})) return ReadTo::ending;
  if (!give_up) return std::nullopt;
  story_.why_failed = why_given_up(cursor_);
  return ReadTo::given_up;
}

std::string FileReading::why_given_up(const FileCursor& cursor) {
  if (cursor.attempts <= attempts_in_all) return {};
  return "the agent ended " + std::to_string(attempts_in_all) + " times while it read record " +
         std::to_string(cursor.records + 1) +
         "; this and all behind it have not been read. Tell the maker of the agent";
}

std::optional<ReadTo> FileReading::skip_done() {
  if (auto ended = feed_more()) return ended;
  RecordPlace place;
  for (std::uint64_t skipped = 0; skipped < cursor_.records;) {
    const Fed fed = feed_->skip(place);
    if (fed == Fed::end) return begin_anew();
    if (fed == Fed::record) {
      ++skipped;
    } else if (auto ended = feed_more()) {
      return ended;
    }
    if (line_.ending()) return ReadTo::ending;
  }
  return end_of(place) == cursor_.offset ? std::nullopt : begin_anew();
}

// Other records than those that the cursor has counted.
std::optional<ReadTo> FileReading::begin_anew() {
  log::warn("{}: {}: begun anew, for its records are cut otherwise than before", line_.driver(),
            story_.name);
  cursor_.records = cursor_.offset = 0;
  cursor_.attempts = 0;
  story_.records = 0;
  story_.resumed = false;
  story_.tally = cursor_.tally = {};
  bytes_.rewind();
  return open_feed();
}

std::optional<ReadTo> FileReading::read_records() {
  for (FedRecord fed;;) {
    if (line_.ending()) return ReadTo::ending;
    switch (next(fed)) {
      case Fed::record:
        if (auto ended = take(fed)) return ended;
        break;
      case Fed::need_more:
        if (auto ended = feed_more()) return ended;
        break;
      case Fed::end:
        // A format that can find no further record behind a fault ends there.
        if (last_was_exception_ && delivery_end_ + closing_bytes < identity_.size) {
          ++story_.tally.unkept;
        }
        if (auto ended = hand_in()) return ended;
        return await();
    }
  }
}

Fed FileReading::next(FedRecord& fed) {
  if (!set_next_aside_) return feed_->next(fed);
  const Fed given = feed_->set_aside(
      "the agent ended " + std::to_string(attempts_per_record) +
          " times while it read this record, so it was set aside. Tell the maker of the agent",
      fed);
  if (given == Fed::record) set_next_aside_ = false;
  return given;
}

std::optional<ReadTo> FileReading::feed_more() {
  const auto chunk = bytes_.next();
  if (!chunk) {
    why_ = chunk.error().message;
    return ReadTo::unreadable;
  }
  feed_->feed(*chunk, chunk->empty());
  return std::nullopt;
}

std::optional<ReadTo> FileReading::take(FedRecord& fed) {
  ++delivery_records_;
  delivery_end_ = end_of(fed.place);
  if (!fed.ignored.empty()) story_.ignored(fed.ignored);
  last_was_exception_ = std::ranges::any_of(fed.items, is_exception);
  if (!is_kept(fed)) ++delivery_unkept_;
  for (const AdmittedItem& item : fed.items) delivery_bytes_ += bytes_of(item);
  hand_over(fed, delivery_);
  if (one_by_one_ > 0) {
    --one_by_one_;
    if (auto ended = hand_in()) return ended;
    return await();
  }
  const bool full =
      delivery_records_ >= options_.delivery_records || delivery_bytes_ >= options_.delivery_bytes;
  return full ? hand_in() : std::nullopt;
}

// Sends what has gathered, when what was sent before is stored.
std::optional<ReadTo> FileReading::hand_in() {
  if (auto ended = await()) return ended;
  if (delivery_records_ == 0) return std::nullopt;
  FileCursor no_attempt = cursor_;
  no_attempt.attempts = 0;  // it was not the record that kept it from being stored
  if (line_.paused() && !store_cursors({cursor_of(no_attempt)})) return ReadTo::ending;
  if (!line_.wait_while_paused()) return ReadTo::ending;
  const auto identity = identity_of(descriptor_);
  if (!identity || identity->size != identity_.size || identity->mtime_ns != identity_.mtime_ns) {
    return ReadTo::changed;
  }
  cursor_.records += delivery_records_;
  cursor_.offset = delivery_end_;
  cursor_.attempts = 0;
  sent_reasons_.clear();
  for (const AdmittedItem& item : delivery_.items) {
    const auto* const rejected = std::get_if<Rejected>(&item);
    ++(rejected != nullptr ? story_.tally.exceptions : story_.tally.events);
    sent_reasons_.push_back(rejected != nullptr ? rejected->reason : std::string());
  }
  story_.records = cursor_.records;
  story_.tally.unkept += std::exchange(delivery_unkept_, 0);
  cursor_.tally = story_.tally;
  delivery_.cursors.push_back(cursor_of(cursor_));
  line_.send(std::exchange(delivery_, {}), cursor_of(no_attempt));
  delivery_records_ = 0;
  delivery_bytes_ = 0;
  return std::nullopt;
}

std::optional<ReadTo> FileReading::await() {
  if (!line_.answer_is_out()) return std::nullopt;
  const auto outcomes = line_.answer();
  if (!outcomes) return ReadTo::ending;
  for (std::size_t i = 0; i < outcomes->size(); ++i) {
    const ItemOutcome& outcome = (*outcomes)[i];
    if (!sent_reasons_[i].empty()) {
      story_.exception(sent_reasons_[i], outcome.exception);
    } else if (outcome.status == ItemStatus::duplicate) {
      ++story_.tally.duplicates;
    } else if (outcome.status != ItemStatus::stored) {  // a conflict with what is known
      --story_.tally.events;
      ++story_.tally.exceptions;
      story_.exception(outcome.id + ": " + outcome.reason, outcome.exception);
    }
  }
  return std::nullopt;
}

bool FileReading::close(FileState state) {
  cursor_.state = state;
  cursor_.tally = story_.tally;
  std::vector<SourceCursor> cursors = {cursor_of(cursor_),
                                       {.driver = line_.driver(),
                                        .key = name_key(story_.name),
                                        .value = story_.content_hex,
                                        .keep_days = options_.remember_days}};
  if (!is_whole(cursor_)) {
    cursors.push_back({.driver = line_.driver(),
                       .key = rules_key(story_.content_hex),
                       .value = rules(*options_.plan),
                       .keep_days = options_.remember_days});
  }
  return store_cursors(std::move(cursors));
}

std::string FileReading::rules(const FeedPlan& plan) {
  std::string all = std::string(version) + '\n' + plan.mapping->digest;
  for (const auto& [name, value] : plan.context.given) all += '\n' + name + '=' + value;
  return to_hex(sha256(all));
}

SourceCursor FileReading::cursor_of(const FileCursor& cursor) const {
  return {.driver = line_.driver(),
          .key = content_key(story_.content_hex),
          .value = to_text(cursor),
          .keep_days = options_.remember_days};
}

bool FileReading::store_cursors(std::vector<SourceCursor> cursors) {
  line_.send({.items = {}, .cursors = std::move(cursors)});
  return line_.answer().has_value();
}

}  // namespace storeward::file_drop
