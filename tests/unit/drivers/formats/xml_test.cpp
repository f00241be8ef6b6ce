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

FormatOptions xml(std::string records = "Transaction") {
  FormatOptions options;
  options.kind = "xml";
  options.records = std::move(records);
  return options;
}

constexpr std::string_view two_sales = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- written by a till -->
<p:POSLog xmlns:p="http://www.nrf-arts.org/IXRetail/namespace/" MajorVersion="6">
 <RetailStoreID> S001 </RetailStoreID>
 <p:Transaction p:CancelFlag="false" TypeCode='Sale "1"'>
  <SequenceNumber>1</SequenceNumber>
  <LineItem><ItemID>4012345000016</ItemID><Name>Tea &amp; &#67;o &lt;x&#x3e;</Name></LineItem>
  <LineItem VoidFlag="true"><![CDATA[ <raw> & ]]></LineItem>
 </p:Transaction>
 <Transaction><SequenceNumber>2</SequenceNumber></Transaction>
</p:POSLog>
)";

TEST_CASE("XML: each record element is a record, with what the document says around it") {
  const auto items = checked(xml(), two_sales);
  REQUIRE(items.size() == 2);
  CHECK(items[0].words ==
        "@CancelFlag=false @TypeCode=Sale \"1\" SequenceNumber=1 "
        "LineItem{ItemID=4012345000016 Name=Tea & Co <x>} LineItem=<raw> &{@VoidFlag=true} "
        "document{@MajorVersion=6 RetailStoreID=S001}");
  CHECK(items[1].words == "SequenceNumber=2 document{@MajorVersion=6 RetailStoreID=S001}");
  CHECK(items[0].place.line == 5);
  CHECK(items[1].raw == "<Transaction><SequenceNumber>2</SequenceNumber></Transaction>");
}

TEST_CASE("XML: without a name the root element is the record") {
  const auto items = checked(xml(""), "<a x='1'><b>2</b><a>3</a></a>\n<?pi ?><a/>");
  CHECK(records_of(items) == Strings{"@x=1 b=2 a=3", ""});
  CHECK(faults_of(items).empty());
}

TEST_CASE("XML: what a part of the document says holds for its records only") {
  const auto items = checked(xml("T"),
                             "<L v='1'><Store>A</Store><B n='x'><Day>1</Day><T/><T/></B>"
                             "<B n='y'><T/></B><Deep><Store>no</Store></Deep><T/></L>");
  CHECK(records_of(items) == Strings{"document{@v=1 Store=A @n=x Day=1}",
                                     "document{@v=1 Store=A @n=x Day=1}",
                                     "document{@v=1 Store=A @n=y}", "document{@v=1 Store=A}"});
}

TEST_CASE("XML: text in pieces is put together, and comments in it are no text") {
  const auto items = checked(xml(""), "<a>one<!-- < & --> two <b/>three<?p <x> ?></a>");
  CHECK(records_of(items) == Strings{"one two three{b}"});
}

TEST_CASE("XML: a record that is not well-formed is a fault, and the next goes on") {
  const std::string before = "<L>\n<T><n>1</n></T>\n", after = "\n<T><n>3</n></T></L>";
  const struct {
    std::string broken, words;
  } cases[] = {
      {"<T><n>2</m></T>", "a closing tag that closes another"},
      {"<T><n>2</T>", "a closing tag that closes another"},
      {"<T><n>Tom & Jerry</n></T>", "an & that begins none of"},
      {"<T><n>caf&eacute;</n></T>", "a reference to an entity"},
      {"<T><n>&#0;</n></T>", "a reference to an entity"},
      {"<T><n>a < b</n></T>", "a < that opens no tag"},
      {"<T a=1><n>2</n></T>", "an attribute that is not name=\"value\""},
      {"<T a='1' a='2'><n>2</n></T>", "an attribute that stands twice"},
      {"<T><n>\x01</n></T>", "not utf-8, or a control character"},
      {"<T><n>\xFF</n></T>", "not utf-8, or a control character"},
      {"<T><n>\xEF\xBF\xBF</n></T>", "not utf-8, or a control character"},
      {"<T><n a='2<'/></T>", "a < within an attribute"},
      {"<T><n </T>", "a tag without its >"},
      {"<T><![CDAT[x]]></T>", "a <! that opens neither"},
      {"<T><?xml version='1.0'?></T>", "an XML declaration within"},
      {"<T><n>2</n>", "a closing tag that closes another"},  // the record's own end is lost
  };
  for (const auto& [broken, words] : cases) {
    INFO(broken);
    const auto items = checked(xml("T"), before + broken + after);
    CHECK(records_of(items) == Strings{"n=1", "n=3"});
    REQUIRE(faults_of(items).size() == 1);
    CHECK(says(faults_of(items)[0], words));
    CHECK(faults_of(items)[0].starts_with("line "));
    CHECK(items[1].place.line == 3);
  }
}

