#include "agent/core/json_text.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <random>

#include "tests/support/seed.h"

using namespace storeward;

namespace {
std::string written(std::string_view text) {
  std::string out;
  json_text::append_string(out, text);
  return out;
}
}  // namespace

TEST_CASE("what must be escaped is escaped and the rest is left alone", "[json_text]") {
  CHECK(written("a\"b\\c\n\t\x01 \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") ==
        "\"a\\\"b\\\\c\\n\\t\\u0001 \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST_CASE("bytes that are no UTF-8 become the replacement character", "[json_text]") {
  for (const std::string_view bad :
       {"\xff", "\xc0\xaf", "\xe2\x82", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    CHECK(nlohmann::json::accept(written(bad)));
    CHECK(written(bad).find("\xEF\xBF\xBD") != std::string::npos);
  }
}

TEST_CASE("any bytes make valid JSON", "[json_text]") {
  std::mt19937_64 random(storeward::testing::announced_seed("json text"));
  for (int round = 0; round < 5'000; ++round) {
    std::string bytes(random() % 12, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    REQUIRE(nlohmann::json::accept(written(bytes)));
  }
}

TEST_CASE("what must be escaped is escaped wherever it stands in a long text", "[json_text]") {
  for (int byte = 0; byte < 0x80; ++byte) {
    for (std::size_t at = 0; at < 20; ++at) {
      std::string text(20, 'x');
      text[at] = static_cast<char>(byte);
      REQUIRE(nlohmann::json::parse(written(text)).get<std::string>() == text);
    }
  }
}
