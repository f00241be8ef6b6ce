#include "config/template_file.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "agent/core/register_key.h"
#include "tests/unit/config/template_fixture.h"

using namespace storeward;
using namespace storeward::config;

TEST_CASE("a record becomes the event that its template describes, always the same", "[mapping]") {
  const auto mapped =
      map(std::string(head) + scan, {{"no", "12"}, {"code", "96385074"}, {"time", "2026-11-20"}});
  REQUIRE(mapped.events.size() == 1);
  CHECK(mapped.fault.empty());
  CHECK(mapped.events.front() ==
        R"({"specversion":"1.0","id":"c0c06c44-62ff-5801-8b15-eaaf85a5326f","source":"till-3",)"
        R"("type":"retail.scan.observed.v1","data":{"at":"2026-11-20T00:00:00+01:00",)"
        R"("raw":"96385074","origin":{"driver":"till","file":"a.csv","offset":7,"rawSha256":)"
        R"("d7439bee24773bcbfa2d0a97947ee36227b10d1022b1a55847e928965bb6bfde",)"
        R"("template":"till","templateVersion":"7"},)"
        R"("quality":{"flags":["zoneAssumed","timeOfDayUnknown"]}}})");
}

TEST_CASE("values are shaped, looked up and counted as the template says", "[mapping]") {
  CHECK(one("'a'", {{"a", " hello "}}) == "\"hello\"");
  CHECK(one("'a'", {{"a", ""}}) == "absent");
  CHECK(one("{path='a', strip_leading='0', upper=true}", {{"a", "00ab"}}) == "\"AB\"");
  CHECK(one("{path='a', split={by='-', part=2}}", {{"a", "12-34-56"}}) == "\"34\"");
  CHECK(one("{path='a', characters=[3,2]}", {{"a", "123456"}}) == "\"34\"");
  CHECK(one("{path='a', characters=[-4,0]}", {{"a", "************1111"}}) == "\"1111\"");
  CHECK(one("{path='a', characters=[-4,2]}", {{"a", "12"}}) == "\"12\"");
  CHECK(one("{name_of='*'}", {{"TillSettle", ""}}) == "\"TillSettle\"");
  CHECK(one("{each='b | a', item='.'}", {{"a", "x"}, {"b", "y"}}) == R"(["x","y"])");
  CHECK(one("{path='a', as='money'}", {{"a", "12.5"}}) ==
        R"({"amountMinor":1250,"currency":"EUR"})");
  CHECK(one("{path='a', as='money', currency='c'}", {{"a", "12.5"}, {"c", "jpy"}})
            .starts_with(R"({"amountMinor":13,"currency":"JPY"})"));
  CHECK(one("{path='a', as='money', currency={const='BHD'}}", {{"a", "12.5"}}) ==
        R"({"amountMinor":12500,"currency":"BHD"})");
  CHECK(one("{path='a', as='money', minor=true}", {{"a", "1250"}}) ==
        R"({"amountMinor":1250,"currency":"EUR"})");
  CHECK(one("{path='a', as='quantity', unit={path='u', table='units'}}",
            {{"a", "0.420"}, {"u", "KG"}},
            "[tables.units]\nKG='KGM'\n") == R"({"value":"0.420","unit":"KGM"})");
  CHECK(one("{path='a', as='price'}", {{"a", "1,4900"}}, "[defaults]\ndecimal=','\ngroup='.'\n") ==
        R"({"amount":"1.4900","currency":"EUR"})");
  CHECK(one("{multiply=['a','b'], as='money'}", {{"a", "3"}, {"b", "2.55"}}) ==
        R"({"amountMinor":765,"currency":"EUR"})");
  CHECK(one("{subtract=['a','b'], as='decimal'}", {{"a", "3"}, {"b", "2.55"}}) == "\"0.45\"");
  CHECK(one("{add=['a','b'], as='decimal'}", {{"b", "2.55"}}) == "\"2.55\"");
  CHECK(one("{first=['a','b']}", {{"b", "x"}}) == "\"x\"");
  CHECK(one("{join=['a','b'], with='/'}", {{"a", "x"}, {"b", "y"}}) == "\"x/y\"");
  CHECK(one("{join=[{path='a', as='date'},'b'], with='/'}", {{"a", "20.11.2026"}, {"b", "y"}},
            "[defaults]\ntime=['%d.%m.%Y','%Y-%m-%dT%H:%M:%SZ']\n") == "\"2026-11-20/y\"");
  CHECK(one("{cases=[{when={path='a', equals='1'}, then={const='one'}}, {then={const='many'}}]}",
            {{"a", "2"}}) == "\"many\"");
  CHECK(one("{cases=[{when={path='a', equals='2'}, then={path='a', as='quantity'}}], "
            "unit={const='KGM'}}",
            {{"a", "2"}}) == R"({"value":"2","unit":"KGM"})");
  CHECK(one("{sum='r', of={path='.'}, as='decimal'}", {{"r", "1.5"}, {"r", "2"}}) == "\"3.5\"");
  CHECK(one("{each='r', item={no={index=true, as='integer'}, v='.'}}", {{"r", "a"}, {"r", "b"}}) ==
        R"([{"no":1,"v":"a"},{"no":2,"v":"b"}])");
  CHECK(one("{each='r', where={path='.', equals='b'}, item='.'}", {{"r", "a"}, {"r", "b"}}) ==
        R"(["b"])");
  CHECK(one("{each='r', distinct='.', item={no={index=true, as='integer'}, v='.'}}",
            {{"r", "a"}, {"r", "a"}, {"r", "b"}, {"r", "a"}}) ==
        R"([{"no":1,"v":"a"},{"no":2,"v":"b"}])");
  CHECK(one("{count='r', distinct='.', as='integer'}", {{"r", "a"}, {"r", ""}, {"r", ""}}) == "3");
  CHECK(one("{path='a', as='gtin'}", {{"a", "00000096385074"}}) == "\"96385074\"");
  CHECK(one("{path='a', as='date', format='%d.%m.%Y'}", {{"a", "20.11.2026"}}) == "\"2026-11-20\"");
  CHECK(one("{value='site'}", {}) == "\"store-1\"");
}

