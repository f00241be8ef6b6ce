// GS1 scan data: what a scanner hands over -> the elements in it (GS1 General Specifications,
// GS1 Digital Link URI syntax; the identifiers are in gs1_identifiers.h). Pure.
//
// A scan with a wrong check digit, a value that its identifier does not allow or an unknown
// identifier is refused as a whole: half a scan is a wrong scan. What identifiers go together is
// asked for separately (odd_pairs): it holds for all codes on an item, not for one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"

namespace storeward::gs1 {

inline constexpr char fnc1 = '\x1D';  // as scanners send it
inline constexpr std::size_t max_scan_bytes = 8192;

enum class Symbology : std::uint8_t {
  none,  // the scanner did not say
  ean_13,
  ean_8,
  itf_14,
  code_128,  // and GS1-128
  databar,   // and composite components
  data_matrix,
  qr,
  dot_code
};
std::string_view name(Symbology symbology);

struct Element {
  std::string identifier;  // "01", "3103"
  std::string name;        // "gtin", "netWeightKg"; the identifier where it has no name of ours
  std::string value;       // as in the code
  std::string meaning;     // a date as 2027-03-31, a decimal as 0.195; else the value
  bool operator==(const Element&) const = default;
};

struct Scan {
  Symbology symbology = Symbology::none;
  std::string gtin;               // 14 digits; empty: none in it
  std::vector<Element> elements;  // in the order of the code
  std::string plain;              // what is no GS1 data; the add-on of an EAN
};

using Elements = Result<std::vector<Element>>;

// With an AIM prefix ("]C1…"), or as a scanner without them gives it: digits of an EAN, UPC or
// GTIN, element strings in brackets or with FNC1, Digital Links, anything else (plain). `year`: the
// present one; years of two digits are those nearest to it.
Result<Scan> read_scan(std::string_view scan, int year);

// Identifiers and values, with FNC1 behind those of no predefined length; it may begin with one.
Elements read_element_string(std::string_view text, int year);
// "(01)04012345000016(10)LOT"; "\(" is a bracket of a value.
Elements read_bracketed(std::string_view text, int year);
// A URI with a primary key in its path. Short names ("/gtin/") and GTINs of 8, 12 or 13 digits are
// taken as well.
Elements read_digital_link(std::string_view uri, int year);

// Whether the path of a web address holds a primary key with a value.
bool has_digital_link_key(std::string_view uri);

// What is odd about identifiers that stand together, in words ("02 needs 37", "01 excludes 255").
std::vector<std::string> odd_pairs(const std::vector<Element>& elements);

// 14 digits of a GTIN of 8, 12, 13 or 14 with a right check digit; else empty.
std::string gtin_14(std::string_view digits);

}  // namespace storeward::gs1
