#include "agent/runtime/certificate_watch.h"

#include <catch2/catch.hpp>

using namespace storeward;
using namespace std::chrono;

namespace {

const WallTime made = sys_days(year(2026) / November / 23);

CertificateDates living(Millis life) {
  return {made, made + life};
}

}  // namespace

TEST_CASE("a certificate that ends is told of at 30, 14, 7 and 1 days", "[alerts][F30]") {
  const CertificateDates dates = living(days(365));
  const auto with_left = [&](Millis left) {
    return certificate_stage(dates, dates.expires - left);
  };
  CHECK(with_left(days(30) + Millis(1)) == "");
  CHECK(with_left(days(30)) == "expires_in_30_days");
  CHECK(with_left(days(14) + Millis(1)) == "expires_in_30_days");
  CHECK(with_left(days(14)) == "expires_in_14_days");
  CHECK(with_left(days(7)) == "expires_in_7_days");
  CHECK(with_left(days(1)) == "expires_in_1_day");
  CHECK(with_left(Millis(1)) == "expires_in_1_day");
  CHECK(with_left(Millis(0)) == "expired");
  CHECK(certificate_stage(dates, dates.valid_from - Millis(1)) == "not_valid_yet");
  CHECK(certificate_stage(dates, dates.valid_from) == "");
}

TEST_CASE("a certificate is not called old in the first half of its life", "[alerts][F30]") {
  CHECK(certificate_stage(living(days(30)), made) == "");
  CHECK(certificate_stage(living(days(30)), made + days(16)) == "expires_in_14_days");
  CHECK(certificate_stage(living(days(7)), made + days(5)) == "");
  CHECK(certificate_stage(living(days(7)), made + days(6)) == "expires_in_1_day");
  CHECK(certificate_stage(living(hours(12)), made + hours(11)) == "");
  CHECK(certificate_stage(living(hours(12)), made + hours(12)) == "expired");
}
