#include "drivers/sql/polling.h"

#include <unistd.h>

#include <algorithm>

#include "drivers/sql/session.h"

namespace storeward::sql {
namespace {

constexpr std::size_t most_page_rows = 200'000;
constexpr std::size_t delivery_records = 200;

constexpr const char* from_start = "from-start";
constexpr const char* go_on = "continue";
constexpr const char* accept = "accept";

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
      return agent_.failing(look.words + "; tried again in " +
                            std::to_string((wait.count() + 999) / 1000) + " s") &&
             agent_.wait(wait);
    }
    case Look::End::asks:
      break;
  }
  const std::vector<std::string> answers = asked_ == Asked::columns
                                               ? std::vector<std::string>{accept}
                                               : std::vector<std::string>{from_start, go_on};
  agent_.forget_decision();
  if (!agent_.ask(look.words, answers) || !agent_.wait(options_.poll)) return false;
  const auto decision = agent_.take_decision();
  return !decision || decide(*decision);
}

bool Polling::decide(const std::string& decision) {
  if (asked_ == Asked::columns) {
    columns_ = columns_now_;
    return keep(Position::columns_key, columns_);
  }
  if (decision == from_start) {
    position_.at.clear();
    seen_.clear();
  } else if (asked_ == Asked::reset) {
    position_.at = newest_;
  }
  position_.identity = identity_;
  return keep(Position::key, to_text(position_));
}

bool Polling::keep(std::string_view key, std::string_view value) {
  source::DeliveryLine line(std::string(key) + " " + std::to_string(++deliveries_));
  line.cursor(key, value);
  return agent_.hand_in(std::move(line).line()) && agent_.settle();
}

Polling::Look Polling::look() {
  asked_ = Asked::nothing;
  if (!database_) {
    if (Look failed = connect(); failed.end != Look::End::fine) return failed;
  }
  if (Look standing = check_newest(); standing.end != Look::End::fine) return standing;
  return read_on();
}

Polling::Look Polling::connect() {
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
      identity_ = found->rows[0][0].value_or("");
    }
  }
  database_ = std::move(*opened);
  if (position_.identity.empty()) position_.identity = identity_;
  return {};
}

Polling::Look Polling::check_newest() {
  if (!identity_.empty() && identity_ != position_.identity) {
    asked_ = Asked::identity;
    return {Look::End::asks,
            "this is another database than the one that was read up to " + how_far(position_.at) +
                ". Was it replaced by one with the same rows: continue. Does it begin anew: "
                "from-start, and all that is in it is handed in."};
  }
  if (position_.at.empty()) return {};
  const auto newest = database_->ask(newest_statement(database_->dialect(), options_.reading), 1);
  if (!newest) return {Look::End::failed, newest.error().message};
  if (newest->rows.empty() || newest->rows[0].empty()) return {};  // emptied; it may fill again
  newest_ = newest->rows[0][0].value_or("");
  const auto order = order_of(options_.reading.kind, newest_);
  if (!order || *order >= *order_of(options_.reading.kind, position_.at)) return {};
  asked_ = Asked::reset;
  return {Look::End::asks,
          "rows were read up to " + how_far(position_.at) + ", and now the last one is " +
              how_far(newest_) +
              ". Were the last rows deleted: continue. Do the numbers begin anew: from-start, and "
              "all that is there is handed in."};
}

std::string Polling::how_far(const std::string& at) const {
  return options_.reading.cursor + " " + at;
}

Polling::Look Polling::check_columns(const std::vector<std::string>& columns) {
  columns_now_ = columns_text(columns);
  if (columns_now_ == columns_) return {};
  if (!columns_.empty()) {
    if (const std::string why = why_columns_differ(columns_, columns); !why.empty()) {
      asked_ = Asked::columns;
      return {Look::End::asks, why + ". If the template can do without: accept."};
    }
  }
  columns_ = columns_now_;
  return {keep(Position::columns_key, columns_) ? Look::End::fine : Look::End::gone, {}};
}

Polling::Look Polling::read_on() {
  const Reading& reading = options_.reading;
  std::string from;
  if (!position_.at.empty()) {
    from = before(reading.kind, position_.at, options_.overlap);
    seen_.forget_before(*order_of(reading.kind, from));
  }
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
      return {Look::End::failed, "more than 200,000 rows have the same " + how_far(from) +
                                     "; another column must be the cursor"};
    }
  }
}

Polling::Look Polling::hand_in(const std::vector<SqlRecord>& records) {
  const Look gone{Look::End::gone, {}};
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
      if (!flush(*last)) return gone;
    }
    if (count++ > 0) list += ',';
    list += record.json;
    last = &record;
    if (position_.at.empty() || record.order > *order_of(options_.reading.kind, position_.at)) {
      position_.at = record.at;
    }
  }
  if (count > 0 && !flush(*last)) return gone;
  if (!agent_.settle()) return gone;
  for (const SqlRecord& record : records) seen_.add(record.json, record.order);
  return {};
}

}  // namespace storeward::sql
