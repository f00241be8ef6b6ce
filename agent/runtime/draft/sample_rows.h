// SampleRows: the beginning of a CSV of unknown make as rows of trimmed texts in UTF-8, and what
// had to be found out for that: encoding, delimiter, where the header stands. Pure.
//
// Invariant: each row has as many fields as there are columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/format_options.h"
#include "agent/runtime/draft/sample_footer.h"

namespace storeward {

struct SampleRows {
  static constexpr std::size_t most_rows = 3000;

  FormatOptions format;              // encoding, delimiter, skip_lines, header
  std::vector<std::string> columns;  // of the header; "column_1" … where there is none
  std::vector<std::vector<std::string>> rows;
  std::vector<SampleRow> footers;  // below the rows, and none of them
  bool cut_off = false;            // the source goes on behind the last row

  // `whole`: the sample is the source to its end. Fails where no rows are found.
  static Result<SampleRows> read(std::string_view sample, bool whole);

  std::vector<std::string_view> values(std::size_t column) const;
};

}  // namespace storeward
