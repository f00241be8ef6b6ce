#include "agent/core/card_scan.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "agent/base/ascii.h"
#include "agent/core/base64_text.h"
#include "agent/core/byte_finder.h"
#include "agent/core/card_groups.h"
#include "agent/core/card_number.h"
#include "agent/core/named_secrets.h"
#include "agent/core/unescaped_text.h"
#include "agent/core/uuid_text.h"

namespace storeward {
namespace {

struct Span {
  std::size_t begin, end;
  std::string replacement;
};

constexpr std::size_t shortest_track_number = 12;
constexpr std::size_t shortest_value = 3;  // of a verification value
constexpr std::size_t shortest_text = 6;   // a name and a value of it: "cvv123"
constexpr std::size_t shortest_escaped = shortest_card_number;
constexpr std::size_t shortest_base64 = 18;  // of 13 digits

// ---- Card numbers and track data ---------------------------------------------------------------

struct Group {
  std::size_t begin, end;
};

// The groups of digits that hang together from `at` on, where a group begins. Gives how many digits
// they are.
std::size_t collect_groups(std::string_view text, std::size_t at, ByteFinder<Digits>& finder,
                           std::vector<Group>& groups) {
  groups.clear();
  std::size_t digits = 0;
  while (at < text.size() && is_digit(text[at])) {
    const std::size_t end = finder.end_of_run(at);
    groups.push_back({at, end});
    digits += end - at;
    const std::size_t separator = separator_at(text, end);
    if (separator == 0) break;
    at = end + separator;
  }
  return digits;
}

// Zeros that fill up a fixed-width field do not change the check digit.
bool is_zero_padded_card(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  if (first == 0 || first == std::string_view::npos) return false;
  const std::string_view rest = digits.substr(first);
  return rest.size() >= 15 && is_card_number(rest);
}

// How many groups from `from` on make the longest card number; 0: none.
std::size_t groups_of_card(std::string_view text, const std::vector<Group>& groups,
                           std::size_t from, std::string& digits) {
  digits.clear();
  std::size_t found = 0, found_size = 0;
  for (std::size_t i = from; i < groups.size(); ++i) {
    const std::size_t size = groups[i].end - groups[i].begin;
    if (digits.size() + size > longest_card_number) break;
    digits.append(text, groups[i].begin, size);
    if (digits.size() < shortest_card_number) continue;
    if (is_card_number(digits) || (i == from && is_zero_padded_card(digits))) {
      found = i - from + 1;
      found_size = digits.size();
    }
  }
  digits.resize(found_size);
  return found;
}

// Where track data that goes on behind its card number ends; `end` itself if none does.
std::size_t end_of_track(std::string_view text, std::size_t end) {
  constexpr std::size_t longest_track = 120;
  if (end >= text.size()) return end;
  const char separator = text[end];
  std::size_t at = end + 1;
  if (separator == '=' || to_lower(separator) == 'd') {
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at < end + 1 + 4) return end;
    if (at < text.size() && to_lower(text[at]) == 'f') ++at;  // EMV tag 57's padding
  } else if (separator == '^') {
    while (at < text.size() && at < end + longest_track && text[at] != '?' && text[at] != '"' &&
           text[at] != '\n') {
      ++at;
    }
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  } else {
    return end;
  }
  if (at < text.size() && text[at] == '?') ++at;
  return at;
}

// Start sentinels: ";" of track 2, "%B" of track 1.
std::size_t sentinel_before(std::string_view text, std::size_t begin) {
  if (begin >= 1 && text[begin - 1] == ';') return 1;
  if (begin >= 2 && text[begin - 2] == '%' && is_letter(text[begin - 1])) return 2;
  return 0;
}

// A whole track is one even where its number does not check: sentinel, digits, separator.
bool opens_track(std::string_view text, const Group& group) {
  const std::size_t size = group.end - group.begin;
  return size >= shortest_track_number && size <= longest_card_number &&
         sentinel_before(text, group.begin) > 0 && end_of_track(text, group.end) > group.end;
}

void find_cards(std::string_view text, std::vector<Span>& spans) {
  std::vector<Group> groups;
  std::string digits, later_digits;
  ByteFinder<Digits> finder(text);
  for (std::size_t at = finder.next(0); at < text.size(); at = finder.next(at)) {
    const std::size_t together = collect_groups(text, at, finder, groups);
    at = groups.back().end;
    if (together < shortest_track_number) continue;
    for (std::size_t i = 0; i < groups.size();) {
      std::size_t taken = groups_of_card(text, groups, i, digits);
      if (taken == 0 && opens_track(text, groups[i])) taken = 1;
      if (taken == 0) {
        ++i;
        continue;
      }
      // Digits in front of a card number may look like one together with its beginning; masking
      // that alone would leave the number readable.
      for (std::size_t j = i + 1; j < i + taken; ++j) {
        const std::size_t more = groups_of_card(text, groups, j, later_digits);
        if (j + more <= i + taken) continue;
        taken = j + more - i;
        digits = later_digits;
      }
      const std::size_t begin = groups[i].begin;
      const std::size_t end = groups[i + taken - 1].end;
      const std::size_t track_end = end_of_track(text, end);
      if (track_end > end) {
        spans.push_back(
            {begin - sentinel_before(text, begin), track_end, std::string(hidden_secret)});
      } else {
        spans.push_back({begin, end, hidden_card_number(digits)});
      }
      i += taken;
      while (i < groups.size() && groups[i].begin < track_end) ++i;
      at = std::max(at, track_end);
    }
  }
}

// A number whose groups hang together only by being those of a card. Of digits in front of it that
// look like its beginning the one number is as good as the other: both go.
void find_printed_groups(std::string_view text, std::vector<Span>& spans) {
  ByteFinder<Digits> finder(text);
  std::size_t end = 0;
  for (std::size_t begin = finder.next(0); begin < text.size(); begin = finder.next(end)) {
    end = finder.end_of_run(begin);
    if (const auto card = card_in_printed_groups(text, begin, end, is_card_number)) {
      spans.push_back({begin, card->end, hidden_card_number(card->digits)});
    }
  }
}

// Numbers as programs write large ones: "4.111111111111111e15", "41111111111111110e-1".
void find_with_exponent(std::string_view text, std::vector<Span>& spans) {
  constexpr int most_digits_of_exponent = 2;
  ByteFinder<Digits> finder(text);
  std::size_t end = 0;
  for (std::size_t begin = finder.next(0); begin < text.size(); begin = finder.next(end)) {
    end = finder.end_of_run(begin);
    const std::size_t whole_end = end;
    if (end < text.size() && text[end] == '.') end = finder.end_of_run(end + 1);
    const std::size_t mantissa_end = end;
    if (end >= text.size() || to_lower(text[end]) != 'e') continue;
    const char sign = end + 1 < text.size() ? text[end + 1] : '\0';
    const std::size_t exponent_begin = end + (sign == '+' || sign == '-' ? 2 : 1);
    end = finder.end_of_run(exponent_begin);
    int exponent = 0;
    const auto read = std::from_chars(text.data() + exponent_begin, text.data() + end, exponent);
    if (read.ec != std::errc{} || end > exponent_begin + most_digits_of_exponent) continue;
    const auto whole =
        static_cast<std::ptrdiff_t>(whole_end - begin) + (sign == '-' ? -exponent : exponent);
    if (whole < std::ptrdiff_t{shortest_card_number} || whole > std::ptrdiff_t{longest_card_number})
      continue;
    std::string digits(text.substr(begin, mantissa_end - begin));
    std::erase(digits, '.');
    digits.resize(static_cast<std::size_t>(whole), '0');
    digits.erase(0, digits.find_first_not_of('0'));
    if (is_card_number(digits)) {
      spans.push_back({begin, end, hidden_card_number(digits)});
    }
  }
}

void find_named(std::string_view text, std::vector<Span>& spans) {
  for (const NamedValue& value : find_named_secrets(text)) {
    spans.push_back({value.begin, value.end, std::string(hidden_secret)});
  }
}

// ---- base64 ------------------------------------------------------------------------------------

bool plain_text_holds_card_data(std::string_view text);

// A token may begin behind a path's or a word's '/', '-', '+' or '_', which are base64 letters too.
bool token_holds_card_data(std::string_view token) {
  constexpr int most_starts = 16;
  for (int starts = 0; starts < most_starts && token.size() >= shortest_base64; ++starts) {
    if (plain_text_holds_card_data(printable_in_base64(token))) return true;
    const std::size_t next = token.find_first_of("/-+_");
    if (next == std::string_view::npos) break;
    token.remove_prefix(next + 1);
  }
  return false;
}

void find_base64(std::string_view text, std::vector<Span>& spans) {
  ByteFinder<Base64Letters> finder(text);
  std::string joined;
  std::size_t end = 0;
  for (std::size_t at = finder.next(0); at < text.size(); at = finder.next(end)) {
    end = finder.end_of_run(at);
    if (end - at < shortest_base64) continue;
    std::string_view token = text.substr(at, end - at);
    if (std::size_t wrap = base64_wrap(text, at, end); wrap > 0) {
      joined = token;
      for (; wrap > 0; token = joined) {
        const std::size_t line = end + wrap;
        end = finder.end_of_run(line);
        joined.append(text, line, end - line);
        wrap = base64_wrap(text, line, end);
      }
    }
    if (!token_holds_card_data(token)) continue;
    while (end < text.size() && text[end] == '=') ++end;
    spans.push_back({at, end, std::string(hidden_secret)});
  }
}

// ---- All together ------------------------------------------------------------------------------

bool plain_text_holds_card_data(std::string_view text) {
  if (text.size() < shortest_text) return false;
  std::vector<Span> spans;
  find_cards(text, spans);
  find_printed_groups(text, spans);
  if (spans.empty()) find_named(text, spans);
  return !spans.empty();
}

std::vector<Span> find_as_it_stands(std::string_view text) {
  const std::size_t digits = ByteFinder<Digits>(text).count();
  std::vector<Span> spans;
  if (digits >= shortest_track_number) {
    find_cards(text, spans);
    find_printed_groups(text, spans);
    find_with_exponent(text, spans);
  }
  if (digits >= shortest_value) find_named(text, spans);
  if (text.size() >= shortest_base64) find_base64(text, spans);
  // One UUID in some thousand has a card number's digits in it, and must not lose them.
  std::erase_if(spans, [text](const Span& span) {
    const bool ends_track = text[span.end - 1] == '?';
    return stands_in_uuid(text, span.begin, span.end - (ends_track ? 1 : 0));
  });
  return spans;
}

// What is found only once it is read does not hide what stands there: "3%4111 1111 1111 1111".
std::vector<Span> find_all(std::string_view text) {
  if (is_uuid(text)) return {};  // as above; an event's id often is one
  std::vector<Span> spans = find_as_it_stands(text);
  const auto read = text.size() < shortest_escaped ? std::nullopt : unescaped(text);
  if (read) {
    for (Span& span : find_as_it_stands(read->text)) {
      spans.push_back({read->origins[span.begin], read->origins[span.end], span.replacement});
    }
  }
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    return a.begin < b.begin || (a.begin == b.begin && a.end > b.end);
  });
  return spans;
}

}  // namespace

bool holds_card_data(std::string_view text) {
  return text.size() >= shortest_text && !find_all(text).empty();
}

std::string masked_card_data(std::string_view text) {
  std::string masked;
  std::size_t done = 0;
  for (const Span& span : find_all(text)) {
    if (span.end <= done) continue;
    if (span.begin >= done) {
      masked.append(text, done, span.begin - done);
      masked.append(span.replacement);
    }
    done = span.end;  // of overlapping finds the first one's replacement stands for both
  }
  return masked.append(text, done);
}

}  // namespace storeward
