// CONTRL, the syntax and service report (ISO 9735 part 4; D.3 for syntax versions to 3). Control
// references, date and time are those received: the same source always gives the same answer.
#include <utility>

#include "drivers/formats/edi/envelope.h"

namespace storeward {
namespace {

constexpr std::string_view acknowledged = "7", rejected = "4";        // element 0083
constexpr std::string_view missing = "13", unspecified_error = "18";  // element 0085

class Answer {
 public:
  explicit Answer(const EdiInterchange& interchange)
      : syntax_(interchange.syntax), unb_(interchange.header) {}

  std::string text;

  // As they stand, with their components and released characters.
  std::string_view unb(std::size_t element) const { return edi_element(unb_, syntax_, element); }
  std::string_view of(std::string_view segment, std::size_t element) const {
    return edi_element(segment, syntax_, element);
  }
  std::string_view component(std::string_view element, std::size_t number) const {
    return edi_component(element, syntax_, number);
  }

  void add(std::initializer_list<std::string_view> elements) {
    std::size_t separators = 0;  // owed: elements that are empty at the end are left out
    for (const std::string_view element : elements) {
      if (element.find('\n') != element.npos) broken = true;
      if (!element.empty()) {
        text.append(std::exchange(separators, 0), syntax_.element);
        text += element;
      }
      ++separators;
    }
    text += syntax_.terminator;
    ++segments;
  }
  std::string composite(std::initializer_list<std::string_view> components) const {
    std::string joined;
    for (const std::string_view component : components) {
      if (!joined.empty()) joined += syntax_.component;
      joined += component;
    }
    return joined;
  }

  std::uint64_t segments = 0;
  bool broken = false;  // what it repeats has a line break, behind which it would read as another

 private:
  const EdiSyntax& syntax_;
  std::string_view unb_;
};

bool is_answer(const Answer& answer, const EdiSetSeen& set) {
  return answer.component(answer.of(set.header, 2), 1) == "CONTRL";
}

void add_set(Answer& answer, const EdiSetSeen& set) {
  const std::string_view reference = answer.of(set.header, 1), kind = answer.of(set.header, 2);
  if (set.without_end) {
    answer.add({"UCM", reference, kind, rejected, missing, "UNT"});
  } else if (set.rejected) {
    answer.add({"UCM", reference, kind, rejected, unspecified_error});
  } else {
    answer.add({"UCM", reference, kind, acknowledged});
  }
}

void add_group(Answer& answer, const EdiGroupSeen& group) {
  if (!group.header.empty()) {
    answer.add({"UCF", answer.of(group.header, 5), answer.of(group.header, 2),
                answer.of(group.header, 3), acknowledged});
  }
  for (const EdiSetSeen& set : group.sets) {
    if (!is_answer(answer, set)) add_set(answer, set);
  }
}

// Whether there is anything to answer: an acknowledgement is never acknowledged.
bool is_due(const Answer& answer, const EdiInterchange& interchange) {
  for (const EdiGroupSeen& group : interchange.groups) {
    for (const EdiSetSeen& set : group.sets) {
      if (!is_answer(answer, set)) return true;
    }
  }
  return false;
}

}  // namespace

std::string edifact_answer(const EdiInterchange& interchange) {
  Answer answer(interchange);
  if (!is_due(answer, interchange)) return {};
  answer.text = interchange.syntax.una;
  const std::string_view control = answer.unb(5), test = answer.unb(11);
  answer.add({"UNB", answer.unb(1), answer.unb(3), answer.unb(2), answer.unb(4), control, "", "",
              "", "", "", test});
  answer.segments = 0;
  const bool version_4 = answer.component(answer.unb(1), 2) == "4";
  answer.add({"UNH", "1",
              version_4 ? answer.composite({"CONTRL", "4", "1", "UN"})
                        : answer.composite({"CONTRL", "D", "3", "UN"})});
  answer.add({"UCI", control, answer.unb(2), answer.unb(3), acknowledged});
  for (const EdiGroupSeen& group : interchange.groups) add_group(answer, group);
  answer.add({"UNT", std::to_string(answer.segments + 1), "1"});
  answer.add({"UNZ", "1", control});
  return answer.broken ? std::string() : std::move(answer.text);
}

}  // namespace storeward