TEST_CASE("what cannot be read is a fault that names the place and the text", "[mapping]") {
  CHECK(one("{path='a', as='money'}", {{"a", "12,5"}}) ==
        "data.x: \"12,5\" is not a number with \".\" as its decimal sign");
  CHECK(one("{path='a', as='money'}", {{"a", "99999999999999999999"}}) ==
        "data.x: \"99999999999999999999\" has more digits than a number may have: 18, of which 9 "
        "behind the decimal sign");
  CHECK_THAT(one("{path='a', as='time'}", {{"a", "soon"}}), Catch::Contains("no date or time"));
  CHECK(one("{path='a', table='t'}", {{"a", "z"}}, "[tables.t]\nx='y'\n") ==
        "data.x: \"z\" is not in the table \"t\" of the template");
  CHECK(one("{path='a', table='t', otherwise='?'}", {{"a", "z"}}, "[tables.t]\nx='y'\n") ==
        "\"?\"");
  CHECK_THAT(one("{path='a', as='integer'}", {{"a", "1.5"}}),
             Catch::Contains("not a whole number"));
  CHECK(map(std::string(head) + scan, {{"code", "1"}}).fault ==
        "the natural key of \"scan\" is empty");
}

TEST_CASE("a record's number alone is no key: the first records of all sources would be one",
          "[mapping]") {
  const std::string counted = std::string(head) +
                              "[[event]]\nname='scan'\ntype='retail.scan.observed.v1'\n"
                              "key=['no', {value='sequence'}, {value='record'}]\n"
                              "data={raw='code', at='time'}\n";
  auto said = in_the_shop();
  said.given.emplace("record", "1");
  const auto fault_of = [&](const mapping::MappingContext& context, const char* no) {
    Record record;
    record.add(Record::root, "code", "c");
    record.add(Record::root, "time", "2026-11-20");
    if (*no != '\0') record.add(Record::root, "no", no);
    return map_record(compiled(counted)->mapping, record, {.number = 1}, "raw", context).fault;
  };
  CHECK(fault_of(said, "") ==
        "the natural key of \"scan\" is nothing but the record's number, which each source counts "
        "anew");
  CHECK(fault_of(said, "12").empty());
  said.given.emplace("sequence", "f00-1");
  CHECK(fault_of(said, "").empty());
}

