// ColumnNames: what the fields of a row are called, by their position. Pure.
//
// From a header: trimmed; a column without a name is called by its number, from "1"; a name that
// stands twice gets "_2", "_3" … from the second time on. Names are found by exact match only.
//
// Invariant: the names of one ColumnNames stay where they are as long as it does; at() may add.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/column_index.h"

namespace storeward {

class ColumnNames {
 public:
  // Each column is called by its number, and there is no end to them.
  ColumnNames() = default;
  ColumnNames(ColumnNames&&) = default;
  ColumnNames& operator=(ColumnNames&&) = default;
  ColumnNames(const ColumnNames&) = delete;
  ColumnNames& operator=(const ColumnNames&) = delete;
  ~ColumnNames() = default;

  // `rename`: what a column is called instead.
  using Rename = std::map<std::string, std::string, std::less<>>;
  static ColumnNames from_header(const std::vector<std::string_view>& header,
                                 const Rename& rename = {});
  static ColumnNames fixed_by_options(const std::vector<std::string>& names);

  // How many are named; npos: any number.
  static constexpr std::size_t npos = SIZE_MAX;
  std::size_t size() const { return numbered_ ? npos : names_.size(); }
  std::string_view at(std::size_t column) {
    return column < views_.size() ? views_[column] : number(column);
  }

  ColumnIndex index() const { return numbered_ ? ColumnIndex() : ColumnIndex(views_); }
  bool has(std::string_view name) const;
  // Fails where one of `wanted` is not there: the reason names it and what is there instead.
  Result<void> require(const std::vector<std::string>& wanted) const;
  // Fails where one of `read` stands twice: nothing says which of the two is meant. Where its
  // second is read as well ("_2") that is known.
  Result<void> tell_apart(const std::set<std::string, std::less<>>& read) const;

 private:
  void add(std::string name);
  std::string_view number(std::size_t column);

  std::deque<std::string> names_;
  std::vector<std::string_view> views_;  // of names_
  bool numbered_ = true;
  struct Repeated {
    std::string name;
    std::size_t first, second;  // columns, from 1
  };
  std::vector<Repeated> repeated_;  // in the header, after `rename`
};

}  // namespace storeward