TEST_CASE("XML: records that follow one without its end are not lost") {
  const auto items = checked(xml("T"), "<L><T><n>1</n><T><n>2</n></T><T><n>3</n></T></L>");
  CHECK(records_of(items) == Strings{"n=2", "n=3"});
  CHECK(faults_of(items).size() == 1);
  CHECK(items[0].raw == "<T><n>1</n>");
}

TEST_CASE("XML: elements of the record's own name within it are its children") {
  CHECK(records_of(checked(xml("T"), "<L><T><T>1</T><x><T>2</T></x></T></L>")) ==
        Strings{"T=1 x{T=2}"});
}

TEST_CASE("XML: tags outside the records that fit nothing are faults, and the records stay") {
  const auto items = checked(xml("T"), "<L><a><T>1</T></b><T>2</T></L>");
  CHECK(records_of(items) == Strings{"1", "2"});
  CHECK(faults_of(items).size() == 2);  // </b>, and <a> without its end
  CHECK(records_of(checked(xml("T"), "<L><n>a & b</n><T>1</T></L>")).size() == 1);
  CHECK(faults_of(checked(xml("T"), "<L><n a=b></n><T>1</T></L>")).size() == 2);
}

TEST_CASE("XML: a source that is cut short says so, whatever the place of the cut") {
  const std::string whole = "<L>\n<T><n a='1'>x</n></T><!-- c --><T/></L>";
  for (std::size_t length = 1; length < whole.size(); ++length) {
    INFO(whole.substr(0, length));
    const auto items = checked(xml("T"), whole.substr(0, length));
    REQUIRE(!items.empty());
    CHECK_FALSE(items.back().is_record);
    CHECK(faults_of(items).size() == 1);
    CHECK(says(items.back().words, "the source ends"));
  }
  CHECK(checked(xml("T"), "").empty());
  CHECK(checked(xml("T"), " \n").empty());
}

TEST_CASE("XML: a document without a record of that name is no silence") {
  const auto items = checked(xml("Sale"), two_sales);
  CHECK(records_of(items).empty());
  REQUIRE(items.size() == 1);
  CHECK(says(items[0].words, "without a <Sale>"));
  CHECK(checked(xml("Sale"), "<POSLog v='6'><RetailStoreID>1</RetailStoreID></POSLog>").empty());
}

TEST_CASE("XML: a document of another root without records is no silence, a day without is") {
  FormatOptions options = xml("Transaction");
  options.root = "POSLog";
  const auto items = checked(options, "<Order><OrderNo>4711</OrderNo><Sku>A</Sku></Order>");
  REQUIRE(items.size() == 1);
  CHECK(says(items[0].words, "without a <Transaction>"));
  CHECK(checked(options, "<p:POSLog xmlns:p='urn:x'><StoreID>1</StoreID></p:POSLog>").empty());
  CHECK(checked(options, "<POSLog/>").empty());
  CHECK(checked(options, "<Order/>").size() == 1);
  CHECK(records_of(checked(options, "<Log><Transaction>1</Transaction></Log>")) == Strings{"1"});
}

