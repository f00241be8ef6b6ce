// Reads CSV (RFC 4180) record by record: quoted fields with commas, doubled quotes and line ends
// inside; CRLF or LF; a byte-order mark is skipped, blank lines are no records. Bytes are passed on
// as they are. Bounded: one record is in memory. Owned by one thread.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "agent/base/result.h"

namespace storeward::till {

class CsvReader {
 public:
  // `input` must outlive the reader.
  explicit CsvReader(std::istream& input);

  // The next record into `fields`; false at the end.
  Result<bool> next(std::vector<std::string>& fields);

  // The line, from 1, on which the last record began.
  std::uint64_t line() const { return record_line_; }

 private:
  int read_byte();
  Result<bool> read_field(std::string& field);

  std::streambuf& input_;
  std::uint64_t current_line_ = 1;
  std::uint64_t record_line_ = 1;
};

}  // namespace storeward::till
