// A shop that does not exist: a plausible assortment and an endless run of sales (about 90 %),
// returns and stock counts, all from one seed. Owned by one thread.
//
// With the same seed and start the events are the same to the byte. The ids carry the seed, so two
// runs with different seeds never meet.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/time_zone.h"
#include "agent/till/till_event.h"

namespace storeward::till {

struct Article {
  std::string sku, gtin, name;
  std::int64_t price_minor = 0;  // what the customer pays, VAT included
  int vat_percent = 0;
};

// The digit that makes `twelve` digits a GTIN-13 (GS1 General Specifications, section 7.9).
char gtin_check_digit(std::string_view twelve);

class BasketMaker {
 public:
  BasketMaker(std::uint64_t seed, TillIdentity till, const TimeZone& zone);

  // The next event, as if it happened at `time`.
  TillEvent next(WallTime time);

  const std::vector<Article>& assortment() const { return assortment_; }

 private:
  struct Basket;
  std::uint64_t below(std::uint64_t bound);
  void make_assortment();
  TillEvent basket(Kind kind, const std::string& id, const std::string& time);
  TillEvent stock_count(const std::string& id, const std::string& time);

  const std::uint64_t seed_;
  const TillIdentity till_;
  const TimeZone zone_;
  std::mt19937_64 random_;
  std::vector<Article> assortment_;
  std::uint64_t number_ = 0;
};

}  // namespace storeward::till
