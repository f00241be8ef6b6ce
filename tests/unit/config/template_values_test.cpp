// Values that are made of other values: what stands beside them counts, or is a mistake.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/unit/config/template_fixture.h"

using namespace storeward;
using namespace storeward::config;
using nlohmann::json;

namespace {

constexpr const char* payment =
    "[tables.tenders]\nvisa='card'\n[named]\nheld={cases=[{then='amount'}]}\n"
    "[[event]]\ntype='retail.payment.captured.v1'\nkey=['no']\n[event.data]\npaymentKey='no'\n";

// A member of a payment of 5.00, where the contract knows what the member is; else the fault.
std::string paid(const std::string& member, const std::string& value) {
  const std::string other = member == "amount" ? "tenderType='tender'" : "amount='amount'";
  const auto mapped =
      map(head + std::string(payment) + other + "\n" + member + "=" + value + "\n",
          {{"no", "1"}, {"amount", "5.00"}, {"cents", "500"}, {"tender", "visa"}, {"kind", "R"}});
  if (mapped.events.empty()) return mapped.fault;
  const json data = json::parse(mapped.events.front())["data"];
  if (!data.contains(member)) return "absent";
  if (member != "amount") return data[member].get<std::string>();
  return data[member]["currency"].get<std::string>() + " " +
         std::to_string(data[member]["amountMinor"].get<int>());
}

std::string amount(const std::string& value) {
  return paid("amount", value);
}

std::string tender(const std::string& value) {
  return paid("tenderType", value);
}

std::string mistake(const std::string& value, const std::string& key = "'no'") {
  return refused(head +
                 std::string("[tables.t]\na='b'\n[[event]]\ntype='retail.scan.observed.v1'"
                             "\ndata.raw='code'\ndata.at='time'\n") +
                 "key=[" + key + "]\ndata.x=" + value + "\n");
}

}  // namespace

TEST_CASE("what is said beside a choice of values holds for the one that is chosen", "[mapping]") {
  CHECK(amount("{cases=[{when={path='kind', equals='R'}, then='amount'}, {then='no'}], "
               "negate=true}") == "EUR -500");
  CHECK(amount("{first=['none', 'amount'], negate=true}") == "EUR -500");
  CHECK(amount("{cases=[{then={path='amount', negate=true}}], absolute=true}") == "EUR 500");
  CHECK(amount("{cases=[{then={path='amount', negate=true}}], negate=true}") == "EUR 500");
  CHECK(amount("{cases=[{then={path='amount', absolute=true}}], negate=true}") == "EUR -500");
  CHECK(amount("{cases=[{then={first=['none', 'amount']}}], negate=true}") == "EUR -500");
  CHECK(amount("{cases=[{then={named='held'}}], negate=true}") == "EUR -500");
  CHECK(amount("{add=[{named='held'}, {first=[{named='held'}], negate=true}]}") == "EUR 0");
  CHECK(amount("{path='amount', absolute=true, negate=true}") == "EUR -500");
  CHECK(amount("{cases=[{then='cents'}], implied_decimals=2}") == "EUR 500");
  CHECK(amount("{first=['none', 'cents'], implied_decimals=2}") == "EUR 500");
  CHECK(amount("{first=['none', 'cents'], minor=true}") == "EUR 500");
  CHECK(tender("{first=['none', 'tender'], upper=true}") == "VISA");
  CHECK(tender("{first=['none', 'tender'], table='tenders'}") == "card");
  CHECK(tender("{cases=[{then='tender'}], table='tenders'}") == "card");
  CHECK(tender("{cases=[{then={path='tender', characters=[1,2]}}], upper=true}") == "VI");
  CHECK(amount("{first=['none', 'amount'], characters=[1,1]}") == "EUR 500");
  CHECK(one("{cases=[{then={path='a', format='%d.%m.%Y'}}], as='date'}", {{"a", "20.11.2026"}}) ==
        "\"2026-11-20\"");
}

TEST_CASE("what is said of one of several values holds for that one", "[mapping]") {
  CHECK(amount("{first=[{path='amount', currency={const='USD'}}, 'no']}") == "USD 500");
  CHECK(amount("{first=['none', {path='cents', minor=true}]}") == "EUR 500");
  CHECK(one("{first=['b', {path='a', unit={const='KGM'}}], as='quantity'}", {{"a", "2"}}) ==
        R"({"value":"2","unit":"KGM"})");
  CHECK(one("{first=['b', {path='a', format='%d.%m.%Y'}], as='date'}", {{"a", "20.11.2026"}}) ==
        "\"2026-11-20\"");
  CHECK(one("{first=['a', 0], as='money'}", {}) == R"({"amountMinor":0,"currency":"EUR"})");
}

