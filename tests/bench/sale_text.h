// The sales that every program of the bench is given, of about 400 bytes, or of 20 lines and about
// 6 kB. A sale's id is the moment it was made (microseconds of the steady clock, in base 36), so a
// subscriber on the same machine knows how long it was on its way.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace bench {

using SteadyClock = std::chrono::steady_clock;

inline std::uint64_t now_us() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now().time_since_epoch())
          .count());
}

inline constexpr std::size_t id_width = 10;
inline constexpr std::uint64_t all_ids = 3'656'158'440'062'976;  // 36 to the power of id_width

inline std::string id_text(std::uint64_t id) {
  std::string text(id_width, '0');
  for (std::size_t at = id_width; id > 0 && at > 0; id /= 36) {
    text[--at] = "0123456789abcdefghijklmnopqrstuvwxyz"[id % 36];
  }
  return text;
}

// The finalizer of MurmurHash3: one to one, and without any order.
inline std::uint64_t scattered(std::uint64_t number) {
  number = (number ^ (number >> 33)) * 0xff51afd7ed558ccd;
  number = (number ^ (number >> 33)) * 0xc4ceb9fe1a85ec53;
  return number ^ (number >> 33);
}

// Each id once, and later ones larger, also where several are asked for in one microsecond.
class Ids {
 public:
  explicit Ids(bool random) : random_(random) {}

  std::uint64_t next() {
    last_ = std::max(last_ + 1, now_us());
    return random_ ? scattered(last_) % all_ids : last_;
  }

 private:
  bool random_;
  std::uint64_t last_ = 0;
};

inline constexpr std::string_view id_mark = R"("id":"t1-)";

template <typename... Values>
void append_text(std::string& body, const char* format, Values... values) {
  char text[400];
  const int size = std::snprintf(text, sizeof text, format, values...);
  body.append(text, static_cast<std::size_t>(size));
}

// A line's amount in cents. What is bought for how much differs from sale to sale, as in a shop.
inline unsigned append_line(std::string& body, std::uint64_t chance, int number) {
  const unsigned sku = 10'000 + chance % 80'000, price = 100 + (chance >> 20) % 9'900;
  append_text(
      body,
      R"({"lineNo":%d,"kind":"sale","sku":"%uA","description":"WHITE HANGING HEART T-LIGHT HOLDER",)"
      R"("quantity":{"value":"2","unit":"EA"},"unitPrice":{"amount":"%u.%02u","currency":"EUR"},)"
      R"("extended":{"amountMinor":%u,"currency":"EUR"},"taxes":[{"rate":"20","amount":)"
      R"({"amountMinor":%u,"currency":"EUR"}}]})",
      number, sku, price / 100, price % 100, price * 2, price / 3);
  return price * 2;
}

inline unsigned append_short_line(std::string& body, std::uint64_t chance) {
  const unsigned sku = 10'000 + chance % 80'000, price = 100 + (chance >> 20) % 9'900;
  append_text(body,
              R"({"lineNo":1,"kind":"sale","sku":"%uA","quantity":{"value":"1","unit":"EA"},)"
              R"("extended":{"amountMinor":%u,"currency":"EUR"}})",
              sku, price);
  return price;
}

inline void append_sale(std::string& body, std::uint64_t id, int lines = 1) {
  const std::string number = id_text(id);
  std::uint64_t chance = scattered(id);
  const unsigned minute = chance % 60, second = (chance >> 8) % 60;
  append_text(
      body,
      R"({"specversion":"1.0","id":"t1-%s","source":"till-1","type":"retail.sale.completed.v1",)"
      R"("time":"2026-11-20T09:%02u:%02uZ","data":{"saleKey":"%s",)"
      R"("completedAt":"2026-11-20T09:%02u:%02uZ","currency":"EUR","registerId":"1","lines":[)",
      number.c_str(), minute, second, number.c_str(), minute, second);
  unsigned gross = 0;
  if (lines == 1) gross = append_short_line(body, chance);
  for (int line = 1; lines > 1 && line <= lines; ++line) {
    if (line > 1) body.push_back(',');
    gross += append_line(body, chance = scattered(chance + 1), line);
  }
  append_text(body, R"(],"totals":{"gross":{"amountMinor":%u,"currency":"EUR"}}}})", gross);
}

// Calls found(microseconds on its way) for each sale in a plain message.
template <typename Found>
void each_age(std::string_view message, Found found) {
  const std::uint64_t now = now_us();
  for (std::size_t at = message.find(id_mark); at != std::string_view::npos;
       at = message.find(id_mark, at + id_mark.size())) {
    const char* digits = message.data() + at + id_mark.size();
    std::uint64_t made = 0;
    std::from_chars(digits, std::min(digits + id_width, message.data() + message.size()), made, 36);
    found(now > made ? now - made : 0);
  }
}

}  // namespace bench
