// Polling: looks into a database again and again and hands in what is new; the whole life of the
// program storeward-sql-source. Blocking; one thread.
//
// What it keeps to: the position goes with the rows that it speaks of; it never goes back by itself
// and never jumps: where the numbers begin anew, the database or the cursor is another one or
// columns are gone, it stands still and asks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drivers/source/agent_pipe.h"
#include "drivers/source/breaker.h"
#include "drivers/sql/database.h"
#include "drivers/sql/position.h"
#include "drivers/sql/records.h"
#include "drivers/sql/seen_records.h"
#include "drivers/sql/statements.h"

namespace storeward::sql {

struct PollingOptions {
  Access access;
  Reading reading;
  std::string identity_query;  // empty: what the dialect offers
  std::uint64_t overlap = 0;   // numbers of a key, seconds of a time
  Millis poll{5'000};
  std::size_t page_rows = 1'000;
};

class Polling {
 public:
  Polling(PollingOptions options, const source::Hello& hello, source::AgentPipe& agent);
  void run();  // until the agent has gone

 private:
  struct Look;
  // What a person may answer, and what is done then.
  struct Choice {
    std::string answer;
    std::function<Look()> then;
  };
  struct Look {
    enum class End : std::uint8_t { fine, gone, failed, asks } end = End::fine;
    std::string words;
    std::vector<Choice> choices;  // where it asks
  };

  Look look();
  Look connect();
  Look check_identity();
  Look check_cursor();
  Look check_newest();
  Look check_columns(const std::vector<std::string>& columns);
  Look read_on();
  Look read_pages(const Reading& reading, std::string from);
  Look hand_in(const std::vector<SqlRecord>& records);
  Look follow_cursor();
  bool after(const Look& look);
  bool stand_still(const Look& look);
  Choice start_over();
  Look stand_at(Position position);
  Look keep_columns(std::string columns);
  Look keep(std::string_view key, std::string_view value);
  std::string how_far(const std::string& at) const;

  const PollingOptions options_;
  const std::size_t max_line_bytes_;
  source::AgentPipe& agent_;
  std::unique_ptr<Database> database_;
  Position position_;
  std::string columns_;   // as they were
  std::string identity_;  // of the database that is open
  SeenRecords seen_;
  source::Breaker breaker_;
  std::uint64_t deliveries_ = 0;
};

}  // namespace storeward::sql
