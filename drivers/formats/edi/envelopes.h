// EdiEnvelopes: which interchange and group the sets of a source stand in, whether their trailers
// come and say of them what is so, and the answer to each interchange. Pure, owned by one decoder.
//
// Invariants: a group is open only within what its source shows as an interchange, or without any;
// what is remembered of an interchange for its answer has about max_remembered_bytes (with
// more it is not answered), and answers have at most max_answer_bytes (further interchanges are not
// answered). What does not add up is told once per interchange, in at most max_told differences.
#pragma once

#include <string>
#include <string_view>

#include "drivers/formats/edi/envelope.h"
#include "drivers/formats/edi/segments.h"

namespace storeward {

// "the control number of SE is not the one of ST"
std::string edi_differing(std::string_view header_tag, std::string_view trailer_tag);

class EdiEnvelopes {
 public:
  static constexpr std::size_t max_remembered_bytes = 1u << 20;
  static constexpr std::size_t max_answer_bytes = 4u << 20;
  static constexpr std::size_t max_told = 8;

  explicit EdiEnvelopes(const EdiStandard& standard) : standard_(standard) {}

  void open_interchange(std::string_view header, const EdiSyntax& syntax);
  void open_group(std::string_view header);
  void count_set();
  // Something that does not add up, in words.
  void differ(std::string difference);
  void close_group(const EdiSegment& trailer, const EdiSyntax& syntax);
  // These two: what has not added up in all of the interchange, for a technician; empty: nothing,
  // or it has been told.
  std::string close_interchange(const EdiSegment& trailer, const EdiSyntax& syntax);
  // What follows, or the end of the source, ends what is still open; then the answer is made.
  std::string leave_interchange();

  // For the answer: the set that has just been given.
  void note(EdiSetSeen set);

  // Whether there is an interchange to leave, or sets that stand in none.
  bool any() const {
    return !interchange_.header.empty() || !group_.header.empty() || group_.seen > 0;
  }
  const EdiInterchange& interchange() const { return interchange_; }
  const EdiGroupSeen& group() const { return group_; }
  const std::string& answers() const { return answers_; }

 private:
  bool remembers(std::size_t bytes);
  void end_group();
  void leave_group();
  std::string take_differences();

  const EdiStandard& standard_;
  EdiInterchange interchange_;
  EdiGroupSeen group_;
  std::string differences_;    // that have not been told
  std::size_t differing_ = 0;  // how many there are
  std::size_t remembered_bytes_ = 0;
  std::string answers_;
};

}  // namespace storeward
