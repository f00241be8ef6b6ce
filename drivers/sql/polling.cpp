#include "drivers/sql/polling.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/base/seconds_text.h"
#include "drivers/sql/column_name.h"
#include "drivers/sql/session.h"

namespace storeward::sql {
namespace {

constexpr std::size_t most_page_rows = 200'000;
constexpr std::size_t delivery_records = 200;

constexpr const char* from_start = "from-start";
constexpr const char* go_on = "continue";
constexpr const char* accept = "accept";

const char* name_of(CursorKind kind) {
  return kind == CursorKind::key ? "a whole number" : "a time";
}

}  // namespace

Polling::Polling(PollingOptions options, const source::Hello& hello, source::AgentPipe& agent)
    : options_(std::move(options)),
      max_line_bytes_(hello.max_line_bytes),
      agent_(agent),
      breaker_(static_cast<std::uint64_t>(::getpid())) {
  if (const auto found = hello.cursors.find(Position::key); found != hello.cursors.end()) {
    position_ = read_position(found->second).value_or(Position{});
  }
  if (const auto found = hello.cursors.find(Position::columns_key); found != hello.cursors.end()) {
    columns_ = found->second;
  }
}

void Polling::run() {
  while (after(look())) {
  }
}

// False: the agent has gone.
bool Polling::after(const Look& look) {
  switch (look.end) {
    case Look::End::gone:
      return false;
    case Look::End::fine:
      breaker_.success();
      return agent_.healthy() && agent_.wait(options_.poll);
    case Look::End::failed: {
      database_.reset();
      const Millis wait = breaker_.after_failure();
      return agent_.failing(look.words + "; tried again in " + seconds_text(wait)) &&
             agent_.wait(wait);
    }
    case Look::End::asks:
      return stand_still(look);
  }
  return false;
}

bool Polling::stand_still(const Look& look) {
  std::vector<std::string> answers;
  for (const Choice& choice : look.choices) answers.push_back(choice.answer);
  agent_.forget_decision();
  if (!agent_.ask(look.words, answers) || !agent_.wait(options_.poll)) return false;
  const auto decision = agent_.take_decision();
  if (!decision) return true;
  const auto chosen = std::ranges::find(look.choices, *decision, &Choice::answer);
  if (chosen == look.choices.end()) return true;
  const Look done = chosen->then();
  return done.end == Look::End::fine || after(done);
}

Polling::Choice Polling::start_over() {
  return {from_start, [this] {
            seen_.clear();
            return stand_at({});
          }};
}

// Of the database and the cursor as they are now.
Polling::Look Polling::stand_at(Position position) {
  position.identity = identity_;
  position.column = options_.reading.cursor;
  position.kind = options_.reading.kind;
  position_ = std::move(position);
  return keep(Position::key, to_text(position_));
}

Polling::Look Polling::keep_columns(std::string columns) {
  columns_ = std::move(columns);
  return keep(Position::columns_key, columns_);
}

Polling::Look Polling::keep(std::string_view key, std::string_view value) {
  source::DeliveryLine line(std::string(key) + " " + std::to_string(++deliveries_));
  line.cursor(key, value);
  const bool kept = agent_.hand_in(std::move(line).line()) && agent_.settle();
  return {.end = kept ? Look::End::fine : Look::End::gone};
}

Polling::Look Polling::look() {
  for (const auto step : {&Polling::connect, &Polling::check_identity, &Polling::check_cursor,
                          &Polling::check_newest, &Polling::read_on}) {
    if (Look done = (this->*step)(); done.end != Look::End::fine) return done;
  }
  return {};
}

Polling::Look Polling::connect() {
  if (database_ && !database_->is_current()) database_.reset();
  if (database_) return {};
  auto opened = open_database(options_.access);
  if (!opened) return {Look::End::failed, opened.error().message};
  const bool own = options_.identity_query.empty();
  const std::string statement =
      own ? identity_statement((*opened)->dialect()) : options_.identity_query;
  identity_.clear();
  if (!statement.empty()) {
    const auto found = (*opened)->ask(statement, 1);
    // A database without such a thing has no identity of its own. One that is too slow to tell, or
    // that has told it before, has: taken for none, another one would be read on as if it were the
    // same.
    const bool has_none = own && !found && found.error().refused && position_.identity.empty();
    if (!found && !has_none) {
      const std::string_view what = own ? "which database it is: " : "identity_query: ";
      return {Look::End::failed, std::string(what) + found.error().message};
    }
    if (found && !found->rows.empty() && !found->rows[0].empty()) {
      identity_ = found->rows[0][0].value_or("").text;
    }
  }
  database_ = std::move(*opened);
  if (position_.identity.empty()) position_.identity = identity_;
  return {};
}

Polling::Look Polling::check_identity() {
  if (identity_.empty() || identity_ == position_.identity) return {};
  const auto same_rows = [this] {
    position_.identity = identity_;  // the cursor is another question
    return keep(Position::key, to_text(position_));
  };
  return {Look::End::asks,
          "this is another database than the one that was read up to " + how_far(position_.at) +
              ". Was it replaced by one with the same rows: continue. Does it begin anew: "
              "from-start, and all that is in it is handed in.",
          {start_over(), {go_on, same_rows}}};
}

Polling::Look Polling::check_cursor() {
  const Reading& reading = options_.reading;
  if (is_of(position_, reading)) {
    // The version before has kept none, and from now on it is to be known.
    const bool is_kept = position_.at.empty() || !position_.column.empty();
    position_.column = reading.cursor;
    position_.kind = reading.kind;
    return is_kept ? Look{} : keep(Position::key, to_text(position_));
  }
  const std::string now =
      ", and now the cursor is " + reading.cursor + " (" + name_of(reading.kind) + "). ";
  const std::string anew = " Begin anew: from-start, and all that is there is handed in.";
  if (position_.column.empty()) {
    return {Look::End::asks,
            "rows were read up to " + position_.at + now +
                "To go on where they end, start once with the former cursor, then with this one." +
                anew,
            {start_over()}};
  }
  const std::string was = "rows were read up to " + position_.column + " " + position_.at + " (" +
                          name_of(position_.kind) + ")" + now;
  const auto row = database_->ask(page_statement(database_->dialect(), reading, {}, 1), 1);
  if (!row) return {Look::End::failed, row.error().message};
  if (!find_column(row->columns, position_.column)) {
    return {Look::End::asks,
            was + "To go on where they end, let the query give the column " + position_.column +
                " too until that is done." + anew,
            {start_over()}};
  }
  return {Look::End::asks,
          was + "Go on where they end: continue." + anew,
          {start_over(), {go_on, [this] { return follow_cursor(); }}}};
}

// Hands in what the former cursor has left unread, and goes on behind all of it. Not by going back
// to the first of those rows: one of long ago would have all since then handed in again, and no
// outbox remembers for so long.
Polling::Look Polling::follow_cursor() {
  const Reading& reading = options_.reading;
  const auto found =
      database_->ask(last_read_statement(database_->dialect(), reading, position_), 1);
  if (!found) return {Look::End::failed, found.error().message};
  const std::string last =
      found->rows.empty() ? std::string() : found->rows[0][0].value_or("").text;
  const auto order = order_of(reading.kind, last);
  if (!order && !last.empty()) return {Look::End::failed, why_no_cursor(reading, last)};

  const Position former = std::exchange(
      position_, {.at = {}, .identity = identity_, .column = reading.cursor, .kind = reading.kind});
  if (Look read = read_pages(unread(database_->dialect(), reading, former), {});
      read.end != Look::End::fine) {
    // What has been kept by then stands before all that is still unread: it is read on from there.
    if (position_.at.empty()) position_ = former;
    return read;
  }
  if (order && (position_.at.empty() || *order > *order_of(reading.kind, position_.at))) {
    position_.at = last;
  }
  return keep(Position::key, to_text(position_));
}

Polling::Look Polling::check_newest() {
  if (position_.at.empty()) return {};
  const Reading& reading = options_.reading;
  const auto found = database_->ask(newest_statement(database_->dialect(), reading), 1);
  if (!found) return {Look::End::failed, found.error().message};
  if (found->rows.empty() || found->rows[0].empty()) return {};  // emptied; it may fill again
  const std::string newest = found->rows[0][0].value_or("").text;
  const auto order = order_of(reading.kind, newest);
  if (!order || *order >= *order_of(reading.kind, position_.at)) return {};
  return {Look::End::asks,
          "rows were read up to " + how_far(position_.at) + ", and now the last one is " +
              how_far(newest) +
              ". Were the last rows deleted: continue. Do the numbers begin anew: from-start, and "
              "all that is there is handed in.",
          {start_over(), {go_on, [this, newest] { return stand_at({.at = newest}); }}}};
}

std::string Polling::how_far(const std::string& at) const {
  return options_.reading.cursor + " " + at;
}

Polling::Look Polling::check_columns(const std::vector<std::string>& columns) {
  std::string now = columns_text(columns);
  if (now == columns_) return {};
  const std::string why = columns_.empty() ? std::string() : why_columns_differ(columns_, columns);
  if (why.empty()) return keep_columns(std::move(now));
  return {Look::End::asks,
          why + ". If the template can do without: accept.",
          {{accept, [this, now] { return keep_columns(now); }}}};
}

Polling::Look Polling::read_on() {
  const Reading& reading = options_.reading;
  std::string from;
  if (!position_.at.empty()) {
    from = before(reading.kind, position_.at, options_.overlap);
    seen_.forget_before(*order_of(reading.kind, from));
  }
  return read_pages(reading, std::move(from));
}

Polling::Look Polling::read_pages(const Reading& reading, std::string from) {
  for (std::size_t most = options_.page_rows;;) {
    const auto page =
        database_->ask(page_statement(database_->dialect(), reading, from, most), most);
    if (!page) return {Look::End::failed, page.error().message};
    if (Look changed = check_columns(page->columns); changed.end != Look::End::fine) return changed;
    const bool cut = page->rows.size() == most;
    const auto making = RecordMaking::make(reading, page->columns);
    if (!making) return {Look::End::failed, making.error().message};
    const auto records = making->records(*page, cut);
    if (!records) return {Look::End::failed, records.error().message};
    if (Look handed = hand_in(*records); handed.end != Look::End::fine) return handed;
    if (!cut) return {};
    if (!records->empty() && records->back().at != from) {
      from = records->back().at;
      most = options_.page_rows;
    } else if ((most *= 2) > most_page_rows) {
      return {Look::End::failed,
              "more than 200,000 rows have the same " + how_far(from) +
                  "; another column must be the cursor",
              {}};
    }
  }
}

Polling::Look Polling::hand_in(const std::vector<SqlRecord>& records) {
  const auto gone = [] { return Look{.end = Look::End::gone}; };
  std::string list;
  std::size_t count = 0;
  const auto flush = [&](const SqlRecord& last) {
    source::DeliveryLine line(how_far(last.at) + " " + std::to_string(++deliveries_));
    line.text("file", "rows up to " + how_far(last.at));
    line.raw("records", "[" + list + "]");
    line.cursor(Position::key, to_text(position_));
    list.clear();
    count = 0;
    return agent_.hand_in(std::move(line).line());
  };
  const SqlRecord* last = nullptr;
  for (const SqlRecord& record : records) {
    if (seen_.knows(record.json)) continue;
    if (count == delivery_records ||
        (count > 0 && list.size() + record.json.size() > max_line_bytes_ / 2)) {
      if (!flush(*last)) return gone();
    }
    if (count++ > 0) list += ',';
    list += record.json;
    last = &record;
    if (position_.at.empty() || record.order > *order_of(options_.reading.kind, position_.at)) {
      position_.at = record.at;
    }
  }
  if (count > 0 && !flush(*last)) return gone();
  if (!agent_.settle()) return gone();
  for (const SqlRecord& record : records) seen_.add(record.json, record.order);
  return {};
}

}  // namespace storeward::sql
