#include "drivers/file_drop/masked_text.h"

#include <catch2/catch.hpp>
#include <string>

namespace storeward::file_drop {
namespace {

constexpr std::string_view card = "4111111111111111";

std::string masked_in_pieces(std::string_view text, std::size_t piece) {
  MaskedText masked;
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    out += masked.add(text.substr(at, piece), false);
  }
  out += masked.add({}, true);
  CHECK_FALSE(masked.failed());
  return out;
}

TEST_CASE("a text without cards stays as it is, byte for byte") {
  std::string text;
  for (int row = 0; row < 20'000; ++row) {
    text += std::to_string(row) + ",caf\xE9 au lait,4006381333931,2010-12-01 08:26:00\r\n";
  }
  CHECK(masked_in_pieces(text, 1000) == text);
  CHECK(masked_in_pieces(text, 1 << 20) == text);
}

TEST_CASE("rows of a table are handed on as they come, and are not taken for base64") {
  std::string rows;
  while (rows.size() < 64 * 1024) {
    rows +=
        "536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,UK\n";
  }
  MaskedText masked;
  CHECK(masked.add(rows, false).size() > 63 * 1024);
}

TEST_CASE("a card number is masked wherever the text is cut into pieces", "[F47]") {
  std::string text(65'500, 'x');
  text += '\n';
  for (int row = 0; row < 10; ++row) text += "row, card " + std::string(card) + ", end\n";
  text += "4111 1111 1111 1111\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{65'536}}) {
    const std::string out = masked_in_pieces(text, piece);
    CHECK(out.find("41111111") == std::string::npos);
    CHECK(out.find("4111 1111") == std::string::npos);
    CHECK(out.find("row, card ") != std::string::npos);
  }
}

TEST_CASE("a line of megabytes is masked too, within bounds", "[F47]") {
  std::string text;
  while (text.size() < 5u << 20) text += "field,field,field,";
  text.insert((1u << 20) - 7, "," + std::string(card) + ",");
  CHECK(masked_in_pieces(text, 256 * 1024).find(card) == std::string::npos);
}

TEST_CASE("a card number with a group in each line is masked wherever the text is cut", "[F47]") {
  for (const std::string line_end : {"\n", "\r\n", " \n"}) {
    std::string rows;
    while (rows.size() < 300'000) {
      rows += "4111" + line_end + "1111" + line_end + "1111" + line_end + "1111" + line_end;
      rows += "&#52;111 1111" + line_end + "1111 1111, and a row" + line_end;
    }
    for (const std::size_t piece : {std::size_t{1'001}, std::size_t{65'536}}) {
      const std::string out = masked_in_pieces(rows, piece);
      CHECK(out.find("1111" + line_end + "1111") == std::string::npos);
      CHECK(out.find("52;") == std::string::npos);
      CHECK(out.find(", and a row" + line_end) != std::string::npos);
    }
  }
}

TEST_CASE("digits written for XML or JSON are masked in a copy, and what is beside them stays",
          "[F47]") {
  std::string decimal, hexadecimal, json;
  for (const char digit : card) {
    decimal += "&#" + std::to_string(int{digit}) + ";";
    hexadecimal += "&#x3" + std::string(1, digit) + ";";
    json += "\\u003" + std::string(1, digit);
  }
  const std::string spaced = "4111\t1111\t1111\t1111", beside = " caf\xE9 &#228;\\u00e4 \xA0";
  for (const std::string& written : {decimal, hexadecimal, json, spaced}) {
    const std::string text = "<Note>" + beside + written + beside + "</Note>\n";
    CHECK(masked_in_pieces(text, 1000) ==
          "<Note>" + beside + "************1111" + beside + "</Note>\n");
  }
}

TEST_CASE("base64 in lines with a card number in it leaves nothing of it, wherever it is cut",
          "[F47]") {
  std::string line =
      "YSBsZXR0ZXIgb2Ygc29tZSBsZW5ndGggdG8gYSBzaG9wIHRoYXQgaGFzIGEgbGluZSAg";  // 68 of text
  const std::string head = "Content-Transfer-Encoding: base64\n\n";
  const std::string end_of_it = "Y2FyZD00MTExMTExMTExMTExMTEx\n";  // card=4111111111111111
  for (const std::size_t before : {std::size_t{0}, std::size_t{65'400}, std::size_t{65'500}}) {
    std::string text;
    while (text.size() < before) text += "a row of text\n";
    text += head;
    for (int i = 0; i < 5; ++i) text += line + "\n";
    text += end_of_it;
    while (text.size() < 140'000) text += "a row of text\n";
    const std::string out = masked_in_pieces(text, 999);
    CHECK(out.find("Y2FyZD00MTEx") == std::string::npos);
    CHECK(out.find("YSBsZXR0") == std::string::npos);
    CHECK(out.find(head + "****\na row") != std::string::npos);
  }
}

TEST_CASE("what cannot be looked into is not copied", "[F48]") {
  MaskedText binary;
  binary.add(std::string_view("a\0b", 3), true);
  CHECK(binary.failed());
  for (const char* header : {"sku,cvv\n", "sku;\"PIN\"\n"}) {
    MaskedText secret;
    secret.add(header, true);
    CHECK(secret.failed());
  }
}

}  // namespace
}  // namespace storeward::file_drop
