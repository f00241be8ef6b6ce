// EdiSyntax: the separators of an X12 or EDIFACT interchange, and how a segment is cut with them.
// Pure; all views are into the text that was given.
//
// A release character takes the meaning from the character behind it (EDIFACT, ISO 9735); X12 has
// none. A character of '\0' is one the interchange does not use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace storeward {

struct EdiSyntax {
  char element = '*';
  char component = '\0';
  char repetition = '\0';
  char release = '\0';
  char decimal = '\0';           // as UNA says; '\0': it does not
  std::string terminator = "~";  // one character; several bytes where it is not ASCII
  std::string una = {};          // EDIFACT: the UNA as it stood; empty: there was none

  bool ends_lines() const { return terminator == "\n"; }
};

// Whether the character at `at` is released, that is: part of the text.
bool edi_released(std::string_view text, std::size_t at, char release);

// Takes what stands before the next `separator` off `rest`; `rest` is what stands behind it. Sets
// `more` to whether there was one. A separator of '\0' is never met.
std::string_view edi_take(std::string_view& rest, char separator, char release, bool& more);

// The element of a segment, as it stands; 0 is the tag. Empty where there is none.
std::string_view edi_element(std::string_view segment, const EdiSyntax& syntax, std::size_t number);

// The component of an element, from 1, as it stands.
std::string_view edi_component(std::string_view element, const EdiSyntax& syntax,
                               std::size_t number);

std::string edi_unreleased(std::string_view text, char release);

// Without the blanks it is filled up with; some use no-break spaces.
std::string_view edi_without_fill(std::string_view text);

// What a person needs to find something; nothing else that may stand in its place is repeated.
// Masked before it is cut: of a card's number that is cut nothing tells any more.
std::string edi_shown(std::string_view text);

// "IEA", "W07": a letter, then letters or digits, all ASCII capitals; 2 to 15 of them.
bool is_edi_tag(std::string_view tag);

// Something that may be a separator: ASCII punctuation or a control character, no blank.
bool is_edi_separator(char c);

// Blanks that may stand between segments; the end-of-file mark of DOS and padding count as such.
bool is_edi_blank(char c);

// Of "0012": 12. Of anything but 1 to 15 digits: nothing.
std::optional<std::uint64_t> edi_number(std::string_view text);

// The same control number: "0001" is "1".
bool same_edi_control(std::string_view one, std::string_view other);

// "20261120" and "261120" (1970 to 2069) as "2026-11-20"; empty where it is no date.
std::string edi_date(std::string_view digits);

}  // namespace storeward
