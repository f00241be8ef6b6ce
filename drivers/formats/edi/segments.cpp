#include "drivers/formats/edi/segments.h"

#include <algorithm>

#include "agent/base/assert.h"

namespace storeward {
namespace {
// Blanks in front of an interchange that follows a forgotten terminator.
constexpr std::size_t max_indent = 32;
}  // namespace

void EdiSegments::feed(std::string_view bytes, bool last) {
  ASSERT(!last_ && !peeked_);
  std::size_t unneeded = at_;
  if (kept_from_) unneeded = std::min<std::size_t>(unneeded, *kept_from_ - base_);
  // Seldom enough that the moving of what stays costs no more than the reading.
  if (unneeded > buffer_.size() / 2) {
    buffer_.erase(0, unneeded);
    base_ += unneeded;
    at_ -= unneeded;
  }
  buffer_.append(bytes);
  last_ = last;
}

// False: there are only blanks so far and more may come.
bool EdiSegments::skip_blanks() {
  if (peeked_ || goes_on_) return true;
  const std::size_t from = at_;
  while (at_ < buffer_.size() && is_edi_blank(buffer_[at_])) {
    if (buffer_[at_] == '\n') ++line_;
    ++at_;
  }
  if (at_ != from) looked_ = 0;
  return at_ < buffer_.size() || last_;
}

bool EdiSegments::ahead(std::size_t wanted, std::string_view& bytes) {
  if (!skip_blanks()) return false;
  bytes = goes_on_ ? std::string_view() : std::string_view(buffer_).substr(at_, wanted);
  return goes_on_ || last_ || bytes.size() == wanted;
}

// Whether a new interchange begins behind the line break at `at`; `known` is false where more
// bytes are needed to tell.
bool EdiSegments::new_start_at(std::size_t at, bool& known) const {
  std::string_view behind = std::string_view(buffer_).substr(at + 1, max_indent + start_bytes);
  known = last_ || behind.size() == max_indent + start_bytes;
  std::size_t blanks = 0;
  while (blanks < behind.size() && blanks < max_indent && is_edi_blank(behind[blanks])) ++blanks;
  return known && is_start_(behind.substr(blanks, start_bytes));
}

void EdiSegments::end_peeked(std::size_t text_bytes, std::size_t bytes) {
  found_text_bytes_ = text_bytes;
  found_.end = found_.offset + bytes;
  peeked_ = true;
}

// Looks for the end of the segment that starts at at_; false: it is not there yet.
bool EdiSegments::find_end(const EdiSyntax& syntax) {
  const std::string_view unread = std::string_view(buffer_).substr(at_);
  const std::string_view looked_through = unread.substr(0, max_segment_bytes);
  const char marks[] = {syntax.terminator.front(), '\n'};
  for (;; ++looked_) {
    looked_ = std::min(looked_through.find_first_of(std::string_view(marks, 2), looked_),
                       looked_through.size());
    if (looked_ == looked_through.size()) break;
    const std::string_view here = unread.substr(looked_, syntax.terminator.size());
    if (here == syntax.terminator) {
      if (edi_released(unread, looked_, syntax.release)) continue;
      end_peeked(looked_, looked_ + here.size());
      return true;
    }
    if (!last_ && syntax.terminator.starts_with(here)) return false;
    if (unread[looked_] != '\n') continue;
    bool known = false;
    const bool start = new_start_at(at_ + looked_, known);
    if (!known) return false;
    if (start) {
      found_.terminated = false;
      found_.forgotten = true;
      end_peeked(looked_, looked_);
      return true;
    }
  }
  if (looked_ == max_segment_bytes) {
    found_.cut = true;
    end_peeked(max_segment_bytes, max_segment_bytes);
    return true;
  }
  if (!last_) return false;
  found_.terminated = syntax.ends_lines();
  end_peeked(unread.size(), unread.size());
  return true;
}

bool EdiSegments::peek(const EdiSyntax& syntax, EdiSegment& segment) {
  if (!skip_blanks() || all_read()) return false;
  if (!peeked_) {
    found_ = EdiSegment{.offset = base_ + at_, .line = line_, .goes_on = goes_on_};
    if (!find_end(syntax)) return false;
  }
  segment = found_;
  segment.text = std::string_view(buffer_).substr(at_, found_text_bytes_);
  // CR LF where lines are segments; the blanks in front of the end where nothing else ends it.
  while (!segment.text.empty() &&
         (segment.terminated ? syntax.ends_lines() && segment.text.back() == '\r'
                             : is_edi_blank(segment.text.back()) && !segment.cut)) {
    segment.text.remove_suffix(1);
  }
  return true;
}

void EdiSegments::shorten(std::size_t bytes) {
  ASSERT(peeked_ && bytes > 0 && bytes <= found_text_bytes_);
  found_.terminated = false;
  found_.forgotten = true;
  found_.cut = false;
  end_peeked(bytes, bytes);
}

void EdiSegments::peek_fixed(std::size_t bytes, EdiSegment& segment) {
  ASSERT(bytes <= buffer_.size() - at_);
  found_ = EdiSegment{.offset = base_ + at_, .line = line_};
  end_peeked(bytes, bytes);
  segment = found_;
  segment.text = std::string_view(buffer_).substr(at_, bytes);
}

void EdiSegments::take() {
  ASSERT(peeked_);
  const std::size_t end = found_.end - base_;
  line_ += std::count(buffer_.begin() + at_, buffer_.begin() + end, '\n');
  at_ = end;
  looked_ = 0;
  goes_on_ = found_.cut;
  peeked_ = false;
}

std::string_view EdiSegments::kept(std::uint64_t offset, std::uint64_t bytes) const {
  ASSERT(offset >= base_ && offset + bytes <= base_ + buffer_.size());
  return std::string_view(buffer_).substr(offset - base_, bytes);
}

}  // namespace storeward
