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
// What was paid is not what the receipt comes to, rounding and tip allowed for.
inline constexpr std::string_view tenders_mismatch = "tendersMismatch";
// A line's tax is not what its rate makes of its amount, or the lines' taxes are not the total's.
inline constexpr std::string_view taxes_mismatch = "taxesMismatch";
// Two lines of a receipt that both count have one number: an export may have told a line twice.
inline constexpr std::string_view line_number_twice = "lineNumberTwice";
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
// Of receipts: the number was seen before on that register and day, a higher one was there already,
// and the register had closed after this receipt's time. Known only when the event is stored.
inline constexpr std::string_view duplicate_receipt_number = "duplicateReceiptNumber";
inline constexpr std::string_view out_of_order = "outOfOrder";
inline constexpr std::string_view late_after_close = "lateAfterClose";
}  // namespace quality_flags

// The same for the `data` of an event that is laid out already. Costs reading it again: for what is
// rare.
void flag_laid_out(std::string& bytes, std::size_t data_at, std::size_t data_end,
                   const std::vector<std::string_view>& flags);

// Canonical text of `data` with these flags beside those it brings. The tree's members are sorted.
void append_flagged(const JsonTree& tree, const JsonNode& data,
                    const std::vector<std::string_view>& flags, std::string& out);

}  // namespace storeward
