// What the command line prints for people: colours, text that somebody else wrote. Never
// used for --json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward::cli {

enum class Tone : std::uint8_t { plain, good, warn, bad, quiet };

// The text in its colour on a terminal; as it is where standard output is none, NO_COLOR is set
// (no-color.org) or TERM is "dumb". Pad before painting: the codes have no width.
std::string painted(std::string_view text, Tone tone);

// What somebody else wrote, safe for a terminal: control characters (C0, DEL, C1) become "?".
std::string printable(std::string text);

// The same, with its line breaks.
std::string printable_lines(std::string text);

}  // namespace storeward::cli