TEST_CASE("what does not count is ignored with its reason, and what a person must see is a fault",
          "[mapping]") {
  const std::string text = std::string(head) +
                           "[[ignore]]\nwhen={path='training', equals='1'}\nreason='training'\n"
                           "[[reject]]\nwhen={path='kind', starts_with='X'}\nreason='a kind X'\n" +
                           scan;
  CHECK(map(text, {{"training", "1"}}).ignored == "training");
  CHECK(map(text, {{"kind", "X9"}}).fault == "a kind X");
  const auto mapped = map(text, {{"no", "1"}, {"code", "c"}, {"time", "2026-11-20"}});
  CHECK(mapped.events.size() == 1);
}

TEST_CASE("a mistake in a template is told with line and column, all at once", "[mapping]") {
  CHECK(refused("x = [").starts_with("till.toml:1:"));
  CHECK_THAT(refused(std::string(head) + "event_hash = true\n" + scan),
             Catch::Contains("event_hash is for kind \"json\""));
  const std::string wrong = refused(std::string(head) + R"([[event]]
type = "retail.scan.observd.v1"
key = "a//b"
colour = "red"
[event.data]
raw = {path = "code", tabel = "t"}
at = {path = "time", format = "%Q"}
)");
  CHECK_THAT(wrong, Catch::Contains("till.toml:7:8: type: \"retail.scan.observd.v1\" is no type"));
  CHECK_THAT(wrong, Catch::Contains("till.toml:8:7: the path \"a//b\""));
  CHECK_THAT(wrong, Catch::Contains("till.toml:9:10: \"colour\" is not known here"));
  CHECK_THAT(wrong, Catch::Contains("did you mean \"table\"?"));
  CHECK_THAT(wrong, Catch::Contains("%Q is not known"));
  CHECK_THAT(refused(std::string(head) + "[[event]]\ntype='retail.scan.observed.v1'\nkey='a'\n"
                                         "data={raw='c'}\n"),
             Catch::Contains("data.at: this type of event must have it"));
}

TEST_CASE("every shipped template compiles", "[mapping]") {
  CHECK(!shipped_templates().empty());
  for (const auto& shipped : shipped_templates()) {
    const auto made = load_template(std::string(shipped.name), "/nonexistent");
    INFO((made ? "" : to_text(made.error())));
    REQUIRE(made);
    CHECK((*made)->mapping.name == shipped.name);
  }
}

TEST_CASE("an event says which versions its template was built on, nearest first", "[mapping]") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("storeward-bases-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const auto write = [&folder](const std::string& name, const std::string& text) {
    std::ofstream(folder / (name + ".toml")) << text;
  };
  const auto origin = [&folder] {
    const auto loaded = load_template("own", folder);
    INFO((loaded ? "" : to_text(loaded.error())));
    REQUIRE(loaded);
    Record record;
    record.add(Record::root, "no", "12");
    record.add(Record::root, "code", "96385074");
    record.add(Record::root, "time", "2026-11-20T09:15:02Z");
    const auto mapped = map_record((*loaded)->mapping, record, {}, "raw", in_the_shop());
    REQUIRE(mapped.events.size() == 1);
    const std::string& event = mapped.events.front();
    return event.substr(event.find("\"template\":"));
  };
  write("till", std::string(head) + scan);
  write("middle", "[template]\nname = 'middle'\nversion = '5'\nextends = 'till'\n");
  write("own", "[template]\nname = 'own'\nversion = '2'\nextends = 'middle'\n");
  CHECK(origin() == R"("template":"own","templateVersion":"2","extends":["middle 5","till 7"]}}})");
  write("till",
        "[template]\nname = 'till'\nversion = '8'\n[format]\nkind = 'csv'\n" + std::string(scan));
  CHECK(origin() == R"("template":"own","templateVersion":"2","extends":["middle 5","till 8"]}}})");
  std::filesystem::remove_all(folder);
}

