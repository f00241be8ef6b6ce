#include "drivers/exec/protocol.h"

#include <catch2/catch.hpp>

#include "agent/core/record_json.h"

using namespace storeward;
using namespace storeward::exec;

namespace {

std::unique_ptr<Handed> handed(std::string_view line) {
  auto word = read_word(line);
  REQUIRE(word);
  auto* const found = std::get_if<std::unique_ptr<Handed>>(&*word);
  REQUIRE(found != nullptr);
  return std::move(*found);
}

std::string why_unreadable(std::string_view line) {
  const auto word = read_word(line);
  REQUIRE(word);
  const auto* const found = std::get_if<Unreadable>(&*word);
  REQUIRE(found != nullptr);
  CHECK(found->id == "7");
  return found->reason;
}

}  // namespace

TEST_CASE("A delivery is read with all that may stand in it", "[exec]") {
  const auto body = handed(R"({"id":"7","file":"f","values":{"a":"1","b":"2"},"body":"x\ny",)"
                           R"("cursor":{"key":"k","value":"v"}})");
  CHECK(body->id == "7");
  CHECK(body->file == "f");
  CHECK(body->values == mapping::Given{{"a", "1"}, {"b", "2"}});
  CHECK(body->body == "x\ny");
  REQUIRE(body->cursor);
  CHECK(body->cursor->key == "k");
  CHECK(body->cursor->value == "v");
  CHECK_FALSE(body->cursor->gone);

  CHECK(handed(R"({"id":"7","body_base64":"AP8="})")->body == std::string("\0\xff", 2));
  CHECK(handed(R"({"id":"7","body_base64":"QUJD"})")->body == "ABC");
  CHECK(handed(R"({"id":"7","cursor":{"key":"k","value":null}})")->cursor->gone);

  const auto records =
      handed(R"({"id":"7","records":[{"a":1,"b":[{"c":"x"},{"c":"y"}]},{"a":null}]})");
  REQUIRE(records->records.size() == 2);
  CHECK(record_json(records->records[0]) == R"({"a":"1","b":[{"c":"x"},{"c":"y"}]})");
  CHECK(record_json(records->records[1]) == "{}");
}

