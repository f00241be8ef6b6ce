#include "agent/core/masking.h"

#include <catch2/catch.hpp>
#include <random>

#include "agent/core/card_number.h"
#include "agent/core/field_names.h"
#include "agent/core/json_canonical.h"
#include "tests/support/seed.h"

using namespace storeward;

namespace {

std::string with_gs1_check_digit(std::string digits) {
  for (char check = '0'; check <= '9'; ++check) {
    if (gs1_valid(digits + check)) return digits + check;
  }
  FAIL("no check digit fits");
  return {};
}

std::string with_luhn_digit(std::string digits) {
  for (char check = '0'; check <= '9'; ++check) {
    if (luhn_valid(digits + check)) return digits + check;
  }
  FAIL("no check digit fits");
  return {};
}

std::string random_digits(std::mt19937_64& random, std::size_t count) {
  std::string digits;
  for (std::size_t i = 0; i < count; ++i) digits.push_back(static_cast<char>('0' + random() % 10));
  return digits;
}

std::string masked_json(std::string_view json) {
  JsonTree tree;
  REQUIRE(tree.read(json));
  mask_tree(tree);
  REQUIRE(tree.sort_members());
  std::string out;
  append_canonical(tree, tree.root(), out);
  return out;
}

}  // namespace

TEST_CASE("card numbers of every scheme are masked wherever they stand in text", "[masking]") {
  const std::string number =
      GENERATE("4111111111111111", "5555555555554444", "2223003122003222", "378282246310005",
               "6011111111111117", "30569309025904", "3530111333300000", "6200000000000005",
               "6759649826438453", "4222222222222", "6304000000000000", "2200000000000004");
  const std::string tail = "************" + number.substr(number.size() - 4);
  CHECK(mask_text(number) == tail);
  CHECK(mask_text("paid with " + number + ", thanks") == "paid with " + tail + ", thanks");
  CHECK(mask_text("x" + number + "y") == "x" + tail + "y");
  CHECK(mask_text("/v1/cards/" + number + "?a=1") == "/v1/cards/" + tail + "?a=1");
}

TEST_CASE("a card number in groups is masked whatever parts them", "[masking]") {
  for (const char* text :
       {"4111 1111 1111 1111", "4111-1111-1111-1111", "4111%201111%201111%201111",
        "4111+1111+1111+1111", "4111  1111  1111  1111", "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        "4111\xC2\xA0"
        "1111 1111-11-11",
        "0004111111111111111"}) {
    INFO(text);
    CHECK(mask_text(text) == "************1111");
  }
  CHECK(mask_text("3 4111 1111 1111 1111 2027") == "3 ************1111 2027");
}

TEST_CASE("a card number written with an exponent is masked in text too", "[masking][F47]") {
  for (const char* number : {"4.111111111111111e15", "4.111111111111111E+15",
                             "41111111111111110e-1", "41111111111.11111e5", "4.1111111111111110e15",
                             "0.4111111111111111e16", "4111111111111111e0"}) {
    INFO(number);
    CHECK(mask_text(number) == "************1111");
    CHECK(mask_text("{\"n\":" + std::string(number) + ",") == "{\"n\":************1111,");
  }
  CHECK(mask_text("40000000000010e2") == "************1000");
  for (const char* text :
       {"4.111111111111112e15", "4.111111111111111e14", "4.111111111111111e", "4.111111111111111e+",
        "4.111111111111111e-15", "4.111111111111111e150", "0.0000000000000000e15"}) {
    INFO(text);
    CHECK(mask_text(text) == text);
  }
}

TEST_CASE("track data, verification values and PINs leave nothing behind", "[masking]") {
  CHECK(mask_text("swipe %B4111111111111111^DOE/JOHN^25121010000000000?;4111111111111111="
                  "25121010000012300000? end") == "swipe ******** end");
  CHECK(mask_text(";1234567890123456=25121010000?") == "****");
  CHECK(mask_text("4111111111111111D25121010000F") == "****");
  CHECK(mask_text("cvv 123") == "cvv ****");
  CHECK(mask_text("cvc123 12cvc:123") == "cvc**** 12cvc:****");
  CHECK(mask_text("ch_0003cvc1234") == "ch_0003cvc1234");
  CHECK(mask_text("0426CVC123 4111111111111111cvc123") == "0426CVC**** ************1111cvc****");
  CHECK(mask_text(R"("CVV2":"1234",)") == R"("CVV2":"****",)");
  CHECK(mask_text("<cvc>987</cvc>") == "<cvc>****</cvc>");
  CHECK(mask_text("PIN=1234") == "PIN=****");
  CHECK(mask_text("pinBlock: 0412AC89ABCDEF67") == "pinBlock: ****");
  CHECK(mask_text("SPIN 1234, pins 1234") == "SPIN 1234, pins 1234");
}

