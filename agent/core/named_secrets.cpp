#include "agent/core/named_secrets.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <map>
#include <optional>

#include "agent/base/ascii.h"
#include "agent/core/byte_finder.h"
#include "agent/core/card_number.h"
#include "agent/core/field_names.h"

namespace storeward {
namespace {

constexpr std::size_t widest_separator = 8;  // between a name and its value

bool is_one_of(std::string_view characters, char c) {
  return characters.find(c) != std::string_view::npos;
}

// ---- Names -------------------------------------------------------------------------------------

// Of each letter, of either case, its place in the alphabet; 0: no letter.
constexpr auto letter_numbers = [] {
  std::array<std::uint8_t, 256> numbers{};
  for (unsigned char c = 'a'; c <= 'z'; ++c) {
    numbers[c] = numbers[c - 32] = static_cast<std::uint8_t>(c - 'a' + 1);
  }
  return numbers;
}();

// The names by their first letters, which stand together in all of their spellings: "c.id=1234"
// names a column of a table c. In usual text nearly all is done with there.
class Names {
 public:
  static constexpr std::size_t letters_together = 3;

  explicit Names(std::span<const SecretName> names) {
    for (const SecretName& secret : names) {
      const std::size_t number = number_of(secret.name.data());
      known_.set(number);
      by_letters_[number].push_back(secret);
    }
  }
  // Those that may begin at `at`, the longest first.
  std::span<const SecretName> that_begin_at(std::string_view text, std::size_t at) const {
    if (text.size() - at < letters_together) return {};
    const std::size_t number = number_of(text.data() + at);
    return known_.test(number) ? by_letters_.find(number)->second : std::span<const SecretName>();
  }

 private:
  static std::size_t number_of(const char* letters) {
    std::size_t number = 0;
    for (std::size_t i = 0; i < letters_together; ++i) {
      number = number << 5 | letter_numbers[static_cast<unsigned char>(letters[i])];
    }
    return number;
  }