TEST_CASE("What is wrong with a delivery is said, and its id is known", "[exec]") {
  CHECK(why_unreadable(R"({"id":"7"})").find("nothing in it") != std::string::npos);
  CHECK(why_unreadable(R"({"id":"7","body":"a","record":{}})").find("one of body") == 0);
  CHECK(why_unreadable(R"({"id":"7","body":1})") == "body: a text is expected");
  CHECK(why_unreadable(R"({"id":"7","body_base64":"A"})") == "body_base64: this is no base64");
  CHECK(why_unreadable(R"({"id":"7","body_base64":"A*=="})") == "body_base64: this is no base64");
  CHECK(why_unreadable(R"({"id":"7","records":{}})").find("records: an array") == 0);
  CHECK(why_unreadable(R"({"id":"7","records":[{"a":1},5]})").find("records[1]: an object") == 0);
  CHECK(why_unreadable(R"({"id":"7","record":[]})").find("record: an object") == 0);
  CHECK(why_unreadable(R"({"id":"7","values":{"a":1},"body":""})").find("values: texts") == 0);
  CHECK(why_unreadable(R"({"id":"7","cursor":{"key":"\u0001","value":""}})").find("cursor: ") == 0);
  CHECK(why_unreadable(R"({"id":"7","cursor":{"key":"k","value":5}})").find("cursor: ") == 0);
  CHECK(why_unreadable(R"({"id":"7","body":"x)").find("no JSON") != std::string::npos);
}

TEST_CASE("A key that is not of the protocol, or stands twice, is named and not passed over",
          "[exec]") {
  const std::string unknown = why_unreadable(R"({"id":"7","body":"a","curser":{"key":"k"}})");
  CHECK_THAT(unknown, Catch::StartsWith("the key \"curser\" is unknown; a delivery has id, "));
  CHECK_THAT(why_unreadable(R"({"id":"7","cursor":{"key":"k","value":"v","until":"x"}})"),
             Catch::StartsWith("the key \"until\" is unknown; a cursor has key and value"));
  const std::string twice = ": this key stands twice in one object";
  CHECK(why_unreadable(R"({"id":"7","record":{"sum":"1","sum":"2"}})") == "record.sum" + twice);
  CHECK(why_unreadable(R"({"id":"7","records":[{"a":1},{"b":[{"c":1},{"c":1,"d":1,"c":2}]}]})") ==
        "records[1].b[1].c" + twice);
  CHECK(why_unreadable(R"({"id":"7","body":"a","id":"8"})") == "id" + twice);
  CHECK(why_unreadable(R"({"id":"7","body":"","values":{"a":"1","\u0061":"2"}})") ==
        "values.a" + twice);
  // What is a key of a record is for its template to say; the same key of two objects is none
  // twice.
  CHECK(handed(R"({"id":"7","records":[{"id":"1","x":{"id":"2"}},{"id":"3"}]})")->records.size() ==
        2);
  const std::string card = why_unreadable(R"({"id":"7","body":"a","4111111111111111 )" +
                                          std::string(100'000, 'x') + R"(":1})");
  CHECK(card.find("4111111111111111") == std::string::npos);
  CHECK(card.size() < 500);
}

TEST_CASE("The other words", "[exec]") {
  CHECK(std::get<Begun>(*read_word(R"({"begin":"7"})")).id == "7");
  CHECK(std::holds_alternative<Alive>(*read_word("{}")));
  const auto health = std::get<Health>(*read_word(R"({"health":"failing","detail":"d"})"));
  CHECK_FALSE(health.ok);
  CHECK(health.detail == "d");
  CHECK(std::get<Health>(*read_word(R"({"health":"ok"})")).ok);
  const auto question = std::get<Question>(*read_word(R"({"ask":"q","answers":["a","b"]})"));
  CHECK(question.text == "q");
  CHECK(question.answers == std::vector<std::string>{"a", "b"});
  CHECK(person_line("a") == "{\"answer\":\"a\"}\n");
  for (const char* line :
       {R"({"ask":"q"})", R"({"ask":"q","answers":[]})", R"({"ask":1,"answers":["a"]})",
        R"({"ask":"q","answers":[1]})", "debug", "[]", "7", R"({"x":1})", R"({"health":"so so"})",
        R"({"id":""})", R"({"id":7,"body":"x"})", R"({"begin":7})"}) {
    INFO(line);
    CHECK_FALSE(read_word(line));
  }
  CHECK_FALSE(read_word(R"({"id":")" + std::string(257, 'x') + R"(","body":""})"));
}

TEST_CASE("The id at the start of a line that cannot be read", "[exec]") {
  CHECK(id_at_start(R"({"id":"7","body)") == "7");
  CHECK(id_at_start(R"( { "id" : "7" )") == "7");
  CHECK(id_at_start(R"({"body":"x","id":"7")").empty());
  CHECK(id_at_start(R"({"id":"7\")").empty());
  CHECK(id_at_start(R"({"id":"7)").empty());
  CHECK(id_at_start("").empty());
}

TEST_CASE("The hello and the answers are JSON as documented", "[exec]") {
  CHECK(hello_line({.driver = "d",
                    .cursors = {{.driver = "d", .key = "k\"", .value = "v"}},
                    .skip = {"1", "2"},
                    .settings = {"a=b=c", "e="},
                    .max_line_bytes = 9}) ==
        R"({"hello":1,"driver":"d","max_line_bytes":9,"cursors":{"k\"":"v"},"skip":["1","2"],)"
        R"("config":{"a":"b=c","e":""}})"
        "\n");
  Results results("7");
  results.add({.id = "e", .stream = Stream::sales, .sequence = 3});
  results.add_ignored("training");
  results.add({.status = ItemStatus::quarantined, .id = "", .exception = 4, .reason = "r"});
  CHECK(std::move(results).line() ==
        R"({"id":"7","results":[{"id":"e","status":"stored","stream":"sales","sequence":3},)"
        R"({"status":"ignored","reason":"training"},)"
        R"({"id":"","status":"quarantined","exception":4,"reason":"r"}]})"
        "\n");
}
