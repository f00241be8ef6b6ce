#include <catch2/catch.hpp>

#include "tests/unit/agent/core/admission_fixture.h"

using namespace storeward;
using namespace storeward::admission_test;

namespace {

std::string sale_with_totals(std::string_view totals, std::string_view more_data = "",
                             std::string_view line = R"("kind":"sale")") {
  return event_of("retail.sale.completed.v1",
                  R"({"saleKey":"k","completedAt":"2026-11-20T09:15:02+01:00","currency":"EUR",)"
                  R"("lines":[{"lineNo":1,"kind":"sale","sku":"a","quantity":{"value":"1",)"
                  R"("unit":"H87"},"extended":{"amountMinor":1000,"currency":"EUR"}},)"
                  R"({"lineNo":2,"sku":"b","quantity":{"value":"1","unit":"H87"},)"
                  R"("extended":{"amountMinor":200,"currency":"EUR"},)" +
                      std::string(line) + "}]," + std::string(more_data) + R"("totals":{)" +
                      std::string(totals) + "}}");
}

std::string amount(std::string_view name, int minor) {
  return "\"" + std::string(name) + R"(":{"amountMinor":)" + std::to_string(minor) +
         R"(,"currency":"EUR"})";
}

std::string line_of(std::string_view kind, int minor, std::string_view more = "",
                    std::string_view quantity = "1") {
  return R"({"lineNo":1,"sku":"a","kind":")" + std::string(kind) + R"(","quantity":{"value":")" +
         std::string(quantity) + R"(","unit":"H87"},)" + amount("extended", minor) +
         std::string(more) + "}";
}

std::string tax_of(std::string_view rate, int minor, std::string_view more = "") {
  return R"(,"taxes":[{"rate":")" + std::string(rate) + "\"," + amount("amount", minor) +
         std::string(more) + "}]";
}

std::string receipt(std::string_view type, std::string_view lines, std::string_view totals,
                    std::string_view more_data = "") {
  return event_of("retail." + std::string(type) + ".v1",
                  R"({"saleKey":"k","completedAt":"2026-11-20T09:15:02+01:00","currency":"EUR",)"
                  R"("lines":[)" +
                      std::string(lines) + "]," + std::string(more_data) + R"("totals":{)" +
                      std::string(totals) + "}}");
}

bool flagged(const std::string& body, std::string_view flag = "totalsMismatch") {
  return event(body).bytes.find("\"" + std::string(flag) + "\"") != std::string::npos;
}

}  // namespace

TEST_CASE("arithmetic that does not add up is a flag, not a refusal", "[admission][quality]") {
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 1200))));
  CHECK(flagged(sale_with_totals(amount("gross", 1201))));
  // Tax beside the lines, discounts as lines written either way, a tip on top.
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 1428) + "," + amount("net", 1200) + "," +
                                       amount("tax", 228))));
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 800), "", R"("kind":"discount")")));
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 1300) + "," + amount("tip", 100))));
  CHECK_FALSE(
      flagged(sale_with_totals(amount("gross", 1000), "", R"("kind":"sale","voided":true)")));
  // 2.33 + 0.44 is not 2.78.
  CHECK(flagged(sale_with_totals(amount("gross", 1200) + "," + amount("net", 1008) + "," +
                                 amount("tax", 191))));
  // No telling: discounts within a line.
  CHECK_FALSE(flagged(
      sale_with_totals(amount("gross", 1), "", R"("kind":"sale","discounts":[{"reason":"x"}])")));
}

TEST_CASE("what was paid is compared with what the receipt comes to", "[admission][quality]") {
  const auto paid = [](const std::string& payments, const std::string& more = "") {
    return flagged(
        sale_with_totals(amount("gross", 1200) + more, R"("payments":[)" + payments + "],"),
        "tendersMismatch");
  };
  const auto tender = [](std::int64_t minor, const char* direction = "in") {
    return R"({"tenderType":"cash","direction":")" + std::string(direction) + "\"," +
           amount("amount", minor) + "}";
  };
  CHECK_FALSE(paid(tender(1200)));
  CHECK_FALSE(paid(tender(2000) + "," + tender(800, "out")));
  CHECK_FALSE(paid(tender(1198), "," + amount("rounding", -2)));
  CHECK_FALSE(paid(tender(1300), "," + amount("tip", 100)));
  CHECK(paid(tender(1100)));
  CHECK(paid(tender(2000) + "," + tender(700, "out")));
}

