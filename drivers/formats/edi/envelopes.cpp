#include "drivers/formats/edi/envelopes.h"

#include <utility>

#include "agent/base/assert.h"
#include "drivers/formats/edi/tree.h"

namespace storeward {
namespace {

std::string counted(std::string_view tag, std::uint64_t claimed, std::string_view what,
                    std::uint64_t seen) {
  return std::string(tag) + "01 says " + std::to_string(claimed) + " " + std::string(what) +
         ", there are " + std::to_string(seen);
}

}  // namespace

std::size_t EdiStandard::find_start(std::string_view text, std::size_t from) const {
  for (; from < text.size(); ++from) {
    if (is_start(text.substr(from))) return from;
  }
  return text.npos;
}

std::string edi_differing(std::string_view header_tag, std::string_view trailer_tag) {
  return "the control number of " + std::string(trailer_tag) + " is not the one of " +
         std::string(header_tag);
}

void EdiEnvelopes::open_interchange(std::string_view header, const EdiSyntax& syntax) {
  ASSERT(!any());
  interchange_.header = header;
  interchange_.syntax = syntax;
  interchange_.open = true;
}

void EdiEnvelopes::open_group(std::string_view header) {
  leave_group();
  ++interchange_.groups_seen;
  group_.header = header;
  group_.open = true;
}

void EdiEnvelopes::count_set() {
  if (group_.closed) leave_group();
  ++group_.seen;
  ++interchange_.sets_seen;
}

void EdiEnvelopes::differ(std::string difference) {
  if (++differing_ > max_told) return;
  if (differing_ > 1) differences_ += "; ";
  differences_ += difference;
}

std::string EdiEnvelopes::take_differences() {
  if (differing_ == 0) return {};
  const EdiFacts facts = standard_.facts(interchange_.syntax, interchange_.header, {}, {});
  std::string told = interchange_.header.empty() ? "what stands in no interchange"
                                                 : "the interchange " + edi_shown(facts.control) +
                                                       " of " + edi_shown(facts.sender);
  told += " does not add up: " + std::exchange(differences_, {});
  if (differing_ > max_told) told += "; and " + std::to_string(differing_ - max_told) + " more";
  differing_ = 0;
  // What stands in no interchange is not taken in at all.
  if (interchange_.header.empty()) return told;
  return told + ". What was read is taken in; ask the sender whether something is missing";
}

void EdiEnvelopes::close_group(const EdiSegment& trailer, const EdiSyntax& syntax) {
  if (!group_.open) return;
  group_.open = false;
  group_.closed = true;
  group_.claimed = edi_number(edi_element(trailer.text, syntax, 1));
  if (group_.claimed && *group_.claimed != group_.seen) {
    group_.count_differs = true;
    differ(edi_line(trailer.line) +
           counted(standard_.group_end, *group_.claimed, "sets", group_.seen));
  }
  if (!same_edi_control(edi_element(trailer.text, syntax, 2),
                        edi_element(group_.header, syntax, standard_.group_control_element))) {
    group_.control_differs = true;
    differ(edi_line(trailer.line) + edi_differing(standard_.group, standard_.group_end));
  }
}

std::string EdiEnvelopes::close_interchange(const EdiSegment& trailer, const EdiSyntax& syntax) {
  if (!interchange_.open) return {};
  end_group();
  interchange_.open = false;
  // UNZ counts messages where there are no groups.
  const bool groups = interchange_.groups_seen > 0 || standard_.groups_needed;
  const std::uint64_t seen = groups ? interchange_.groups_seen : interchange_.sets_seen;
  const auto claimed = edi_number(edi_element(trailer.text, syntax, 1));
  if (claimed && *claimed != seen) {
    differ(edi_line(trailer.line) +
           counted(standard_.interchange_end, *claimed, groups ? "groups" : "sets", seen));
  }
  if (!same_edi_control(
          edi_element(trailer.text, syntax, 2),
          edi_element(interchange_.header, syntax, standard_.interchange_control_element))) {
    differ(edi_line(trailer.line) +
           edi_differing(standard_.interchange, standard_.interchange_end));
  }
  return take_differences();
}

// Whether there is room for so much more; once there is not, there is none for anything.
bool EdiEnvelopes::remembers(std::size_t bytes) {
  if (remembered_bytes_ <= max_remembered_bytes) remembered_bytes_ += bytes;
  return remembered_bytes_ <= max_remembered_bytes;
}

void EdiEnvelopes::end_group() {
  if (!std::exchange(group_.open, false)) return;
  const std::string_view number =
      edi_element(group_.header, interchange_.syntax, standard_.group_control_element);
  differ("the group " + edi_shown(number) + " ends without " + std::string(standard_.group_end));
}

void EdiEnvelopes::leave_group() {
  end_group();
  const bool anything = !group_.header.empty() || !group_.sets.empty();
  if (anything && !interchange_.header.empty() &&
      remembers(sizeof(EdiGroupSeen) + group_.header.size())) {
    interchange_.groups.push_back(std::move(group_));
  }
  group_ = EdiGroupSeen{};
}

std::string EdiEnvelopes::leave_interchange() {
  leave_group();
  if (interchange_.open) {
    differ("the interchange ends without " + std::string(standard_.interchange_end));
  }
  std::string told = take_differences();
  // An answer's trailer repeats the control number: one that looks like an interchange would be
  // read as the next one.
  const std::string_view control =
      edi_element(interchange_.header, interchange_.syntax, standard_.interchange_control_element);
  const bool repeatable = standard_.find_start(control) == control.npos;
  if (!interchange_.header.empty() && repeatable && remembers(0)) {
    const std::string answer = standard_.answer(interchange_);
    if (answers_.size() + answer.size() <= max_answer_bytes) answers_ += answer;
  }
  interchange_ = EdiInterchange{};
  remembered_bytes_ = 0;
  return told;
}

void EdiEnvelopes::note(EdiSetSeen set) {
  if (set.rejected) ++group_.rejected;
  if (interchange_.header.empty() || !remembers(sizeof(EdiSetSeen) + set.header.size())) return;
  group_.sets.push_back(std::move(set));
}

}  // namespace storeward