  std::bitset<1u << 5 * letters_together> known_;
  std::map<std::size_t, std::vector<SecretName>> by_letters_;
};

// Behind the name, if it stands at `at` in any spelling: between its parts there may be one
// character that does not count.
std::optional<std::size_t> end_of_name(std::string_view text, std::size_t at,
                                       std::string_view name) {
  bool parted = false;
  std::size_t met = 0;
  for (; met < name.size() && at < text.size(); ++at) {
    if (to_lower(text[at]) == name[met]) {
      ++met;
      parted = false;
    } else if (met < Names::letters_together || parted || !is_one_of("_-. ", text[at])) {
      return std::nullopt;
    } else {
      parted = true;
    }
  }
  if (met < name.size()) return std::nullopt;
  return at;
}

// In camelCase a capital begins a word.
bool stands_behind_word(std::string_view text, std::size_t at) {
  return at > 0 && is_letter(text[at - 1]);
}
bool begins_word(std::string_view text, std::size_t at) {
  const bool capital = text[at] != to_lower(text[at]);
  return !stands_behind_word(text, at) || (capital && text[at - 1] == to_lower(text[at - 1]));
}

// ---- Values ------------------------------------------------------------------------------------

struct Place {
  std::string_view text;
  std::size_t name_begin, name_end;
};

// Digits before `end` that a security code may follow at once: an expiry (MMYY) or a card number.
bool ends_with_card_digits(std::string_view text, std::size_t end) {
  std::size_t begin = end;
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  const std::string_view month = text.substr(begin, 2);
  const bool expiry = end - begin == 4 && month >= "01" && month <= "12";
  return expiry || end - begin >= shortest_card_number;
}

// Some write "cvv123"; but between digits that is part of a random id: `ch_0003cvc1234`.
bool may_follow_at_once(const SecretName& secret, const Place& place) {
  if (secret.name != "cvv" && secret.name != "cvc") return false;
  return place.name_begin == 0 || !is_digit(place.text[place.name_begin - 1]) ||
         ends_with_card_digits(place.text, place.name_begin);
}

// `"cvv": "123"`, `PIN=1234`, `<CVC>987`, `card[cvv]=123`. Empty: no separator that says so.
std::string_view separator_behind(const Place& place) {
  std::string_view separator = place.text.substr(place.name_end, widest_separator);
  separator = separator.substr(0, separator.find_first_not_of(" \t:=\"'\\>]#-"));
  const bool plain = separator.find_first_of(":=\"'>]") == std::string_view::npos;
  // Behind a word it takes more than a blank: no "McPin 1234".
  return plain && stands_behind_word(place.text, place.name_begin) ? std::string_view() : separator;
}

struct DigitsWanted {
  std::size_t shortest, longest;
  bool hex;
};

std::optional<NamedValue> digits_of(const SecretName& secret, const Place& place) {
  const DigitsWanted wanted = secret.form == SecretForm::code  ? DigitsWanted{3, 4, false}
                              : secret.form == SecretForm::pin ? DigitsWanted{4, 12, false}
                                                               : DigitsWanted{8, 64, true};
  const std::size_t width = separator_behind(place).size();
  if (width == 0 && !may_follow_at_once(secret, place)) return std::nullopt;
  const std::size_t begin = place.name_end + width;
  std::size_t end = begin;
  while (end < place.text.size() &&
         (wanted.hex ? is_hex_digit(place.text[end]) : is_digit(place.text[end]))) {
    ++end;
  }
  if (end - begin < wanted.shortest || end - begin > wanted.longest) return std::nullopt;
  return NamedValue{begin, end};
}

// '<' of `<prefix:name>`, '/' of `</name>`; 0 where the name ends no tag.
char tag_of(const Place& place) {
  constexpr std::size_t longest_tag = 64;
  const std::string_view text = place.text;
  if (place.name_end == text.size() || text[place.name_end] != '>') return '\0';
  std::size_t begin = place.name_begin;
  while (begin > 0 && place.name_begin - begin < longest_tag &&
         (is_letter(text[begin - 1]) || is_digit(text[begin - 1]) ||
          is_one_of("_-.:", text[begin - 1]))) {
    --begin;
  }
  const std::string_view before = text.substr(0, begin);
  return before.ends_with('<') ? '<' : before.ends_with("</") ? '/' : '\0';
}

// `"name":"…"`, also within a text of JSON, `name = '…'`, `<name>…<`. To the end of the line where
// it has no end.
std::optional<NamedValue> enclosed(const Place& place) {
  const std::string_view text = place.text;
  const auto skip = [text](std::size_t& at, std::string_view what) {
    while (at < text.size() && is_one_of(what, text[at])) ++at;
  };
  std::size_t begin = place.name_end;
  char close = '<';
  if (tag_of(place) == '<') {
    skip(begin, "> \t\r\n");
  } else {
    skip(begin, "\\\"' \t");
    if (begin >= text.size() || !is_one_of(":=", text[begin])) return std::nullopt;
    skip(begin, ":=> \t\\");
    if (begin >= text.size() || !is_one_of("\"'", text[begin])) return std::nullopt;
    close = text[begin++];
  }
  std::size_t end =
      std::min(text.find_first_of(std::array{close, '\n', '\0'}.data(), begin), text.size());
  while (close != '<' && end > begin && text[end - 1] == '\\') --end;
  const std::string_view value = text.substr(begin, end - begin);
  if (value.empty() || value == hidden_secret) return std::nullopt;
  return NamedValue{begin, end};
}

std::optional<NamedValue> value_of(const SecretName& secret, const Place& place) {
  if (tag_of(place) == '/') return std::nullopt;
  const bool any = secret.form == SecretForm::cipher || secret.form == SecretForm::track;
  if (const auto found = any ? enclosed(place) : std::nullopt) return found;
  return secret.form == SecretForm::track ? std::nullopt : digits_of(secret, place);
}

std::optional<NamedValue> value_named_at(std::string_view text, std::size_t at,
                                         std::span<const SecretName> names) {
  for (const SecretName& secret : names) {
    const auto end = end_of_name(text, at, secret.name);
    if (!end) continue;
    if (const auto found = value_of(secret, {text, at, *end})) return found;
  }
  return std::nullopt;
}

}  // namespace

std::vector<NamedValue> find_named_secrets(std::string_view text) {
  static const Names names(secret_names());
  std::vector<NamedValue> found;
  ByteFinder<SecretBeginnings> finder(text);
  for (std::size_t at = finder.next(0); at < text.size(); at = finder.next(at + 1)) {
    const auto possible = names.that_begin_at(text, at);
    if (possible.empty() || !begins_word(text, at)) continue;
    if (const auto value = value_named_at(text, at, possible)) {
      found.push_back(*value);
      at = value->end - 1;
    }
  }
  return found;
}

}  // namespace storeward