TEST_CASE("a line that is told twice is a flag, for both count", "[admission][quality]") {
  const auto twice = [](const std::string& lines, std::string_view type = "sale.completed") {
    return flagged(receipt(type, lines, amount("gross", 400)), "lineNumberTwice");
  };
  CHECK(twice(line_of("sale", 200) + "," + line_of("sale", 200)));
  CHECK(twice(line_of("sale", 200) + "," + line_of("sale", 200), "return.completed"));
  CHECK_FALSE(twice(line_of("sale", 200) + "," + line_of("sale", 200, R"(,"voided":true)")));
  CHECK_FALSE(flagged(sale_with_totals(amount("gross", 1200)), "lineNumberTwice"));
}

TEST_CASE("tax per rate is compared with the amount it is on", "[admission][quality]") {
  const auto taxed = [](const std::string& rate, std::int64_t tax, std::int64_t total) {
    return flagged(sale_with_totals(amount("gross", 1200) + "," + amount("tax", total), "",
                                    R"("kind":"sale","taxes":[{"rate":")" + rate + "\"," +
                                        amount("amount", tax) + "}]"),
                   "taxesMismatch");
  };
  // The line of 200 is the subject; the other one says nothing of tax.
  CHECK_FALSE(taxed("19", 32, 32));
  CHECK_FALSE(taxed("19.00", 38, 38));
  CHECK_FALSE(taxed("7", 13, 13));
  CHECK(taxed("19", 25, 25));
  CHECK_FALSE(taxed("0.19", 32, 32));
}

TEST_CASE("no right receipt is flagged for how it writes discounts, pieces and returned goods",
          "[admission][quality]") {
  const auto taxes_flagged = [](const std::string& lines, const std::string& totals) {
    return flagged(receipt("sale.completed", lines, totals), "taxesMismatch");
  };
  // A discount on the whole: each line's tax is of what is left of it.
  const std::string less = line_of("discount", -1000);
  const std::string of_9743 = amount("gross", 9743) + "," + amount("tax", 743);
  CHECK_FALSE(taxes_flagged(line_of("sale", 10000, tax_of("8.25", 743)) + "," + less, of_9743));
  CHECK_FALSE(taxes_flagged(line_of("sale", 10000, tax_of("8.25", 743)),
                            of_9743 + "," + amount("discount", 1000)));
  CHECK(taxes_flagged(line_of("sale", 10000, tax_of("8.25", 843)) + "," + less,
                      amount("gross", 9843) + "," + amount("tax", 843)));
  // One on the line, which the amount of the line does not show.
  const std::string own = R"(,"discounts":[{)" + amount("amount", 200) + "}]";
  CHECK_FALSE(taxes_flagged(line_of("sale", 1390, own + tax_of("19", 190)), amount("gross", 1190)));
  // Only a part of it is taxed; each piece is rounded by itself.
  CHECK_FALSE(taxes_flagged(line_of("sale", 1000, tax_of("8", 40, "," + amount("taxable", 500))),
                            amount("gross", 1040)));
  CHECK(taxes_flagged(line_of("sale", 1000, tax_of("8", 40)), amount("gross", 1040)));
  CHECK_FALSE(taxes_flagged(line_of("sale", 990, tax_of("8.25", 80), "10"), amount("gross", 1070)));
  CHECK(taxes_flagged(line_of("sale", 990, tax_of("8.25", 65), "10"), amount("gross", 1055)));
  // Bottles taken back, their tax written as positive.
  CHECK_FALSE(taxes_flagged(line_of("sale", 1190, tax_of("19", 190)) + "," +
                                line_of("deposit", -595, tax_of("19", 95), "7"),
                            amount("gross", 595) + "," + amount("tax", 95)));
  CHECK(taxes_flagged(line_of("sale", 1190, tax_of("19", 190)) + "," +
                          line_of("deposit", -595, tax_of("19", 95), "7"),
                      amount("gross", 595) + "," + amount("tax", 190)));
}