TEST_CASE("what says nothing where it stands is a mistake", "[mapping]") {
  CHECK_THAT(mistake("{path='code', const='none'}"),
             Catch::Contains("till.toml:13:28: \"const\" beside \"path\": a value comes from one"));
  CHECK_THAT(mistake("{path='code', with='-'}"), Catch::Contains("\"with\" belongs beside `join`"));
  CHECK_THAT(mistake("{path='code', where={path='a', equals='b'}}"),
             Catch::Contains("\"where\" belongs beside `sum`, `count` or `each`"));
  CHECK_THAT(mistake("{path='code', distinct='a'}"),
             Catch::Contains("\"distinct\" belongs beside `sum`, `count` or `each`"));
  CHECK_THAT(mistake("{path='code', otherwise='b'}"),
             Catch::Contains("\"otherwise\" belongs beside `table`"));
  CHECK_THAT(mistake("{path='code', keep_unknown=true}"),
             Catch::Contains("\"keep_unknown\" belongs beside `table`"));
  CHECK_THAT(mistake("{add=['a', 'b'], implied_decimals=2}"),
             Catch::Contains("\"implied_decimals\" is said of what is read"));
  CHECK(mistake("{path='code', table='t', otherwise='b'}") == "accepted");
}

TEST_CASE("a currency's code where a path is expected is a mistake", "[mapping]") {
  const auto said =
      Catch::Contains("\"GBP\" would be the path of a field here; write {const = \"GBP\"}");
  const auto by_default = [](const std::string& currency) {
    return refused(
        "[template]\nname='till'\nversion='1'\n[format]\nkind='csv'\n[defaults]\ncurrency=" +
        currency +
        "\n[[event]]\ntype='retail.scan.observed.v1'\nkey=['no']\ndata.raw='code'\n"
        "data.at='time'\n");
  };
  CHECK_THAT(by_default("'GBP'"), said);
  CHECK_THAT(mistake("{path='a', as='money', currency='GBP'}"), said);
  CHECK(by_default("{const='GBP'}") == "accepted");
  CHECK(by_default("{path='GBP'}") == "accepted");
  CHECK(by_default("'Currency'") == "accepted");
}

TEST_CASE("what a text has no use for is a mistake, with the next step", "[mapping]") {
  CHECK_THAT(mistake("{path='a', currency={const='USD'}}"),
             Catch::StartsWith("till.toml:13:28: \"currency\" belongs to an amount: add as = "
                               "\"money\" or as = \"price\""));
  CHECK_THAT(mistake("{path='a', unit={const='KGM'}}"),
             Catch::Contains("\"unit\" belongs to a quantity: add as = \"quantity\""));
  CHECK_THAT(mistake("{path='a', minor=true}"), Catch::Contains("\"minor\" belongs to money"));
  CHECK_THAT(mistake("{path='a', as='price', minor=true}"),
             Catch::Contains("\"minor\" belongs to money: add as = \"money\"; another number in "
                             "the smallest unit has implied_decimals instead"));
  for (const std::string said :
       {"implied_decimals=2", "decimal=','", "group='.'", "negate=true", "absolute=true"}) {
    CHECK_THAT(mistake("{path='a', " + said + "}"), Catch::Contains("belongs to a number: add as"));
    CHECK_THAT(mistake("{path='a', " + said + "}", "{path='no', " + said + "}"),
               Catch::Contains("till.toml:12:") &&
                   Catch::Contains("where the text is taken as it stands: leave it out"));
    CHECK(mistake("{path='a', as='decimal', " + said + "}") == "accepted");
  }
  for (const std::string said : {"format='%Y'", "zone='UTC'", "zone_from='z'"}) {
    CHECK_THAT(mistake("{path='a', " + said + "}"),
               Catch::Contains("belongs to a date or a time: add as = \"date\" or as = \"time\""));
    CHECK(mistake("{path='a', as='time', " + said + "}") == "accepted");
  }
  CHECK_THAT(mistake("'a'", "{path='no', format='%Y'}"),
             Catch::Contains("\"format\" belongs to a date: add as = \"date\""));
  CHECK(mistake("'a'", "{path='no', as='date', format='%Y'}") == "accepted");
  CHECK_THAT(mistake("{each='row', item='.', negate=true}"),
             Catch::Contains("\"negate\" says nothing of a list: say it in `item`"));
  CHECK_THAT(mistake("{cases=[{when={path='a', negate=true, equals='1'}, then='b'}]}"),
             Catch::Contains("\"negate\" says nothing here"));
  CHECK(mistake("{path='a', negate=false}") == "accepted");
}

