#include "agent/core/receipt.h"

#include <catch2/catch.hpp>

using namespace storeward;

namespace {

ReceiptFacts receipt(std::int64_t number, std::int64_t minor = 1000, const char* tender = "cash",
                     bool counts = true) {
  return {.register_id = "3",
          .business_date = "2026-11-20",
          .number = number,
          .counts = counts,
          .gross_minor = minor,
          .currency = "EUR",
          .tenders = {{tender, minor}}};
}

ReceiptFacts used(std::int64_t number) {
  return {.register_id = "3",
          .business_date = "2026-11-20",
          .number = number,
          .is_receipt = false,
          .counts = false};
}

CloseFacts close_of(std::uint64_t count, std::int64_t minor, std::vector<TenderAmount> tenders) {
  return {.key = "3/1",
          .register_id = "3",
          .business_date = "2026-11-20",
          .number = "1",
          .count = count,
          .gross_minor = minor,
          .currency = "EUR",
          .tenders = std::move(tenders)};
}

}  // namespace

TEST_CASE("numbers missing between the first and the last are found", "[receipt]") {
  CHECK(missing_numbers({}).empty());
  CHECK(missing_numbers({7}).empty());
  CHECK(missing_numbers({1, 2, 3}).empty());
  CHECK(ranges_text(missing_numbers({1, 2, 5, 7})) == "3-4, 6");
}

TEST_CASE("a counter that was set anew leaves no hole", "[receipt]") {
  CHECK(missing_numbers({1, 2, 9'999}).empty());
  CHECK(ranges_text(missing_numbers({1, 1002})) == "2-1001");
  CHECK(missing_numbers({1, 1003}).empty());
}

TEST_CASE("numbers used up by what is no receipt fill holes and make none", "[receipt]") {
  CHECK(missing_numbers({1, 2, 5, 7}, {3, 4, 6}).empty());
  CHECK(ranges_text(missing_numbers({1, 9}, {2, 4, 5, 8})) == "3, 6-7");
  CHECK(ranges_text(missing_numbers({4, 6}, {1, 9})) == "5");
  std::vector<std::int64_t> every_other;
  for (std::int64_t i = 1; i <= 51; i += 2) every_other.push_back(i);
  const std::string said = ranges_text(missing_numbers(every_other));
  CHECK(said.starts_with("2, 4, 6, "));
  CHECK(said.ends_with(", 38, 40 and 5 more gaps"));
  CHECK(missing_numbers({}, {1, 9}).empty());
}

TEST_CASE("a close is not wanting of numbers used up by what is no receipt", "[receipt]") {
  auto close = close_of(2, 2000, {{"cash", 2000}});
  close.first = 1;
  close.last = 6;
  CHECK(compare(close, {used(1), receipt(2), used(3), used(4), receipt(5), used(6)}).same);
  const auto compared = compare(close, {receipt(2), used(3), receipt(5), used(6)});
  CHECK(compared.difference == "missing receipts: 1, 4");
  auto empty = close_of(0, 0, {});
  empty.first = 1;
  empty.last = 3;
  CHECK(compare(empty, {used(1), used(2), used(3)}).same);
  CHECK(compare(empty, {used(1), used(3)}).difference == "missing receipts: 2");
}

TEST_CASE("a till that counts voided receipts does not count what is none", "[receipt]") {
  const std::vector<ReceiptFacts> numbers = {receipt(1), receipt(2, 700, "cash", false), used(3)};
  CHECK(compare(close_of(2, 1000, {{"cash", 1000}}), numbers).same);
  CHECK(!compare(close_of(3, 1000, {{"cash", 1000}}), numbers).same);
}

TEST_CASE("a close that adds up has no difference", "[receipt]") {
  const auto close = close_of(3, 2500, {{"card", 500}, {"cash", 2000}});
  CHECK(compare(close, {receipt(1), receipt(2), receipt(3, 500, "card")}).same);
}

TEST_CASE("voided receipts have a number and no money, and a till may count them", "[receipt]") {
  const std::vector<ReceiptFacts> receipts = {receipt(1), receipt(2, 700, "cash", false)};
  CHECK(compare(close_of(1, 1000, {{"cash", 1000}}), receipts).same);
  CHECK(compare(close_of(2, 1000, {{"cash", 1000}}), receipts).same);
  CHECK(!compare(close_of(3, 1000, {{"cash", 1000}}), receipts).same);
}

TEST_CASE("each way in which a close differs is said", "[receipt]") {
  auto close = close_of(4, 4100, {{"cash", 3000}, {"voucher", 1100}});
  close.first = 1;
  close.last = 6;
  const auto compared =
      compare(close, {receipt(2), receipt(3), receipt(4, 7, "card"), receipt(5, -500)});
  CHECK(!compared.same);
  CHECK(
      compared.difference ==
      "gross: the close says 41.00 EUR, accepted are 15.07 EUR; cash: the close says 30.00 EUR, "
      "accepted are 15.00 EUR; voucher: the close says 11.00 EUR, accepted are 0.00 EUR; card: the "
      "close says 0.00 EUR, accepted are 0.07 EUR; missing receipts: 1, 6");
}

TEST_CASE("receipts without payments are compared without tenders", "[receipt]") {
  auto without = receipt(1);
  without.tenders.clear();
  CHECK(compare(close_of(1, 1000, {{"cash", 1000}}), {without}).same);
}
