// 997, the functional acknowledgement (ASC X12 004010 and on): one per received group, all in one
// interchange that goes back. Control numbers, date and time are those received: the same source
// always gives the same answer.
#include <algorithm>
#include <utility>

#include "drivers/formats/edi/envelope.h"

namespace storeward {
namespace {

class Answer {
 public:
  explicit Answer(const EdiInterchange& interchange)
      : syntax_(interchange.syntax), isa_(interchange.header) {}

  std::string text;

  std::string_view isa(std::size_t element) const {
    return edi_without_fill(edi_element(isa_, syntax_, element));
  }
  std::string_view of(std::string_view segment, std::size_t element) const {
    return edi_element(segment, syntax_, element);
  }

  void add(std::initializer_list<std::string_view> elements) {
    bool first = true;
    for (const std::string_view element : elements) {
      if (!first) text += syntax_.element;
      first = false;
      text += element;
    }
    text += syntax_.terminator;
    ++segments_;
  }

  // Segments since the last call.
  std::uint64_t segments() { return std::exchange(segments_, 0); }

 private:
  const EdiSyntax& syntax_;
  std::string_view isa_;
  std::uint64_t segments_ = 0;
};

// The columns of ISA have fixed widths, whatever the received one had.
std::string column(std::string_view text, std::size_t width) {
  std::string filled(text.substr(0, width));
  filled.resize(width, ' ');
  return filled;
}

std::string zero_filled(std::string_view digits, std::size_t width) {
  std::string filled(digits);
  if (filled.size() < width) filled.insert(0, width - filled.size(), '0');
  return filled;
}

void add_isa(Answer& answer, const EdiSyntax& syntax) {
  answer.add({"ISA", "00", column("", 10), "00", column("", 10), column(answer.isa(7), 2),
              column(answer.isa(8), 15), column(answer.isa(5), 2), column(answer.isa(6), 15),
              column(answer.isa(9), 6), column(answer.isa(10), 4), column(answer.isa(11), 1),
              zero_filled(answer.isa(12), 5), zero_filled(answer.isa(13), 9), "0",
              column(answer.isa(15), 1),
              std::string(1, syntax.component == '\0' ? '>' : syntax.component)});
}

void add_set(Answer& answer, const EdiSetSeen& set) {
  const std::string_view control = answer.of(set.header, 2);
  answer.add({"AK2", answer.of(set.header, 1), control});
  if (set.without_end) {
    answer.add({"AK5", "R", "2"});
  } else if (set.rejected) {
    answer.add({"AK5", "R", control.empty() ? "7" : "5"});
  } else if (set.count_differs && set.control_differs) {
    answer.add({"AK5", "E", "4", "3"});
  } else if (set.with_errors()) {
    answer.add({"AK5", "E", set.count_differs ? "4" : "3"});
  } else {
    answer.add({"AK5", "A"});
  }
}

// An acknowledgement is never acknowledged; sets outside of a group cannot be.
bool is_due(const Answer& answer, const EdiGroupSeen& group) {
  if (group.header.empty() || answer.of(group.header, 1) == "FA") return false;
  return std::none_of(group.sets.begin(), group.sets.end(), [&answer](const EdiSetSeen& set) {
    const std::string_view kind = answer.of(set.header, 1);
    return kind == "997" || kind == "999";
  });
}

std::string_view word_for(const EdiGroupSeen& group) {
  if (group.rejected == group.seen && group.claimed.value_or(1) > 0) return "R";
  if (group.rejected > 0) return "P";
  bool errors = group.count_differs || group.control_differs || !group.closed;
  for (const EdiSetSeen& set : group.sets) errors = errors || set.with_errors();
  return errors ? "E" : "A";
}

void add_group(Answer& answer, const EdiGroupSeen& group, std::uint64_t number) {
  const std::string control = zero_filled(std::to_string(number), 4);
  answer.segments();
  answer.add({"ST", "997", control});
  answer.add({"AK1", answer.of(group.header, 1), answer.of(group.header, 6)});
  for (const EdiSetSeen& set : group.sets) add_set(answer, set);
  const std::string claimed = std::to_string(group.claimed.value_or(group.seen));
  const std::string seen = std::to_string(group.seen);
  const std::string accepted = std::to_string(group.seen - group.rejected);
  const std::string_view word = word_for(group);
  if (!group.closed) {
    answer.add({"AK9", word, claimed, seen, accepted, "3"});
  } else if (group.control_differs) {
    answer.add({"AK9", word, claimed, seen, accepted, "4"});
  } else if (group.count_differs) {
    answer.add({"AK9", word, claimed, seen, accepted, "5"});
  } else {
    answer.add({"AK9", word, claimed, seen, accepted});
  }
  answer.add({"SE", std::to_string(answer.segments() + 1), control});
}

}  // namespace

std::string x12_answer(const EdiInterchange& interchange) {
  Answer answer(interchange);
  std::string_view first;  // of the groups that are answered
  std::uint64_t count = 0;
  for (const EdiGroupSeen& group : interchange.groups) {
    if (!is_due(answer, group)) continue;
    if (first.empty()) {
      first = group.header;
      add_isa(answer, interchange.syntax);
      answer.add({"GS", "FA", answer.of(first, 3), answer.of(first, 2), answer.of(first, 4),
                  answer.of(first, 5), answer.isa(13), answer.of(first, 7), answer.of(first, 8)});
    }
    add_group(answer, group, ++count);
  }
  if (first.empty()) return {};
  answer.add({"GE", std::to_string(count), answer.isa(13)});
  answer.add({"IEA", "1", zero_filled(answer.isa(13), 9)});
  return std::move(answer.text);
}

}  // namespace storeward