TEST_CASE("what is said of a part or beside the whole has an effect where either is a number",
          "[mapping]") {
  CHECK(mistake("{cases=[{then={path='a', negate=true}}], as='money'}") == "accepted");
  CHECK(mistake("{first=[{path='a', as='money'}, 'b'], currency='c'}") == "accepted");
  CHECK_THAT(mistake("{first=['a', 'b'], currency='c'}"), Catch::Contains("belongs to an amount"));
  CHECK(mistake("{sum='row', of={path='a', negate=true}, as='money'}") == "accepted");
  CHECK(mistake("{add=['a', {first=['b'], absolute=true}], as='money'}") == "accepted");
  CHECK(mistake("{cases=[{when={path='a', absolute=true, less=1}, then='b'}]}") == "accepted");
  CHECK_THAT(mistake("{join=['a', {path='b', absolute=true}]}"), Catch::Contains("leave it out"));
  CHECK_THAT(mistake("{first=[{path='a', decimal=','}], upper=true, as='decimal'}"),
             Catch::Contains("leave it out"));
}

TEST_CASE("what is said of a named value has an effect where it is used", "[mapping]") {
  const auto with = [](const std::string& named, const std::string& uses) {
    return refused(head + std::string("[named]\nn=") + named +
                   "\n[[event]]\ntype='retail.payment.captured.v1'\nkey=['no']\n[event.data]\n"
                   "paymentKey='no'\ntenderType='t'\n" +
                   uses);
  };
  const std::string dollars = "{path='a', currency={const='USD'}}";
  CHECK(with(dollars, "amount={named='n'}\nx={join=[{named='n'}, 'b']}\n") == "accepted");
  CHECK_THAT(with(dollars, "amount='a'\nx={named='n'}\n"),
             Catch::Contains("till.toml:7:23: \"currency\" belongs to an amount"));
  CHECK(with(dollars, "amount='a'\n") == "accepted");
  const std::string twice = with(dollars, "amount='a'\nx={named='n'}\ny={join=[{named='n'}]}\n");
  CHECK(twice.find("\"currency\"") == twice.rfind("\"currency\""));
  CHECK(with("{path='a', negate=true}",
             "amount={cases=[{when={named='n', less=0}, then='a'}]}\n") == "accepted");
}

TEST_CASE("a list where one text is due is a mistake, not the end of the agent", "[mapping]") {
  const std::string due = "one text or number is due here";
  CHECK_THAT(mistake("'code'", "['no', 'code']"), Catch::Contains("till.toml:12:6: " + due));
  CHECK_THAT(mistake("'code'", "{a='no'}"), Catch::Contains(due));
  CHECK_THAT(mistake("{join=['code', ['no']]}"), Catch::Contains(due));
  CHECK_THAT(mistake("{add=['code', {each='row', item='no'}]}"), Catch::Contains(due));
  CHECK_THAT(mistake("{sum='row', of=['no']}"), Catch::Contains(due));
  CHECK_THAT(mistake("{join=[{first=['code', {a='no'}]}]}"), Catch::Contains(due));
  CHECK_THAT(mistake("{path='code', as='money', currency=['no']}"), Catch::Contains(due));
  CHECK_THAT(mistake("{first=[['code']], upper=true}"), Catch::Contains(due));
  CHECK(mistake("{first=[['code'], ['no']]}") == "accepted");
}

