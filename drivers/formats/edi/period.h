// EdiPeriod: what the DTM of EDIFACT says, read as its element 2379 says that it is written. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward {

// As forms 102, 203 and 204 write dates and times, with an offset where one is known: "20261120",
// "202611200730", "20261120073000+0100".
struct EdiPeriod {
  std::string from;
  std::string to;  // the last day or minute of a period; empty: it is none
};

// A text that is not of its form stays as it is: senders write dates where a time is announced.
// So does one without a form. Behind one of a form that is not known here stands which one that is.
EdiPeriod edi_period(std::string_view text, std::string_view form);

}  // namespace storeward
