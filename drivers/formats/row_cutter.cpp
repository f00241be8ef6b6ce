#include "drivers/formats/row_cutter.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "agent/core/utf8.h"

namespace storeward {
namespace {

// Old programs write it behind the last line, some as often as a block has room.
constexpr char dos_end_of_file = '\x1A';

bool ends_line(char c) {
  return c == '\n' || c == '\r';
}

// CRLF is one.
std::uint64_t line_ends_in(std::string_view text) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool second_half = text[i] == '\n' && i > 0 && text[i - 1] == '\r';
    count += ends_line(text[i]) && !second_half ? 1 : 0;
  }
  return count;
}

}  // namespace

RowCutter::RowCutter(const RowSyntax& syntax, TextEncoding encoding)
    : syntax_(syntax), encoding_(encoding), specials_(syntax.delimiter, syntax.quote) {}

void RowCutter::feed(std::string_view bytes, bool last) {
  ASSERT(!last_);
  if (given_) release();
  text_.erase(0, start_);
  const auto shift = [this](std::size_t& position) { position -= std::min(position, start_); };
  shift(pos_);
  shift(field_begin_);
  shift(quote_begin_);
  start_ = 0;
  encoding_.decode(bytes, last, text_);
  last_ = last;
  specials_.look_at(text_);
}

Cut RowCutter::cut() {
  if (given_) release();
  for (;;) {
    if (const Step step = go_on()) return *step;
  }
}

RowCutter::Step RowCutter::go_on() {
  switch (state_) {
    case State::source_start:
      return pass_byte_order_mark();
    case State::skipping_line:
      return skip_line();
    case State::between_rows:
      return pass_empty_lines();
    case State::unquoted:
      return scan_unquoted();
    case State::quoted:
      return scan_quoted();
    case State::behind_quote:
      return scan_behind_quote();
    case State::losing_row:
      return lose_row_further();
  }
  ASSERT(false);
  return {};
}

RowCutter::Step RowCutter::pass_byte_order_mark() {
  const std::string_view beginning = text(0, std::min(byte_order_mark.size(), text_.size()));
  if (!last_ && beginning.size() < byte_order_mark.size() &&
      byte_order_mark.substr(0, beginning.size()) == beginning) {
    return Cut::need_more;
  }
  if (beginning == byte_order_mark) advance_to(byte_order_mark.size());
  state_ = syntax_.skip_lines > 0 ? State::skipping_line : State::between_rows;
  pos_ = start_;
  return {};
}

RowCutter::Step RowCutter::skip_line() {
  if (after_cr_ && start_ < text_.size()) {
    if (text_[start_] == '\n') advance_to(start_ + 1);
    after_cr_ = false;
  }
  const std::size_t end = line_end_from(start_);
  advance_to(end);
  if (end == text_.size()) return starve();
  after_cr_ = text_[end] == '\r';
  ++line_;
  advance_to(end + 1);
  if (--syntax_.skip_lines == 0) state_ = State::between_rows;
  return {};
}

RowCutter::Step RowCutter::pass_empty_lines() {
  while (start_ < text_.size()) {
    const char c = text_[start_];
    if (!ends_line(c)) {
      begin_row();
      return {};
    }
    if (!(c == '\n' && after_cr_)) ++line_;
    after_cr_ = c == '\r';
    advance_to(start_ + 1);
  }
  return starve();
}

void RowCutter::begin_row() {
  state_ = State::unquoted;
  pos_ = field_begin_ = start_;
  fields_.clear();
  unquoted_.clear();
  after_cr_ = doubled_quotes_ = line_end_in_quotes_ = nul_ = too_many_fields_ = false;
  specials_.mark(start_);
}

