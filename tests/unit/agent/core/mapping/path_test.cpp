#include "agent/core/mapping/path.h"

#include <catch2/catch.hpp>

using storeward::Path;
using storeward::Record;

namespace {

// <Sale><Line No="1"><Id Type="PLU">4711</Id><Id Type="EAN">96385074</Id></Line><Line
// No="2"/></Sale>
struct Sale {
  Sale() {
    const auto sale = record.add(Record::root, "Sale");
    const auto line = record.add(sale, "Line");
    record.add(line, "@No", "1");
    for (const auto& [type, text] : {std::pair{"PLU", "4711"}, {"EAN", "96385074"}}) {
      record.add(record.add(line, "Id", text), "@Type", type);
    }
    record.add(record.add(sale, "Line"), "@No", "2");
    record.add(Record::root, "Order no.", "7");
  }
  std::string text(std::string_view path, Record::Node from = Record::root) {
    const auto node = Path::parse(path).value().first(record, from);
    return node == Record::none ? "-" : std::string(record.text(node));
  }
  Record record;
};

}  // namespace

TEST_CASE("a path finds what it names and nothing else", "[mapping]") {
  Sale sale;
  CHECK(sale.text("Sale/Line/@No") == "1");
  CHECK(sale.text("Sale/Line[2]/@No") == "2");
  CHECK(sale.text("Sale/Line[last()]/@No") == "2");
  CHECK(sale.text("Sale/Line[3]/@No") == "-");
  CHECK(sale.text("Sale/Line/Id[@Type='EAN']") == "96385074");
  CHECK(sale.text("Sale/Line/Id[@Type!='PLU']") == "96385074");
  CHECK(sale.text("Sale/Line[Id/@Type='PLU']/@No") == "1");
  CHECK(sale.text("Sale/*/Id") == "4711");
  CHECK(sale.text("'Order no.'") == "7");
  CHECK(sale.text("Sale/Line/*") != "1");  // an attribute is no child
  CHECK(sale.text("Sale/Price") == "-");
  const auto id = Path::parse("Sale/Line/Id").value().first(sale.record, Record::root);
  CHECK(sale.text("../@No", id) == "1");
  CHECK(sale.text(".", id) == "4711");
  CHECK(sale.text("/'Order no.'", id) == "7");
  CHECK(Path::parse("Sale/Line").value().all(sale.record, Record::root, 9).size() == 2);
  CHECK(Path::parse("Sale/Line").value().all(sale.record, Record::root, 1).size() == 1);
  CHECK(sale.text("Sale/Price | Sale/Line/Id") == "4711");
  CHECK(Path::parse("Sale/Line[2] | Sale/Line")->all(sale.record, Record::root, 9) ==
        Path::parse("Sale/Line")->all(sale.record, Record::root, 9));
}

TEST_CASE("a wrong path is refused with the character", "[mapping]") {
  for (const auto& [path, said] : {std::pair{"", "empty"},
                                   {"a//b", "character 3"},
                                   {"a[", "character 3"},
                                   {"a[0]", "count from 1"},
                                   {"a[@b=c]", "quotes"},
                                   {"a[@b='c", "does not end"},
                                   {"a b", "character 3"},
                                   {"a |", "character 4"}}) {
    const auto parsed = Path::parse(path);
    REQUIRE(!parsed);
    CHECK_THAT(parsed.error().message, Catch::Contains(said));
  }
}
