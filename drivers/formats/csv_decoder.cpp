// CSV, TSV and their kin: rows of delimited fields, named by a header, by the options or by their
// numbers. A header that is not what was agreed makes the rest of the source one fault: its rows
// would be read wrongly, all of them.
#include <optional>
#include <set>
#include <vector>

#include "drivers/formats/column_names.h"
#include "drivers/formats/decoders.h"
#include "drivers/formats/derived_columns.h"
#include "drivers/formats/row_decoder.h"

namespace storeward {
namespace {

class CsvDecoder final : public RowDecoder {
 public:
  CsvDecoder(const FormatOptions& options, RowCutter rows, ColumnNames columns)
      : RowDecoder(std::move(rows)),
        marker_(options.header_marker),
        quote_(options.quote),
        header_comes_(options.header && marker_.empty()),
        columns_(std::move(columns)),
        index_(columns_.index()),
        rename_(options.rename),
        named_(options.header || !marker_.empty() ? 0 : options.columns.size()),
        derived_(options.derived),
        read_(options.read),
        wanted_(options.columns) {
    wanted_.insert(wanted_.end(), options.group_by.begin(), options.group_by.end());
    wanted_ = derived_.needed(wanted_);
    read_.insert(wanted_.begin(), wanted_.end());
    read_.insert(options.group_by_optional.begin(), options.group_by_optional.end());
    for (const DerivedColumn& column : options.derived) {
      read_.insert(column.from.begin(), column.from.end());
    }
  }

  Decoded next(Record& record) override {
    record.clear();
    for (;;) {
      switch (rows_.cut()) {
        case Cut::need_more:
          return Decoded::need_more;
        case Cut::end:
          return lost_ ? give_lost() : Decoded::end;
        case Cut::fault:
          if (lost_) break;
          if (!header_comes_ && !may_be_marked(rows_.raw())) return give_fault(rows_.fault());
          lose_rest(rows_.fault());
          break;
        case Cut::row:
          if (lost_ || rows_.row_is_empty()) break;
          if (!header_comes_ && (marker_.empty() || rows_.field(0) != marker_)) return fill(record);
          take_header();
          break;
      }
    }
  }

  std::string_view raw() const override { return lost_ ? lost_->raw : rows_.raw(); }
  Loss loss() const override { return lost_ ? Loss::source : RowDecoder::loss(); }

 private:
  struct Lost {
    RecordPlace header;
    std::string raw;  // of the header
    std::string reason;
    bool given = false;
  };

  Decoded fill(Record& record) {
    std::size_t count = rows_.fields();
    // Delimiters at the end of a row carry nothing, and some programs write them.
    while (count > columns_.size() && rows_.field_is_empty(count - 1)) --count;
    if (count > columns_.size()) {
      return blame_row("the row has " + std::to_string(count) + " fields, there are only " +
                       std::to_string(columns_.size()) + " columns");
    }
    for (std::size_t i = 0; i < count; ++i) {
      record.add(Record::root, columns_.at(i), rows_.field(i));
    }
    if (count == index_.size()) record.lay_out(Record::root, index_);
    derived_.add(record);
    // Some programs leave out what is empty at the end; a row that was cut off looks the same. No
    // line is named: a retry may have the row at another one.
    if (count < named_) {
      record.warn("a row has " + std::to_string(count) + " fields for " + std::to_string(named_) +
                  " columns: what is missing was taken for empty");
    }
    return give_record();
  }

  void take_header() {
    header_comes_ = false;
    std::vector<std::string_view> header;
    for (std::size_t i = 0; i < rows_.fields(); ++i) header.push_back(rows_.field(i));
    columns_ = ColumnNames::from_header(header, rename_);
    // With a marker rows that are kept (row_group.h) outlive their columns' names.
    if (marker_.empty()) index_ = columns_.index();
    // With a marker each kind of row has a length of its own.
    if (marker_.empty()) named_ = header.size();
    while (named_ > 0 && rows_.field_is_empty(named_ - 1)) --named_;
    auto fitting = columns_.require(wanted_);
    if (fitting) fitting = derived_.allowed_beside(columns_);
    if (fitting) fitting = columns_.tell_apart(read_);
    if (!fitting) {
      lose_rest("line " + std::to_string(rows_.place().line) + ": " + fitting.error().message);
    }
  }

  // Of a row that could not be cut.
  bool may_be_marked(std::string_view raw) const {
    if (marker_.empty()) return false;
    if (raw.front() == quote_) raw.remove_prefix(1);
    return raw.substr(0, marker_.size()) == marker_;
  }

  void lose_rest(std::string reason) {
    lost_ = Lost{.header = rows_.place(),
                 .raw = std::string(rows_.raw()),
                 .reason = std::move(reason) + "; without its column names nothing can be read"};
  }

  Decoded give_lost() {
    if (lost_->given) return Decoded::end;
    lost_->given = true;
    take_place();
    place_.offset = lost_->header.offset;
    place_.line = lost_->header.line;
    place_.bytes = rows_.source_offset() - place_.offset;
    fault_ = lost_->reason;
    return Decoded::fault;
  }

  std::string marker_;
  char quote_;
  bool header_comes_;
  ColumnNames columns_;
  ColumnIndex index_;
  ColumnNames::Rename rename_;
  std::size_t named_;  // columns up to the last one that has a name
  DerivedColumns derived_;
  std::set<std::string, std::less<>> read_;  // columns that must not stand twice
  std::vector<std::string> wanted_;          // columns a header must have
  std::optional<Lost> lost_;                 // what is left of the source, for want of a header
};

Result<ColumnNames> columns_without_header(const FormatOptions& options) {
  if (options.columns.size() > options.max_columns) {
    return fail("format.columns: more than format.max_columns (" +
                std::to_string(options.max_columns) + ")");
  }
  std::vector<std::string_view> names(options.columns.begin(), options.columns.end());
  auto columns = ColumnNames::fixed_by_options(options.columns);
  ColumnNames told_apart = ColumnNames::from_header(names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (told_apart.at(i) != names[i]) {
      return fail("format.columns: \"" + options.columns[i] +
                  "\" is empty, has blanks around it or stands twice");
    }
  }
  if (options.columns.empty()) columns = ColumnNames();
  const DerivedColumns derived(options.derived);
  const auto complete = columns.require(derived.needed(options.group_by));
  if (!complete) return fail("format.group_by: " + complete.error().message);
  if (const auto fitting = derived.allowed_beside(columns); !fitting) {
    return fail("format.columns: " + fitting.error().message);
  }
  return columns;
}

}  // namespace

MadeDecoder make_csv(const FormatOptions& options) {
  if (!options.fixed.empty()) return fail("format.fixed: is for kind \"fixed\" only");
  if (!options.rename.empty() && !options.header) {
    return fail("format.rename: is for files with a header; without one give format.columns");
  }
  if (!options.records.empty()) return fail("format.records: is not for kind \"csv\"");
  auto rows = make_row_cutter(options, true);
  if (!rows) return fail(rows.error().message);

  ColumnNames columns;
  if (!options.header && options.header_marker.empty()) {
    auto named = columns_without_header(options);
    if (!named) return fail(named.error().message);
    columns = std::move(named).value();
  }
  std::unique_ptr<Decoder> decoder =
      std::make_unique<CsvDecoder>(options, std::move(rows).value(), std::move(columns));
  if (!options.group_by.empty()) decoder = group_rows(std::move(decoder), options);
  return decoder;
}

}  // namespace storeward