TEST_CASE("a mistake within a condition is told with its line and column", "[mapping]") {
  const std::string wrong = refused(head + std::string(R"([[ignore]]
when = {path = "a//b", equals = "1"}
reason = "r"
[[ignore]]
when = {path = "a", tabel = "t", equals = "1"}
reason = "r"
[[ignore]]
when = {count = "row", where = {path = "a", equals = "1", color = "x"}, greater = 0}
reason = "r"
)") + scan);
  CHECK_THAT(wrong, Catch::Contains("till.toml:7:16: the path \"a//b\""));
  CHECK_THAT(wrong, Catch::Contains("till.toml:10:29: \"tabel\" is not known here"));
  CHECK_THAT(wrong, Catch::Contains("till.toml:13:67: \"color\" is not known here"));
  CHECK_THAT(wrong, !Catch::Contains("default"));
}

TEST_CASE("a record with several faults tells them all", "[mapping]") {
  const auto mapped = map(head + std::string(payment) +
                              "amount='amount'\ntenderType='tender'\n"
                              "tip={path='amount', as='money'}\n",
                          {{"no", "1"}, {"amount", "5,00x"}, {"tender", "visa"}});
  CHECK(mapped.fault == "data.amount: \"5,00x\" is not a number with \".\" as its decimal sign");
  CHECK(one("{a={path='a', as='money'}, b={path='b', as='date'}}", {{"a", "x"}, {"b", "soon"}}) ==
        "data.x.a: \"x\" is not a number with \".\" as its decimal sign; data.x.b: \"soon\" is no "
        "date or time of the form 2026-11-20T09:15:02+01:00");
}

TEST_CASE("a condition that cannot be read names the field that it asks", "[mapping]") {
  CHECK(one("{cases=[{when={path='a', less=0}, then={const='r'}}]}", {{"a", "zwei"}}) ==
        "data.x: a: \"zwei\" is not a number with \".\" as its decimal sign");
  const std::string text =
      std::string(head) + "[[ignore]]\nwhen={path='qty', less=0}\nreason='r'\n" + scan;
  CHECK(map(text, {{"no", "1"}, {"qty", "zwei"}, {"code", "c"}, {"time", "2026-11-20"}}).fault ==
        "data: qty: \"zwei\" is not a number with \".\" as its decimal sign");
}

TEST_CASE("a record that no rule fits for what cannot be read says that", "[mapping]") {
  const std::string text = std::string(head) + scan + "when = {path = 'qty', less = 0}\n";
  const auto fault = [&text](const char* qty) {
    return map(text, {{"no", "1"}, {"qty", qty}, {"code", "c"}, {"time", "2026-11-20"}}).fault;
  };
  CHECK(fault("zwei") == "data: qty: \"zwei\" is not a number with \".\" as its decimal sign");
  CHECK(fault("2") ==
        "no rule of the template \"till\" fits this record; it has no, qty, code, time");
}

// The reason is what a technician sees first, and the record may be another web hook's.
TEST_CASE("a record that no rule fits is told by what it has", "[mapping]") {
  const auto of = compiled(std::string(head) + scan + "when = {path='no', equals='2'}\n");
  const auto fault = [&of](const Record& record) {
    return map_record(of->mapping, record, {}, "raw", in_the_shop()).fault;
  };
  const std::string none = "no rule of the template \"till\" fits this record";
  Record record;
  CHECK(fault(record) == none);
  const auto location = record.add(Record::root, "location");
  for (const char* const name : {"id", "name", "line", "line", "line", "city"}) {
    record.add(location, name, "x");
  }
  CHECK(fault(record) ==
        none + "; it has location/id, location/name, location/line, location/city");
  const std::string longest(1000, 'n');
  for (int i = 0; i < 20; ++i) record.add(Record::root, record.keep(std::to_string(i) + longest));
  CHECK_THAT(fault(record), Catch::StartsWith(none + "; it has location, 0nnnnn") &&
                                Catch::Contains(", 6nnnnn") && !Catch::Contains(", 7nnnnn") &&
                                Catch::EndsWith("n, …"));
  CHECK(fault(record).size() < 500);
}

TEST_CASE("a condition that counts from the wrong place is told", "[mapping]") {
  const auto fault = [](const char* path, const char* code) {
    return map(std::string(head) + scan + "each = 'qty'\nwhen = {path = '" + path +
                   "', equals = 'c'}\n",
               {{"no", "1"}, {"qty", "2"}, {"code", code}, {"time", "2026-11-20"}})
        .fault;
  };
  const std::string none = "no rule of the template \"till\" fits this record";
  const std::string has = "; it has no, qty, code, time";
  CHECK_THAT(fault("code", "c"), Catch::StartsWith(none + has + "; is the `when` of \"") &&
                                     Catch::Contains("begins with /"));
  CHECK(fault("code", "d") == none + has);
  CHECK(fault("/code", "d") == none + has);
}

TEST_CASE("a record is not left out for what cannot be read", "[mapping]") {
  const std::string text = std::string(head) +
                           "[[ignore]]\nwhen=[{path='qty', less=0, not=true}, {path='qty', "
                           "greater=0, not=true}, {path='qty', present=true}]\nreason='nothing'\n" +
                           scan;
  CHECK(map(text, {{"no", "1"}, {"qty", "0"}}).ignored == "nothing");
  CHECK(map(text, {{"no", "1"}, {"qty", "zwei"}}).ignored.empty());
  CHECK(map(text, {{"no", "1"}, {"qty", "zwei"}}).fault ==
        "data: qty: \"zwei\" is not a number with \".\" as its decimal sign");
}

TEST_CASE("what is no time is told with each form that it could have", "[mapping]") {
  CHECK(one("{path='a', as='date', format=['%Y%m%d', '%d.%m.%y']}", {{"a", "soon"}}) ==
        "data.x: \"soon\" is no date or time of the form %Y%m%d or %d.%m.%y");
}

TEST_CASE("an amount is not divided twice", "[mapping]") {
  CHECK(one("{path='a', as='money', implied_decimals=2}", {{"a", "13.00"}}) ==
        "data.x: \"13.00\" has a decimal sign, but its last 2 digits are its decimals by the "
        "template (implied_decimals)");
  CHECK(one("{path='a', as='money', minor=true}", {{"a", "13.98"}}) ==
        "data.x: \"13.98\" is no amount in minor units: it has decimals");
  CHECK(one("{path='a', as='money', minor=true}", {{"a", "1398"}}) ==
        R"({"amountMinor":1398,"currency":"EUR"})");
}

TEST_CASE("an amount with the sign of another currency is refused", "[mapping]") {
  const auto [sign, currency] = GENERATE(table<std::string, std::string>(
      {{"$", "EUR"}, {"£", "EUR"}, {"¥", "EUR"}, {"€", "USD"}, {"$", "GBP"}, {"€", "JPY"}}));
  const std::string in = ", currency={const='" + currency + "'}}";
  const std::string told = "data.x: " + sign + " is no sign of " + currency +
                           ": the amount is in another currency, which nothing names";
  for (const std::string& text : {sign + "5.00", "-" + sign + "5.00", "5.00 " + sign}) {
    INFO(text);
    CHECK(one("{path='a', as='money'" + in, {{"a", text.c_str()}}) == told);
    CHECK(one("{path='a', as='price'" + in, {{"a", text.c_str()}}) == told);
    CHECK(one("{multiply=[{const='2'}, 'a'], as='money'" + in, {{"a", text.c_str()}}) == told);
    CHECK(one("{add=['b', 'a'], as='money', negate=true" + in, {{"a", text.c_str()}, {"b", "1"}}) ==
          told);
  }
}

TEST_CASE("an amount with the sign of its own currency is read", "[mapping]") {
  const auto [sign, currency] = GENERATE(table<std::string, std::string>(
      {{"€", "EUR"}, {"$", "USD"}, {"$", "CAD"}, {"£", "GBP"}, {"¥", "CNY"}}));
  const std::string text = sign + "5.00";
  CHECK(one("{path='a', as='money', currency={const='" + currency + "'}}", {{"a", text.c_str()}}) ==
        R"({"amountMinor":500,"currency":")" + currency + "\"}");
}

TEST_CASE("what is remarked on a record is no part of what it says", "[mapping]") {
  CHECK(compiled(std::string(head) + scan)->mapping.circumstances ==
        std::vector<std::string>{"quality"});
}

TEST_CASE("a refusal can say what stands in the record", "[mapping]") {
  const std::string text =
      std::string(head) +
      "[[reject]]\nwhen={path='kind', starts_with='X'}\n"
      "reason={join=[{const='no event is known for a record of kind'}, 'kind'], with=' '}\n" +
      scan;
  CHECK(map(text, {{"kind", "X9"}}).fault == "no event is known for a record of kind X9");
  CHECK_THAT(refused(std::string(head) +
                     "[[ignore]]\nwhen={path='a', equals='1'}\nreason={path='a'}\n" + scan),
             Catch::Contains("reason: a text in quotes is due here"));
  CHECK_THAT(
      refused(std::string(head) + "[[reject]]\nwhen={path='a', equals='1'}\nreason=['a']\n" + scan),
      Catch::Contains("one text or number is due here"));
}
