// RowCutter: the bytes of a source -> its rows and their fields; under csv, fixed and lines. RFC
// 4180 and what stands in real files: any delimiter and quote or none, CRLF, LF or CR (mixed, too),
// empty lines and the end mark of DOS (passed over), a quote within an unquoted field (taken as it
// is), blanks behind a closing quote (dropped). Pure; owned by its decoder.
//
// Rows are cut in text that is UTF-8 already (text_encoding.h), so raw() is UTF-8 whatever the
// source's encoding; place() nevertheless counts the bytes of the source.
//
// A row that cannot be cut is a fault, and the next row goes on: behind its line end; after a
// quoted field that never ends or goes on behind its closing quote, at the next line end behind
// its opening quote, for such a quote is most often a mistake of one line.
//
// Invariants: text_ holds the row under way and what was fed behind it, hence at most max_bytes and
// one feed; start_ <= field_begin_, pos_ <= text_.size(). How the source was sliced changes
// nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/format_options.h"
#include "agent/core/record.h"
#include "drivers/formats/special_bytes.h"
#include "drivers/formats/text_encoding.h"

namespace storeward {

// '\n' stands for "none": a line end is never anything else.
struct RowSyntax {
  char delimiter = '\n';
  char quote = '\n';
  std::size_t max_bytes = 0;  // of a row's text without its line end
  std::size_t max_fields = 1;
  std::size_t skip_lines = 0;
};

enum class Cut : std::uint8_t { row, fault, need_more, end };

class RowCutter {
 public:
  RowCutter(const RowSyntax& syntax, TextEncoding encoding);

  void feed(std::string_view bytes, bool last);
  Cut cut();

  // Of the row that cut() has just given; views hold until the next cut() or feed().
  std::size_t fields() const { return fields_.size(); }
  // Without its quotes. Each is asked for twice at most.
  std::string_view field(std::size_t index) {
    const Field& field = fields_[index];
    const std::string_view inside(text_.data() + start_ + field.begin, field.size);
    return field.doubled_quotes ? without_doubled_quotes(inside) : inside;
  }
  bool field_is_empty(std::size_t index) const { return fields_[index].size == 0; }
  // Nothing but delimiters: a spreadsheet writes hundreds of such rows behind the last one.
  bool row_is_empty() const { return row_end_ - start_ < fields_.size(); }
  bool ascii() const { return specials_.ascii(); }  // false may be wrong

  // Of the row or fault. The number in `place` is not set; raw() of a fault may be cut short.
  const RecordPlace& place() const { return place_; }
  std::string_view raw() const;
  bool raw_is_cut() const { return lost_ && lost_raw_.size() >= syntax_.max_bytes; }
  const std::string& fault() const { return fault_; }

  std::uint64_t source_offset() const { return source_offset_; }  // of what is not cut yet

 private:
  enum class State : std::uint8_t {
    source_start,
    skipping_line,
    between_rows,
    unquoted,
    quoted,
    behind_quote,
    losing_row,
  };
  struct Field {
    std::uint32_t begin = 0;  // from start_
    std::uint32_t size = 0;
    bool doubled_quotes = false;
  };
  using Step = std::optional<Cut>;  // none: go on in the new state

  Step go_on();
  Step pass_byte_order_mark();
  Step skip_line();
  Step pass_empty_lines();
  Step scan_unquoted();
  Step scan_quoted();
  Step scan_behind_quote();
  Step lose_row_further();

  std::string_view without_doubled_quotes(std::string_view field);
  void begin_row();
  void add_field(std::size_t end, bool doubled_quotes);
  Step end_row(std::size_t end);
  Step lose_row(const std::string& why, std::size_t resume_from);
  std::string perhaps(std::string_view guess, std::string_view encoding) const;
  std::string most_bytes() const;
  void blame(const std::string& why);
  void release();  // the row given before
  void advance_to(std::size_t position);
  std::size_t line_end_from(std::size_t position);
  std::string_view text(std::size_t begin, std::size_t end) const {
    return std::string_view(text_).substr(begin, end - begin);
  }
  Step starve() const { return last_ ? Cut::end : Cut::need_more; }

  RowSyntax syntax_;
  TextEncoding encoding_;
  SpecialBytes specials_;

  std::string text_;
  bool last_ = false;
  std::size_t start_ = 0;            // of the row under way
  std::uint64_t source_offset_ = 0;  // of start_
  std::uint64_t line_ = 1;           // of start_
  State state_ = State::source_start;
  bool after_cr_ = false;  // an LF right here belongs to the line end before it

  // The row under way.
  std::size_t pos_ = 0;  // scanned up to here
  std::size_t field_begin_ = 0;
  std::size_t quote_begin_ = 0;
  std::vector<Field> fields_;
  std::string unquoted_;  // fields in which quotes were doubled, one behind the other
  bool doubled_quotes_ = false;
  bool line_end_in_quotes_ = false;
  bool nul_ = false;
  bool too_many_fields_ = false;

  // The row or fault given.
  bool given_ = false;
  bool lost_ = false;  // a fault whose bytes are gone, but for the beginning
  std::size_t row_end_ = 0;
  RecordPlace place_;
  std::string lost_raw_;
  std::string fault_;
};

// What of the options concerns the cutting of rows; `delimited`: csv.
Result<RowCutter> make_row_cutter(const FormatOptions& options, bool delimited);

}  // namespace storeward
