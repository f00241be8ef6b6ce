#include "agent/core/card_scan.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "agent/core/card_number.h"
#include "tests/support/seed.h"
#include "tests/unit/templates/card_numbers.h"

using namespace storeward;

namespace {

constexpr const char* card = "4111111111111111";

// What stands between the groups of a number that somebody has typed, copied or printed.
const std::vector<std::string> partings = {"  ",
                                           "   ",
                                           "\t",
                                           "\n",
                                           "\r\n",
                                           ".",
                                           "/",
                                           "_",
                                           ",",
                                           ":",
                                           "|",
                                           ";",
                                           "*",
                                           "\\",
                                           "~",
                                           ", ",
                                           " - ",
                                           " / ",
                                           "\",\"",
                                           "\xC2\xB7",
                                           "\xE2\x80\xAF",
                                           "\xE2\x80\x87",
                                           "\xE2\x80\x89",
                                           "\xE2\x80\x8B",
                                           "\xC2\xAD",
                                           "\xE2\x88\x92",
                                           "\xE2\x80\xA2",
                                           "\xE3\x80\x80",
                                           " \xE2\x80\x93 ",
                                           "\xEF\xBB\xBF",
                                           "\xEF\xBF\xBD",
                                           "\xF0\x9F\x92\xB3"};

std::string grouped(const std::string& digits, const std::vector<std::size_t>& sizes,
                    const std::string& parting) {
  std::string text;
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    text += (at > 0 ? parting : "") + digits.substr(at, size);
    at += size;
  }
  return text + digits.substr(at);
}

std::string each_digit(const std::string& digits, const std::function<std::string(int)>& written) {
  std::string text;
  for (const char c : digits) text += written(c - '0');
  return text;
}

std::string formatted(const char* format, int value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view part = bytes.substr(at, 3);
    unsigned bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= part.size() ? letters[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return text;
}

std::string wrapped(const std::string& text, std::size_t width, const std::string& line_end) {
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += width) {
    lines += (at > 0 ? line_end : "") + text.substr(at, width);
  }
  return lines;
}

std::string utf16(std::string_view ascii, bool big_endian) {
  std::string bytes;
  for (const char c : ascii) bytes += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  return bytes;
}

void check_masked(const std::string& written, const std::string& masked) {
  INFO(written);
  CHECK(holds_card_data("paid with " + written + ", thanks"));
  CHECK(masked_card_data("paid with " + written + ", thanks") ==
        "paid with " + masked + ", thanks");
}

}  // namespace

TEST_CASE("a card number in its usual groups is masked whatever stands between them",
          "[masking][F47]") {
  struct Layout {
    const char* number;
    std::vector<std::size_t> sizes;
  };
  const std::vector<Layout> layouts = {{card, {4, 4, 4, 4}},
                                       {"5555555555554444", {4, 4, 4, 4}},
                                       {"2223003122003222", {4, 4, 4, 4}},
                                       {"6200000000000005", {4, 4, 4, 4}},
                                       {"6759649826438453000", {4, 4, 4, 4, 3}},
                                       {"378282246310005", {4, 6, 5}},
                                       {"30569309025904", {4, 6, 4}}};
  for (const Layout& layout : layouts) {
    const std::string number = layout.number;
    if (!is_card_number(number)) continue;
    for (const std::string& parting : partings) {
      check_masked(grouped(number, layout.sizes, parting),
                   "************" + number.substr(number.size() - 4));
    }
  }
  check_masked("4111 - 1111/1111\t1111", "************1111");
  check_masked("4111 1111\r\n1111 1111", "************1111");
}

TEST_CASE(
    "a card number whose digits or partings are written as characters of another kind is masked",
    "[masking][F47]") {
  const auto written = [](const std::function<std::string(int)>& one) {
    check_masked(each_digit(card, one), "************1111");
  };
  written([](int digit) { return std::string("\xEF\xBC") + static_cast<char>(0x90 + digit); });
  written([](int digit) { return std::string("\xD9") + static_cast<char>(0xA0 + digit); });
  written([](int digit) { return std::string("\xDB") + static_cast<char>(0xB0 + digit); });
  for (const char* format :
       {"&#%d;", "&#0%d;", "&#x%x;", "&#X0%X;", "%%%02x", "\\u%04x", "\\\\u%04X"}) {
    written([format](int digit) { return formatted(format, '0' + digit); });
  }
  for (const char* parting :
       {"%20", "%2D", "%2d", "%09", "%C2%A0", "&#32;", "&#160;", "&#xA0;", "&nbsp;", "\\u00a0",
        "\\t", "\\n", "\\r\\n", "\\u202f", "\\/", "\\\\"}) {
    check_masked(grouped(card, {4, 4, 4, 4}, parting), "************1111");
  }
  check_masked(
      "&#52;111 1111\\u00201111-\xEF\xBC\x91\xEF\xBC\x91"
      "11",
      "************1111");
  // What only looks like an escape, or would hide a number if it were read as one.
  check_masked("\\u4111111111111111", "\\u************1111");
  check_masked("3%4111111111111111", "3%************1111");
  check_masked("&#4111111111111111;", "&#************1111;");
  check_masked("a\\\"4111111111111111\\\"", "a\\\"************1111\\\"");
}

TEST_CASE("digits with invisible or narrow characters anywhere between them are a card number's",
          "[masking][F47]") {
  for (const char* between : {"\xE2\x80\x8B", "\xC2\xAD", "\xEF\xBB\xBF", "\xE2\x81\xA0",
                              "\xE2\x80\xAF", "\xE2\x80\x89", "\xE2\x88\x92", "\xC2\xA0"}) {
    check_masked(grouped(card, {8, 8}, between), "************1111");
    check_masked(grouped(card, {1, 2, 3, 4}, between), "************1111");
  }
  for (const char* latin_1 : {"\xA0", "\xAD", "\x96", "\x97"}) {
    check_masked(grouped(card, {5, 5, 6}, latin_1), "************1111");
  }
}

