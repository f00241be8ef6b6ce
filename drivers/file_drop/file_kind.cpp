#include "drivers/file_drop/file_kind.h"

#include <algorithm>
#include <array>

namespace storeward::file_drop {
namespace {

using namespace std::literals;

struct Beginning {
  std::string_view bytes, words;
};
constexpr std::array<Beginning, 5> known = {{
    {"\xFF\xFE"sv, "it is UTF-16"},
    {"\xFE\xFF"sv, "it is UTF-16"},
    {"PK\x03\x04"sv, "it is a ZIP archive (as an Excel file, .xlsx, is)"},
    {"\x1F\x8B"sv, "it is compressed by gzip"},
    {"\xD0\xCF\x11\xE0"sv, "it is an old Excel or Word file"},
}};

// Western text in UTF-16 has a NUL in every other byte; 0 or 1: in which.
bool looks_like_utf16(std::string_view head) {
  std::array<std::size_t, 2> nuls{};
  for (std::size_t i = 0; i < head.size(); ++i) nuls[i % 2] += head[i] == '\0' ? 1 : 0;
  const auto [few, many] = std::minmax(nuls[0], nuls[1]);
  return many >= head.size() / 4 && few <= many / 8;
}

}  // namespace

std::string kind_words(std::string_view head) {
  for (const Beginning& one : known) {
    if (head.starts_with(one.bytes)) return std::string(one.words);
  }
  if (std::ranges::all_of(head, [](char c) { return c == '\0'; })) {
    return "it begins with nothing but NUL bytes, as a file does whose writer lost its power";
  }
  if (looks_like_utf16(head)) return "it looks like UTF-16";
  return "NUL bytes stand in it, so it is no plain text";
}

}  // namespace storeward::file_drop
