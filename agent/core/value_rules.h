// How the values of an event are written: times, dates, decimals, codes. CONTRACT section 3.
// The same forms stand as patterns in docs/contract/schemas/values.json.
#pragma once

#include <optional>
#include <string_view>

#include "agent/base/clock.h"

namespace storeward {

// ISO 8601 calendar date that exists: YYYY-MM-DD.
bool is_date(std::string_view text);

// RFC 3339 with offset, upper-case T and Z, 0 to 9 fractional digits, leap second allowed (it
// counts as the first moment of the next minute). None if not of that form or no real date.
std::optional<WallTime> parse_time(std::string_view text);

// Decimal text: up to 18 digits, up to 9 behind the point, no exponent: "-0.420".
bool is_decimal(std::string_view text);
bool is_positive_decimal(std::string_view text);
bool is_unsigned_decimal(std::string_view text);

bool is_currency(std::string_view text);  // ISO 4217 alpha-3
bool is_unit(std::string_view text);      // UN/ECE Recommendation 20
bool is_gtin(std::string_view text);      // 8, 12, 13 or 14 digits; check digits are the source's
bool is_hex_sha256(std::string_view text);
bool is_last4(std::string_view text);
bool is_revision(std::string_view text);  // 1 to 18 digits, no leading zero
bool is_name_character(char c);           // A-Z a-z 0-9 . _ ~ -
bool is_name(std::string_view text);      // 1 to 64 of them: of a tenant, site, agent, source

}  // namespace storeward