TEST_CASE("a mistake in a template that extends another is told with its line and column",
          "[mapping]") {
  const auto made = compile_template(R"([template]
name = "shop"
version = "2"
extends = "csv-sales"
[format]
delimitor = ";"
[defaults]
decimal = "comma"
[[event]]
name = "sale"
[event.data]
registerId = {path = "till", table = "nope"}
)",
                                     "shop.toml", "");
  REQUIRE_FALSE(made);
  const std::string words = to_text(made.error());
  INFO(words);
  CHECK(words.find("shop.toml:6:13: \"delimitor\" is not known here") != std::string::npos);
  CHECK(words.find("shop.toml:8:11: decimal:") != std::string::npos);
  CHECK(words.find("shop.toml:12:38: there is no [tables.nope]") != std::string::npos);
  CHECK(words.find("default: ") == std::string::npos);
}

TEST_CASE("a customer's template changes only what it says and drift shows it", "[mapping]") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("storeward-templates-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "shop.toml") << R"([template]
name = "shop"
version = "2"
extends = "online-retail"
[format]
delimiter = ";"
[[ignore]]
name = "adjustment"
remove = true
[[event]]
name = "sale"
[event.data]
registerId = {const = "1"}
)";
  const auto made = load_template("shop", folder);
  INFO((made ? "" : to_text(made.error())));
  REQUIRE(made);
  CHECK((*made)->format.delimiter == ';');
  CHECK((*made)->format.group_by == std::vector<std::string>{"InvoiceNo"});
  CHECK((*made)->mapping.ignore.empty());
  CHECK((*made)->mapping.events.size() == 3);
  const auto drift = template_drift("shop", folder);
  REQUIRE(drift);
  REQUIRE(drift->size() == 3);
  CHECK(to_text(drift->at(0)) == "event.sale.data.registerId: added {const = \"1\"}");
  CHECK(to_text(drift->at(1)) == "format.delimiter: added \";\"");
  CHECK_THAT(to_text(drift->at(2)), Catch::StartsWith("ignore.adjustment: removed {name = "));
  std::ofstream(folder / "shop.toml") << R"([template]
name = "shop"
version = "2"
extends = "csv-sales"
[conditions]
suspended = {path = "mode", equals = ["S\n", "é"]}
)";
  const auto replaced = template_drift("shop", folder);
  REQUIRE(replaced);
  REQUIRE(replaced->size() == 1);
  CHECK(replaced->front().extended == "{equals = \"suspended\", named = \"status\"}");
  CHECK(replaced->front().own == "{equals = [\"S\\n\", \"é\"], path = \"mode\"}");
  std::ofstream(folder / "shop.toml", std::ios::app)
      << "status_says_training = { equals = 'training', named = 'status' }  # as csv-sales has "
         "it\n";
  const auto same = template_drift("shop", folder);
  REQUIRE(same);
  CHECK(same->size() == 1);
  std::ofstream(folder / "shop.toml", std::ios::app) << "voided = {is = \"nothing\"}\n";
  const auto unusable = template_drift("shop", folder);
  REQUIRE_FALSE(unusable);
  CHECK_THAT(to_text(unusable.error()), Catch::Contains("there is no \"nothing\""));
  std::filesystem::remove_all(folder);
}

