#include "agent/till/basket_maker.h"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

using namespace storeward;
using namespace storeward::till;
using nlohmann::json;

namespace {

BasketMaker maker(std::uint64_t seed) {
  return {seed, {"till-1", "", "1", "shop", "GBP"}, TimeZone::named("Europe/London").value()};
}

}  // namespace

TEST_CASE("GTIN check digits are those of the GS1 specification", "[till]") {
  CHECK(gtin_check_digit("629104150021") == '3');
  CHECK(gtin_check_digit("400638133393") == '1');
  const BasketMaker shop = maker(7);
  for (const Article& article : shop.assortment()) {
    REQUIRE(article.gtin.size() == 13);
    CHECK(gtin_check_digit(article.gtin.substr(0, 12)) == article.gtin[12]);
  }
}

TEST_CASE("one seed always invents the same shop", "[till]") {
  BasketMaker one = maker(42), same = maker(42), other = maker(43);
  for (int i = 0; i < 200; ++i) {
    const TillEvent event = one.next(WallTime{});
    CHECK(event.json == same.next(WallTime{}).json);
    CHECK(event.id != other.next(WallTime{}).id);
  }
}

TEST_CASE("invented baskets add up and are mostly sales", "[till]") {
  BasketMaker shop = maker(1);
  std::map<Kind, int> kinds;
  std::set<std::string> ids;
  for (int i = 0; i < 2000; ++i) {
    const TillEvent event = shop.next(WallTime{});
    ++kinds[event.kind];
    ids.insert(event.id);
    if (event.kind == Kind::stock_counted) continue;
    const json data = json::parse(event.json)["data"];
    std::int64_t gross = 0, tax = 0;
    for (const json& line : data["lines"]) {
      gross += line["extended"]["amountMinor"].get<std::int64_t>();
      tax += line["taxes"][0]["amount"]["amountMinor"].get<std::int64_t>();
    }
    CHECK(data["totals"]["gross"]["amountMinor"] == gross);
    CHECK(data["totals"]["tax"]["amountMinor"] == tax);
    CHECK(data["totals"]["net"]["amountMinor"] == gross - tax);
    CHECK(data["payments"][0]["amount"]["amountMinor"] == gross);
  }
  CHECK(ids.size() == 2000);
  CHECK(kinds[Kind::sale] > 1700);
  CHECK(kinds[Kind::returned] > 40);
  CHECK(kinds[Kind::stock_counted] > 40);
}
