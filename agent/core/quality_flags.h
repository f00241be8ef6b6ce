// Quality flags: what is odd about a valid event and no reason to refuse it. CONTRACT section 3.
// The agent adds them to `data.quality.flags` of what it publishes; they are no part of the content
// by which a source's retry is recognised. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/core/json_tree.h"

namespace storeward {

namespace quality_flags {
// A sale's or return's lines, taxes and totals agree in no usual way (taxes and discounts within
// the lines or beside them).
inline constexpr std::string_view totals_mismatch = "totalsMismatch";
// When the event was taken in, the machine's clock was known to be wrong.
inline constexpr std::string_view clock_unsynced = "clockUnsynced";
// A time was handed in without its zone: the site's was taken.
inline constexpr std::string_view zone_assumed = "zoneAssumed";
// A local time that the clock showed twice that night: the first was taken.
inline constexpr std::string_view local_time_twice = "localTimeTwice";
// A local time that the clock skipped that night.
inline constexpr std::string_view local_time_skipped = "localTimeSkipped";
// A date was handed in where a time is due: midnight was taken.
inline constexpr std::string_view time_of_day_unknown = "timeOfDayUnknown";
// A GTIN's check digit is not the one its other digits ask for.
inline constexpr std::string_view gtin_check_digit = "gtinCheckDigit";
}  // namespace quality_flags

// Of an event that has passed the rules of its type.
bool totals_agree(const JsonTree& tree, const JsonNode& data, std::string_view type);

// Canonical text of `data` with these flags beside those it brings. The tree's members are sorted.
void append_flagged(const JsonTree& tree, const JsonNode& data,
                    const std::vector<std::string_view>& flags, std::string& out);

}  // namespace storeward
