// However the bytes of a source come, the same records and faults come of them; and nothing of the
// source vanishes.
#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>

#include "tests/support/random.h"
#include "tests/support/seed.h"
#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;
using support::Random;

namespace {

// Between records and faults stand blanks, terminators that end nothing, and envelopes' segments.
bool explained(std::string_view gap, std::string_view kind) {
  constexpr std::string_view telling =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const std::vector<std::string_view> tags =
      kind == "x12" ? std::vector<std::string_view>{"ISA", "GS", "GE", "IEA"}
                    : std::vector<std::string_view>{"UNA", "UNB", "UNG", "UNE", "UNZ"};
  const std::size_t at = gap.find_first_of(telling);
  return at == gap.npos || std::any_of(tags.begin(), tags.end(), [&](std::string_view tag) {
           return gap.substr(at).starts_with(tag);
         });
}

void check_nothing_vanishes(std::string_view kind, std::string_view source,
                            const EdiReading& reading) {
  std::uint64_t read_to = 0, number = 0;
  for (const ReadPiece& piece : reading.pieces) {
    REQUIRE(piece.place.number == ++number);
    REQUIRE(piece.place.offset >= read_to);
    // Only what says that a trailer is missing stands nowhere.
    REQUIRE((piece.place.bytes > 0 || !piece.record));
    REQUIRE(explained(source.substr(read_to, piece.place.offset - read_to), kind));
    read_to = piece.place.offset + piece.place.bytes;
    REQUIRE(read_to <= source.size());
    REQUIRE((piece.place.bytes == 0 ||
             source.substr(piece.place.offset, piece.raw.size()) == piece.raw));
    REQUIRE(piece.record == piece.fault.empty());
  }
  REQUIRE(explained(source.substr(read_to), kind));
}

std::string x12_source(Random& random) {
  std::string source;
  const std::string stock = "BIA*00*SI~LIN*1*UK*04012345000016~QTY*33*5>x*EA~";
  for (std::uint64_t i = random.below(3) + 1; i > 0; --i) {
    std::string sets;
    for (std::uint64_t set = random.below(random.chance(0.5) ? 4 : 40); set > 0; --set) {
      sets += x12_set("846", stock, "000" + std::to_string(set));
    }
    source += x12_interchange(x12_group("IB", sets, random.below(3)), 1, "00501");
  }
  return source;
}

std::string edifact_source(Random& random) {
  std::string source;
  const std::string stock = "BGM+35'LIN+1++4012345000016:EN'FTX+AAA+d?'or ?\?'QTY+145:850'";
  for (std::uint64_t i = random.below(3) + 1; i > 0; --i) {
    std::string messages;
    for (std::uint64_t set = random.below(random.chance(0.5) ? 4 : 40); set > 0; --set) {
      messages += edifact_message("INVRPT", stock, std::to_string(set));
    }
    source += (random.chance(0.5) ? "UNA:+.? '" : "") + edifact_interchange(messages, 1);
  }
  return source;
}

// Separators of one and of several bytes.
void change_terminator(Random& random, std::string& source) {
  constexpr std::string_view terminators[] = {"~", "}", "\r\n", "\xe2\x80\xa6", "\xc3\x96"};
  const std::string_view terminator = terminators[random.below(std::size(terminators))];
  std::string changed;
  for (const char c : source) {
    if (c == '~') {
      changed += terminator;
    } else {
      changed += c;
    }
  }
  source = changed;
}

// A few wounds: bytes lost, doubled, changed; a tail cut off.
void wound(Random& random, std::string& source) {
  constexpr std::string_view telling = "*~+'?:>\n\r ISAUNBSTEGH\xc3\xa7";
  for (std::uint64_t i = random.below(5); i > 0 && !source.empty(); --i) {
    const std::size_t at = random.below(source.size());
    const std::size_t bytes = std::min<std::size_t>(random.below(20) + 1, source.size() - at);
    switch (random.below(4)) {
      case 0:
        source.erase(at, bytes);
        break;
      case 1:
        source.insert(at, source.substr(at, bytes));
        break;
      case 2:
        source[at] = telling[random.below(telling.size())];
        break;
      default:
        if (random.chance(0.2)) source.resize(at);
    }
  }
}

}  // namespace

TEST_CASE("any slicing of an EDI source gives the same records and faults", "[edi]") {
  Random random(announced_seed("edi slices"));
  for (int round = 0; round < 1'500; ++round) {
    const std::string_view kind = round % 2 == 0 ? "x12" : "edifact";
    std::string source = kind == "x12" ? x12_source(random) : edifact_source(random);
    if (kind == "x12") change_terminator(random, source);
    wound(random, source);
    const std::size_t limit = random.chance(0.3) ? 60 : 1u << 20;
    INFO(kind << ", round " << round << ":\n" << source);
    const EdiReading whole = read_edi(kind, source, limit);
    check_nothing_vanishes(kind, source, whole);
    const std::uint64_t longest = random.chance(0.5) ? 3 : 200;
    const EdiReading sliced =
        read_edi(kind, source, limit, [&] { return random.below(longest) + 1; });
    REQUIRE(sliced.pieces == whole.pieces);
    REQUIRE(sliced.answer == whole.answer);
  }
}