TEST_CASE("a card number in base64 is masked", "[masking][F47]") {
  CHECK(mask_text("NDExMTExMTExMTExMTExMQ==") == "****");
  CHECK(mask_text("see data:text/plain;base64,cGFuPTQxMTExMTExMTExMTExMTE= there") ==
        "see data:text/plain;base64,**** there");
  CHECK(mask_text("https://host/a/NDExMTExMTExMTExMTExMQ") == "https:****");
  const std::string innocent = "c3RvcmV3YXJkIGNhcnJpZXMgc2FsZXM=";
  CHECK(mask_text(innocent) == innocent);
}

TEST_CASE("what is no card stays as it is", "[masking]") {
  for (const char* text : {"", "4111111111111112", "2026-11-20T09:15:02.120Z", "1763629302120",
                           "store-0042/3/2026-11-20/123", "411111111111", "+49 30 1234567",
                           "550e8400-e29b-41d4-a716-446655440000", "41111111111111111111"}) {
    CHECK(mask_text(text) == text);
  }
}

TEST_CASE("fields named for card data are masked whatever their value", "[masking]") {
  CHECK(masked_json(R"({"cvv":"12","Card_PIN":7,"track2":{"a":1},"pan":"4000 0000 0000 0000"})") ==
        R"({"Card_PIN":"****","cvv":"****","pan":"************0000","track2":"****"})");
  CHECK(masked_json(R"({"cvc":null,"pin":[1,2],"cardNumber":4111111111111112})") ==
        R"({"cardNumber":"************1112","cvc":null,"pin":"****"})");
  CHECK(masked_json(R"({"shipping":"1234","spin":"99","expiry":"2026-11-20"})") ==
        R"({"expiry":"2026-11-20","shipping":"1234","spin":"99"})");
}

TEST_CASE("card numbers are found as numbers, in names, behind escapes and deep inside",
          "[masking]") {
  CHECK(masked_json(R"({"a":[{"b":4111111111111111}]})") == R"({"a":[{"b":"************1111"}]})");
  CHECK(masked_json(R"({"a":4111111111111111.0,"b":4.111111111111111e15})") ==
        R"({"a":"************1111","b":"************1111"})");
  CHECK(masked_json(R"({"a":-4111111111111111})") == R"({"a":"************1111"})");
  CHECK(masked_json(R"({"x 4111111111111111":1})") == R"({"x ************1111":1})");
  CHECK(masked_json(R"({"a":"\u0034111\u002d1111 1111 1111"})") == R"({"a":"************1111"})");
  CHECK(masked_json(R"({"a":0.4111111111111111})") == R"({"a":0.4111111111111111})");
}

TEST_CASE("100,000 GS1 numbers in their fields stay as they are", "[masking]") {
  std::mt19937_64 random(storeward::testing::announced_seed("GS1 numbers"));
  constexpr std::size_t lengths[] = {8, 12, 13, 14, 18};
  constexpr const char* names[] = {"gtin", "sscc", "gln", "sku", "raw", "01"};
  std::string json = "[";
  for (int i = 0; i < 100'000; ++i) {
    const std::size_t length = lengths[random() % 5];
    const std::string number = with_gs1_check_digit(random_digits(random, length - 1));
    json += std::string(json.size() > 1 ? "," : "") + "{\"" + names[random() % 6] + "\":\"" +
            number + "\"}";
  }
  json += "]";
  CHECK((masked_json(json) == json));
}

TEST_CASE("a loyalty number stays in its field, a card number does not", "[masking]") {
  const std::string loyalty = R"({"loyaltyNumber":"6340000000000000007"})";
  REQUIRE(is_card_number(with_luhn_digit("634000000000000000")));
  CHECK(masked_json(R"({"loyaltyNumber":")" + with_luhn_digit("634000000000000000") + "\"}") ==
        R"({"loyaltyNumber":")" + with_luhn_digit("634000000000000000") + "\"}");
  CHECK(masked_json(R"({"loyaltyNumber":"4111111111111111"})") ==
        R"({"loyaltyNumber":"************1111"})");
  CHECK(masked_json(R"({"gtin":"4111111111111111"})") == R"({"gtin":"************1111"})");
}

