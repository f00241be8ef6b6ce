#include "agent/cli/money_text.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>

using storeward::cli::money_text;

TEST_CASE("money is shown with the decimals of its currency", "[cli]") {
  CHECK(money_text(1523, "GBP") == "GBP 15.23");
  CHECK(money_text(123456789, "GBP") == "GBP 1,234,567.89");
  CHECK(money_text(5, "EUR") == "EUR 0.05");
  CHECK(money_text(0, "EUR") == "EUR 0.00");
  CHECK(money_text(-7, "EUR") == "EUR -0.07");
  CHECK(money_text(1523, "JPY") == "JPY 1,523");
  CHECK(money_text(1523, "KWD") == "KWD 1.523");
  CHECK(money_text(1523, "CLF") == "CLF 0.1523");
  CHECK(money_text(1523, "UYW") == "UYW 0.1523");
  CHECK(money_text(std::numeric_limits<std::int64_t>::min(), "EUR") ==
        "EUR -92,233,720,368,547,758.08");
}
