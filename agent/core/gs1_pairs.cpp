// Which GS1 application identifiers need or exclude each other (General Specifications 4.14).
#include <algorithm>

#include "agent/core/gs1.h"
#include "agent/core/gs1_identifiers.h"

namespace storeward::gs1 {
namespace {

// "31nn": any digits for n.
bool matches(std::string_view identifier, std::string_view pattern) {
  return identifier.size() == pattern.size() &&
         std::equal(pattern.begin(), pattern.end(), identifier.begin(),
                    [](char p, char c) { return p == 'n' || p == c; });
}

bool has(const std::vector<Element>& elements, std::string_view pattern) {
  return std::ranges::any_of(
      elements, [&](const Element& element) { return matches(element.identifier, pattern); });
}

bool has_what_it_needs(const std::vector<Element>& elements, std::string_view needs) {
  if (needs.empty()) return true;
  while (!needs.empty()) {
    bool all = true;
    for (std::string_view group = next_of(needs, ','); !group.empty();) {
      all = has(elements, next_of(group, '+')) && all;
    }
    if (all) return true;
  }
  return false;
}

}  // namespace

std::vector<std::string> odd_pairs(const std::vector<Element>& elements) {
  std::vector<std::string> odd;
  for (const Element& element : elements) {
    const Identifier* identifier = identifier_at(element.identifier);
    if (identifier == nullptr) continue;
    if (!has_what_it_needs(elements, identifier->needs)) {
      odd.push_back(element.identifier + " needs " + std::string(identifier->needs));
    }
    for (std::string_view rest = identifier->excludes; !rest.empty();) {
      const std::string_view excluded = next_of(rest, ',');
      if (has(elements, excluded)) {
        odd.push_back(element.identifier + " excludes " + std::string(excluded));
      }
    }
    if (identifier->decimals < 0) continue;
    const auto same_but_decimals = [&](const Element& other) {
      return other.identifier < element.identifier && other.identifier.size() == 4 &&
             other.identifier.compare(0, 3, element.identifier, 0, 3) == 0;
    };
    if (std::ranges::any_of(elements, same_but_decimals)) {
      odd.push_back(element.identifier + " stands with another number of decimals, too");
    }
  }
  return odd;
}

}  // namespace storeward::gs1