TEST_CASE("100,000 UUIDs stay as they are wherever they stand", "[masking][F47]") {
  std::mt19937_64 random(storeward::testing::announced_seed("UUIDs"));
  for (int i = 0; i < 100'000; ++i) {
    std::string uuid =
        "xxxxxxxx-xxxx-" + std::to_string(1 + random() % 8) + "xxx-8xxx-xxxxxxxxxxxx";
    for (char& c : uuid) {
      if (c == 'x') c = "0123456789abcdef"[random() % 16];
    }
    const std::string text = "/v1/sales/" + uuid + "?n=1";
    REQUIRE(mask_text(uuid) == uuid);
    REQUIRE(mask_text(text) == text);
  }
}

TEST_CASE("a card number beside a UUID, or in what only looks like one, is masked",
          "[masking][F47]") {
  const std::string uuid = "14111111-b34a-5a41-9d11-11ab11111116";
  for (const std::string& text :
       {uuid + " 4111111111111111", "4111 1111 1111 1111-" + uuid, uuid + "-4111111111111111",
        std::string("f1111111-4111-1111-1111-1111aaaaaaaa"),      // no variant of the RFC
        std::string("41111111-1111-1111-8111-111111111111"),      // no letter
        std::string("af111111-4111-1111-1111-1111aaaaaaaa0")}) {  // longer
    INFO(text);
    CHECK(mask_text(text).find("****") != std::string::npos);
    CHECK(mask_text(text).find("41111111") == std::string::npos);
  }
}

TEST_CASE("a GLN stays in a key that a template vouches for, a card number beside it does not",
          "[masking][F47]") {
  const auto masked = [](const std::string& name, const std::string& text) {
    return mask_json("{\"" + name + "\":\"" + text + "\"}", 1000,
                     {.references = {}, .glns = {"key"}});
  };
  const std::string gln = "4012345000009", like_a_card = "4012345000054";
  REQUIRE((is_card_number(like_a_card) && gs1_valid(like_a_card)));
  for (const std::string& key : {like_a_card, gln + "/4102/" + like_a_card + "/1",
                                 like_a_card + "/7", "/" + like_a_card + "//"}) {
    CHECK(masked("key", key) == "{\"key\":\"" + key + "\"}");
    CHECK((masked("note", key) != "{\"note\":\"" + key + "\"}"));
  }
  const std::string old_visa = "4222222222222";
  REQUIRE((is_card_number(old_visa) && !gs1_valid(old_visa)));
  for (const std::string& key : {old_visa, like_a_card + "/4111111111111111", gln + "/" + old_visa,
                                 like_a_card + " 1 / " + old_visa,
                                 std::string("4111111/4012345000054/4111 1111 1111 1111")}) {
    INFO(key);
    CHECK(masked("key", key).find("****") != std::string::npos);
  }
}

TEST_CASE("a card typed where a reference is due is masked, however it is grouped",
          "[masking][F47]") {
  const auto masked = [](const std::string& text) {
    return mask_json("{\"ref\":\"" + text + "\"}", 1000,
                     {.references = {"ref"}, .provider_references = {}, .glns = {}});
  };
  for (const char* text :
       {"4111111111111111", "4111 1111 1111 1111", "4111-11-1111-1111-11", "4111.1111.1111.1111",
        "4111 / 1111 / 1111 / 1111", "3782.822463.10005", "4111\u202f1111\u202f1111\u202f1111",
        "4111%201111%201111%201111", "no. 4111_1111_1111_1111"}) {
    INFO(text);
    CHECK(masked(text).find("************") != std::string::npos);
  }
  // Of Maestro, and within longer numbers: references of the trade look like these.
  for (const char* text :
       {"6759649826438453", "6759.6498.2643.8453", "503-4783957-1054087", "41111111111111110",
        "4111111111111111-1", "store-1/3/2026-11-20/4111"}) {
    INFO(text);
    CHECK(masked(text) == "{\"ref\":\"" + std::string(text) + "\"}");
  }
}

TEST_CASE("every card number is masked, however it is hidden in text", "[masking][F47]") {
  std::mt19937_64 random(storeward::testing::announced_seed("card numbers in text"));
  constexpr const char* separators[] = {"", " ", "-", "+", "%20"};
  for (int i = 0; i < 20'000; ++i) {
    constexpr const char* issuers[] = {"4", "51", "55", "2221", "2720", "6011", "65", "62"};
    std::string number = issuers[random() % 8];
    number = with_luhn_digit(number + random_digits(random, 15 - number.size()));
    const std::string separator = separators[random() % 5];
    std::string text = "ref/";
    for (std::size_t at = 0; at < number.size(); at += 4) {
      text += (at > 0 ? separator : "") + number.substr(at, 4);
    }
    const std::string masked = mask_text(text + " ok");
    CAPTURE(text, masked);
    REQUIRE(masked == "ref/************" + number.substr(12) + " ok");
  }
}

