#include "agent/core/gs1.h"

#include <algorithm>

#include "agent/base/ascii.h"
#include "agent/core/gs1_identifiers.h"

namespace storeward::gs1 {
namespace {

// What an AIM prefix (ISO/IEC 15424: "]", a letter, a digit or letter) says of the data behind it.
// One of the letter alone stands for all that are not named before it.
struct Prefix {
  enum class Data : std::uint8_t { elements, retail, retail_with_add_on, itf, free };
  std::string_view text;
  Symbology symbology;
  Data data;
};

constexpr Prefix prefixes[] = {
    {"]C1", Symbology::code_128, Prefix::Data::elements},
    {"]e0", Symbology::databar, Prefix::Data::elements},
    {"]d2", Symbology::data_matrix, Prefix::Data::elements},
    {"]Q3", Symbology::qr, Prefix::Data::elements},
    {"]J1", Symbology::dot_code, Prefix::Data::elements},
    {"]E0", Symbology::ean_13, Prefix::Data::retail},
    {"]E3", Symbology::ean_13, Prefix::Data::retail_with_add_on},
    {"]E4", Symbology::ean_8, Prefix::Data::retail},
    {"]I0", Symbology::itf_14, Prefix::Data::itf},
    {"]I1", Symbology::itf_14, Prefix::Data::itf},
    {"]C", Symbology::code_128, Prefix::Data::free},
    {"]d", Symbology::data_matrix, Prefix::Data::free},
    {"]Q", Symbology::qr, Prefix::Data::free},
    {"]J", Symbology::dot_code, Prefix::Data::free},
    {"]", Symbology::none, Prefix::Data::free},
};
constexpr std::size_t prefix_bytes = 3;

bool has_prefix(std::string_view scan) {
  return scan.size() >= prefix_bytes && scan[0] == ']' && is_letter(scan[1]) &&
         (is_letter(scan[2]) || is_digit(scan[2]));
}

// Of a scan that has one.
const Prefix& prefix_of(std::string_view scan) {
  return *std::ranges::find_if(
      prefixes, [scan](std::string_view text) { return scan.starts_with(text); }, &Prefix::text);
}

std::string gtin_in(const std::vector<Element>& elements) {
  for (const std::string_view identifier : {"01", "03", "8006"}) {
    for (const Element& element : elements) {
      if (element.identifier == identifier) return element.value.substr(0, 14);
    }
  }
  return {};
}

Result<Scan> scan_of(Symbology symbology, Elements elements) {
  if (!elements) return Unexpected{elements.error()};
  Scan scan;
  scan.symbology = symbology;
  scan.gtin = gtin_in(*elements);
  scan.elements = std::move(*elements);
  return scan;
}

// "2112345678900|]e099…": an EAN or UPC with a composite component.
Result<Scan> read_retail(const Prefix& prefix, std::string_view data, int year) {
  const std::size_t bar = data.find('|');
  const std::string_view digits = data.substr(0, bar);
  const bool fits = prefix.symbology == Symbology::ean_8
                        ? digits.size() == 8
                        : digits.size() == 13 || digits.size() == 12;
  if (!fits || !all_digits(digits)) return fail("not the digits of an EAN or UPC");
  const std::string gtin = gtin_14(digits);
  if (gtin.empty()) return fail("a wrong check digit");
  Scan scan;
  scan.symbology = prefix.symbology;
  if (bar != std::string_view::npos) {
    const std::string_view component = data.substr(bar + 1);
    if (!component.starts_with("]e0")) return fail("a component that is not of a composite code");
    Elements elements = read_element_string(component.substr(3), year);
    if (!elements) return Unexpected{elements.error()};
    scan.elements = std::move(*elements);
  }
  scan.gtin = gtin;
  return scan;
}

// Of a magazine or book: an issue or a price, two or five digits behind the EAN's 13.
Result<Scan> read_retail_with_add_on(const Prefix& prefix, std::string_view data, int year) {
  constexpr std::size_t ean = 13;
  const std::string_view add_on = data.substr(std::min(ean, data.size()));
  if ((add_on.size() != 2 && add_on.size() != 5) || !all_digits(add_on)) {
    return fail("not the digits of an EAN or UPC with an add-on");
  }
  auto scan = read_retail(prefix, data.substr(0, ean), year);
  if (scan) scan->plain = add_on;
  return scan;
}

Result<Scan> read_itf(std::string_view data) {
  Scan scan;
  scan.symbology = Symbology::itf_14;
  if (data.size() != 14 || !all_digits(data)) {
    scan.plain = data;
    return scan;
  }
  scan.gtin = gtin_14(data);
  if (scan.gtin.empty()) return fail("a wrong check digit");
  return scan;
}

bool is_web_address(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://", "HTTP://", "HTTPS://"}) {
    if (text.starts_with(scheme)) return true;
  }
  return false;
}

// A QR code may say anything; a web address with GS1 keys in it is taken as that.
Result<Scan> read_free(Symbology symbology, std::string_view data, int year) {
  if (is_web_address(data) && has_digital_link_key(data)) {
    return scan_of(symbology, read_digital_link(data, year));
  }
  Scan scan;
  scan.symbology = symbology;
  scan.plain = data;
  return scan;
}

Result<Scan> read_without_prefix(std::string_view data, int year) {
  if (data.starts_with('(')) return scan_of(Symbology::none, read_bracketed(data, year));
  if (data.find(fnc1) != std::string_view::npos) {
    return scan_of(Symbology::none, read_element_string(data, year));
  }
  if (!all_digits(data)) return read_free(Symbology::none, data, year);
  Scan scan;
  const std::size_t size = data.size();
  if (size == 8 || (size >= 12 && size <= 14)) {
    scan.gtin = gtin_14(data);
    if (scan.gtin.empty()) return fail("a wrong check digit");
  } else if (size == 20 && data.starts_with("00") && check_digit_right(data.substr(2))) {
    return scan_of(Symbology::none, read_element_string(data, year));
  } else {
    scan.plain = data;
  }
  return scan;
}

// Keeps what comes, unless the same identifier has come with another value.
Result<void> take(std::vector<Element>& elements, Result<Element> element) {
  if (!element) return Unexpected{element.error()};
  for (const Element& earlier : elements) {
    if (earlier.identifier != element->identifier) continue;
    if (earlier.value == element->value) return {};
    return fail("(" + earlier.identifier + "): two values");
  }
  elements.push_back(std::move(*element));
  return {};
}

}  // namespace