TEST_CASE("a name that the extended template does not have is told with those it has",
          "[mapping]") {
  const std::string own = "[template]\nname='shop'\nversion='1'\nextends='csv-sales'\n";
  const auto told = [&own](const std::string& text) {
    const auto made = compile_template(own + text, "shop.toml", "");
    REQUIRE_FALSE(made);
    return to_text(made.error());
  };
  const std::string event = told("[[event]]\nname='slae'\n[event.data]\ncustomerRef={const=''}\n");
  CHECK_THAT(event, Catch::StartsWith("shop.toml:6:6: csv-sales has no [[event]] of the name "
                                      "\"slae\"; did you mean \"sale\"? It has: sale, return"));
  CHECK_THAT(event, Catch::Contains("A new one needs `type`, or `like`"));
  CHECK(std::ranges::count(event, '\n') == 1);
  const std::string ignore = told("[[ignore]]\nname='suspendd'\nremove=true\n");
  CHECK_THAT(ignore, Catch::Contains("did you mean \"suspended\"? It has: "));
  CHECK_THAT(ignore, Catch::Contains("A new one needs `when` and `reason`"));
  const auto texts = compile_template("event = ['sale']\n" + own, "shop.toml", "");
  REQUIRE_FALSE(texts);
  CHECK_THAT(to_text(texts.error()), Catch::Contains("[[event]] is a table"));
  CHECK(compile_template(own + "[[event]]\nname='copy'\nlike='sale'\n", "shop.toml", ""));
}

TEST_CASE("a place whose condition cannot be read is not left out in silence", "[mapping]") {
  const std::string text = std::string(head) +
                           "[[event]]\ntype='retail.scan.observed.v1'\nkey=['.']\neach='code'\n"
                           "when={path='.', greater=0}\n[event.data]\nraw='.'\n"
                           "at={const='2026-11-20T09:15:02Z'}\n";
  const auto mapped = map(text, {{"code", "7"}, {"code", "0"}, {"code", "1,5"}});
  CHECK(mapped.events.size() == 1);
  CHECK_THAT(mapped.fault, Catch::Contains("\"1,5\" is not a number"));
}

TEST_CASE("an event takes over what another one says and changes only its own", "[mapping]") {
  const std::string text = std::string(head) + scan +
                           "[[event]]\nname='again'\nlike='scan'\n"
                           "when={path='code', equals='x'}\n[event.data]\nsymbology={const='s'}\n";
  const auto mapped = map(text, {{"no", "1"}, {"code", "x"}, {"time", "2026-11-20"}});
  REQUIRE(mapped.events.size() == 2);
  CHECK_THAT(mapped.events[1], Catch::Contains(R"("raw":"x","symbology":"s")"));
  CHECK_THAT(refused(std::string(head) + "[[event]]\nname='a'\nlike='b'\n"),
             Catch::Contains("no [[event]] before this one has the name \"b\""));
}

// ---- [sequence]
// ----------------------------------------------------------------------------------

namespace {

constexpr const char* counted = R"([sequence]
register = "till"
business_date = {path = "day", format = "%d.%m.%Y"}
number = {path = "no", digits_only = true}
[[ignore]]
when = {path = "kind", equals = "training"}
reason = "training"
)";

std::optional<UsedNumber> number_of(
    std::initializer_list<std::pair<const char*, const char*>> fields) {
  return map(std::string(head) + counted + scan, fields).number;
}

}  // namespace

TEST_CASE("a record that is ignored or gives events has its register's number", "[mapping]") {
  const UsedNumber used{"till-3", "3", "2026-11-20", 17};
  CHECK(number_of({{"kind", "training"}, {"till", "3"}, {"day", "20.11.2026"}, {"no", "T-0017"}}) ==
        used);
  CHECK(number_of({{"no", "17"},
                   {"till", "3"},
                   {"day", "20.11.2026"},
                   {"code", "96385074"},
                   {"time", "2026-11-20"}}) == used);
}