TEST_CASE("XML: declared character sets come as UTF-8, and the place is the source's") {
  const std::string head = "<?xml version='1.0' encoding='";
  const auto in = [&](const std::string& name, const std::string& body) {
    return checked(xml("T"), head + name + "'?><L>\xA4<T>" + body + "</T></L>");
  };
  CHECK(records_of(in("ISO-8859-1", "K\xE4se \xA4")) == Strings{"K\u00E4se \u00A4"});
  CHECK(records_of(in("iso-8859-15", "K\xE4se \xA4")) == Strings{"K\u00E4se \u20AC"});
  CHECK(records_of(in("Windows-1252", "K\xE4se \x80")) == Strings{"K\u00E4se \u20AC"});
  CHECK(says(faults_of(in("windows-1252", "\x81"))[0], "not windows-1252"));
  CHECK(records_of(checked(xml("T"), "\xEF\xBB\xBF<T>\u00E4</T>")) == Strings{"\u00E4"});
}

TEST_CASE("XML: long texts are left out with a warning, the record stays") {
  const std::string picture(70'000, 'A');
  const auto items = checked(xml("T"), "<L><T><Image>" + picture + "</Image><n>1</n></T></L>");
  CHECK(records_of(items) == Strings{"Image n=1"});
  CHECK(items[0].warnings == Strings{"Image: a text of 70000 bytes is left out (more than 65536)"});
}

TEST_CASE("XML: a head larger than is kept with each record is said") {
  std::string head = "<L";
  for (int i = 0; i < 70; ++i) head += " a" + std::to_string(i) + "='1'";
  const auto items = checked(xml("T"), head + "><T/></L>");
  REQUIRE(items.size() == 1);
  REQUIRE(items[0].warnings.size() == 1);
  CHECK(says(items[0].warnings[0], "64 values"));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all.append(text);
  return all;
}

TEST_CASE("XML that could harm is refused before anything is done with it", "[F41]") {
  const std::string laughs =
      "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;&lol;&lol;\">]>";
  const std::string attributes = [] {
    std::string all = "<L><T";
    for (int i = 0; i < 1'000'000; ++i) all += " a" + std::to_string(i) + "=''";
    return all + "/></L>";
  }();
  const struct {
    std::string source, words;
  } cases[] = {
      {"<?xml version='1.0'?>" + laughs + "<L><T>&lol2;</T></L>", "DOCTYPE"},
      {"<!DOCTYPE L SYSTEM 'http://127.0.0.1:1/x.dtd'><L><T/></L>", "DOCTYPE"},
      {"<!DOCTYPE L [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><L><T>&f;</T></L>", "DOCTYPE"},
      {"<L><T><!ENTITY x 'y'></T></L>", "DOCTYPE"},
      {"<L><T>&lol9;</T></L>", "a reference to an entity"},
      {"<L><T a='&lol9;'/></L>", "a reference to an entity"},
      {std::string("\xFF\xFE<\0L\0", 6), "UTF-16"},
      {std::string("\0<\0L", 4), "UTF-16"},
      {"<?xml version='1.0' encoding='UTF-16'?><L><T/></L>", "a character set that is not read"},
      {"<?xml version='1.0' encoding='UTF-7'?><L><T/></L>", "a character set that is not read"},
      {"<L><T>" + repeated("<a>", 30'000), "nested deeper than 64"},
      {repeated("<a>", 30'000), "nested deeper than 64"},
      {attributes, "more than 10000 attributes"},
  };
  // The promise's 10 ms are counted, not timed, or a slow machine would break it: so few bytes are
  // taken before the refusal, whatever stands behind them.
  constexpr std::size_t slice = 4096, most = 100u << 10;
  const std::string behind = repeated("<T>1</T>", 100'000);
  for (const auto& [harm, words] : cases) {
    INFO(harm.substr(0, 80));
    FormatOptions options = xml("T");
    options.max_record_bytes = 16u << 20;
    const std::unique_ptr<Decoder> decoder = std::move(*make_decoder(options));
    const std::string source = harm + behind;
    Record record;
    std::size_t taken = 0;
    Decoded outcome = Decoded::need_more;
    while (outcome == Decoded::need_more && taken < source.size()) {
      decoder->feed(std::string_view(source).substr(taken, slice), false);
      taken += slice;
      outcome = decoder->next(record);
    }
    CHECK(outcome == Decoded::fault);
    CHECK(says(decoder->fault(), words));
    CHECK(record.size() == 1);
    CHECK(taken <= most);
  }
}

TEST_CASE("XML records that are too large are faults, and the next goes on", "[F41]") {
  FormatOptions options = xml("T");
  options.max_record_bytes = 8u << 20;
  const std::string crowd = "<T>" + repeated("<a/>", Record::max_nodes + 1) + "</T>";
  auto items = checked(options, "<L>" + crowd + "<T>2</T></L>");
  CHECK(records_of(items) == Strings{"2"});
  CHECK(says(items[0].words, "more than 200000 elements"));

  options.max_record_bytes = 1000;
  const std::string text = "<T>" + std::string(5000, 'x') + "</T>";
  items = checked(options, "<L>" + text + "<T>2</T></L>");
  CHECK(records_of(items) == Strings{"2"});
  CHECK(says(items[0].words, "longer than a record may be"));
  CHECK(items[0].place.bytes == text.size());
  CHECK(items[0].raw.size() == 1000);

  const std::string tag = "<L><T a='" + std::string(5000, 'x') + "'/><T>2</T></L>";
  items = checked(options, tag);
  CHECK(says(items[0].words, "a tag longer than a record may be"));
  CHECK(records_of(items) == Strings{"2"});
}

TEST_CASE("XML options that are not understood are refused") {
  FormatOptions options = xml();
  options.group_by = {"a"};
  CHECK(make_decoder(options).error().message == "format.group_by: is not for kind \"xml\"");
}

TEST_CASE("XML: what is no XML is refused") {
  CHECK(says(faults_of(checked(xml(), "store;item\n1;2\n"))[0], "this is no XML"));
  CHECK(says(faults_of(checked(xml(), "{\"a\":\"<b>\"}"))[0], "this is no XML"));
  CHECK(checked(xml(""), "<a/>\n trailing <a/>").size() == 2);
}

TEST_CASE("XML: of what is refused as a whole the text is kept") {
  const std::string json = "{\"order\":\"<4711>\"}";
  CHECK(checked(xml(), " \n" + json).front().raw == json);
  CHECK(checked(xml(), "\xEF\xBB\xBF" + json).front().raw == json);
  const std::string much(refused_bytes + 70'000, 'x');
  CHECK(checked(xml(), much).front().raw == much.substr(0, refused_bytes));
}

// Pieces that meet in ways nobody writes down.
std::string source_by_chance(support::Random& random) {
  static const Strings pieces = {
      "<T>",
      "</T>",
      "<T>",
      "</T>",
      "<T/>",
      "<L>",
      "</L>",
      "<n>",
      "</n>",
      "<n a='1'>",
      "x",
      " ",
      "&amp;",
      "&#65;",
      "&bad;",
      "& ",
      "<",
      ">",
      "'",
      "\"",
      "=",
      "/",
      "<!-- - -->",
      "<!--",
      "-->",
      "<![CDATA[ ]] ]]>",
      "<?p x?>",
      "<?xml version='1.0' encoding='iso-8859-1'?>",
      "\n",
      "\xE4",
      "\xC3\xA4",
      "<p:T p:a=\"2\" b=''>",
      "</p:T>",
      "<Store>12</Store>",
      "<T b='>'>",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
  std::string source = random.chance(0.7) ? "<L v='1'>" : "";
  for (std::uint64_t i = random.below(25); i > 0; --i) {
    source += random.chance(0.4) ? "<T><n>1</n></T>" : pieces[random.below(pieces.size())];
  }
  return random.chance(0.7) ? source + "</L>" : source;
}

TEST_CASE("XML gives the same in any slices, and says rightly where everything stands") {
  support::Random random(testing::announced_seed("xml slices"));
  for (int round = 0; round < 3000; ++round) {
    const std::string source = source_by_chance(random);
    FormatOptions options = xml(random.chance(0.8) ? "T" : "");
    options.max_record_bytes = random.chance(0.5) ? 64 : 4096;
    INFO(source);
    const auto whole = checked(options, source);
    CHECK(testing::decoded_by_chance(options, source, random) == whole);
  }
}

}  // namespace
}  // namespace storeward
