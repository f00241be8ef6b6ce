#include "drivers/formats/text_encoding.h"

#include <catch2/catch.hpp>

#include "tests/unit/drivers/formats/decoded_rows.h"

using storeward::FormatOptions;
using storeward::TextEncoding;
using storeward::testing::decoded;
using storeward::testing::texts;
using namespace std::string_literals;
using Texts = std::vector<std::string>;

namespace {

std::string utf8(std::string_view encoding, std::string_view bytes) {
  auto made = TextEncoding::named(encoding);
  REQUIRE(made);
  std::string text;
  made->decode(bytes, true, text);
  CHECK(made->source_bytes(text) == bytes.size());
  return text;
}

std::string utf16(std::string_view ascii, bool big) {
  std::string bytes = big ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) {
    if (big) bytes += '\0';
    bytes += c;
    if (!big) bytes += '\0';
  }
  return bytes;
}

FormatOptions in(const std::string& encoding) {
  return {.kind = "csv", .encoding = encoding};
}

}  // namespace

TEST_CASE("single bytes become the characters of their set", "[encoding]") {
  CHECK(utf8("windows-1252", "a\x80\xE4\x9F") == "a\xE2\x82\xAC\xC3\xA4\xC5\xB8");
  CHECK(utf8("iso-8859-1", "\xA4\xE4 and more ASCII\xFF") ==
        "\xC2\xA4\xC3\xA4 and more ASCII\xC3\xBF");
  CHECK(utf8("iso-8859-15", "\xA4\xBC\xE4") == "\xE2\x82\xAC\xC5\x92\xC3\xA4");
}

TEST_CASE("UTF-16 is read in both orders, pairs included", "[encoding]") {
  CHECK(utf8("utf-16", "\xFF\xFE\xE4\x00\x3D\xD8\x00\xDE"s) ==
        "\xEF\xBB\xBF\xC3\xA4\xF0\x9F\x98\x80");
  CHECK(utf8("utf-16", "\xFE\xFF\x00\xE4\xD8\x3D\xDE\x00"s) ==
        "\xEF\xBB\xBF\xC3\xA4\xF0\x9F\x98\x80");
  CHECK(utf8("utf-16",
             "\x00"
             "a\x00"
             "b"s) == "ab");
  CHECK(utf8("utf-16",
             "a\x00"
             "b\x00"s) == "ab");
  // Half a pair, half a unit: no UTF-8 comes out.
  CHECK(utf8("utf-16",
             "a\x00\x3D\xD8"
             "b\x00"s) ==
        "a\xED\xA0\xBD"
        "b");
  CHECK(utf8("utf-16",
             "a\x00\x3D\xD8"
             "b"s) == "a\xED\xA0\xBD\xFF");
}

TEST_CASE("bytes that are no character are a fault of their row", "[encoding][F42]") {
  CHECK(texts(in("windows-1252"), "a,b\n1,\x81\n\xC4,4\n") ==
        Texts{"fault: line 2: the row holds bytes that are not windows-1252", "a=\xC3\x84 b=4"});
  auto bytes = utf16("a,b\n1,2\n3,", false) + "\x3D\xD8"s + utf16("\n5,6", false).substr(2);
  CHECK(texts(in("utf-16"), bytes) ==
        Texts{"a=1 b=2", "fault: line 3: the row holds bytes that are not utf-16", "a=5 b=6"});
  CHECK(texts(in("utf-16"), utf16("a,b\n1,\0\n"s, false)) ==
        Texts{"fault: line 2: a NUL byte stands in the row"});
}

TEST_CASE("places count the bytes of the source, whatever its encoding", "[encoding]") {
  const auto western = decoded(in("iso-8859-1"), "a,b\n\xE4\xE4,2\n3,4\n");
  REQUIRE(western.size() == 2);
  CHECK(western[0].place.bytes == 4);
  CHECK(western[1].place.offset == 9);
  for (const bool big : {false, true}) {
    const auto rows = decoded(in("utf-16"), utf16("a,b\r\n1,2\r\n\n3,\"x\ny\"\n", big));
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].place.offset == 12);
    CHECK(rows[0].place.bytes == 6);
    CHECK(rows[0].raw == "1,2");
    CHECK(rows[1].place.offset == 24);
    CHECK(rows[1].place.bytes == 14);
    CHECK(rows[1].place.line == 4);
  }
}