TEST_CASE("of a voided sale it is told whether what was paid was given back",
          "[admission][quality]") {
  const auto tenders = [](const std::string& paid, std::string_view type = "sale.voided") {
    return flagged(receipt(type, line_of("sale", 1000), amount("gross", 1000),
                           R"("payments":[)" + paid + "],"),
                   "tendersMismatch");
  };
  const std::string in = R"({"tenderType":"card","direction":"in",)" + amount("amount", 1000) + "}";
  const std::string out =
      R"({"tenderType":"card","direction":"out",)" + amount("amount", 1000) + "}";
  CHECK_FALSE(tenders(in));
  CHECK_FALSE(tenders(out));
  CHECK_FALSE(tenders(in + "," + out));
  CHECK(tenders(in + "," + in));
  CHECK(tenders(out, "sale.completed"));
  // All lines marked as voided, since all of it is.
  CHECK_FALSE(flagged(
      receipt("sale.voided", line_of("sale", 1000, R"(,"voided":true)"), amount("gross", 1000))));
  CHECK(flagged(receipt("sale.voided", line_of("sale", 1000), amount("gross", 900))));
}

TEST_CASE("what stands in a line counts once, and goods taken back are never added",
          "[admission][quality]") {
  const auto wrong = [](const std::string& lines, const std::string& totals) {
    return flagged(receipt("sale.completed", lines, totals));
  };
  const std::string less = line_of("sale", 1000) + "," + line_of("discount", -100);
  CHECK_FALSE(wrong(less, amount("gross", 900) + "," + amount("discount", 100)));
  CHECK(wrong(less, amount("gross", 800) + "," + amount("discount", 100)));
  const std::string rounded = line_of("sale", 1003) + "," + line_of("rounding", 2);
  CHECK_FALSE(wrong(rounded, amount("gross", 1005) + "," + amount("rounding", 2)));
  CHECK(wrong(rounded, amount("gross", 1007) + "," + amount("rounding", 2)));
  const std::string exchange = line_of("sale", 1000) + "," + line_of("return", 300);
  CHECK_FALSE(wrong(exchange, amount("gross", 700)));
  CHECK(wrong(exchange, amount("gross", 1300)));
}

TEST_CASE("sums beyond 64 bit are no reason to crash", "[admission][quality]") {
  CHECK(flagged(sale_with_totals(R"("gross":{"amountMinor":1,"currency":"EUR"},)"
                                 R"("tax":{"amountMinor":9007199254740991,"currency":"EUR"},)"
                                 R"("tip":{"amountMinor":-9007199254740991,"currency":"EUR"})")));
}

TEST_CASE("flags join those the source brings, in canonical place", "[admission][quality]") {
  const Event bare = event(sale_with_totals(amount("gross", 1)));
  CHECK(bare.bytes.find(R"("quality":{"flags":["totalsMismatch"]},"saleKey")") !=
        std::string::npos);
  const Event brought = event(sale_with_totals(
      amount("gross", 1), R"("quality":{"warnings":["w"],"flags":["assumedZone"]},)"));
  CHECK(brought.bytes.find(
            R"("quality":{"flags":["assumedZone","totalsMismatch"],"warnings":["w"]},"saleKey")") !=
        std::string::npos);
}

TEST_CASE("a retry is a duplicate whatever the clock was flagged as meanwhile",
          "[admission][quality]") {
  bool wrong = true;
  AdmissionOptions flagging = options();
  flagging.clock_wrong = &wrong;
  const auto first = admit(sale(), Framing::single, till, flagging);
  wrong = false;
  const auto second = admit(sale(), Framing::single, till, flagging);
  REQUIRE(first);
  REQUIRE(second);
  const Event& one = std::get<Event>(first->front());
  const Event& two = std::get<Event>(second->front());
  CHECK(one.bytes.find(R"("clockUnsynced")") != std::string::npos);
  CHECK(two.bytes.find(R"("clockUnsynced")") == std::string::npos);
  CHECK(one.digests.content == two.digests.content);
}
