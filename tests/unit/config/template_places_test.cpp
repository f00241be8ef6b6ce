// A record of many lines: the reason of a fault says which of them it is.
#include <catch2/catch.hpp>

#include "drivers/feed.h"
#include "tests/unit/config/template_fixture.h"

using namespace storeward;
using namespace storeward::config;

namespace {

constexpr const char* event_of_each_row =
    "[[event]]\ntype='retail.stock.received.v1'\neach='row'\nkey=['/no', {index=true}]\n"
    "[event.data]\nsku='/no'\nlocationId='/no'\noccurredAt={const='2026-11-20T09:00:00Z'}\n"
    "quantity='n'\n";

std::string rows_in_a_scan(const std::string& member) {
  return "[[event]]\ntype='retail.scan.observed.v1'\nkey=['no']\n[event.data]\nraw='no'\n"
         "at={const='2026-11-20T09:00:00Z'}\n" +
         member;
}

}  // namespace

TEST_CASE("a fault of an event of one line says the line's place in the record", "[mapping]") {
  CHECK(map_rows(event_of_each_row, {"1", "x", "y"}).fault ==
        "row[2]: data.quantity: \"x\" is not a number with \".\" as its decimal sign");
  CHECK(map_rows(event_of_each_row + std::string("[[event.flags]]\nflag='odd'\n"
                                                 "when={path='n', less=0}\n"),
                 {"1", "2"})
            .fault.empty());
  CHECK(map_rows(event_of_each_row, {"x"}).fault ==
        "data.quantity: \"x\" is not a number with \".\" as its decimal sign");
}

TEST_CASE("a fault of a sum or a condition over lines says at which of them it was", "[mapping]") {
  const std::string no_number = ": \"x\" is not a number with \".\" as its decimal sign";
  CHECK(map_rows(rows_in_a_scan("all={sum='row', of='n', as='decimal'}"), {"1", "x"}).fault ==
        "data.all: row[2]/n" + no_number);
  CHECK(map_rows(rows_in_a_scan("all={count='row', where={path='n', greater=0}, as='integer'}"),
                 {"1", "2", "x"})
            .fault == "data.all: row[3]/n" + no_number);
  CHECK(map_rows(rows_in_a_scan("all={each='row', item={path='n', as='decimal'}}"), {"1", "x"})
            .fault == "data.all[1]" + no_number);
}

TEST_CASE("what the contract finds wrong with the event of one line is told with its place",
          "[mapping]") {
  const auto file = compiled(head + std::string("group_by=['no']\n") + event_of_each_row);
  const auto context = in_the_shop();
  FeedPlan plan;
  plan.mapping = std::shared_ptr<const mapping::Template>(file, &file->mapping);
  plan.submitter = {.name = "till-3"};
  plan.context = context;
  Record record;
  record.add(Record::root, "no", "1");
  for (const char* const number : {"1", "0"}) {
    record.add(record.add(Record::root, "row"), "n", number);
  }
  const FedRecord fed = fed_record(plan, context, record, {.number = 1}, "raw");
  REQUIRE(fed.items.size() == 2);
  CHECK(std::get<Rejected>(fed.items[1]).reason.starts_with("row[2]: data.quantity"));
}