TEST_CASE("a card number in base64 in lines, or of UTF-16, is masked", "[masking][F47]") {
  const std::string text =
      "a letter of some length, as mail programs wrap it at the 76th column of "
      "its lines: card=4111111111111111, and more than that behind it, too";
  for (const std::size_t width : {std::size_t{64}, std::size_t{76}}) {
    for (const char* line_end : {"\n", "\r\n", "\\n", "\\r\\n"}) {
      for (std::size_t shift = 0; shift < 40; ++shift) {
        const std::string planted =
            wrapped(base64(std::string(shift, 'x') + text), width, line_end);
        INFO(planted);
        REQUIRE(masked_card_data("<" + planted + ">") == "<****>");
      }
    }
  }
  for (const bool big_endian : {false, true}) {
    CHECK(masked_card_data(base64(utf16("card=4111111111111111", big_endian))) == "****");
    const std::string mark = big_endian ? "\xFE\xFF" : "\xFF\xFE";
    CHECK(masked_card_data(base64(mark + utf16("4111111111111111", big_endian))) == "****");
  }
  const std::string innocent = wrapped(base64(std::string(200, 'x')), 76, "\n");
  CHECK(masked_card_data(innocent) == innocent);
}

TEST_CASE("a card number's tail does not stay readable behind what looks like one before it",
          "[masking][F47]") {
  std::mt19937_64 random(storeward::testing::announced_seed("digits in front of groups"));
  for (int i = 0; i < 20'000; ++i) {
    const std::string number = templates_test::luhn_number("4", 16, random);
    const std::string before = std::to_string(1000 + random() % 9000);
    const std::string masked =
        masked_card_data(before + "/" + grouped(number, {4, 4, 4, 4}, "/") + "/x");
    INFO(before << " " << number << " " << masked);
    REQUIRE(masked.find(number.substr(4, 4) + "/" + number.substr(8, 4)) == std::string::npos);
    REQUIRE(masked.find(number.substr(8, 4) + "/" + number.substr(12)) == std::string::npos);
  }
}

TEST_CASE("lists of numbers are a card's only where they check as one", "[masking][F47]") {
  CHECK(masked_card_data("4111, 1111, 1111, 1111") == "************1111");
  for (const char* text :
       {"4111, 1111, 1111, 1112", "2024, 2025, 2026, 2027", "1999 / 2499 / 4999 / 5999",
        "41111111.11111111", "4111....1111....1111....1111", "4111a1111b1111c1111",
        "4111\xC3\xA4"
        "1111\xC3\xA4"
        "1111\xC3\xA4"
        "1111",
        "4111, 1111, 11, 11, 1111", "10.4.111.111, 10.4.111.112", "4.11.1111 4111",
        "v4.1.1.1 4.1.1.2", "2026-11-20T09:15:02.120Z\n2026-11-20T09:15:02.121Z"}) {
    INFO(text);
    CHECK(masked_card_data(text) == text);
  }
}

// Each of them is no card number by itself; what stands between them must not make them one.
TEST_CASE(
    "lists of quantities and times and addresses and versions and telephone and goods' numbers "
    "stay",
    "[masking][F47]") {
  std::mt19937_64 random(storeward::testing::announced_seed("what is no card"));
  const auto number = [&random](unsigned from, unsigned below) {
    return std::to_string(from + random() % (below - from));
  };
  const auto digits = [&random](std::size_t count) {
    std::string text;
    while (text.size() < count) text += static_cast<char>('0' + random() % 10);
    return text;
  };
  const auto goods = [&](std::size_t length) {
    for (;;) {
      const std::string body = digits(length - 1);
      for (char check = '0'; check <= '9'; ++check) {
        if (gs1_valid(body + check) && !holds_card_data(body + check)) return body + check;
      }
    }
  };
  const std::vector<std::function<std::string()>> kinds = {
      [&] { return number(0, 1000) + "." + digits(3); },
      [&] { return number(0, 100) + "." + number(0, 100) + ".2026"; },
      [&] {
        return "2026-" + digits(2) + "-" + digits(2) + "T" + digits(2) + ":" + digits(2) + ":" +
               digits(2) + "Z";
      },
      [&] { return digits(2) + ":" + digits(2) + ":" + digits(2) + "." + digits(3); },
      [&] {
        return number(1, 256) + "." + number(0, 256) + "." + number(0, 256) + "." + number(0, 256);
      },
      [&] { return number(0, 30) + "." + number(0, 30) + "." + number(0, 3000); },
      [&] { return "0" + number(100, 999) + "/" + number(10000, 9999999); },
      [&] { return "(" + number(100, 999) + ") 555." + digits(4); },
      [&] { return goods(8); },
      [&] { return goods(12); },
      [&] { return goods(13); },
      [&] { return goods(14); },
      [&] { return goods(18); }};
  const std::vector<std::string> between = {", ", "; ", " / ", "\n",   "\r\n",
                                            "\t", "|",  ";",   "\",\""};
  for (int i = 0; i < 100'000 / 5; ++i) {
    const auto& kind = kinds[random() % kinds.size()];
    const std::string& part = between[random() % between.size()];
    std::string list = kind();
    for (int more = 0; more < 4; ++more) list += part + kind();
    CAPTURE(list);
    REQUIRE(masked_card_data(list) == list);
  }
}
