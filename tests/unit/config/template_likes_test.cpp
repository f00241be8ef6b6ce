#include "config/template_likes.h"

#include <catch2/catch.hpp>

#include <algorithm>

#include "config/template_file.h"

using namespace storeward;
using namespace storeward::config;

namespace {

// The data of the scan stand in line 10, from column 8 on.
const std::string scan = R"([template]
name = "till"
version = "7"
[format]
kind = "csv"
[[event]]
name = "scan"
type = "retail.scan.observed.v1"
key = ["no"]
data = {raw = "code", at = "time"}
)";

std::string refused(const std::string& text) {
  const auto made = compile_template(text, "till.toml", "");
  return made ? "accepted" : to_text(made.error());
}

}  // namespace

TEST_CASE("a mistake in what an event takes over has the place where that stands", "[mapping]") {
  // What a scan says is too little for a sale; the third takes it over by way of the second.
  const std::string words = refused(scan + R"([[event]]
name = "sale"
like = "scan"
type = "retail.sale.completed.v1"
[[event]]
name = "again"
like = "sale"
)");
  INFO(words);
  for (const char* event : {"sale", "again"}) {
    const std::string told =
        "till.toml:10:8: data.saleKey: this type of event must have it; so it is in [[event]] \"" +
        std::string(event) + "\", which takes it over by `like`\n";
    CHECK(words.find(told) != std::string::npos);
  }
  CHECK(words.find("default") == std::string::npos);  // as a problem without a place is told
}

TEST_CASE("a mistake of an event is told once, whatever is like it", "[mapping]") {
  const std::string words =
      refused(scan + "colour = 1\n[[event]]\nname = \"b\"\nlike = \"scan\"\n");
  CHECK(words == "till.toml:11:10: \"colour\" is not known here\n");
}

TEST_CASE("what is taken over from a template that is extended is placed in its file",
          "[mapping]") {
  const std::string words = refused(R"([template]
name = "shop"
version = "1"
extends = "csv-sales"
[[event]]
name = "mine"
like = "sale"
type = "retail.scan.observed.v1"
)");
  INFO(words);
  CHECK(words.find("shipped:csv-sales.toml:") == 0);
  CHECK(words.find("in [[event]] \"mine\"") != std::string::npos);
}
