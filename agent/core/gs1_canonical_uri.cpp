#include "agent/core/gs1_canonical_uri.h"

#include <algorithm>
#include <vector>

#include "agent/base/ascii.h"
#include "agent/core/gs1.h"
#include "agent/core/gs1_identifiers.h"

namespace storeward::gs1 {
namespace {

constexpr std::string_view domain = "https://id.gs1.org/";

bool needs_no_escape(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
}

// Which qualifiers CBV leaves to a key, the finest first.
struct Constrained {
  std::string_view key;
  std::string_view qualifiers[3];
};
constexpr Constrained constrained[] = {
    {"00", {}},
    {"01", {"21", "235", "10"}},
    {"253", {}},
    {"255", {}},
    {"401", {}},
    {"402", {}},
    {"414", {"254"}},
    {"417", {}},
    {"8003", {}},
    {"8004", {}},
    {"8006", {"21", "10"}},
    {"8010", {"8011"}},
    {"8017", {}},
    {"8018", {}},
};

// "/" is the only one of its characters that is escaped.
Result<std::string> escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '/') {
      out.append("%2F");
    } else if (needs_no_escape(c)) {
      out.push_back(c);
    } else {
      return fail("a Digital Link with characters whose escape is not certain");
    }
  }
  return out;
}

Result<std::string> of_digital_link(std::string_view uri) {
  // Years of two digits stand only in the query, which is left out.
  constexpr int any_year = 2000;
  const auto elements = read_digital_link(uri, any_year);
  if (!elements) return Unexpected{elements.error()};
  const Element& key = elements->front();
  const auto* const known = std::ranges::find(constrained, key.identifier, &Constrained::key);
  if (known == std::end(constrained)) return fail("a Digital Link by a key that CBV does not have");
  // A path that only looks like a key is not taken for one: /401/AB may be anybody's page.
  if (key.value.size() < 4 || !all_digits(std::string_view(key.value).substr(0, 4))) {
    return fail("a web address that may be a Digital Link or not");
  }
  std::string out = std::string(domain).append(key.identifier).append("/");
  auto value = escaped(key.value);
  if (!value) return value;
  out.append(*value);
  for (const std::string_view qualifier : known->qualifiers) {
    if (qualifier.empty()) break;
    const auto found = std::ranges::find(*elements, qualifier, &Element::identifier);
    if (found == elements->end()) continue;
    auto text = escaped(found->value);
    if (!text) return text;
    return out.append("/").append(qualifier).append("/").append(*text);
  }
  return out;
}

// An address that holds a key with digits, and whose rest is no Digital Link as we read them.
bool looks_like_digital_link(std::string_view path) {
  return std::ranges::any_of(constrained, [&](const Constrained& known) {
    const std::string segment = "/" + std::string(known.key) + "/";
    const std::size_t at = path.find(segment);
    const std::string_view value =
        at == std::string_view::npos ? "" : path.substr(at + segment.size()).substr(0, 4);
    return value.size() == 4 && all_digits(value);
  });
}

using Parts = std::vector<std::string_view>;

Parts parts_of(std::string_view body) {
  Parts parts;
  for (std::size_t dot = body.find('.'); dot != std::string_view::npos; dot = body.find('.')) {
    parts.push_back(body.substr(0, dot));
    body.remove_prefix(dot + 1);
  }
  parts.push_back(body);
  return parts;
}

// As a URN and a Digital Link both write it.
bool is_certain(std::string_view text) {
  constexpr std::string_view slash = "%2F";
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(slash)) {
      at += slash.size();
    } else if (needs_no_escape(text[at])) {
      ++at;
    } else {
      return false;
    }
  }
  return !text.empty();
}

std::string with_check_digit(std::string digits) {
  digits.push_back(check_digit_of(digits));
  return digits;
}

// What stands behind the company prefix and the reference.
enum class Tail : std::uint8_t { none, serial, number, pieces_and_serial };
// How prefix and reference make the key.
enum class Key : std::uint8_t {
  digits,           // one behind the other, and a check digit
  indicator_first,  // the same, the reference's first digit in front
  zero_first,       // the same, a zero in front
  characters        // one behind the other, no check digit
};

// The schemes of TDS 6.3 that have a GS1 key. `digits`: of prefix and reference together; 0: as
// many as there are. `qualifier`: of the serial; empty: the serial belongs to the key.
struct Scheme {
  std::string_view name, identifier, qualifier;
  Key key;
  std::size_t digits;
  Tail tail;
};

constexpr Scheme schemes[] = {
    {"sgtin", "01", "21", Key::indicator_first, 13, Tail::serial},
    {"upui", "01", "235", Key::indicator_first, 13, Tail::serial},
    {"itip", "8006", "21", Key::indicator_first, 13, Tail::pieces_and_serial},
    {"sscc", "00", "", Key::indicator_first, 17, Tail::none},
    {"sgln", "414", "254", Key::digits, 12, Tail::serial},
    {"pgln", "417", "", Key::digits, 12, Tail::none},
    {"grai", "8003", "", Key::zero_first, 12, Tail::serial},
    {"giai", "8004", "", Key::characters, 0, Tail::none},
    {"gsrn", "8018", "", Key::digits, 17, Tail::none},
    {"gsrnp", "8017", "", Key::digits, 17, Tail::none},
    {"gdti", "253", "", Key::digits, 12, Tail::serial},
    {"cpi", "8010", "8011", Key::characters, 0, Tail::number},
    {"sgcn", "255", "", Key::digits, 12, Tail::number},
    {"ginc", "401", "", Key::characters, 0, Tail::none},
    {"gsin", "402", "", Key::digits, 16, Tail::none},
};
constexpr Scheme lot_class = {"lgtin", "01", "10", Key::indicator_first, 13, Tail::serial};

