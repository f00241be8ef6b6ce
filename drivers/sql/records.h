// Rows of a page -> records for the agent, as JSON: a row by its columns, or the rows of a group as
// one record, its first row's columns and a list `row`. Pure.
//
// Invariant: the rows of a group have one value of the cursor, so no look begins amid them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drivers/sql/statements.h"

namespace storeward::sql {

struct SqlRecord {
  std::string json;
  std::string at;          // the cursor's value in its rows
  std::int64_t order = 0;  // of that
};

// Why a value is none of the cursor's.
std::string why_no_cursor(const Reading& reading, std::string_view value);

// What a page's columns are, found once for all of its rows.
class RecordMaking {
 public:
  // Fails with the name of the column that the query does not give.
  static Result<RecordMaking> make(const Reading& reading, const std::vector<std::string>& columns);

  // `page_is_cut`: more rows follow, so the last group may not be whole and is left out. Fails with
  // the value that is none of the cursor's kind, and with the two that a group has.
  Result<std::vector<SqlRecord>> records(const Rows& page, bool page_is_cut) const;

 private:
  RecordMaking(Reading reading, std::vector<std::string> columns)
      : reading_(std::move(reading)), columns_(std::move(columns)) {}
  bool same_group(const Row& one, const Row& other) const;
  std::string members(const Row& row) const;

  Reading reading_;
  std::vector<std::string> columns_;
  std::size_t cursor_ = 0;
  std::vector<std::size_t> group_;
};

}  // namespace storeward::sql
