#include <catch2/catch.hpp>

#include "drivers/formats/source_window.h"
#include "tests/support/seed.h"
#include "tests/unit/drivers/formats/decoded_source.h"

namespace storeward {
namespace {

using testing::checked;
using testing::DecodedItem;
using testing::faults_of;
using testing::records_of;
using testing::says;
using Strings = std::vector<std::string>;

FormatOptions json(std::string records = "", std::string kind = "json") {
  FormatOptions options;
  options.kind = std::move(kind);
  options.records = std::move(records);
  return options;
}

std::string record_of(std::string_view source) {
  const auto items = checked(json(), source);
  INFO(source);
  for (const std::string& fault : faults_of(items)) UNSCOPED_INFO(fault);
  REQUIRE(records_of(items).size() == 1);
  return records_of(items)[0];
}

TEST_CASE("JSON: members by name, arrays as repeated children, null is absent") {
  CHECK(record_of(R"({"id":7,"ok":true,"no":false,"gone":null,"s":"a\"\u00e4\n","o":{"x":"y"},
                     "empty":{},"none":[],"lines":[{"sku":"A"},{"sku":"B"}],"tags":["t",null,"u"],
                     "deep":[[1,2],[],[3]]})") ==
        "id=7 ok=true no=false s=a\"\u00E4\n o{x=y} empty lines{sku=A} lines{sku=B} tags=t tags=u "
        "deep{deep=1 deep=2} deep deep{deep=3}");
}

TEST_CASE("JSON: numbers keep their text") {
  CHECK(record_of(
            R"({"a":1.10,"b":-0.0,"c":1e400,"d":123456789012345678901234567890,"e":0.1E-7 })") ==
        "a=1.10 b=-0.0 c=1e400 d=123456789012345678901234567890 e=0.1E-7");
}

TEST_CASE("JSON: each element of a top-level array is a record, and each document") {
  const auto items =
      checked(json(), " [ {\"a\":1} ,\n{\"a\":2},3 ]\n{\"a\":4}{\"a\":5}\t[]\"six\" 7");
  CHECK(records_of(items) == Strings{"a=1", "a=2", "3", "a=4", "a=5", "six", "7"});
  CHECK(faults_of(items).empty());
  CHECK(items[1].place.line == 2);
  CHECK(items[1].raw == "{\"a\":2}");
  CHECK(checked(json(), "").empty());
  CHECK(checked(json(), "\xEF\xBB\xBF [1]").size() == 1);
}

TEST_CASE("JSON: an element that is not readable is a fault, and the next goes on") {
  for (const std::string_view broken : {"{\"a\":01}",
                                        "{\"a\":1,}",
                                        "{\"a\" 1}",
                                        "{\"a\":tru}",
                                        "{\"a\":\"\\x\"}",
                                        "{\"a\":\"\xFF\"}",
                                        "{\"a\":\"\x01\"}",
                                        "{\"a\":1 \"b\":2}",
                                        "{\"a\":.5}",
                                        "{\"a\":1.}",
                                        "{\"a\":nul}",
                                        "[1,]",
                                        "{\"a\":1,\"b\":2,\"a\":3}",
                                        "{'a':1}",
                                        "nope",
                                        "{a:1}",
                                        "{\"a\":\"\\ud800\"}",
                                        "{\"a\":}",
                                        "{\"a\":1e}",
                                        "{\"a\":-}",
                                        "{\"a\":+1}",
                                        "{\"a\":{\"b\":1,\"b\":1}}",
                                        "{,}"}) {
    const auto items = checked(json(), "[{\"n\":1},\n" + std::string(broken) + ",{\"n\":3}]");
    INFO(broken);
    CHECK(records_of(items) == Strings{"n=1", "n=3"});
    REQUIRE(faults_of(items).size() == 1);
    CHECK(items[1].raw == broken);
    CHECK(items[1].words.starts_with("line 2: "));
  }
}

TEST_CASE("JSON: commas that are missing or too many are faults of their own") {
  const auto items = checked(json(), "[,1,,2 3,]4,5");
  CHECK(records_of(items) == Strings{"1", "2", "3", "4", "5"});
  CHECK(faults_of(items).size() == 5);
}

TEST_CASE("JSON: where no cut is sure the rest is one fault") {
  for (const std::string_view rest :
       {"{\"a\":[1}]", "{\"a\":\"x},{\"n\":3}]", "{\"a\":1", "}", "]]", ":", "\"abc"}) {
    const auto items = checked(json(), "[{\"n\":1}," + std::string(rest));
    INFO(rest);
    CHECK(records_of(items) == Strings{"n=1"});
    CHECK(!items.back().is_record);
  }
  CHECK(says(faults_of(checked(json(), "[1,2"))[0], "cut short"));
  CHECK(says(faults_of(checked(json(), std::string("{\0\"\0", 4)))[0], "UTF-16"));
  for (const char* xml : {"<a>[1]</a>", "\xEF\xBB\xBF<a/>"}) {
    CHECK(faults_of(checked(json(), xml)).size() == 1);
    CHECK(says(faults_of(checked(json(), xml))[0], "XML, not JSON"));
  }
}

TEST_CASE("JSON: of what is refused as a whole the text is kept") {
  CHECK(checked(json(), "<order>4711</order>").front().raw == "<order>4711</order>");
  const std::string much = "<a>" + std::string(refused_bytes + 70'000, 'x');
  CHECK(checked(json(), much).front().raw == much.substr(0, refused_bytes));
}

TEST_CASE("JSON: depth, richness and length of a record are bounded") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + "1" + std::string(depth, ']');
  };
  // The outer array is the source's, not the record's.
  CHECK(faults_of(checked(json(), "[" + nested(64) + ",1]")).empty());
  CHECK(
      says(faults_of(checked(json(), "[" + nested(65) + ",1]"))[0], "deeper than the limit of 64"));
  CHECK(records_of(checked(json(), "[" + nested(9000) + ",1]")) == Strings{"1"});
  CHECK(says(faults_of(checked(json(), "[" + nested(20000) + ",1]"))[0], "10000 brackets"));

