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
