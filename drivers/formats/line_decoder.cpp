// Rows without delimiters: `lines`, each line with the single field "line", and `fixed`, columns by
// position: counted in characters, blanks at their end dropped, absent where the line is too short
// to reach them. What stands in no column is not read. Many programs drop blanks at the end of a
// line; where it ends within a column and on a digit it may as well have been cut off, and the
// record says so.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/ascii.h"
#include "drivers/formats/column_names.h"
#include "drivers/formats/decoders.h"
#include "drivers/formats/row_decoder.h"

namespace storeward {
namespace {

std::string_view without_blanks_behind(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

class LineDecoder final : public RowDecoder {
 public:
  LineDecoder(const FormatOptions& options, RowCutter rows)
      : RowDecoder(std::move(rows)), columns_(options.fixed) {}

  Decoded next(Record& record) override {
    record.clear();
    switch (rows_.cut()) {
      case Cut::need_more:
        return Decoded::need_more;
      case Cut::end:
        return Decoded::end;
      case Cut::fault:
        return give_fault(rows_.fault());
      case Cut::row:
        break;
    }
    const std::string_view line = rows_.field(0);
    if (columns_.empty()) {
      record.add(Record::root, "line", line);
    } else {
      cut_columns(line, record);
    }
    return give_record();
  }

 private:
  void cut_columns(std::string_view line, Record& record) {
    const bool single_bytes = rows_.ascii();
    if (!single_bytes) find_characters(line);
    const std::size_t length = single_bytes ? line.size() : characters_.size() - 1;
    const auto byte_of = [&](std::size_t character) {
      return single_bytes ? character : characters_[character];
    };
    for (const FixedColumn& column : columns_) {
      if (column.start > length) continue;
      const std::size_t begin = byte_of(column.start - 1);
      const std::size_t end = byte_of(std::min(length, column.start - 1 + column.width));
      const std::string_view text = without_blanks_behind(line.substr(begin, end - begin));
      record.add(Record::root, column.name, text);
      if (length < column.start - 1 + column.width && !text.empty() && is_digit(text.back())) {
        record.warn("a line ends within the column \"" + column.name +
                    "\": what is missing was taken for blanks");
      }
    }
  }

  // Where each character starts, and at last the end.
  void find_characters(std::string_view line) {
    characters_.clear();
    for (std::size_t i = 0; i < line.size(); ++i) {
      const bool continues = (static_cast<unsigned char>(line[i]) & 0xC0u) == 0x80u;
      if (!continues) characters_.push_back(static_cast<std::uint32_t>(i));
    }
    characters_.push_back(static_cast<std::uint32_t>(line.size()));
  }

  std::vector<FixedColumn> columns_;  // none: the line as a whole
  std::vector<std::uint32_t> characters_;
};

Result<void> check_columns(const FormatOptions& options) {
  if (options.fixed.empty()) return fail("format.fixed: there is no column");
  if (options.fixed.size() > options.max_columns || options.fixed.size() >= Record::max_nodes) {
    return fail("format.fixed: too many columns");
  }
  for (const FixedColumn& column : options.fixed) {
    const auto same = [&](const FixedColumn& other) { return other.name == column.name; };
    const auto place = [&] { return "format.fixed: column \"" + column.name + "\""; };
    if (column.name.empty()) return fail("format.fixed: a column has no name");
    if (std::count_if(options.fixed.begin(), options.fixed.end(), same) > 1) {
      return fail(place() + " stands twice");
    }
    if (column.start == 0 || column.start > options.max_record_bytes) {
      return fail(place() + ": start counts from 1 and ends with format.max_record_bytes");
    }
    if (column.width == 0 || column.width > options.max_record_bytes) {
      return fail(place() + ": width must be between 1 and format.max_record_bytes");
    }
  }
  return {};
}

MadeDecoder make_line_decoder(const FormatOptions& options, const std::vector<std::string>& names) {
  const auto not_for = [&](std::string_view key) {
    return fail("format." + std::string(key) + ": is not for kind \"" + options.kind + "\"");
  };
  if (!options.header_marker.empty()) return not_for("header_marker");
  if (!options.records.empty()) return not_for("records");
  // Of a csv that is extended: what its header must have.
  for (const auto& [key, wanted] :
       {std::pair{"columns", &options.columns}, {"group_by", &options.group_by}}) {
    const auto complete = ColumnNames::fixed_by_options(names).require(*wanted);
    if (!complete) return fail("format." + std::string(key) + ": " + complete.error().message);
  }
  auto rows = make_row_cutter(options, false);
  if (!rows) return fail(rows.error().message);
  std::unique_ptr<Decoder> decoder =
      std::make_unique<LineDecoder>(options, std::move(rows).value());
  if (!options.group_by.empty()) decoder = group_rows(std::move(decoder), options);
  return decoder;
}

}  // namespace

MadeDecoder make_fixed(const FormatOptions& options) {
  const auto sound = check_columns(options);
  if (!sound) return fail(sound.error().message);
  std::vector<std::string> names;
  for (const FixedColumn& column : options.fixed) names.push_back(column.name);
  return make_line_decoder(options, names);
}

MadeDecoder make_lines(const FormatOptions& options) {
  if (!options.fixed.empty()) return fail("format.fixed: is for kind \"fixed\" only");
  return make_line_decoder(options, {"line"});
}

}  // namespace storeward
