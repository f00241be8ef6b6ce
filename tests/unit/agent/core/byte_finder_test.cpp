#include "agent/core/byte_finder.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "agent/core/field_names.h"
#include "tests/support/seed.h"

using namespace storeward;

namespace {

// Against a look at each byte, from every place, on texts shorter and longer than a block.
template <typename Class>
void check_against_each_byte(std::mt19937_64& random, bool (*belongs)(std::string_view)) {
  for (int round = 0; round < 200; ++round) {
    std::string text(random() % 200, '\0');
    const bool sparse = random() % 2 == 0;
    for (char& c : text) c = sparse && random() % 16 != 0 ? '\xFE' : static_cast<char>(random());
    const auto from_place = [&text, belongs](std::size_t at) {
      return belongs(std::string_view(text).substr(at));
    };
    ByteFinder<Class> finder(text);
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) count += from_place(i);
    for (std::size_t from = 0; from <= text.size(); from += 1 + random() % 9) {
      std::size_t next = from, end = from;
      while (next < text.size() && !from_place(next)) ++next;
      while (end < text.size() && from_place(end)) ++end;
      INFO("from " << from << " of " << text.size());
      REQUIRE(finder.next(from) == next);
      REQUIRE(finder.end_of_run(from) == end);
    }
    REQUIRE(ByteFinder<Class>(text).count() == count);
  }
}

bool one_of(std::string_view characters, char c) {
  return characters.find(c) != std::string_view::npos;
}
bool is_digit(std::string_view text) {
  return text[0] >= '0' && text[0] <= '9';
}
bool is_base64_letter(std::string_view text) {
  const char c = text[0];
  return is_digit(text) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || one_of("+-/_", c);
}
bool is_escape_beginning(std::string_view text) {
  return one_of("\\&%\xD9\xDB\xEF", text[0]);
}
bool is_secret_beginning(std::string_view text) {
  return text.size() > 2 && one_of("cempstvCEMPSTV", text[0]) && one_of("aeinrvAEINRV", text[1]) &&
         one_of("acdgnrvACDGNRV", text[2]);
}

}  // namespace

TEST_CASE("bytes of a class are found where they stand", "[byte_finder]") {
  std::mt19937_64 random(testing::announced_seed("byte finder"));
  check_against_each_byte<Digits>(random, is_digit);
  check_against_each_byte<Base64Letters>(random, is_base64_letter);
  check_against_each_byte<EscapeBeginnings>(random, is_escape_beginning);
  check_against_each_byte<SecretBeginnings>(random, is_secret_beginning);
}

TEST_CASE("where the name of any secret stands is found", "[byte_finder][P4]") {
  for (const auto& [name, form] : secret_names()) {
    INFO(name);
    CHECK(ByteFinder<SecretBeginnings>(name).next(0) == 0);
  }
}

TEST_CASE("an empty text has no bytes of any class", "[byte_finder]") {
  ByteFinder<Digits> finder("");
  CHECK(finder.next(0) == 0);
  CHECK(finder.end_of_run(0) == 0);
  CHECK(finder.count() == 0);
}
