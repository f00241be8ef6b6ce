#include "agent/runtime/draft/column_words.h"

#include <algorithm>
#include <array>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

struct Word {
  std::string_view name, role;
};

constexpr Word words[] = {
#include "agent/runtime/draft/column_words.inc"
};

// A shorter word within a name says too little: "no" is in "normal".
constexpr std::size_t shortest_part = 4;

struct Letter {
  std::string_view in, out;
};
constexpr std::array letters = {
    Letter{"ä", "ae"}, Letter{"ö", "oe"}, Letter{"ü", "ue"}, Letter{"Ä", "ae"}, Letter{"Ö", "oe"},
    Letter{"Ü", "ue"}, Letter{"ß", "ss"}, Letter{"é", "e"},  Letter{"É", "e"},  Letter{"è", "e"},
    Letter{"ê", "e"},  Letter{"à", "a"},  Letter{"í", "i"},  Letter{"ó", "o"},  Letter{"á", "a"}};

constexpr std::array<std::string_view, 9> words_for_cents = {
    "incents", "incent", "cents", "cent", "centimes", "pence", "minorunits", "minor", "centavos"};

const Word* longest_part(std::string_view name) {
  const Word* best = nullptr;
  for (const Word& word : words) {
    if (word.name.size() < shortest_part || name.find(word.name) == name.npos) continue;
    if (best == nullptr || word.name.size() > best->name.size()) best = &word;
  }
  return best;
}

}  // namespace

std::string plain_name(std::string_view name) {
  std::string made;
  while (!name.empty()) {
    const auto letter = std::ranges::find_if(
        letters, [name](const Letter& known) { return name.starts_with(known.in); });
    if (letter != letters.end()) {
      made += letter->out;
      name.remove_prefix(letter->in.size());
      continue;
    }
    const char c = to_lower(name.front());
    if (is_letter(c) || is_digit(c)) made += c;
    name.remove_prefix(1);
  }
  return made;
}

ColumnWord word_of_name(std::string_view name) {
  std::string text = plain_name(name);
  ColumnWord made;
  for (const std::string_view cents : words_for_cents) {
    if (text.size() <= cents.size() || !text.ends_with(cents)) continue;
    text.resize(text.size() - cents.size());
    made.cents = true;
    break;
  }
  const auto* const exact = std::ranges::find(words, text, &Word::name);
  made.whole_name = exact != std::end(words);
  if (const Word* const word = made.whole_name ? exact : longest_part(text)) made.role = word->role;
  return made;
}

bool is_money(std::string_view role) {
  constexpr std::array<std::string_view, 16> money = {
      "amount", "total", "price", "regular_price", "gross", "net",      "discount", "tax",
      "paid",   "given", "tip",   "change",        "fee",   "expected", "counted",  "perpetual"};
  return std::ranges::find(money, role) != money.end();
}

}  // namespace storeward
