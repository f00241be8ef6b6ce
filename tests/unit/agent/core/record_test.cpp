#include "agent/core/record.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using storeward::ColumnIndex;
using storeward::Record;

namespace {

std::vector<std::string> numbered_columns(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back("column " + std::to_string(i));
  return names;
}

}  // namespace

TEST_CASE("in a row that is laid out names are found as in any other", "[csv]") {
  for (const std::size_t count : {1u, 2u, 3u, 22u, 2000u}) {
    const std::vector<std::string> names = numbered_columns(count);
    const ColumnIndex columns({names.begin(), names.end()});
    Record record;
    record.add(Record::root, "before");
    const Record::Node row = record.add(Record::root, "row");
    for (const std::string& name : names) record.add(row, name);
    record.lay_out(row, columns);
    const Record::Node derived = record.add(row, "derived", "7");
    CHECK(record.columns(row) == &columns);
    CHECK(record.columns(Record::root) == nullptr);
    for (std::size_t i = 0; i < count; ++i) CHECK(record.child(row, names[i]) == row + 1 + i);
    CHECK(record.child(row, "derived") == derived);
    CHECK(record.child(row, "column") == Record::none);
    CHECK(record.child(row, "") == Record::none);
    CHECK(record.child(Record::root, "row") == row);
  }
}

TEST_CASE("where a node stands is told as a template's path would, numbered only among its like",
          "[mapping]") {
  Record record;
  const Record::Node head = record.add(Record::root, "head");
  record.add(Record::root, "row");
  const Record::Node row = record.add(Record::root, "row");
  const Record::Node amount = record.add(row, "amount", "1");
  CHECK(record.path(Record::root).empty());
  CHECK(record.path(head) == "head");
  CHECK(record.path(amount) == "row[2]/amount");
  CHECK(record.path(amount, row) == "amount");
  CHECK(record.path(head, row) == "/head");
}
