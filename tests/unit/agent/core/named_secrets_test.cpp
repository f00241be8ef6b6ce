// Verification values, PINs and track data named in text: what stands in done/, in failed/ and in
// an exception of a file that cannot be read (P4).
#include <catch2/catch.hpp>
#include <random>

#include "agent/core/field_names.h"
#include "agent/core/masking.h"
#include "tests/support/seed.h"

using namespace storeward;

namespace {

// As JSON, XML, a form and a person write names; its parts stand one after another in `parts`.
std::vector<std::string> spellings(const std::vector<std::string>& parts) {
  const auto joined = [&parts](std::string_view between, bool capitals) {
    std::string name;
    for (std::string part : parts) {
      const bool first = name.empty();
      if (capitals && !first) part[0] = static_cast<char>(part[0] & ~0x20);
      name.append(first ? "" : between).append(part);
    }
    return name;
  };
  std::vector<std::string> all = {joined("", false),  joined("", true),   joined("_", false),
                                  joined("-", false), joined(".", false), joined(" ", true)};
  std::string loud = joined("_", false);
  for (char& c : loud) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  all.push_back(loud);
  return all;
}

}  // namespace

TEST_CASE("a secret is masked in text by every name and spelling that masks it in a field",
          "[masking][P4]") {
  const std::vector<std::vector<std::string>> names = {{"verification", "value"},
                                                       {"security", "code"},
                                                       {"cvn"},
                                                       {"card", "code"},
                                                       {"cvv"},
                                                       {"cvc2"},
                                                       {"cav2"},
                                                       {"cid"},
                                                       {"card", "cvv"},
                                                       {"card", "security", "code"},
                                                       {"card", "pin"},
                                                       {"card", "verification", "value"}};
  for (const auto& parts : names) {
    for (const std::string& name : spellings(parts)) {
      INFO(name);
      CHECK(meaning_of(name) == FieldMeaning::secret);
      CHECK(mask_text("{\"" + name + "\":\"1234\", broken") ==
            "{\"" + name + "\":\"****\", broken");
      CHECK(mask_text("{\"" + name + "\" : 1234}") == "{\"" + name + "\" : ****}");
      CHECK(mask_text("<p:" + name + ">1234</p:" + name + ">") ==
            "<p:" + name + ">****</p:" + name + ">");
      CHECK(mask_text("a[" + name + "]=1234&b=1") == "a[" + name + "]=****&b=1");
      CHECK(mask_text("the " + name + " 1234 was wrong") == "the " + name + " **** was wrong");
    }
  }
}

TEST_CASE("an enciphered PIN and track data are masked in text whatever they look like",
          "[masking][P4]") {
  for (const std::string name :
       {"encrypted_pin", "encryptedPIN", "pin-block", "Pin Data", "encryptedSecurityCode"}) {
    INFO(name);
    CHECK(mask_text(name + ": 0011223344556677.") == name + ": ****.");
    CHECK(mask_text("\"" + name + "\":\"q83vEjRW\\/eJA=\",\"n\":123") ==
          "\"" + name + "\":\"****\",\"n\":123");
    CHECK(mask_text("{\\\"" + name + "\\\": \\\"q83vEjRWeJA=\\\"}123") ==
          "{\\\"" + name + "\\\": \\\"****\\\"}123");
    CHECK(mask_text("<" + name + ">q83vEjRWeJA=</" + name + ">123") ==
          "<" + name + ">****</" + name + ">123");
  }
  for (const std::string name : {"track2", "Track_2_Data", "track1data", "MagStripe"}) {
    INFO(name);
    CHECK(mask_text("\"" + name + "\": \"1234567890128=2512101\", broken") ==
          "\"" + name + "\": \"****\", broken");
    CHECK(mask_text("<" + name + ">\n 1234567890128=2512101</" + name + ">") ==
          "<" + name + ">\n ****</" + name + ">");
  }
  const std::string masked = R"("track2":"****","pinBlock":"****","cvv":"****" 123)";
  CHECK(mask_text(masked) == masked);
  CHECK(mask_text("\"pinBlock\":\"q83vEjRW\nno end 123") == "\"pinBlock\":\"****\nno end 123");
}

TEST_CASE("a secret's name behind a word that a capital ends is one", "[masking][P4]") {
  CHECK(mask_text(R"("txtCVV":"123")") == R"("txtCVV":"****")");
  CHECK(mask_text("customerPin=1234") == "customerPin=****");
  CHECK(mask_text("encryptedCardSecurityCode: 123") == "encryptedCardSecurityCode: ****");
  CHECK(mask_text("McPin 1234") == "McPin 1234");
}

TEST_CASE("words and numbers that only resemble a named secret stay", "[masking]") {
  for (const char* text : {"SPIN 1234, pins 1234",
                           "shipping: 1234",
                           "lupin: 1234",
                           "where c.id=1234",
                           "c_id: 1234",
                           "acid 1234",
                           "placid=1234",
                           "Cider 1234",
                           "pinot noir 2019",
                           "track 1: 1234",
                           "tracking_number: 1234567890128",
                           "track2 4006381333931",
                           "cardcodes: 1234",
                           "security code",
                           "security_code_length 3",
                           "verification values 1234",
                           "value: 1234",
                           "discard_code: 1234",
                           "SKU PIN-12",
                           "cvn: 12",
                           "encrypted_pin: none 123",
                           "pin data: added 1",
                           R"("cid":"customer-17")",
                           R"("tracking":"1Z999AA10123456784")",
                           R"("cardRef":"1234")",
                           R"("cardType":"1234")",
                           R"("securityCodes":"1234")",
                           "ch_0003cvc1234",
                           "aPin 1234567890123"}) {
    CHECK(mask_text(text) == text);
  }
}

TEST_CASE("names that follow one another are all looked at", "[masking]") {
  CHECK(mask_text("cvv cvv2: 123 pin pin_block=00112233 security security_code 456") ==
        "cvv cvv2: **** pin pin_block=**** security security_code ****");
  CHECK(mask_text("cvv2: 123 cvv 2: 123 cvv: 2123") == "cvv2: **** cvv 2: **** cvv: ****");
}

TEST_CASE("any mixture of names, parts and values is masked to what stays as it is", "[masking]") {
  std::mt19937_64 random(storeward::testing::announced_seed("named secrets"));
  constexpr std::string_view pieces[] = {
      "\"",   "cvv",  "pin", "Block",     "_",     "track", "2",        "data",
      ":",    "=",    " ",   "123 ",      "1234 ", ">",     "<",        "card",
      "Code", "\\\"", "\n",  "encrypted", "-",     "x",     "\xC3\xA4", "00112233 "};
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (std::size_t parts = random() % 16; parts > 0; --parts) {
      text += pieces[random() % std::size(pieces)];
    }
    const std::string masked = mask_text(text);
    CAPTURE(text, masked);
    REQUIRE(mask_text(masked) == masked);
  }
}