std::string_view name(Symbology symbology) {
  constexpr std::string_view names[] = {"",        "EAN-13",     "EAN-8", "ITF-14", "Code 128",
                                        "DataBar", "DataMatrix", "QR",    "DotCode"};
  return names[static_cast<std::size_t>(symbology)];
}

std::string gtin_14(std::string_view digits) {
  const std::size_t size = digits.size();
  if (size != 8 && (size < 12 || size > 14)) return {};
  if (!check_digit_right(digits)) return {};
  return std::string(14 - size, '0').append(digits);
}

Elements read_element_string(std::string_view text, int year) {
  if (text.starts_with(fnc1)) text.remove_prefix(1);
  if (text.empty()) return fail("no element in it");
  std::vector<Element> elements;
  while (!text.empty()) {
    const Identifier* identifier = identifier_at(text);
    if (identifier == nullptr) return fail("an application identifier that is not known");
    const std::string_view which = text.substr(0, static_cast<std::size_t>(identifier->digits));
    text.remove_prefix(which.size());
    const bool predefined = (identifier->traits & Identifier::predefined) != 0;
    std::size_t size = std::min(text.find(fnc1), text.size());
    if (predefined) size = std::min(size, predefined_length(*identifier));
    if (const auto taken =
            take(elements, element_of(*identifier, which, text.substr(0, size), year));
        !taken) {
      return Unexpected{taken.error()};
    }
    text.remove_prefix(size);
    if (text.starts_with(fnc1)) text.remove_prefix(1);
  }
  return elements;
}

Elements read_bracketed(std::string_view text, int year) {
  std::vector<Element> elements;
  while (!text.empty()) {
    const std::size_t close = text.find(')');
    if (text.front() != '(' || close == std::string_view::npos) {
      return fail("brackets that hold no application identifier");
    }
    const std::string_view which = text.substr(1, close - 1);
    const Identifier* identifier = identifier_at(which);
    if (identifier == nullptr || which.size() != static_cast<std::size_t>(identifier->digits)) {
      return fail("an application identifier that is not known");
    }
    text.remove_prefix(close + 1);
    std::string value;
    while (!text.empty() && text.front() != '(') {
      if (text.starts_with("\\(")) text.remove_prefix(1);
      value.push_back(text.front());
      text.remove_prefix(1);
    }
    if (const auto taken = take(elements, element_of(*identifier, which, value, year)); !taken) {
      return Unexpected{taken.error()};
    }
  }
  if (elements.empty()) return fail("no element in it");
  return elements;
}

Result<Scan> read_scan(std::string_view scan, int year) {
  if (scan.empty()) return fail("an empty scan");
  if (scan.size() > max_scan_bytes) return fail("longer than any code");
  if (!scan.starts_with(']')) return read_without_prefix(scan, year);
  if (!has_prefix(scan)) return fail("no AIM identifier behind the bracket");
  const Prefix& prefix = prefix_of(scan);
  const std::string_view data = scan.substr(prefix_bytes);
  if (data.empty() && prefix.symbology == Symbology::none) {
    return fail("nothing behind the AIM identifier");
  }
  switch (prefix.data) {
    case Prefix::Data::elements:
      if (data.starts_with(fnc1)) return fail("a separator before the first element");
      return scan_of(prefix.symbology, read_element_string(data, year));
    case Prefix::Data::retail:
      return read_retail(prefix, data, year);
    case Prefix::Data::retail_with_add_on:
      return read_retail_with_add_on(prefix, data, year);
    case Prefix::Data::itf:
      return read_itf(data);
    case Prefix::Data::free:
      break;
  }
  return read_free(prefix.symbology, data, year);
}

}  // namespace storeward::gs1
