#include "agent/core/unescaped_text.h"

#include <algorithm>
#include <charconv>

#include "agent/base/ascii.h"
#include "agent/core/byte_finder.h"
#include "agent/core/code_point.h"

namespace storeward {
namespace {

// What is written in `width` bytes; none: they are as they stand.
struct Written {
  std::size_t width = 0;
  char32_t code = 0;
  bool is_byte = false;  // of a character, not one by itself
};

// Within texts of texts a backslash is doubled at each level.
Written escape_of_json(std::string_view rest) {
  const std::size_t at = rest.find_first_not_of('\\');
  const std::size_t backslashes = std::min(at, rest.size());
  const Written backslash{backslashes > 1 ? backslashes : 0, U'\\'};
  if (at == rest.npos) return backslash;
  switch (rest[at]) {
    case 'n':
      return {at + 1, U'\n'};
    case 'r':
      return {at + 1, U'\r'};
    case 't':
      return {at + 1, U'\t'};
    case '"':
    case '/':
      return {at + 1, static_cast<char32_t>(rest[at])};
    case 'u':
      break;
    default:
      return backslash;
  }
  constexpr std::size_t digits = 4;
  unsigned code = 0;
  const std::string_view hex = rest.substr(at + 1, digits);
  const auto read = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
  if (hex.size() < digits || read.ptr != hex.data() + digits) return backslash;
  return {at + 1 + digits, char32_t{code}};
}

Written reference_of_xml(std::string_view rest) {
  constexpr std::string_view amp = "amp;", nbsp = "nbsp;";
  constexpr std::size_t most_digits = 10;
  std::size_t at = 1;
  while (rest.substr(at).starts_with(amp)) at += amp.size();
  if (rest.substr(at).starts_with(nbsp)) return {at + nbsp.size(), U'\u00A0'};
  if (at >= rest.size() || rest[at] != '#') return {};
  ++at;
  const bool hex = at < rest.size() && to_lower(rest[at]) == 'x';
  if (hex) ++at;
  const std::string_view digits = rest.substr(std::min(at, rest.size()), most_digits);
  unsigned code = 0;
  const auto read =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  const auto width = static_cast<std::size_t>(read.ptr - digits.data());
  if (read.ec != std::errc{} || width >= digits.size() || digits[width] != ';') return {};
  return {at + width + 1, char32_t{code}};
}

Written byte_of_uri(std::string_view rest) {
  if (rest.size() < 3 || !is_hex_digit(rest[1]) || !is_hex_digit(rest[2])) return {};
  return {3, static_cast<char32_t>(hex_value(rest[1]) << 4 | hex_value(rest[2])), true};
}

Written written_at(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '\\':
      return escape_of_json(text.substr(at));
    case '&':
      return reference_of_xml(text.substr(at));
    case '%':
      return byte_of_uri(text.substr(at));
    default:
      break;
  }
  const Character character = character_at(text, at);
  if (!decimal_digit(character.code)) return {};
  return {character.width, character.code};
}

}  // namespace

std::optional<UnescapedText> unescaped(std::string_view original) {
  ByteFinder<EscapeBeginnings> finder(original);
  std::optional<UnescapedText> read;
  std::size_t done = 0;
  const auto take_as_it_is = [&](std::size_t end) {
    read->text.append(original, done, end - done);
    for (; done < end; ++done) read->origins.push_back(done);
  };
  for (std::size_t at = finder.next(0); at < original.size(); at = finder.next(at)) {
    const Written written = written_at(original, at);
    if (written.width == 0) {
      ++at;
      continue;
    }
    if (!read) read.emplace();
    take_as_it_is(at);
    if (const auto digit = decimal_digit(written.code)) {
      read->text += *digit;
    } else if (written.is_byte) {
      read->text += static_cast<char>(written.code);
    } else {
      append_utf8(read->text, written.code);
    }
    read->origins.resize(read->text.size(), at);
    at += written.width;
    done = at;
  }
  if (!read) return read;
  take_as_it_is(original.size());
  read->origins.push_back(original.size());
  return read;
}

}  // namespace storeward