TEST_CASE("the number of a record of another site is another register's", "[mapping]") {
  const std::string text = std::string(head) + R"([sequence]
site = {first = ["shop", {value = "site"}]}
register = "till"
business_date = "day"
number = "no"
[[ignore]]
when = {path = "kind", equals = "training"}
reason = "training"
)" + scan;
  const auto register_of = [&](const char* shop) {
    const auto mapped = map(
        text,
        {{"kind", "training"}, {"shop", shop}, {"till", "3"}, {"day", "2026-11-20"}, {"no", "17"}});
    REQUIRE(mapped.number);
    return register_name(mapped.number->register_id);
  };
  CHECK(register_of("store-2") == RegisterName{"store-2", "3"});
  CHECK(register_of("store-1") == RegisterName{"", "3"});
  CHECK(register_of("") == RegisterName{"", "3"});
  CHECK(!map(text, {{"kind", "training"},
                    {"shop", "4111111111111111"},
                    {"till", "3"},
                    {"day", "2026-11-20"},
                    {"no", "17"}})
             .number);
}

TEST_CASE("a record that becomes an exception has no number", "[mapping]") {
  const auto mapped = map(std::string(head) + counted + scan,
                          {{"no", "17"}, {"till", "3"}, {"day", "20.11.2026"}, {"time", "soon"}});
  CHECK(!mapped.fault.empty());
  CHECK(!mapped.number);
}

TEST_CASE("a number that is missing, unreadable or shows a card number is none", "[mapping]") {
  const auto with = [](const char* till, const char* day, const char* no) {
    return number_of({{"kind", "training"}, {"till", till}, {"day", day}, {"no", no}});
  };
  REQUIRE(with("3", "20.11.2026", "17"));
  CHECK(!with("", "20.11.2026", "17"));
  CHECK(!with("3", "", "17"));
  CHECK(!with("3", "yesterday", "17"));
  CHECK(!with("3", "20.11.2026", ""));
  CHECK(!with("3", "20.11.2026", "none"));
  CHECK(!with("3", "20.11.2026", "0"));
  CHECK(!with("3", "20.11.2026", "9007199254740992"));
  CHECK(with("3", "20.11.2026", "9007199254740991"));
  CHECK(!with("3", "20.11.2026", "99999999999999999999"));
  CHECK(!with("3", "20.11.2026", "4111111111111111"));
  CHECK(!with("4111 1111 1111 1111", "20.11.2026", "17"));
  CHECK(!with(std::string(257, 'x').c_str(), "20.11.2026", "17"));
}

TEST_CASE("mistakes in [sequence] are told with their place", "[mapping]") {
  const std::string before = std::string(head) + scan;
  CHECK_THAT(refused(before + "[sequence]\nregister = \"till\"\nnumber = \"no\"\n"),
             Catch::Contains("till.toml:11:1") &&
                 Catch::Contains("[sequence] needs `register`, `business_date` and `number`"));
  CHECK_THAT(refused(before + "[sequence]\nregister = \"till\"\nbusiness_date = \"day\"\n"
                              "number = \"no\"\ndate = \"day\"\n"),
             Catch::Contains("\"date\" is not known here"));
}

TEST_CASE("a column can be said to be written in the currency's smallest unit", "[mapping]") {
  const std::string cents = "[defaults]\nimplied_decimals = {amount = 2}\n";
  CHECK(one(R"({path = "amount", as = "decimal"})", {{"amount", "1299-"}}, cents) == "\"-12.99\"");
  CHECK(one(R"({path = "other", as = "decimal"})", {{"other", "1299"}}, cents) == "\"1299\"");
  CHECK(one(R"({path = "amount", as = "decimal", implied_decimals = 0})", {{"amount", "7"}},
            cents) == "\"7\"");
  CHECK(one(R"({sum = ".", of = {multiply = ["amount", "n"]}, as = "decimal"})",
            {{"amount", "150"}, {"n", "2"}}, cents) == "\"3.00\"");
}

TEST_CASE("a template with an open question cannot be used before it is decided", "[mapping]") {
  const std::string text = std::string(R"([template]
name = "till"
version = "1"
undecided = [
  "03/04/2026: day or month first?",
]
[format]
kind = "csv"
)") + scan;
  CHECK_THAT(refused(text),
             Catch::Contains("till.toml:5:") &&
                 Catch::Contains("not decided yet: 03/04/2026: day or month first?; decide it, "
                                 "then delete this line"));
}
