// What the name of a column says that it holds, in the words that the shipped CSV templates use for
// it; English, German, French, Spanish. Pure.
#pragma once

#include <string>
#include <string_view>

namespace storeward {

struct ColumnWord {
  std::string_view role;    // "register", "amount" …; empty: the name says nothing
  bool cents = false;       // in the currency's smallest unit: amount_cents
  bool whole_name = false;  // the name is exactly the word, not only holds it
};

ColumnWord word_of_name(std::string_view name);

// Lower case, letters and digits alone, umlauts and accents written out.
std::string plain_name(std::string_view name);

bool is_money(std::string_view role);

}  // namespace storeward