RowCutter::Step RowCutter::scan_unquoted() {
  const char* const bytes = text_.data();
  const std::size_t size = text_.size();
  std::size_t at = pos_;
  for (;; ++at) {
    at = specials_.next(at);
    if (at - start_ > syntax_.max_bytes) {
      return lose_row("the row is longer than " + most_bytes(), start_ + syntax_.max_bytes);
    }
    if (at == size && !last_) {
      pos_ = at;
      return Cut::need_more;
    }
    if (at == size || ends_line(bytes[at])) {
      add_field(at, false);
      return end_row(at);
    }
    const char c = bytes[at];
    if (c == syntax_.delimiter) {
      add_field(at, false);
      field_begin_ = at + 1;
    } else if (c == syntax_.quote && at == field_begin_) {
      quote_begin_ = at;
      field_begin_ = pos_ = at + 1;
      doubled_quotes_ = false;
      state_ = State::quoted;
      return {};
    } else if (c == '\0') {
      nul_ = true;
    }
  }
}

RowCutter::Step RowCutter::scan_quoted() {
  const std::size_t size = text_.size();
  std::size_t at = pos_;
  for (;; ++at) {
    at = specials_.next(at);
    if (at - start_ > syntax_.max_bytes) {
      return lose_row("a quoted field does not end within " + most_bytes(), quote_begin_);
    }
    if (at == size) {
      if (last_) return lose_row("a quoted field never ends", quote_begin_);
      pos_ = at;
      return Cut::need_more;
    }
    const char c = text_[at];
    if (c == syntax_.quote) {
      if (at + 1 == size && !last_) {
        pos_ = at;
        return Cut::need_more;
      }
      if (at + 1 < size && text_[at + 1] == syntax_.quote) {
        doubled_quotes_ = true;
        ++at;
        continue;
      }
      add_field(at, doubled_quotes_);
      pos_ = at + 1;
      state_ = State::behind_quote;
      return {};
    }
    nul_ = nul_ || c == '\0';
    line_end_in_quotes_ = line_end_in_quotes_ || ends_line(c);
  }
}

RowCutter::Step RowCutter::scan_behind_quote() {
  for (std::size_t at = pos_;; ++at) {
    if (at - start_ > syntax_.max_bytes) {
      return lose_row("the row is longer than " + most_bytes(), start_ + syntax_.max_bytes);
    }
    if (at == text_.size() && !last_) {
      pos_ = at;
      return Cut::need_more;
    }
    if (at == text_.size() || ends_line(text_[at])) return end_row(at);
    if (text_[at] == syntax_.delimiter) {
      field_begin_ = pos_ = at + 1;
      state_ = State::unquoted;
      return {};
    }
    if (text_[at] != ' ' && text_[at] != '\t') {
      return lose_row("a quoted field goes on behind its closing quote", quote_begin_);
    }
  }
}

void RowCutter::add_field(std::size_t end, bool doubled_quotes) {
  too_many_fields_ = fields_.size() >= syntax_.max_fields;
  if (too_many_fields_) return;
  fields_.push_back({.begin = static_cast<std::uint32_t>(field_begin_ - start_),
                     .size = static_cast<std::uint32_t>(end - field_begin_),
                     .doubled_quotes = doubled_quotes});
}

RowCutter::Step RowCutter::end_row(std::size_t end) {
  state_ = State::between_rows;
  const bool marks_end =
      end == text_.size() && text(start_, end).find_first_not_of(dos_end_of_file) == text_.npos;
  if (marks_end) {
    advance_to(end);
    return starve();
  }
  row_end_ = end;
  given_ = true;
  lost_ = false;
  place_ = {
      .offset = source_offset_, .bytes = encoding_.source_bytes(text(start_, end)), .line = line_};
  if (nul_) {
    blame("a NUL byte stands in the row" + perhaps(" (a file in UTF-16?", "utf-16"));
  } else if (too_many_fields_) {
    blame("the row has more than " + std::to_string(syntax_.max_fields) + " columns");
  } else if (!specials_.ascii() &&
             !simdjson::validate_utf8(text_.data() + start_, row_end_ - start_)) {
    blame("the row holds bytes that are not " + std::string(encoding_.name()) +
          perhaps(" (from Windows?", "windows-1252"));
  } else {
    return Cut::row;
  }
  return Cut::fault;
}

// A template that says nothing of the encoding reads UTF-8, and many tills write something else.
std::string RowCutter::perhaps(std::string_view guess, std::string_view encoding) const {
  if (encoding_.name() != "utf-8") return {};
  return std::string(guess) + " [format] encoding = \"" + std::string(encoding) + "\")";
}

