#include "agent/core/receipt_number.h"

#include <catch2/catch.hpp>

using namespace storeward;

namespace {

ReceiptFacts receipt(std::uint64_t event, std::uint64_t revision = 1) {
  return {.number = 7,
          .gross_minor = static_cast<std::int64_t>(100 * event + revision),
          .event = event,
          .revision = revision};
}

ReceiptFacts void_receipt(std::uint64_t event) {
  ReceiptFacts facts = receipt(event);
  facts.counts = false;
  facts.is_void = true;
  return facts;
}

VoidedReceipt void_by(std::uint64_t event, bool named = true) {
  return {.number = 7, .named = named, .event = event};
}

// One number, and what has come to it, as its users keep it.
struct Kept {
  ReceiptNumber number;

  PlacedReceipt take(const ReceiptFacts& receipt) {
    PlacedReceipt placed = place(number, receipt);
    if (placed.stands) number.standing = receipt;
    return placed;
  }
  PlacedVoid take(const VoidedReceipt& voided) {
    PlacedVoid placed = place(number, voided);
    number.voided |= placed.voids;
    return placed;
  }
};

}  // namespace

TEST_CASE("the first receipt of a number stands and counts", "[receipt]") {
  Kept kept;
  const PlacedReceipt placed = kept.take(receipt(1));
  CHECK(placed.stands);
  CHECK(placed.counts);
  CHECK_FALSE(placed.repeated);
  CHECK_FALSE(placed.corrected);
}

TEST_CASE("another receipt under the same number counts, is a repeat and never stands",
          "[receipt]") {
  Kept kept;
  kept.take(receipt(1));
  for (const ReceiptFacts& other : {receipt(2), receipt(0)}) {
    const PlacedReceipt placed = kept.take(other);
    CHECK_FALSE(placed.stands);
    CHECK(placed.counts);
    CHECK(placed.repeated);
  }
  CHECK(kept.number.standing->event == 1);
}

TEST_CASE("what is of no known event repeats even what is of none", "[receipt]") {
  Kept kept;
  kept.take(receipt(0));
  CHECK(kept.take(receipt(0, 2)).repeated);
}

TEST_CASE("a used number gives way to the receipt that comes under it", "[receipt]") {
  ReceiptFacts used = receipt(0);
  used.is_receipt = used.counts = false;
  Kept kept{{used}};
  CHECK_FALSE(kept.take(void_by(9, false)).voids);
  const PlacedReceipt placed = kept.take(receipt(1));
  CHECK(placed.stands);
  CHECK(placed.counts);
  CHECK_FALSE(placed.repeated);
  CHECK_FALSE(placed.corrected);
}

TEST_CASE("of the revisions of a receipt the latest counts, whichever of them comes last",
          "[receipt]") {
  Kept kept;
  kept.take(receipt(1, 2));
  for (const std::uint64_t known : {1, 2}) {
    const PlacedReceipt placed = kept.take(receipt(1, known));
    CHECK_FALSE(placed.stands);
    CHECK_FALSE(placed.counts);
    CHECK_FALSE(placed.repeated);
  }
  const PlacedReceipt placed = kept.take(receipt(1, 10));
  CHECK(placed.stands);
  CHECK(placed.counts);
  REQUIRE(placed.corrected);
  CHECK(placed.corrected->gross_minor == receipt(1, 2).gross_minor);
}

TEST_CASE("a void takes back once what stands under the number", "[receipt]") {
  Kept kept;
  kept.take(receipt(1));
  const bool named = GENERATE(false, true);
  const PlacedVoid placed = kept.take(void_by(9, named));
  CHECK(placed.voids);
  REQUIRE(placed.taken_back);
  CHECK(placed.taken_back->event == 1);
  CHECK_FALSE(kept.take(void_by(10, named)).taken_back);
}

TEST_CASE("a receipt that comes after the void that names it stands and never counts",
          "[receipt]") {
  Kept kept;
  const PlacedVoid placed = kept.take(void_by(9));
  CHECK(placed.voids);
  CHECK_FALSE(placed.taken_back);
  CHECK(kept.take(receipt(1)).stands);
  CHECK_FALSE(place({std::nullopt, true}, receipt(1)).counts);
}

TEST_CASE("a void that names none leaves alone what comes later, and itself", "[receipt]") {
  Kept kept;
  CHECK_FALSE(kept.take(void_by(9, false)).voids);
  CHECK(kept.take(void_receipt(9)).stands);
  CHECK_FALSE(kept.take(void_by(9, false)).voids);  // again
  const PlacedReceipt placed = kept.take(receipt(1));
  CHECK(placed.counts);
  CHECK(placed.repeated);
}

TEST_CASE("a correction of what is voided takes its place, takes nothing back and counts nowhere",
          "[receipt]") {
  Kept kept;
  kept.take(receipt(1));
  kept.take(void_by(9));
  const PlacedReceipt placed = kept.take(receipt(1, 2));
  CHECK(placed.stands);
  CHECK_FALSE(placed.counts);
  CHECK_FALSE(placed.corrected);
  CHECK_FALSE(placed.repeated);
}

TEST_CASE("under a voided number another receipt counts, and the void's own is no repeat",
          "[receipt]") {
  Kept kept;
  kept.take(receipt(1));
  kept.take(void_by(9, false));
  const PlacedReceipt own = kept.take(void_receipt(9));
  CHECK_FALSE(own.stands);
  CHECK_FALSE(own.repeated);
  const PlacedReceipt other = kept.take(receipt(2));
  CHECK(other.counts);
  CHECK(other.repeated);
}
