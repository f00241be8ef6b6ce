#include "agent/core/event_differences.h"

#include <catch2/catch.hpp>

using namespace storeward;

namespace {

constexpr const char* earlier =
    R"({"stream":"sales","epoch":"E","sequence":"00017","recordedtime":"2026-11-20T09:15:03Z",)"
    R"("partitionkey":"s/3","specversion":"1.0","id":"a","source":"/t/s/a/till-3","type":"x",)"
    R"("data":{"gross":1523,"lines":[{"sku":"A"},{"sku":"B"}],"note":"n",)"
    R"("origin":{"file":"a.csv"},"quality":{"flags":["outOfOrder"]}}})";

std::string later(const std::string& data) {
  return R"({"specversion":"1.0","id":"a","source":"till-3","type":"x","data":)" + data + "}";
}

std::vector<std::string> told(const std::string& data) {
  const auto found = event_differences(earlier, later(data));
  REQUIRE(found);
  std::vector<std::string> lines;
  for (const FieldDifference& field : found->fields) {
    lines.push_back(field.field + ": " + (field.earlier ? field.earlier->dump() : "-") + " -> " +
                    (field.later ? field.later->dump() : "-"));
  }
  return lines;
}

}  // namespace

TEST_CASE("what differs between two versions of an event is named field by field", "[exceptions]") {
  CHECK(told(R"({"gross":999,"lines":[{"sku":"A"},{"sku":"C"},{"sku":"D"}],"tip":1})") ==
        std::vector<std::string>{R"(data.gross: 1523 -> 999)", R"(data.lines[1].sku: "B" -> "C")",
                                 R"(data.lines[2]: - -> {"sku":"D"})", R"(data.note: "n" -> -)",
                                 R"(data.tip: - -> 1)"});
  CHECK(told(R"({"gross":1523,"lines":[{"sku":"A"}],"note":"n"})") ==
        std::vector<std::string>{R"(data.lines[1]: {"sku":"B"} -> -)"});
}

TEST_CASE("how an event was read or sent is no difference", "[exceptions]") {
  const std::string same = R"("gross":1523,"lines":[{"sku":"A"},{"sku":"B"}],"note":"n")";
  CHECK(told("{" + same + R"(,"origin":{"file":"b.csv"},"quality":{"flags":["outOfOrder"]}})")
            .empty());
  CHECK(told("{" + same + "}") ==
        std::vector<std::string>{R"(data.quality: {"flags":["outOfOrder"]} -> -)"});
}

TEST_CASE("what is no event is not compared, and a flood of differences is cut", "[exceptions]") {
  CHECK_FALSE(event_differences(earlier, "17;4.90"));
  CHECK_FALSE(event_differences(earlier, R"({"no":"17"})"));
  CHECK_FALSE(event_differences(earlier, std::string(1000, '[')));
  std::string many = "{";
  for (int i = 0; i < 200; ++i) many += (i ? ",\"m" : "\"m") + std::to_string(i) + "\":1";
  const auto found = event_differences(earlier, later(many + "}"));
  REQUIRE(found);
  CHECK(found->fields.size() == EventDifferences::most);
  CHECK(found->more);
}
