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

// Each id once, and later ones larger, also where several are asked for in one microsecond.
class Ids {
 public:
  explicit Ids(bool random) : random_(random) {}

  std::uint64_t next() {
    last_ = std::max(last_ + 1, now_us());
    return random_ ? scattered(last_) % all_ids : last_;
  }

 private:
  // The finalizer of MurmurHash3: one to one, and without any order.
  static std::uint64_t scattered(std::uint64_t number) {
    number = (number ^ (number >> 33)) * 0xff51afd7ed558ccd;
    number = (number ^ (number >> 33)) * 0xc4ceb9fe1a85ec53;
    return number ^ (number >> 33);
  }

  bool random_;
  std::uint64_t last_ = 0;
};

inline constexpr std::string_view id_mark = R"("id":"t1-)";

inline void append_line(std::string& body, int number) {
  char text[400];
  const int price = 100 + number * 37;
  const int size = std::snprintf(
      text, sizeof text,
      R"({"lineNo":%d,"kind":"sale","sku":"851%02dA","description":"WHITE HANGING HEART T-LIGHT HOLDER",)"
      R"("quantity":{"value":"2","unit":"EA"},"unitPrice":{"amount":"%d.%02d","currency":"EUR"},)"
      R"("extended":{"amountMinor":%d,"currency":"EUR"},"taxes":[{"rate":"20","amount":)"
      R"({"amountMinor":%d,"currency":"EUR"}}]})",
      number, number, price / 100, price % 100, price * 2, price / 3);
  body.append(text, static_cast<std::size_t>(size));
}

inline int gross_of(int lines) {
  if (lines == 1) return 255;
  int gross = 0;
  for (int number = 1; number <= lines; ++number) gross += 2 * (100 + number * 37);
  return gross;
}

inline void append_sale(std::string& body, std::uint64_t id, int lines = 1) {
  char text[400];
  const std::string number = id_text(id);
  int size = std::snprintf(
      text, sizeof text,
      R"({"specversion":"1.0","id":"t1-%s","source":"till-1","type":"retail.sale.completed.v1",)"
      R"("time":"2026-11-20T09:15:02Z","data":{"saleKey":"%s","completedAt":"2026-11-20T09:15:02Z",)"
      R"("currency":"EUR","registerId":"1","lines":[)",
      number.c_str(), number.c_str());
  body.append(text, static_cast<std::size_t>(size));
  if (lines == 1) {
    body += R"({"lineNo":1,"kind":"sale","sku":"85123A","quantity":{"value":"1","unit":"EA"},)"
            R"("extended":{"amountMinor":255,"currency":"EUR"}})";
  } else {
    for (int line = 1; line <= lines; ++line) {
      if (line > 1) body.push_back(',');
      append_line(body, line);
    }
  }
  size = std::snprintf(text, sizeof text,
                       R"(],"totals":{"gross":{"amountMinor":%d,"currency":"EUR"}}}})",
                       gross_of(lines));
  body.append(text, static_cast<std::size_t>(size));
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
