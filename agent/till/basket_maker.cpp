#include "agent/till/basket_maker.h"

#include <array>
#include <cstdio>

#include "agent/base/assert.h"
#include "agent/till/event_text.h"

namespace storeward::till {
namespace {

constexpr std::size_t assortment_size = 400;

struct Ware {
  std::string_view name;
  int lowest_minor, highest_minor;
  int vat_percent;  // of the United Kingdom
};

constexpr std::array<Ware, 16> wares{{{"BREAD ROLL", 35, 120, 0},
                                      {"WHOLE MILK 1L", 99, 179, 0},
                                      {"GROUND COFFEE 250G", 299, 899, 0},
                                      {"BREAKFAST TEA 80 BAGS", 199, 449, 0},
                                      {"MILK CHOCOLATE 100G", 119, 349, 20},
                                      {"SPARKLING WATER 6X1.5L", 249, 499, 20},
                                      {"SHAMPOO 300ML", 199, 749, 20},
                                      {"TOOTHPASTE 75ML", 129, 499, 20},
                                      {"CERAMIC MUG", 399, 1299, 20},
                                      {"TEA TOWEL", 299, 999, 20},
                                      {"GREETING CARD", 99, 399, 20},
                                      {"PAPERBACK NOVEL", 599, 1099, 0},
                                      {"CHILD CAR SEAT", 4999, 19999, 5},
                                      {"DESK LAMP", 1499, 5999, 20},
                                      {"UMBRELLA", 799, 2499, 20},
                                      {"WOOL SCARF", 999, 3999, 20}}};

constexpr std::array<std::string_view, 8> shades{"RED",   "BLUE", "GREEN",   "WHITE",
                                                 "BLACK", "GREY", "CLASSIC", "FINEST"};

// The VAT inside a price that includes it, rounded half away from zero.
std::int64_t vat_inside(std::int64_t gross, int percent) {
  const std::int64_t divisor = 100 + percent;
  return (gross * percent * 2 + divisor) / (divisor * 2);
}

Decimal as_price(std::int64_t minor) {
  Decimal price{minor, 2};
  for (; price.scale > 0 && price.units % 10 == 0; --price.scale) price.units /= 10;
  return price;
}

}  // namespace

char gtin_check_digit(std::string_view twelve) {
  ASSERT(twelve.size() == 12);
  int sum = 0;
  for (std::size_t i = 0; i < twelve.size(); ++i) sum += (twelve[i] - '0') * (i % 2 == 0 ? 1 : 3);
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

BasketMaker::BasketMaker(std::uint64_t seed, TillIdentity till, const TimeZone& zone)
    : seed_(seed), till_(std::move(till)), zone_(zone), random_(seed) {
  make_assortment();
}

// Not std::uniform_int_distribution: its numbers differ between standard libraries.
std::uint64_t BasketMaker::below(std::uint64_t bound) {
  return random_() % bound;
}

void BasketMaker::make_assortment() {
  for (std::size_t i = 0; i < assortment_size; ++i) {
    const Ware& ware = wares[below(wares.size())];
    Article article;
    article.sku = std::to_string(20000 + i);
    char digits[13];
    std::snprintf(digits, sizeof digits, "50%010llu",
                  static_cast<unsigned long long>(below(10'000'000'000)));
    article.gtin = digits;
    article.gtin += gtin_check_digit(article.gtin);
    article.name = std::string(ware.name) + " " + std::string(shades[below(shades.size())]);
    const int range = ware.highest_minor - ware.lowest_minor + 1;
    article.price_minor =
        ware.lowest_minor + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(range)));
    article.vat_percent = ware.vat_percent;
    assortment_.push_back(std::move(article));
  }
}

// What a basket adds up to while its lines are written.
struct BasketMaker::Basket {
  std::string text;
  std::int64_t gross = 0;
  std::int64_t tax = 0;

  void add(const Article& article, std::string_view kind, std::int64_t pieces, std::size_t line_no,
           const std::string& currency) {
    const std::int64_t extended = article.price_minor * pieces;
    BasketLine line{kind,         article.sku, article.gtin,
                    article.name, {pieces, 0}, as_price(article.price_minor),
                    extended};
    line.tax_percent = article.vat_percent;
    line.tax_minor = vat_inside(extended, article.vat_percent);
    if (line_no != 1) text.push_back(',');
    append_line(text, line_no, line, currency);
    gross += extended;
    tax += line.tax_minor;
  }
};

TillEvent BasketMaker::basket(Kind kind, const std::string& id, const std::string& time) {
  const bool is_return = kind == Kind::returned;
  Basket basket;
  const std::size_t lines = 1 + (is_return ? below(2) : below(4) + below(6));
  for (std::size_t line = 1; line <= lines; ++line) {
    const auto pieces = static_cast<std::int64_t>(below(3) == 0 ? 1 + below(6) : 1);
    basket.add(assortment_[below(assortment_.size())], is_return ? "return" : "sale", pieces, line,
               till_.currency);
  }
  TillEvent event{id, kind, Millis{0}, begin_event(till_, kind, id, "saleKey", id, time)};
  std::string& out = event.json;
  out.push_back(',');
  append_member(out, "completedAt", time);
  out.push_back(',');
  append_member(out, "currency", till_.currency);
  out += ",\"lines\":[" + basket.text + "],\"totals\":{";
  append_money(out, "gross", basket.gross, till_.currency);
  out.push_back(',');
  append_money(out, "net", basket.gross - basket.tax, till_.currency);
  out.push_back(',');
  append_money(out, "tax", basket.tax, till_.currency);
  out += "},\"payments\":[{";
  append_member(out, "tenderType", below(4) == 0 ? "cash" : "card");
  out.push_back(',');
  append_member(out, "direction", is_return ? "out" : "in");
  out.push_back(',');
  append_money(out, "amount", basket.gross, till_.currency);
  out += "}]";
  end_event(out);
  return event;
}

TillEvent BasketMaker::stock_count(const std::string& id, const std::string& time) {
  const Article& article = assortment_[below(assortment_.size())];
  TillEvent event{id, Kind::stock_counted, Millis{0},
                  begin_event(till_, Kind::stock_counted, id, "sku", article.sku, time)};
  std::string& out = event.json;
  out.push_back(',');
  append_member(out, "gtin", article.gtin);
  out.push_back(',');
  append_member(out, "locationId", till_.location);
  out.push_back(',');
  append_quantity(out, "countedQuantity", {static_cast<std::int64_t>(below(120)), 0});
  out.push_back(',');
  append_member(out, "occurredAt", time);
  end_event(out);
  return event;
}

TillEvent BasketMaker::next(WallTime time) {
  char number[24];
  // The letter keeps the digits of seed and number apart: together they could be a card number.
  std::snprintf(number, sizeof number, "n%08llu", static_cast<unsigned long long>(++number_));
  char seed[24];
  std::snprintf(seed, sizeof seed, "%llx", static_cast<unsigned long long>(seed_));
  const std::string id = till_.source + "-" + seed + "-" + number;
  const std::string local = zone_.to_local_rfc3339(time);
  const std::uint64_t draw = below(100);
  if (draw < 90) return basket(Kind::sale, id, local);
  if (draw < 95) return basket(Kind::returned, id, local);
  return stock_count(id, local);
}

}  // namespace storeward::till
