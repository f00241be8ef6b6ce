// The GS1 application identifiers: their formats and rules, and the check of a value. Our own
// table, made from the GS1 Barcode Syntax Dictionary (gs1/gs1-syntax-dictionary ff2eb4b,
// Apache-2.0). Not checked here: company prefixes, country and currency codes, IBANs, coupons,
// coordinates and the check characters of 8013 and 8014. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/core/gs1.h"

namespace storeward::gs1 {

struct Identifier {
  enum Trait : unsigned {
    predefined = 1,  // of predefined length: no FNC1 behind it
    attribute = 2,   // may stand in the query of a Digital Link
    key = 4          // a primary key of a Digital Link
  };

  // The identifiers are first to last, of so many digits; where `decimals` is not -1, these are
  // all but the last digit, which goes from 0 to `decimals`.
  int first, last, digits, decimals;
  unsigned traits;
  // Parts: N(umeric), X, Y (character sets 82 and 39), Z (base64url); a length or ..longest; [] may
  // be left out; a letter for a check (above the table).
  std::string_view format;
  std::string_view needs;       // "01,02+37": one of these, + together
  std::string_view excludes;    // "255,310n"
  std::string_view qualifiers;  // of a key, in order; | between alternatives
  std::string_view name;        // ours; empty: none
};

// Takes the next name off a list of them, such as `needs`.
std::string_view next_of(std::string_view& list, char separator);

// Of the identifier that `text` begins with; its length then is `digits`.
const Identifier* identifier_at(std::string_view text);

// General Specifications 7.9.1; digits of any number.
bool check_digit_right(std::string_view digits);
// The check digit that belongs behind `digits`, which are digits.
char check_digit_of(std::string_view digits);

// For identifiers of predefined length.
std::size_t predefined_length(const Identifier& identifier);

// The element, if `value` is as `format` says; `which` is the identifier as written.
Result<Element> element_of(const Identifier& identifier, std::string_view which,
                           std::string_view value, int year);

}  // namespace storeward::gs1