Result<std::string> key_of(const Scheme& scheme, std::string_view prefix, std::string_view item) {
  const bool is_prefix = prefix.size() >= 6 && prefix.size() <= 12 && all_digits(prefix);
  if (!is_prefix) return fail("an EPC whose company prefix is not 6 to 12 digits");
  std::string key(prefix);
  if (scheme.key == Key::characters) {
    if (!is_certain(item)) return fail("an EPC with characters whose escape is not certain");
    return key.append(item);
  }
  const bool fits = prefix.size() + item.size() == scheme.digits &&
                    (item.empty() || all_digits(item)) &&
                    (scheme.key != Key::indicator_first || !item.empty());
  if (!fits) return fail("an EPC whose company prefix and reference are not of the due length");
  if (scheme.key == Key::indicator_first) {
    key.insert(0, item.substr(0, 1));
    item.remove_prefix(1);
  }
  if (scheme.key == Key::zero_first) key.insert(0, "0");
  return with_check_digit(key.append(item));
}

// `tail` is what stands behind prefix and reference.
Result<std::string> with_tail(const Scheme& scheme, std::string uri, std::string_view tail,
                              bool pattern) {
  if (pattern) {
    const bool due = tail == "*" && scheme.identifier != "414";
    if (!due) return fail("a pattern that is not of the serial alone");
    return uri;
  }
  constexpr std::string_view whole_location = "0";  // TDS 6.3.3: a GLN without extension
  if (scheme.identifier == "414" && tail == whole_location) return uri;
  if (scheme.tail == Tail::number ? !all_digits(tail) : !is_certain(tail)) {
    return fail("an EPC with a serial or lot whose escape is not certain");
  }
  if (!scheme.qualifier.empty()) uri.append("/").append(scheme.qualifier).append("/");
  return uri.append(tail);
}

Result<std::string> of_epc(const Scheme& scheme, std::string_view body, bool pattern) {
  Parts parts = parts_of(body);
  if (parts.size() < 2) return fail("an EPC without its company prefix");
  // What is one text may hold dots itself.
  const std::size_t own = scheme.tail == Tail::none                ? 2
                          : scheme.tail == Tail::pieces_and_serial ? 5
                                                                   : 3;
  if (parts.size() < own) return fail("an EPC with a part missing");
  const std::size_t behind = parts.size() - own;
  if (behind > 0 && scheme.key == Key::characters && scheme.tail == Tail::number) {
    return fail("an EPC with more parts than its scheme has");
  }
  const auto from = [&](std::size_t part) {
    return body.substr(static_cast<std::size_t>(parts[part].data() - body.data()));
  };
  const bool text_key = scheme.key == Key::characters && scheme.tail == Tail::none;
  auto key = key_of(scheme, parts[0], text_key ? from(1) : parts[1]);
  if (!key) return key;
  std::string uri = std::string(domain).append(scheme.identifier).append("/").append(*key);
  if (scheme.tail == Tail::none) {
    if (pattern || (behind > 0 && !text_key)) return fail("an EPC with more parts than due");
    return of_digital_link(uri);
  }
  if (scheme.tail == Tail::pieces_and_serial) {
    const bool pieces = parts[2].size() == 2 && parts[3].size() == 2 && all_digits(parts[2]) &&
                        all_digits(parts[3]);
    if (!pieces) return fail("an ITIP whose piece and total are not two digits each");
    uri.append(parts[2]).append(parts[3]);
  }
  auto whole = with_tail(scheme, std::move(uri), from(own - 1), pattern);
  // So what the identifiers allow in length and characters holds for it as well.
  return whole ? of_digital_link(*whole) : whole;
}

Result<std::string> of_urn(std::string_view urn) {
  struct Kind {
    std::string_view begins;
    bool pattern;
  };
  constexpr Kind kinds[] = {{"urn:epc:id:", false}, {"urn:epc:idpat:", true}};
  constexpr std::string_view lots = "urn:epc:class:lgtin:";
  if (urn.starts_with(lots)) return of_epc(lot_class, urn.substr(lots.size()), false);
  for (const Kind& kind : kinds) {
    if (!urn.starts_with(kind.begins)) continue;
    std::string_view body = urn.substr(kind.begins.size());
    const std::size_t colon = std::min(body.find(':'), body.size());
    for (const Scheme& scheme : schemes) {
      if (body.substr(0, colon) != scheme.name || colon == body.size()) continue;
      return of_epc(scheme, body.substr(colon + 1), kind.pattern);
    }
  }
  return fail("an EPC of a scheme that has no GS1 key");
}

}  // namespace

Result<std::string> canonical_uri(std::string_view text) {
  if (text.starts_with("urn:epc:")) return of_urn(text);
  std::string_view path = text.substr(0, text.find_first_of("?#"));
  if (path.ends_with('/')) path.remove_suffix(1);
  if (has_digital_link_key(path)) return of_digital_link(path);
  if (path.starts_with("http") && looks_like_digital_link(path)) {
    return fail("a web address that may be a Digital Link or not");
  }
  return std::string(text);
}

}  // namespace storeward::gs1
