// EdiDecoder: X12 and EDIFACT sources -> one record per transaction set (ST…SE) or message
// (UNH…UNT). Pure, owned by one thread.
//
// A record's root has the interchange's and group's header segments, then the set's segments in
// their loops (drivers/formats/edi/loops.cpp), then `interchange` with plain fields: sender,
// receiver, control, date (ISO 8601), test ("1" or "0"), group, set, version, set_control, key (by
// which a repeat of the set is known) and decimal_mark where UNA names one. Below a DTM of EDIFACT
// stand `from` and `to`, what it says by its form (drivers/formats/edi/period.h).
//
// What cannot be trusted of a set is a fault of that set alone: its end is missing, it is too long,
// it stands in no interchange. Segments that belong to no set are one fault together. An
// interchange that does not add up (its trailers, or those of its groups and sets, never came or
// say otherwise) is one fault behind its sets, which count: in the record of a set nothing is said
// of it, so that the same set is the same record when the interchange comes again, whole.
//
// Invariants: at most max_record_bytes of a set are kept, the rest is read over. Every byte of the
// source is in a record or fault, or is a blank, a header or a trailer. A fault that a trailer
// never came has no bytes: it stands where its interchange ended, and keeps its header.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "drivers/formats/decoder.h"
#include "drivers/formats/edi/envelopes.h"
#include "drivers/formats/edi/piece.h"
#include "drivers/formats/edi/segments.h"

namespace storeward {

class EdiDecoder final : public Decoder {
 public:
  EdiDecoder(const EdiStandard& standard, const FormatOptions& options);

  void feed(std::string_view bytes, bool last) override { segments_.feed(bytes, last); }
  Decoded next(Record& record) override;
  RecordPlace place() const override { return place_; }
  std::string_view raw() const override { return raw_; }
  const std::string& fault() const override { return fault_; }
  std::optional<std::string> acknowledgement() const override;

 private:
  enum class Kind : std::uint8_t {
    body,
    advice,
    interchange,
    group,
    set,
    set_end,
    group_end,
    interchange_end,
    lone
  };
  // Where the source goes on. `new_start`: an interchange, in front of which all else ends.
  enum class Ahead : std::uint8_t { need_more, end, new_start, segment };
  Ahead look(Kind& kind, EdiSegment& segment);
  bool read_mark();
  bool read_start(std::string_view bytes);
  Kind kind_of(EdiSegment& segment);

  void take(Kind kind, const EdiSegment& segment);
  bool goes_on(Kind kind) const;
  void begin(EdiPiece::State state, const EdiSegment& segment);
  void extend(const EdiSegment& segment);
  void close_set(const EdiSegment& segment);
  void close_interchange(const EdiSegment& segment);
  void leave_interchange();

  Decoded give(Record& record);
  std::string reason_against(const EdiPiece& piece, const EdiFacts& facts) const;
  std::string build(const EdiPiece& piece, const EdiFacts& facts, Record& record) const;
  EdiFacts facts_of(const EdiPiece& piece) const;
  std::string_view text_of(const EdiPiece& piece, std::size_t segment) const;

  const EdiStandard& standard_;
  const std::size_t max_record_bytes_;
  EdiSegments segments_;
  EdiEnvelopes envelopes_;
  EdiSyntax syntax_;       // of the segments that come
  bool known_ = false;     // syntax_ is that of a header, or a guess
  bool readable_ = false;  // it looks like segments
  bool advised_ = false;   // syntax_ is that of a UNA, whose interchange is to come
  EdiStart start_;         // what is ahead, if a new start is
  bool mark_looked_for_ = false;
  std::vector<std::string> first_warnings_;  // of the source: for its first record

  std::optional<EdiPiece> piece_;
  bool given_ = false;  // piece_ has been given and is looked at
  RecordPlace place_;
  std::string_view raw_;
  std::string fault_;
};

}  // namespace storeward
