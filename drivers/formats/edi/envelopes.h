// EdiEnvelopes: which interchange and group the sets of a source stand in, what their trailers say
// of them, and the answer to each interchange. Pure, owned by one decoder.
//
// Invariants: a group is open only within what its source shows as an interchange, or without any;
// what is remembered of an interchange for its answer has about max_remembered_bytes (with
// more it is not answered), and answers have at most max_answer_bytes (further interchanges are not
// answered).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drivers/formats/edi/envelope.h"

namespace storeward {

// "the control number of SE is not the one of ST"
std::string edi_differing(std::string_view header_tag, std::string_view trailer_tag);

class EdiEnvelopes {
 public:
  static constexpr std::size_t max_remembered_bytes = 1u << 20;
  static constexpr std::size_t max_answer_bytes = 4u << 20;

  explicit EdiEnvelopes(const EdiStandard& standard) : standard_(standard) {}

  // What a trailer contradicts, in words.
  struct Trailer {
    std::vector<std::string> differences;
    bool missing = false;  // it counts more than came
  };

  void open_interchange(std::string_view header, const EdiSyntax& syntax);
  void open_group(std::string_view header);
  void count_set();
  Trailer close_group(std::string_view trailer, const EdiSyntax& syntax);
  Trailer close_interchange(std::string_view trailer, const EdiSyntax& syntax);
  // What follows, or the end of the source, ends what is still open; then the answer is made.
  void leave_group();
  void leave_interchange();

  // For the answer: the set that has just been given.
  void note(EdiSetSeen set);

  const EdiInterchange& interchange() const { return interchange_; }
  const EdiGroupSeen& group() const { return group_; }
  const std::string& answers() const { return answers_; }

 private:
  bool remembers(std::size_t bytes);

  const EdiStandard& standard_;
  EdiInterchange interchange_;
  EdiGroupSeen group_;
  std::size_t remembered_bytes_ = 0;
  std::string answers_;
};

}  // namespace storeward
