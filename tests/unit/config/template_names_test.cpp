// Conditions and values that have a name in a template.
#include "tests/unit/config/template_fixture.h"

using namespace storeward;
using namespace storeward::config;

TEST_CASE("a condition has a name where it is used more than once", "[mapping]") {
  const std::string text = std::string(head) +
                           "[conditions]\nvoid={path='status', equals=['V','C']}\n"
                           "good={is='void', not=true}\n"
                           "[[ignore]]\nwhen={is='void'}\nreason='voided'\n" +
                           scan + "when={is='good'}\n";
  CHECK(map(text, {{"status", "C"}}).ignored == "voided");
  CHECK(map(text, {{"no", "1"}, {"code", "c"}, {"time", "2026-11-20"}}).events.size() == 1);
  CHECK_THAT(refused(text + "flags=[{when={is='bad'}, flag='x'}]\n"),
             Catch::Contains("there is no \"bad\" in [conditions]"));
  CHECK_THAT(refused(std::string(head) + "[conditions]\na={is='b'}\nb={is='a'}\n" + scan),
             Catch::Contains("comes back to itself"));
}

TEST_CASE("a value has a name where it is used more than once", "[mapping]") {
  const std::string named = "[named]\nsku={first=['sku', {named='other'}]}\nother='code'\n";
  const std::string event =
      "[[event]]\ntype='retail.scan.observed.v1'\nkey=[{named='sku'}]\n[event.data]\n"
      "raw={named='sku'}\nat={const='2026-11-20T09:15:02Z'}\n";
  const auto mapped = map(std::string(head) + named + event, {{"code", "c-7"}});
  REQUIRE(mapped.events.size() == 1);
  CHECK_THAT(mapped.events[0], Catch::Contains("\"raw\":\"c-7\""));
  CHECK_THAT(refused(std::string(head) + event), Catch::Contains("there is no \"sku\" in [named]"));
  CHECK_THAT(refused(std::string(head) + "[named]\na={named='b'}\nb={named='a'}\n" + event),
             Catch::Contains("comes back to itself"));
}

TEST_CASE("what is found from the root is the same at each row, what is found from the row is not",
          "[mapping]") {
  const auto mapped = map_rows(
      "[conditions]\nlow={path='n', less=2}\n[named]\nall={sum='/row', of='n'}\n"
      "[[event]]\ntype='retail.scan.observed.v1'\nkey=['no', {index=true}]\neach='row'\n"
      "flags=[{when={count='/row', where={is='low'}, greater=0}, flag='someLow'}, "
      "{when={is='low'}, flag='low'}, {when={all=[{count='/row', greater=1}, {index=true, "
      "equals='2'}]}, "
      "flag='second'}]\n"
      "[event.data]\nraw={const='r'}\nat={const='2026-11-20T09:15:02Z'}\n"
      "a={subtract=[{named='all'}, 'n'], as='decimal'}\n",
      {"1", "2", "3"});
  REQUIRE(mapped.events.size() == 3);
  const auto flags = [&](std::size_t i) {
    const std::string& event = mapped.events[i];
    const auto at = event.find("\"flags\":");
    return event.substr(at + 8, event.find(']', at) - at - 7);
  };
  CHECK(flags(0) == R"(["someLow","low"])");
  CHECK(flags(1) == R"(["someLow","second"])");
  CHECK(flags(2) == R"(["someLow"])");
  CHECK_THAT(mapped.events[0], Catch::Contains("\"a\":\"5\""));
  CHECK_THAT(mapped.events[2], Catch::Contains("\"a\":\"3\""));
}

TEST_CASE("what has a name is worked out once for a row and yet as for each place", "[mapping]") {
  const std::string rule =
      "type='retail.scan.observed.v1'\nkey=['no', {index=true}]\neach='row'\nwhen={is='wanted'}\n"
      "[event.data]\nraw={const='r'}\nat={const='2026-11-20T09:15:02Z'}\n"
      "a={add=[{named='owed'}], as='decimal'}\n";
  SECTION("by the place it counts from") {
    const auto mapped = map_rows(
        "[conditions]\nwanted={path='n', greater=1}\n[named]\nowed={multiply=['n','n']}\n"
        "[[event]]\n" +
            rule,
        {"1", "2", "3"});
    REQUIRE(mapped.events.size() == 2);
    CHECK_THAT(mapped.events[0], Catch::Contains("\"a\":\"4\""));
    CHECK_THAT(mapped.events[1], Catch::Contains("\"a\":\"9\""));
  }
  SECTION("the index is another one for each asker") {
    const auto mapped = map_rows(
        "[conditions]\nwanted={index=true, equals='2'}\n[named]\n"
        "owed={add=[{index=true}, 'n']}\n[[event]]\n" +
            rule,
        {"5", "6", "7"});
    REQUIRE(mapped.events.size() == 1);
    CHECK_THAT(mapped.events[0], Catch::Contains("\"a\":\"8\""));
  }
  SECTION("what cannot be read is told wherever it is asked for") {
    const std::string names = "[conditions]\nwanted={path='n', greater=1}\n[named]\nowed='n'\n";
    const auto some = map_rows(names + "[[event]]\n" + rule, {"2", "x"});
    CHECK_THAT(some.fault, Catch::Contains("\"x\" is not a number"));
    CHECK(some.events.size() == 1);
    // Whether the record counts at all cannot be told.
    const auto none =
        map_rows(names + "[[ignore]]\nwhen={count='row', where={is='wanted'}, greater=5}\n" +
                     "reason='many'\n[[event]]\n" + rule,
                 {"2", "x"});
    CHECK_THAT(none.fault, Catch::Contains("\"x\" is not a number"));
    CHECK(none.events.empty());
  }
}

TEST_CASE("conditions named within named ones come to an end, whichever is read first",
          "[mapping]") {
  // A chain of `links`: each asks for the next, the last one for a column.
  const auto chain = [](int links, bool last_is_read_first) {
    const auto name = [&](int link) {
      const std::string number = std::to_string(last_is_read_first ? 999 - link : 100 + link);
      return "c" + number;
    };
    std::string text = "[conditions]\n";
    for (int link = 1; link < links; ++link) {
      text += name(link) + "={is='" + name(link + 1) + "'}\n";
    }
    text += name(links) + "={path='code', present=true}\n";
    return refused(head + text + scan + "when={is='" + name(1) + "'}\n");
  };
  for (const bool last_is_read_first : {true, false}) {
    CHECK(chain(16, last_is_read_first) == "accepted");
    CHECK_THAT(chain(17, last_is_read_first), Catch::Contains("comes back to itself"));
    CHECK_THAT(chain(800, last_is_read_first), Catch::Contains("comes back to itself"));
  }
}
