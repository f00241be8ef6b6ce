// What is X12 about X12: ISA, GS and ST (ASC X12.5, X12.6), and how real ones break the rules.
#include <algorithm>

#include "agent/core/utf8.h"
#include "drivers/formats/edi/envelope.h"

namespace storeward {
namespace {

constexpr std::size_t isa_elements = 16;

// What names goods (elements 235 and 234), and the stores of 852.
constexpr EdiPairs pairs[] = {{"LIN", 2, 31}, {"PO1", 6, 25}, {"SDQ", 3, 22}, {"W01", 4, 7},
                              {"W07", 4, 7},  {"W12", 7, 8},  {"W19", 5, 8}};

bool is_start(std::string_view bytes) {
  // ISA01 has two characters in every ISA: what merely begins with ISA is text.
  return bytes.size() >= 7 && bytes.starts_with("ISA") && is_edi_separator(bytes[3]) &&
         bytes[3] == bytes[6];
}

// The terminator that stands at `at`: a character, of several bytes where the file is UTF-8; a line
// end for CR LF. Empty where it cannot be one.
std::string terminator_at(std::string_view bytes, std::size_t at) {
  if (at >= bytes.size()) return {};
  if (bytes[at] == '\n' || bytes.substr(at, 2) == "\r\n") return "\n";
  if (bytes[at] == '\r' || is_edi_separator(bytes[at])) return std::string(1, bytes[at]);
  if ((bytes[at] & 0x80) == 0) return {};
  return std::string(bytes.substr(at, std::max<std::size_t>(utf8_length(bytes, at), 1)));
}

// ISA11 is the repetition separator from 00402 on; many go on to write U there.
char repetition_of(std::string_view isa, const EdiSyntax& syntax) {
  const std::string_view version = edi_element(isa, syntax, 12);
  const std::string_view repetition = edi_element(isa, syntax, 11);
  if (!edi_number(version) || version < "00402" || repetition.size() != 1) return '\0';
  const char c = repetition.front();
  const bool taken = c == syntax.component || syntax.terminator.front() == c;
  return is_edi_separator(c) && !taken ? c : '\0';
}

EdiStart read_start(std::string_view bytes, const EdiSyntax* /*before*/) {
  EdiStart start{.kind = EdiStart::Kind::interchange};
  start.syntax.element = bytes[3];
  std::size_t at = 0;
  for (std::size_t i = 0; i < isa_elements; ++i) {
    at = bytes.find(start.syntax.element, at);
    if (at == bytes.npos) return {};
    ++at;
  }
  const std::string_view before = bytes.substr(0, at);
  if (before.find_first_of("\r\n") != before.npos || at >= bytes.size()) return {};
  const std::size_t component_bytes = std::max<std::size_t>(utf8_length(bytes, at), 1);
  if (is_edi_separator(bytes[at]) && bytes[at] != start.syntax.element) {
    start.syntax.component = bytes[at];
  }
  start.syntax.terminator = terminator_at(bytes, at + component_bytes);
  if (start.syntax.terminator.empty()) return {};
  const char end = start.syntax.terminator.front();
  if (end == start.syntax.element || end == start.syntax.component) return {};
  start.syntax.repetition = repetition_of(before, start.syntax);
  return start;
}

// By what stands in front of the second segment whose tag everybody knows.
std::optional<EdiSyntax> guess(std::string_view bytes) {
  EdiSyntax syntax;
  const std::size_t tag_bytes =
      std::find_if(bytes.begin(), bytes.end(), is_edi_separator) - bytes.begin();
  if (tag_bytes == bytes.size() || !is_edi_tag(bytes.substr(0, tag_bytes))) return std::nullopt;
  syntax.element = bytes[tag_bytes];
  std::size_t first = bytes.npos;
  for (const std::string_view tag : {"GS", "ST", "SE"}) {
    std::string begin(tag);
    begin += syntax.element;
    for (std::size_t at = bytes.find(begin, 1); at < first; at = bytes.find(begin, at + 1)) {
      std::size_t end = at;
      while (end > 0 && is_edi_blank(bytes[end - 1])) --end;
      std::size_t mark = end > 0 ? end - 1 : 0;
      while (mark > 0 && (bytes[mark] & 0xC0) == 0x80) --mark;
      std::string terminator = terminator_at(bytes, mark);
      if (terminator.empty() && end < at) terminator = terminator_at(bytes, end);
      if (terminator.empty() || terminator.front() == syntax.element) continue;
      syntax.terminator = terminator;
      first = at;
    }
  }
  if (first == bytes.npos) return std::nullopt;
  return syntax;
}

EdiFacts facts(const EdiSyntax& syntax, std::string_view isa, std::string_view gs,
               std::string_view st) {
  const auto of = [&syntax](std::string_view segment, std::size_t element) {
    return std::string(edi_without_fill(edi_element(segment, syntax, element)));
  };
  return {.sender = of(isa, 6),
          .receiver = of(isa, 8),
          .control = of(isa, 13),
          .date = edi_date(of(isa, 9)),
          .group = of(gs, 6),
          .set = of(st, 1),
          .version = of(gs, 8),
          .set_control = of(st, 2),
          .test = of(isa, 15) == "T"};
}

EdiCharset charset(const EdiSyntax& /*syntax*/, std::string_view /*isa*/) {
  return {};
}

}  // namespace

const EdiStandard& x12_standard() {
  static const EdiStandard standard{.name = "X12",
                                    .interchange = "ISA",
                                    .group = "GS",
                                    .set = "ST",
                                    .set_end = "SE",
                                    .group_end = "GE",
                                    .interchange_end = "IEA",
                                    .lone = "TA1",
                                    .set_control_element = 2,
                                    .group_control_element = 6,
                                    .interchange_control_element = 13,
                                    .plain_header = true,
                                    .groups_needed = true,
                                    .pairs = pairs,
                                    .is_start = is_start,
                                    .read_start = read_start,
                                    .guess = guess,
                                    .facts = facts,
                                    .charset = charset,
                                    .answer = x12_answer};
  return standard;
}

}  // namespace storeward