TEST_CASE("what cannot be read is kept masked, and not at all if it cannot be looked into",
          "[masking][F48]") {
  CHECK(mask_unreadable(R"({"pan":"4111111111111111","cvv":"123")", 100) ==
        R"({"pan":"************1111","cvv":"****")");
  CHECK(mask_unreadable(R"({"a":"\u0034\u0031\u0031\u0031111111111111")", 100) ==
        R"({"a":"************1111")");
  CHECK(mask_unreadable("a\xFF"
                        "b",
                        100) ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(mask_unreadable("a\xC3\xA4", 2) == "a");
  CHECK(mask_unreadable(std::string("4\0"
                                    "1\0"
                                    "1\0",
                                    6),
                        100)
            .empty());
}

TEST_CASE("a card number that was rounded to a double is masked whole", "[masking][F47]") {
  for (const char* number :
       {"6200000000000000005.0", "6.200000000000000005e18", "9792000000000001.0"}) {
    JsonTree tree;
    INFO(number);
    REQUIRE(tree.read("{\"x\":" + std::string(number) + "}"));
    mask_tree(tree);
    CHECK(tree.text(tree.root(), "x").find_first_of("0123456789") == std::string::npos);
    CHECK_FALSE(tree.text(tree.root(), "x").empty());
  }
}

TEST_CASE("track data is never cut within a character", "[masking]") {
  for (std::size_t shift = 0; shift < 3; ++shift) {
    std::string track = "%B5500005555555559^" + std::string(shift, 'D');
    for (int i = 0; i < 60; ++i) track += "\xEF\xBF\xBD";
    const std::string masked = mask_text(track);
    CHECK(masked.starts_with("****\xEF"));
  }
}

TEST_CASE("field names mean the same in every spelling", "[masking]") {
  for (const char* name : {"cardNumber", "card_number", "CARD-NUMBER", "Card Number"}) {
    CHECK(meaning_of(name) == FieldMeaning::card_number);
  }
  CHECK(meaning_of("") == FieldMeaning::other);
  CHECK(meaning_of("company") == FieldMeaning::other);
}

TEST_CASE("a scan whose digits are GS1 numbers stays, one that hides a card does not",
          "[masking]") {
  const auto masked = [](const std::string& raw) {
    return mask_json(R"({"raw":")" + raw + R"("})", 1000);
  };
  // This GLN looks like an old Visa number.
  for (const char* raw : {"(414)4012345000054(254)7", "https://id.gs1.org/414/4012345000054"}) {
    REQUIRE(mask_text(raw) != raw);
    INFO(raw);
    CHECK(masked(raw) == R"({"raw":")" + std::string(raw) + R"("})");
  }
  CHECK(masked("https://4111111111111111.com/414/4012345000054").find("4111111111111111") ==
        std::string::npos);
  CHECK(masked("(10)4111111111111111").find("4111111111111111") == std::string::npos);
  CHECK(masked("]371930470000042").find("371930470000042") == std::string::npos);
}

TEST_CASE("digits in front of a card number do not leave it readable", "[masking]") {
  // "3000000001 5580" by itself looks like a card of Diners Club.
  CHECK(mask_text("3000000001 5580 8754 4210 6011") == "************6011");
  CHECK(mask_text("3000000001 5580") == "************5580");
}

TEST_CASE("a name means the same however often and after whichever other it is met",
          "[masking][F47]") {
  std::mt19937_64 random(storeward::testing::announced_seed("names that come again"));
  constexpr std::string_view pieces[] = {"pan",  "cvv",  "gtin", "Card",   "Number",           "_",
                                         "note", "item", "1",    "cvv123", "4111111111111111", ""};
  // A number that stays in a field named for it, and one that never does.
  constexpr std::string_view gtin = "4012345000054", card = "4111111111111111";
  REQUIRE(gs1_valid(gtin));
  for (int i = 0; i < 50'000; ++i) {
    std::string name;
    for (std::size_t parts = random() % 4; parts > 0; --parts) {
      name += pieces[random() % std::size(pieces)];
    }
    if (random() % 8 == 0) name.append(70, 'x');
    const std::string_view value = random() % 2 == 0 ? gtin : card;
    const FieldMeaning meaning = meaning_of(name);
    std::string expected = mask_text(value);
    if (meaning == FieldMeaning::secret) expected = "****";
    if (meaning == FieldMeaning::card_number) {
      expected = "************" + std::string(value.substr(value.size() - 4));
    }
    if (meaning == FieldMeaning::gs1 && value == gtin) expected = gtin;
    CAPTURE(name, value);
    REQUIRE(masked_json("{\"" + name + "\":\"" + std::string(value) + "\"}") ==
            "{\"" + mask_text(name) + "\":\"" + expected + "\"}");
  }
}
