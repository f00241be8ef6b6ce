// The segments of a source, one by one, to the pieces that become records (given.cpp).
#include "drivers/formats/edi/decoder.h"

#include <algorithm>

#include "agent/core/utf8.h"
#include "drivers/formats/decoders.h"

namespace storeward {

EdiDecoder::EdiDecoder(const EdiStandard& standard, const FormatOptions& options)
    : standard_(standard),
      max_record_bytes_(options.max_record_bytes),
      segments_(standard.is_start),
      envelopes_(standard) {}

std::optional<std::string> EdiDecoder::acknowledgement() const {
  if (envelopes_.answers().empty()) return std::nullopt;
  return envelopes_.answers();
}

// False: more bytes are needed to see whether there is one.
bool EdiDecoder::read_mark() {
  std::string_view bytes;
  if (!segments_.ahead(byte_order_mark.size(), bytes)) return false;
  mark_looked_for_ = true;
  if (bytes != byte_order_mark) return true;
  EdiSegment mark;
  segments_.peek_fixed(byte_order_mark.size(), mark);
  segments_.take();
  first_warnings_.emplace_back("the source begins with a byte order mark");
  return true;
}

// Reads the header of an interchange, or guesses where there is none; false: more is needed.
bool EdiDecoder::read_start(std::string_view bytes) {
  start_ = EdiStart{};
  const bool start = standard_.is_start(bytes.substr(0, EdiSegments::start_bytes));
  if (!start && known_) return true;
  if (!segments_.ahead(start ? EdiStandard::max_header_bytes : EdiStandard::guess_bytes, bytes)) {
    return false;
  }
  if (start) start_ = standard_.read_start(bytes, advised_ ? &syntax_ : nullptr);
  if (start_.kind != EdiStart::Kind::none) {
    syntax_ = start_.syntax;
    known_ = readable_ = true;
    return true;
  }
  const auto guessed = standard_.guess(bytes);
  known_ = true;
  readable_ = guessed.has_value();
  // What is no EDI at all is read over line by line, to the next interchange if there is one.
  syntax_ = guessed.value_or(EdiSyntax{.terminator = "\n"});
  return true;
}

EdiDecoder::Ahead EdiDecoder::look(Kind& kind, EdiSegment& segment) {
  if (!mark_looked_for_ && !read_mark()) return Ahead::need_more;
  std::string_view bytes;
  if (!segments_.ahead(EdiSegments::start_bytes, bytes)) return Ahead::need_more;
  if (segments_.all_read()) return Ahead::end;
  const bool start = standard_.is_start(bytes);
  // A new interchange ends whatever there is, before its own separators are read.
  if (start && (piece_ || envelopes_.any())) return Ahead::new_start;
  if (bytes.empty()) {  // within a segment that was cut
    start_ = EdiStart{};
  } else if (!read_start(bytes)) {
    return Ahead::need_more;
  }
  if (start_.kind == EdiStart::Kind::advice) {
    segments_.peek_fixed(start_.fixed_bytes, segment);
  } else if (!segments_.peek(syntax_, segment)) {
    return Ahead::need_more;
  }
  kind = kind_of(segment);
  return Ahead::segment;
}

EdiDecoder::Kind EdiDecoder::kind_of(EdiSegment& segment) {
  if (start_.kind == EdiStart::Kind::advice) return Kind::advice;
  if (segment.cut || segment.goes_on) return Kind::body;
  if (start_.kind == EdiStart::Kind::interchange) return Kind::interchange;
  std::string_view rest = segment.text;
  bool more = false;
  const std::string_view tag = edi_take(rest, syntax_.element, syntax_.release, more);
  if (tag == standard_.set) return Kind::set;
  if (tag == standard_.set_end) return Kind::set_end;
  if (tag == standard_.group) return Kind::group;
  if (tag == standard_.group_end) return Kind::group_end;
  if (!standard_.lone.empty() && tag == standard_.lone) return Kind::lone;
  if (tag != standard_.interchange_end) return Kind::body;
  // Files without a last terminator that were joined, one behind the other.
  const std::size_t next = standard_.find_start(segment.text, tag.size());
  if (next != segment.text.npos) {
    segments_.shorten(next);
    segments_.peek(syntax_, segment);
  }
  return Kind::interchange_end;
}

bool EdiDecoder::goes_on(Kind kind) const {
  const bool may =
      piece_->state == EdiPiece::State::open || piece_->state == EdiPiece::State::stray;
  return may && (kind == Kind::body || kind == Kind::set_end);
}

Decoded EdiDecoder::next(Record& record) {
  record.clear();
  if (given_) {
    piece_.reset();
    given_ = false;
    raw_ = {};
    segments_.keep_from(std::nullopt);
  }
  for (;;) {
    Kind kind = Kind::body;
    EdiSegment segment;
    switch (look(kind, segment)) {
      case Ahead::need_more:
        return Decoded::need_more;
      case Ahead::new_start:
      case Ahead::end:
        if (!piece_ && envelopes_.any()) leave_interchange();
        if (piece_) return give(record);
        if (segments_.all_read()) return Decoded::end;
        break;
      case Ahead::segment:
        if (piece_ && !goes_on(kind)) return give(record);
        take(kind, segment);
        break;
    }
  }
}

void EdiDecoder::take(Kind kind, const EdiSegment& segment) {
  switch (kind) {
    case Kind::body:
      if (piece_) {
        extend(segment);
      } else if (!segment.text.empty()) {  // two terminators in a row
        begin(EdiPiece::State::stray, segment);
      }
      break;
    case Kind::advice:
      break;
    case Kind::interchange:
      envelopes_.open_interchange(segment.text, syntax_);
      break;
    case Kind::group:
      envelopes_.open_group(segment.text);
      break;
    case Kind::set:
      envelopes_.count_set();
      begin(EdiPiece::State::open, segment);
      break;
    case Kind::lone:
      begin(EdiPiece::State::complete, segment);
      piece_->lone = true;
      break;
    case Kind::set_end:
      if (!piece_)
        begin(EdiPiece::State::stray, segment);
      else if (piece_->state == EdiPiece::State::open)
        close_set(segment);
      else
        extend(segment);
      break;
    case Kind::group_end:
      envelopes_.close_group(segment, syntax_);
      break;
    case Kind::interchange_end:
      close_interchange(segment);
      break;
  }
  advised_ = kind == Kind::advice;
  if (!segment.terminated && piece_) {
    piece_->warnings.push_back(edi_line(segment.line) + "a segment has no terminator");
  }
  segments_.take();
}

void EdiDecoder::begin(EdiPiece::State state, const EdiSegment& segment) {
  piece_.emplace();
  piece_->state = state;
  piece_->begin = segment.offset;
  piece_->line = segment.line;
  segments_.keep_from(segment.offset);
  extend(segment);
}

void EdiDecoder::extend(const EdiSegment& segment) {
  EdiPiece& piece = *piece_;
  piece.end = segment.end;
  if (segment.text.empty()) return;
  if (!segment.goes_on) ++piece.counted;
  if (segment.cut && piece.fault.empty()) {
    piece.fault = edi_line(segment.line) + "a segment longer than " +
                  std::to_string(EdiSegments::max_segment_bytes) + " bytes";
  }
  if (piece.too_long) return;
  const std::uint64_t bytes = piece.end - piece.begin;
  if (bytes > max_record_bytes_ || piece.segments.size() >= Record::max_nodes) {
    piece.too_long = true;
    piece.excerpt = segments_.kept(piece.begin, std::min<std::uint64_t>(bytes, max_record_bytes_));
    segments_.keep_from(std::nullopt);
    return;
  }
  piece.segments.push_back({static_cast<std::uint32_t>(segment.offset - piece.begin),
                            static_cast<std::uint32_t>(segment.text.size()), segment.line});
}

void EdiDecoder::close_set(const EdiSegment& segment) {
  extend(segment);
  EdiPiece& piece = *piece_;
  piece.state = EdiPiece::State::complete;
  const auto differ = [&](const std::string& difference) {
    piece.warnings.push_back(edi_line(segment.line) + difference);
    envelopes_.differ(piece.warnings.back());
  };
  const auto claimed = edi_number(edi_element(segment.text, syntax_, 1));
  if (!claimed || *claimed != piece.counted) {
    piece.seen.count_differs = true;
    differ(std::string(standard_.set_end) + "01 says " +
           (claimed ? std::to_string(*claimed) : std::string("no number of")) +
           " segments, there are " + std::to_string(piece.counted));
  }
  if (piece.segments.empty()) return;
  const std::string_view header = text_of(piece, 0);
  if (!same_edi_control(edi_element(header, syntax_, standard_.set_control_element),
                        edi_element(segment.text, syntax_, 2))) {
    piece.seen.control_differs = true;
    differ(edi_differing(standard_.set, standard_.set_end));
  }
}

void EdiDecoder::close_interchange(const EdiSegment& segment) {
  std::string told = envelopes_.close_interchange(segment, syntax_);
  if (told.empty()) return;
  begin(EdiPiece::State::envelope, segment);
  piece_->fault = std::move(told);
}

// At its end without a trailer, or behind it.
void EdiDecoder::leave_interchange() {
  std::string header = envelopes_.interchange().header;
  std::string told = envelopes_.leave_interchange();
  if (told.empty()) return;
  piece_.emplace();
  piece_->state = EdiPiece::State::envelope;
  piece_->begin = piece_->end = segments_.offset();
  piece_->line = segments_.line();
  piece_->excerpt = std::move(header);
  piece_->fault = std::move(told);
}

MadeDecoder make_x12(const FormatOptions& options) {
  return std::unique_ptr<Decoder>(std::make_unique<EdiDecoder>(x12_standard(), options));
}

MadeDecoder make_edifact(const FormatOptions& options) {
  return std::unique_ptr<Decoder>(std::make_unique<EdiDecoder>(edifact_standard(), options));
}

}  // namespace storeward
