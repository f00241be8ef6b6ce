// DerivedColumns: columns that a file has not, made of those it has: the day of a time, a time of a
// date and a time of day that stand apart ([format.derived]). So that rows can be grouped by them,
// and an extended template finds the columns it knows. Pure; owned by its decoder.
//
// Invariant: what add() has put into a record holds until the next add().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/format_options.h"
#include "agent/core/record.h"
#include "drivers/formats/column_names.h"

namespace storeward {

// Of the joined text the part that the column wants: up to one of its characters, so many of them.
std::string_view derived_part(std::string_view text, const DerivedColumn& column);

class DerivedColumns {
 public:
  explicit DerivedColumns(const std::vector<DerivedColumn>& columns)
      : columns_(columns), joined_(columns.size()) {}

  // Of columns that a header must have: those of `wanted` that are not made here, and those that
  // these are made of.
  std::vector<std::string> needed(const std::vector<std::string>& wanted) const;
  // Fails where the file has a column of the same name: nothing says which of them is meant.
  Result<void> allowed_beside(const ColumnNames& columns) const;

  // What is made of columns that are absent or empty is absent.
  void add(Record& record);

 private:
  std::string_view joined(const Record& record, const DerivedColumn& column, std::string& buffer);

  std::vector<DerivedColumn> columns_;
  std::vector<std::string> joined_;  // the text of each; reused
};

}  // namespace storeward