  std::string crowd = "[[1";
  for (std::size_t i = 0; i < Record::max_nodes; ++i) crowd += ",1";
  CHECK(says(faults_of(checked(json(), crowd + "]]"))[0], "200000 values"));

  FormatOptions options = json();
  options.max_record_bytes = 100;
  const auto items = checked(options, "[{\"a\":\"" + std::string(500, 'x') + "\"},{\"a\":2}" +
                                          std::string(500, ' ') + ",{\"a\":3}]");
  CHECK(records_of(items) == Strings{"a=2", "a=3"});
  CHECK(items[0].raw.size() == 100);
}

constexpr std::string_view events = R"({
  "@context": ["https://x", {"ext": "https://y"}],
  "epcisBody": {
    "note": "n",
    "eventList": [ {"type":"ObjectEvent"},
      {"type":"ObjectEvent","q":1.50} ]
  },
  "schemaVersion": "2.0", "gone": null, "nested": {"x": 1}
})";

TEST_CASE("JSON: the array at a path gives the records, the document's scalars go with each") {
  const auto items = checked(json("epcisBody/eventList"), events);
  CHECK(records_of(items) ==
        Strings{"type=ObjectEvent document{@context=https://x schemaVersion=2.0 note=n}",
                "type=ObjectEvent q=1.50 document{@context=https://x schemaVersion=2.0 note=n}"});
  CHECK(items[1].place.line == 6);
}

// The hashes are those of pre-hash texts written by hand.
TEST_CASE("JSON: an event of EPCIS without an eventID gets its event hash") {
  FormatOptions options = json("epcisBody/eventList");
  options.event_hash = true;
  const std::string event =
      R"("type":"ObjectEvent","eventTime":"2026-11-20T09:15:00+01:00","eventTimeZoneOffset":"+01:00")";
  const auto hash_of = [](const DecodedItem& item) {
    constexpr std::string_view name = "eventHash=ni:///sha-256;";
    const std::size_t at = item.words.find(name);
    return at == std::string::npos ? "" : item.words.substr(at + name.size(), 8);
  };
  // The context may stand behind the events, and does not hold for the next document.
  const auto items = checked(
      options, R"({"epcisBody":{"eventList":[{)" + event + "},{" + event +
                   R"(,"eventID":"urn:x"},{)" + event + R"(,"shop:a":1},{)" + event +
                   R"(,"other:a":1},{"note":1}]},)" +
                   R"("@context":["https://x",{"shop":"https://shop.example/ns/"}]} {)" + event +
                   R"(,"shop:a":1} {"@context":{"shop":"https://shop.example/ns/"},)" + event +
                   R"(,"shop:a":1})");
  REQUIRE(items.size() == 7);
  CHECK(hash_of(items[0]) == "5567798d");
  CHECK(hash_of(items[1]).empty());
  CHECK(hash_of(items[2]) == "29c5698e");
  CHECK(hash_of(items[3]).empty());  // a prefix that nobody declares
  CHECK(hash_of(items[4]).empty());
  CHECK(hash_of(items[5]).empty());
  CHECK(hash_of(items[6]) == hash_of(items[2]));
  options.event_hash = false;
  CHECK(hash_of(checked(options, "{" + event + "}")[0]).empty());
}

