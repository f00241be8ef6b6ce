#include "agent/runtime/column_guess.h"

#include <algorithm>
#include <array>

#include "agent/core/mapping/time_reading.h"

namespace storeward {
namespace {

struct Word {
  std::string_view part;  // of the column's name, in lower case, without separators
  Meaning meaning;
};

// English, German, French, Spanish; the first that fits counts, so the narrower stand first.
constexpr std::array words = {Word{"unitprice", Meaning::unit_price},
                              Word{"einzelpreis", Meaning::unit_price},
                              Word{"prixunit", Meaning::unit_price},
                              Word{"preciounit", Meaning::unit_price},
                              Word{"gtin", Meaning::gtin},
                              Word{"ean", Meaning::gtin},
                              Word{"barcode", Meaning::gtin},
                              Word{"upc", Meaning::gtin},
                              Word{"stockcode", Meaning::sku},
                              Word{"sku", Meaning::sku},
                              Word{"artikelnr", Meaning::sku},
                              Word{"articleno", Meaning::sku},
                              Word{"itemno", Meaning::sku},
                              Word{"itemcode", Meaning::sku},
                              Word{"plu", Meaning::sku},
                              Word{"description", Meaning::description},
                              Word{"bezeichnung", Meaning::description},
                              Word{"libelle", Meaning::description},
                              Word{"itemname", Meaning::description},
                              Word{"invoicedate", Meaning::time},
                              Word{"datum", Meaning::date},
                              Word{"date", Meaning::date},
                              Word{"fecha", Meaning::date},
                              Word{"uhrzeit", Meaning::time},
                              Word{"timestamp", Meaning::time},
                              Word{"time", Meaning::time},
                              Word{"heure", Meaning::time},
                              Word{"quantity", Meaning::quantity},
                              Word{"qty", Meaning::quantity},
                              Word{"menge", Meaning::quantity},
                              Word{"quantite", Meaning::quantity},
                              Word{"cantidad", Meaning::quantity},
                              Word{"receipt", Meaning::receipt},
                              Word{"invoice", Meaning::receipt},
                              Word{"bonnr", Meaning::receipt},
                              Word{"belegnr", Meaning::receipt},
                              Word{"orderno", Meaning::receipt},
                              Word{"orderid", Meaning::receipt},
                              Word{"ticket", Meaning::receipt},
                              Word{"transaction", Meaning::receipt},
                              Word{"register", Meaning::registers},
                              Word{"kasse", Meaning::registers},
                              Word{"till", Meaning::registers},
                              Word{"terminal", Meaning::registers},
                              Word{"workstation", Meaning::registers},
                              Word{"filiale", Meaning::site},
                              Word{"store", Meaning::site},
                              Word{"location", Meaning::site},
                              Word{"warehouse", Meaning::site},
                              Word{"amount", Meaning::amount},
                              Word{"betrag", Meaning::amount},
                              Word{"total", Meaning::amount},
                              Word{"gross", Meaning::amount},
                              Word{"umsatz", Meaning::amount},
                              Word{"montant", Meaning::amount},
                              Word{"price", Meaning::unit_price},
                              Word{"preis", Meaning::unit_price},
                              Word{"prix", Meaning::unit_price},
                              Word{"currency", Meaning::currency},
                              Word{"waehrung", Meaning::currency},
                              Word{"devise", Meaning::currency},
                              Word{"unit", Meaning::unit},
                              Word{"einheit", Meaning::unit},
                              Word{"uom", Meaning::unit}};

// Day first before month first: a sample in which both fit says so nowhere, and most of the world
// writes the day first. The draft tells what was taken.
constexpr std::array<std::string_view, 14> time_formats = {
    "",         "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M",
    "%d.%m.%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%d/%m/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M",
    "%m/%d/%Y", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S",
    "%d-%m-%Y", "%d %b %Y"};

std::string plain(std::string_view name) {
  std::string made;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') made += static_cast<char>(c + 32);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) made += c;
  }
  return made;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

// Digits with signs, points and commas among them.
bool looks_like_number(std::string_view text) {
  bool any = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      any = true;
    } else if (c == '-' || c == '+') {
      if (i != 0 && i + 1 != text.size()) return false;
    } else if (c != '.' && c != ',' && c != ' ') {
      return false;
    }
  }
  return any;
}

void look_at_number(std::string_view text, ColumnGuess& guess) {
  if (text.front() == '-' || text.back() == '-') guess.has_negative = true;
  const std::size_t point = text.rfind('.'), comma = text.rfind(',');
  const bool has_point = point != std::string_view::npos,
             has_comma = comma != std::string_view::npos;
  if (has_point && has_comma) {
    (point > comma ? guess.point_decimals : guess.comma_decimals) = true;
    (point > comma ? guess.grouped_by_comma : guess.grouped_by_point) = true;
    return;
  }
  // "1.234" alone could be either; three digits behind are no proof.
  if (has_point && text.size() - point != 4) guess.point_decimals = true;
  if (has_comma && text.size() - comma != 4) guess.comma_decimals = true;
}

Meaning meaning_of_name(std::string_view name) {
  const std::string text = plain(name);
  for (const Word& word : words) {
    if (text.find(word.part) != std::string::npos) return word.meaning;
  }
  if (text == "no" || text == "nr" || text == "number") return Meaning::receipt;
  if (text == "item" || text == "article" || text == "artikel") return Meaning::sku;
  if (text == "name") return Meaning::description;
  return Meaning::unknown;
}

}  // namespace

ColumnGuess guess_column(std::string_view name, const std::vector<std::string>& values) {
  ColumnGuess guess;
  guess.name = name;
  guess.meaning = meaning_of_name(name);
  std::vector<std::string_view> filled;
  for (const std::string& value : values) {
    if (!value.empty()) filled.push_back(value);
  }
  if (filled.empty()) return guess;
  for (const std::string_view format : time_formats) {
    const bool fits = std::ranges::all_of(filled, [&](std::string_view value) {
      return mapping::read_time(value, format).has_value();
    });
    // Eight digits are a number rather than a date, unless the name says so.
    const bool doubtful = format.empty() && std::ranges::all_of(filled, all_digits) &&
                          guess.meaning != Meaning::date && guess.meaning != Meaning::time;
    if (!fits || doubtful) continue;
    guess.is_time = true;
    guess.time_format = format;
    if (guess.meaning != Meaning::date) guess.meaning = Meaning::time;
    break;
  }
  guess.is_number = !guess.is_time && std::ranges::all_of(filled, looks_like_number);
  if (guess.is_number) {
    for (const std::string_view value : filled) look_at_number(value, guess);
  }
  const bool long_digits = std::ranges::all_of(filled, [](std::string_view value) {
    return all_digits(value) && (value.size() == 8 || value.size() >= 12) && value.size() <= 14;
  });
  if (long_digits && guess.meaning == Meaning::unknown) guess.meaning = Meaning::gtin;
  return guess;
}

}  // namespace storeward