std::string RowCutter::most_bytes() const {
  return std::to_string(syntax_.max_bytes) + " bytes";
}

void RowCutter::blame(const std::string& why) {
  fault_ = "line " + std::to_string(place_.line) + ": " + why;
}

RowCutter::Step RowCutter::lose_row(const std::string& why, std::size_t resume_from) {
  state_ = State::losing_row;
  lost_ = true;
  lost_raw_.clear();
  fields_.clear();
  pos_ = resume_from;
  place_ = {.offset = source_offset_, .line = line_};
  blame(why);
  return {};
}

RowCutter::Step RowCutter::lose_row_further() {
  const std::size_t end = line_end_from(pos_);
  const bool found = end < text_.size();
  lost_raw_ += text(start_, end).substr(0, syntax_.max_bytes - lost_raw_.size());
  line_ += line_ends_in(text(start_, end));
  advance_to(end);
  pos_ = end;
  if (!found && !last_) return Cut::need_more;
  place_.bytes = source_offset_ - place_.offset;
  state_ = State::between_rows;
  row_end_ = end;
  given_ = true;
  return Cut::fault;
}

void RowCutter::release() {
  given_ = false;
  if (!lost_) {
    if (line_end_in_quotes_) line_ += line_ends_in(text(start_, row_end_));
    source_offset_ += place_.bytes;
    start_ = row_end_;
  }
  if (start_ == text_.size()) return;
  after_cr_ = text_[start_] == '\r';
  ++line_;
  advance_to(start_ + 1);
}

void RowCutter::advance_to(std::size_t position) {
  source_offset_ += encoding_.source_bytes(text(start_, position));
  start_ = position;
}

std::size_t RowCutter::line_end_from(std::size_t position) {
  std::size_t at = specials_.next(position);
  while (at < text_.size() && !ends_line(text_[at])) at = specials_.next(at + 1);
  return at;
}

std::string_view RowCutter::without_doubled_quotes(std::string_view field) {
  // What has been given from unquoted_ must not move: no row's fields are longer than the row.
  unquoted_.reserve(2 * (row_end_ - start_));
  ASSERT(unquoted_.size() + field.size() <= unquoted_.capacity());
  const std::size_t begin = unquoted_.size();
  for (std::size_t i = 0; i < field.size(); ++i) {
    unquoted_ += field[i];
    if (field[i] == syntax_.quote) ++i;
  }
  return std::string_view(unquoted_).substr(begin);
}

std::string_view RowCutter::raw() const {
  return lost_ ? std::string_view(lost_raw_) : text(start_, row_end_);
}

Result<RowCutter> make_row_cutter(const FormatOptions& options, bool delimited) {
  constexpr std::size_t most_bytes = 1u << 28;
  if (options.max_record_bytes == 0 || options.max_record_bytes > most_bytes) {
    return fail("format.max_record_bytes: must be between 1 and " + std::to_string(most_bytes));
  }
  auto encoding = TextEncoding::named(options.encoding);
  if (!encoding) return fail(encoding.error().message);
  RowSyntax syntax{.max_bytes = options.max_record_bytes, .skip_lines = options.skip_lines};
  if (delimited) {
    const auto possible = [](char c) {
      return static_cast<unsigned char>(c) < 0x80 && !ends_line(c);
    };
    if (options.delimiter == '\0' || !possible(options.delimiter)) {
      return fail("format.delimiter: must be one ASCII character and no line end");
    }
    if (!possible(options.quote) || options.quote == options.delimiter) {
      return fail("format.quote: must be one ASCII character, no line end and not the delimiter");
    }
    if (options.max_columns == 0 || options.max_columns >= Record::max_nodes) {
      return fail("format.max_columns: must be between 1 and " +
                  std::to_string(Record::max_nodes - 1));
    }
    syntax.delimiter = options.delimiter;
    if (options.quote != '\0') syntax.quote = options.quote;
    syntax.max_fields = options.max_columns;
  }
  return RowCutter(syntax, std::move(encoding).value());
}

}  // namespace storeward
