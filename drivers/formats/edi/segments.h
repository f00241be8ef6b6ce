// EdiSegments: the bytes of a source, cut into segments as they come. Pure, owned by one decoder.
//
// A segment ends at its terminator, at the end of the source, or (where a terminator was forgotten)
// at a line break behind which a new interchange begins. Blanks between segments belong to none.
//
// Invariants: at most max_segment_bytes are looked through for a terminator; behind that the
// segment is cut (`cut`) and goes on as the next one (`goes_on`). Offsets count from the first byte
// of the source. Where segments end does not depend on how the bytes are fed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/formats/edi/syntax.h"

namespace storeward {

struct EdiSegment {
  std::string_view text;  // without the terminator
  std::uint64_t offset = 0;
  std::uint64_t end = 0;   // behind the terminator
  std::uint64_t line = 1;  // of its first byte
  bool terminated = true;  // not: the source ends, or a new interchange begins, without
  bool cut = false;        // too long
  bool goes_on = false;    // the rest of one that was cut
  bool forgotten = false;  // its terminator is missing in front of a new interchange
};

class EdiSegments {
 public:
  static constexpr std::size_t max_segment_bytes = 64u << 10;
  // How much of a source is_start() may see.
  static constexpr std::size_t start_bytes = 12;

  // Whether an interchange begins with these bytes: its first start_bytes, or all there are.
  using IsStart = bool (*)(std::string_view bytes);

  explicit EdiSegments(IsStart is_start) : is_start_(is_start) {}

  void feed(std::string_view bytes, bool last);

  // The unread bytes behind the blanks, nothing while the rest of a cut segment waits; `wanted` of
  // them, or all there are. False: more has to be fed first.
  bool ahead(std::size_t wanted, std::string_view& bytes);

  // The segment that comes next, without taking it; false: none, more must be fed or all is read.
  bool peek(const EdiSyntax& syntax, EdiSegment& segment);
  // Of the peeked segment only the first `bytes` are taken; a new interchange follows at once.
  void shorten(std::size_t bytes);
  // As peek(), for a segment of fixed length that has no terminator (UNA). It is there.
  void peek_fixed(std::size_t bytes, EdiSegment& segment);
  void take();

  bool all_read() const { return last_ && at_ == buffer_.size(); }
  // Where the next segment begins, once ahead() has found it.
  std::uint64_t offset() const { return base_ + at_; }
  std::uint64_t line() const { return line_; }

  // The bytes from here on stay in memory; without: from the next segment on.
  void keep_from(std::optional<std::uint64_t> offset) { kept_from_ = offset; }
  std::string_view kept(std::uint64_t offset, std::uint64_t bytes) const;

 private:
  bool skip_blanks();
  bool find_end(const EdiSyntax& syntax);
  bool new_start_at(std::size_t at, bool& known) const;
  void end_peeked(std::size_t text_bytes, std::size_t bytes);

  IsStart is_start_;
  std::string buffer_;
  std::uint64_t base_ = 0;  // offset of buffer_[0]
  std::size_t at_ = 0;      // the next unread byte of it
  std::size_t looked_ = 0;  // bytes behind at_ in which the segment does not end
  std::uint64_t line_ = 1;  // of the byte at at_
  std::optional<std::uint64_t> kept_from_;
  bool last_ = false;
  bool goes_on_ = false;
  bool peeked_ = false;
  EdiSegment found_;  // its text is made anew by each peek()
  std::size_t found_text_bytes_ = 0;
};

}  // namespace storeward
