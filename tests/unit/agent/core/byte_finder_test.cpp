#include "agent/core/byte_finder.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "tests/support/seed.h"

using namespace storeward;

namespace {

// Against a look at each byte, from every place, on texts shorter and longer than a block.
template <typename Class>
void check_against_each_byte(std::mt19937_64& random, bool (*belongs)(char)) {
  for (int round = 0; round < 200; ++round) {
    std::string text(random() % 200, '\0');
    const bool sparse = random() % 2 == 0;
    for (char& c : text) c = sparse && random() % 16 != 0 ? '\xFE' : static_cast<char>(random());
    ByteFinder<Class> finder(text);
    std::size_t count = 0;
    for (const char c : text) count += belongs(c);
    for (std::size_t from = 0; from <= text.size(); from += 1 + random() % 9) {
      std::size_t next = from, end = from;
      while (next < text.size() && !belongs(text[next])) ++next;
      while (end < text.size() && belongs(text[end])) ++end;
      INFO("from " << from << " of " << text.size());
      REQUIRE(finder.next(from) == next);
      REQUIRE(finder.end_of_run(from) == end);
    }
    REQUIRE(ByteFinder<Class>(text).count() == count);
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_base64_letter(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
         c == '/' || c == '_';
}
bool is_secret_initial(char c) {
  return c != '\0' && std::string_view("cpsCPS").find(c) != std::string_view::npos;
}

}  // namespace

TEST_CASE("bytes of a class are found where they stand", "[byte_finder]") {
  std::mt19937_64 random(testing::announced_seed("byte finder"));
  check_against_each_byte<Digits>(random, is_digit);
  check_against_each_byte<Base64Letters>(random, is_base64_letter);
  check_against_each_byte<SecretInitials>(random, is_secret_initial);
}

TEST_CASE("an empty text has no bytes of any class", "[byte_finder]") {
  ByteFinder<Digits> finder("");
  CHECK(finder.next(0) == 0);
  CHECK(finder.end_of_run(0) == 0);
  CHECK(finder.count() == 0);
}