TEST_CASE("JSON: documents with a path, whatever they hold") {
  const FormatOptions options = json("body/list");
  CHECK(records_of(checked(options, "{\"body\":{\"list\":{\"a\":1}}}")) == Strings{"a=1"});
  CHECK(records_of(checked(options, "{\"type\":\"lone\"}")) == Strings{"type=lone"});
  CHECK(records_of(
            checked(options, "[{\"body\":{\"list\":[1]},\"v\":1} {\"body\":{\"list\":[2]}}]")) ==
        Strings{"1{document{v=1}}", "2"});
  CHECK(checked(options, "{\"body\":{\"list\":[]}}").empty());
  CHECK(says(faults_of(checked(options, "{\"body\":{\"other\":[]}}"))[0], "no array is there"));
  CHECK(says(faults_of(checked(options, "{\"body\":{\"list\":3}}"))[0], "no array is there"));
  CHECK(faults_of(checked(options, "{\"body\":{\"list\":[1]},}")).size() == 1);
  CHECK(faults_of(checked(options, "{\"body\":{\"list\":[1]},\"body\":2}")).size() == 1);
  const auto items = checked(options, "{\"body\":{\"list\":[1,{\"a\":01},,3]}}");
  CHECK(records_of(items) == Strings{"1", "3"});
  CHECK(faults_of(items).size() == 2);
}

TEST_CASE("JSON options that are not understood are refused") {
  CHECK_FALSE(make_decoder(json("/a")).has_value());
  CHECK_FALSE(make_decoder(json("a//b")).has_value());
  CHECK_FALSE(make_decoder(json("a", "ndjson")).has_value());
  CHECK(says(make_decoder(json("", "yaml")).error().message, "json"));
}

TEST_CASE("NDJSON: each line is a record, whatever the others hold") {
  const auto items =
      checked(json("", "ndjson"),
              "\xEF\xBB\xBF{\"a\":1}\r\n\n  {\"a\":2} \n{\"a\":\n[{\"a\":4}]\n{\"a\":5}");
  CHECK(records_of(items) == Strings{"a=1", "a=2", "{a=4}", "a=5"});
  REQUIRE(faults_of(items).size() == 1);
  CHECK(faults_of(items)[0].starts_with("line 4: "));
  FormatOptions options = json("", "ndjson");
  options.max_record_bytes = 64;
  CHECK(records_of(checked(options, "[\"" + std::string(200, 'x') + "\"]\n1\n")) == Strings{"1"});
}

std::string source_by_chance(support::Random& random) {
  static const Strings pieces = {
      "{",           "}",
      "[",           "]",
      ",",           ":",
      "\"",          "\\",
      "1",           "-0.10",
      "true",        "null",
      " ",           "\n",
      "\"a\"",       "\"list\":",
      "{\"a\":1}",   "{\"a\":[1,2]}",
      "\"\\u00e4\"", "{\"list\":[1,{\"b\":2}]}",
      "\xC3\xA4",    "{\"list\":[",
      "]}",          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"};
  std::string source = random.chance(0.5) ? "[" : "";
  for (std::uint64_t i = random.below(20); i > 0; --i) {
    source += random.chance(0.4) ? "{\"a\":1}," : pieces[random.below(pieces.size())];
  }
  return random.chance(0.5) ? source + "]" : source;
}

TEST_CASE("JSON gives the same in any slices, and says rightly where everything stands") {
  support::Random random(testing::announced_seed("json slices"));
  for (int round = 0; round < 3000; ++round) {
    const std::string source = source_by_chance(random);
    FormatOptions options = random.chance(0.3)   ? json("list")
                            : random.chance(0.3) ? json("", "ndjson")
                                                 : json();
    options.max_record_bytes = random.chance(0.5) ? 64 : 4096;
    INFO(options.kind << " " << options.records << "\n" << source);
    const auto whole = checked(options, source);
    CHECK(testing::decoded_by_chance(options, source, random) == whole);
  }
}

}  // namespace
}  // namespace storeward
