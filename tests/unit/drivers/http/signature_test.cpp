#include "drivers/http/signature.h"

#include <catch2/catch.hpp>

#include <map>

using namespace storeward;

namespace {

constexpr std::string_view body = R"({"id":820982911946154508,"total_price":"15.23"})";
constexpr const char* in_base64 = "c9pe/rEfoVFmTZw2ej2NHhbS2zoUMcOON0XxwsuoTGs=";
constexpr const char* in_hex = "73da5efeb11fa151664d9c367a3d8d1e16d2db3a1431c38e3745f1c2cba84c6b";
constexpr WallTime now{Millis{1'795'252'502'120}};

// With a timestamp, and what signs `body` at 1795252502.
const SignatureRules timed{.kind = SignatureKind::generic,
                           .secret = "hush",
                           .header = "X-Sig",
                           .timestamp_header = "X-Time",
                           .tolerance = Millis{300'000}};
constexpr const char* with_time =
    "369126c56b674583451c5284b8106d3250237d94cae6c9c10eea6906ce165f0c";

Signed signed_by(const SignatureRules& rules, std::map<std::string_view, std::string_view> headers,
                 std::string_view of = body, WallTime at = now) {
  return how_signed(
      rules, of, [&headers](std::string_view name) { return headers[name]; }, at);
}

bool fits(const SignatureRules& rules, const std::map<std::string_view, std::string_view>& headers,
          std::string_view of = body, WallTime at = now) {
  return signed_by(rules, headers, of, at) == Signed::rightly;
}

}  // namespace

TEST_CASE("Shopify's signature is base64 over the raw body", "[signature][F34]") {
  const SignatureRules rules{.kind = SignatureKind::shopify, .secret = "hush"};
  CHECK(fits(rules, {{"X-Shopify-Hmac-Sha256", in_base64}}));
  CHECK_FALSE(fits(rules, {{"X-Shopify-Hmac-Sha256", in_base64}}, "{}"));
  CHECK_FALSE(fits(rules, {{"X-Shopify-Hmac-Sha256", in_hex}}));
  CHECK_FALSE(fits(rules, {{"X-Shopify-Hmac-Sha256", ""}}));
  CHECK_FALSE(fits(rules, {}));
  const SignatureRules other{.kind = SignatureKind::shopify, .secret = "hus"};
  CHECK_FALSE(fits(other, {{"X-Shopify-Hmac-Sha256", in_base64}}));
}

TEST_CASE("a generic signature is hex or base64 in a header of its own", "[signature][F34]") {
  SignatureRules rules{.kind = SignatureKind::generic, .secret = "hush", .header = "X-Sig"};
  CHECK(fits(rules, {{"X-Sig", in_hex}}));
  CHECK(fits(rules, {{"X-Sig",
                      "sha256=73DA5EFEB11FA151664D9C367A3D8D1E16D2DB3A1431C38E3745F1C2"
                      "CBA84C6B"}}));
  CHECK_FALSE(fits(rules, {{"X-Sig", std::string_view(in_hex).substr(1)}}));
  CHECK_FALSE(fits(rules, {{"X-Sig", in_base64}}));
  rules.base64 = true;
  CHECK(fits(rules, {{"X-Sig", in_base64}}));
  CHECK_FALSE(fits(rules, {{"X-Sig", in_hex}}));
}

TEST_CASE("a signed timestamp must be near, and is part of what is signed", "[signature][F34]") {
  CHECK(fits(timed, {{"X-Sig", with_time}, {"X-Time", "1795252502"}}));
  CHECK(fits(timed, {{"X-Sig", with_time}, {"X-Time", "1795252502"}}, body, now + Millis{299'000}));
  CHECK_FALSE(
      fits(timed, {{"X-Sig", with_time}, {"X-Time", "1795252502"}}, body, now + Millis{301'000}));
  CHECK_FALSE(
      fits(timed, {{"X-Sig", with_time}, {"X-Time", "1795252502"}}, body, now - Millis{301'000}));
  CHECK_FALSE(fits(timed, {{"X-Sig", with_time}, {"X-Time", "1795252503"}}));
  CHECK_FALSE(fits(timed, {{"X-Sig", in_hex}, {"X-Time", ""}}));
  for (const char* odd : {"-1", "99999999999999999999", "1795252502 ", "soon"}) {
    CHECK_FALSE(fits(timed, {{"X-Sig", with_time}, {"X-Time", odd}}));
  }
}

TEST_CASE("why a signature is not taken is told apart", "[signature]") {
  const SignatureRules rules{.kind = SignatureKind::shopify, .secret = "hush"};
  CHECK(signed_by(rules, {}) == Signed::not_at_all);
  CHECK(signed_by(rules, {{"X-Shopify-Hmac-Sha256", in_hex}}) == Signed::otherwise);
  CHECK(signed_by(timed, {{"X-Sig", with_time}, {"X-Time", "1795252502"}}, body,
                  now + Millis{301'000}) == Signed::out_of_time);
  CHECK(signed_by(timed, {{"X-Sig", with_time}, {"X-Time", "1795252503"}}) == Signed::otherwise);
  CHECK(signed_by(timed, {{"X-Sig", in_hex}}) == Signed::without_time);
}
