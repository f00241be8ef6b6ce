// GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax 1.4), uncompressed.
#include <algorithm>
#include <optional>

#include "agent/base/ascii.h"
#include "agent/core/gs1.h"
#include "agent/core/gs1_identifiers.h"
#include "agent/core/percent_text.h"

namespace storeward::gs1 {
namespace {

constexpr std::size_t max_segments = 64;

struct ShortName {
  std::string_view name, identifier;
};

// Of earlier versions of the standard; still printed on packages.
constexpr ShortName short_names[] = {
    {"gtin", "01"},   {"cpv", "22"},     {"lot", "10"},    {"ser", "21"},    {"sscc", "00"},
    {"gln", "414"},   {"glnx", "254"},   {"party", "417"}, {"gdti", "253"},  {"gcn", "255"},
    {"ginc", "401"},  {"gsin", "402"},   {"grai", "8003"}, {"giai", "8004"}, {"itip", "8006"},
    {"cpid", "8010"}, {"gsrnp", "8017"}, {"gsrn", "8018"}, {"srin", "8019"}, {"payto", "415"},
};

std::string_view without_short_name(std::string_view segment) {
  for (const ShortName& known : short_names) {
    if (known.name == segment) return known.identifier;
  }
  return segment;
}

// The identifier that `text` is, whole.
const Identifier* identifier_named(std::string_view text) {
  const Identifier* identifier = identifier_at(text);
  const bool whole = identifier && static_cast<std::size_t>(identifier->digits) == text.size();
  return whole ? identifier : nullptr;
}

bool is_uri_character(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

bool is_host(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return is_uri_character(c) &&
           std::string_view("/?#!$&'()*+,;=@%~").find(c) == std::string_view::npos;
  });
}

struct Parts {
  std::vector<std::string_view> path;
  std::string_view query;
};

std::optional<Parts> parts_of(std::string_view uri) {
  if (!std::ranges::all_of(uri, is_uri_character)) return std::nullopt;
  const std::size_t scheme = uri.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  const std::string_view name = uri.substr(0, scheme);
  if (name != "http" && name != "https" && name != "HTTP" && name != "HTTPS") return std::nullopt;
  uri.remove_prefix(scheme + 3);
  uri = uri.substr(0, uri.find('#'));
  const std::size_t question = uri.find('?');
  Parts parts;
  if (question != std::string_view::npos) parts.query = uri.substr(question + 1);
  uri = uri.substr(0, question);
  const std::size_t slash = uri.find('/');
  if (slash == std::string_view::npos || !is_host(uri.substr(0, slash))) return std::nullopt;
  for (std::size_t at = slash; at != std::string_view::npos;) {
    const std::size_t next = uri.find('/', at + 1);
    parts.path.push_back(uri.substr(at + 1, next == std::string_view::npos ? next : next - at - 1));
    if (parts.path.size() > max_segments) return std::nullopt;
    at = next;
  }
  return parts;
}

// Are the identifiers at every other segment from `at` on qualifiers of one alternative, in order?
bool qualifiers_fit(const Identifier& key, const std::vector<std::string_view>& path,
                    std::size_t at) {
  if (at >= path.size()) return true;
  for (std::string_view rest = key.qualifiers; !rest.empty();) {
    std::string_view alternative = next_of(rest, '|');
    std::size_t fits = at;
    while (!alternative.empty() && fits < path.size()) {
      if (next_of(alternative, ',') == without_short_name(path[fits])) fits += 2;
    }
    if (fits >= path.size()) return true;
  }
  return false;
}

// Where in the path the primary key stands; the last one that fits, for what is before it is the
// owner's.
std::optional<std::size_t> key_at(const std::vector<std::string_view>& path) {
  for (std::size_t pairs = 1; 2 * pairs <= path.size(); ++pairs) {
    const std::size_t at = path.size() - 2 * pairs;
    const Identifier* key = identifier_named(without_short_name(path[at]));
    if (key && (key->traits & Identifier::key) && qualifiers_fit(*key, path, at + 2)) return at;
  }
  return std::nullopt;
}

Result<void> add(std::vector<Element>& elements, const Identifier& identifier,
                 std::string_view which, std::optional<std::string> value, int year) {
  if (!value) return fail("a % that begins no character");
  if (which == "01" && value->size() < 14) {
    value->insert(0, value->size() == 8 || value->size() >= 12 ? 14 - value->size() : 0, '0');
  }
  auto element = element_of(identifier, which, *value, year);
  if (!element) return Unexpected{element.error()};
  for (const Element& earlier : elements) {
    if (earlier.identifier == which) return fail("(" + earlier.identifier + "): stands twice");
  }
  elements.push_back(std::move(*element));
  return {};
}

bool qualifies(const Identifier& key, std::string_view which) {
  for (std::string_view rest = key.qualifiers; !rest.empty();) {
    for (std::string_view alternative = next_of(rest, '|'); !alternative.empty();) {
      if (next_of(alternative, ',') == which) return true;
    }
  }
  return false;
}

// What is no identifier is the owner's; numbers as short as one are not.
Result<void> add_query(std::vector<Element>& elements, const Identifier& key,
                       std::string_view query, int year) {
  while (!query.empty()) {
    const std::string_view pair = next_of(query, '&');
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view which = pair.substr(0, equals);
    if (which.size() < 2 || which.size() > 4 || !all_digits(which)) continue;
    const Identifier* identifier = identifier_named(which);
    if (identifier == nullptr) return fail("an application identifier that is not known");
    if (!(identifier->traits & Identifier::attribute) || qualifies(key, which)) {
      return fail("(" + std::string(which) + "): not in the query of a Digital Link");
    }
    std::string value(pair.substr(equals + 1));
    std::ranges::replace(value, '+', ' ');  // as in a form
    auto added = add(elements, *identifier, which, percent_decoded(value), year);
    if (!added) return added;
  }
  return {};
}

}  // namespace

bool has_digital_link_key(std::string_view uri) {
  const std::optional<Parts> parts = parts_of(uri);
  return parts && key_at(parts->path);
}

Elements read_digital_link(std::string_view uri, int year) {
  const std::optional<Parts> parts = parts_of(uri);
  if (!parts) return fail("not a web address");
  const std::optional<std::size_t> start = key_at(parts->path);
  if (!start) return fail("no GS1 key in the address");
  std::vector<Element> elements;
  const Identifier* key = identifier_named(without_short_name(parts->path[*start]));
  for (std::size_t at = *start; at < parts->path.size(); at += 2) {
    const std::string_view which = without_short_name(parts->path[at]);
    const auto added =
        add(elements, *identifier_named(which), which, percent_decoded(parts->path[at + 1]), year);
    if (!added) return Unexpected{added.error()};
  }
  if (const auto added = add_query(elements, *key, parts->query, year); !added) {
    return Unexpected{added.error()};
  }
  return elements;
}

}  // namespace storeward::gs1
