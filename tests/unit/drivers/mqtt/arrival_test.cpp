#include "drivers/mqtt/arrival.h"

#include <catch2/catch.hpp>

#include "config/forms.h"
#include "drivers/exec/protocol.h"

using namespace storeward;
using mqtt_source::delivery_line;

namespace {

std::unique_ptr<exec::Handed> read(const std::string& line) {
  auto word = exec::read_word(line);
  REQUIRE(word);
  return std::move(std::get<std::unique_ptr<exec::Handed>>(*word));
}

}  // namespace

TEST_CASE("A message is a delivery with its payload and the levels of its topic", "[mqtt_source]") {
  const auto handed = read(
      delivery_line({.topic = "reader/dock-7//tags", .payload = std::string("\0\xff{", 3)}, 9));
  CHECK(handed->id == "message 9");
  CHECK(handed->file == "reader/dock-7//tags");
  CHECK(handed->body == std::string("\0\xff{", 3));
  CHECK(handed->values == mapping::Given{{"topic", "reader/dock-7//tags"},
                                         {"topic.1", "reader"},
                                         {"topic.2", "dock-7"},
                                         {"topic.3", ""},
                                         {"topic.4", "tags"},
                                         {"retained", "false"}});
}

TEST_CASE("A topic of any length makes a delivery that the agent takes", "[mqtt_source]") {
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += "x/";
  const auto handed = read(delivery_line({.topic = deep, .payload = "", .retained = true}, 1));
  CHECK(handed->values.size() == 22);
  CHECK(handed->values.at("retained") == "true");
  CHECK(handed->values.at("topic").size() == 1024);
  std::string odd = "x";
  for (int i = 0; i < 600; ++i) odd += "\u00e4";  // a letter stands where it is cut
  CHECK(read(delivery_line({.topic = odd, .payload = ""}, 1))->values.at("topic").size() == 1023);
}

TEST_CASE("What may be subscribed to", "[config]") {
  for (const char* good : {"a", "#", "+", "a/+/b", "a/#", "/", "+/+", "$share/x/a"}) {
    INFO(good);
    CHECK(config::is_topic_filter(good));
  }
  for (const char* bad : {"", "a/#/b", "a#", "a/b#", "+a/b", "a/b+", "##"}) {
    INFO(bad);
    CHECK_FALSE(config::is_topic_filter(bad));
  }
}
