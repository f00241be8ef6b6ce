// Whatever a source holds and however it comes: the same rows, and no byte without an explanation.
#include <catch2/catch.hpp>

#include "agent/core/csv_text.h"
#include "drivers/formats/special_bytes.h"
#include "tests/support/random.h"
#include "tests/support/seed.h"
#include "tests/unit/drivers/formats/decoded_rows.h"

using storeward::FormatOptions;
using storeward::support::Random;
using storeward::testing::announced_seed;
using storeward::testing::decoded;
using storeward::testing::DecodedRow;

namespace {

std::string source_of(Random& random) {
  static const std::vector<std::string> pieces = {"a",
                                                  "b",
                                                  "12",
                                                  ",",
                                                  ",",
                                                  "\"",
                                                  "\"\"",
                                                  "\n",
                                                  "\r",
                                                  "\r\n",
                                                  "\n",
                                                  " ",
                                                  "\xC3\xA4",
                                                  "\xFF",
                                                  "CH,",
                                                  "k,",
                                                  "k,",
                                                  std::string(1, '\0'),
                                                  "\t",
                                                  "k,1\n",
                                                  "k,2\n",
                                                  "\"x\ny\"",
                                                  "long text without an end "};
  std::string source = random.chance(0.3) ? "\xEF\xBB\xBF" : "";
  source += random.chance(0.8) ? "k,b,c\n" : "";
  for (std::uint64_t left = random.below(60); left > 0; --left) {
    source += pieces[random.below(pieces.size())];
  }
  return source;
}

FormatOptions options_of(Random& random) {
  static const std::vector<std::string> encodings = {"utf-8", "windows-1252", "utf-16"};
  FormatOptions options{.kind = random.chance(0.2) ? "lines" : "csv"};
  options.max_record_bytes = random.chance(0.5) ? 20 : 1000;
  options.encoding = encodings[random.below(encodings.size())];
  options.skip_lines = random.chance(0.2) ? random.below(3) : 0;
  if (options.kind == "lines") return options;
  options.max_columns = random.chance(0.5) ? 4 : 100;
  if (random.chance(0.2)) options.header_marker = "CH";
  if (random.chance(0.3)) options.group_by = {"k"};
  if (random.chance(0.2)) options.header = false;
  if (!options.header && options.header_marker.empty() && !options.group_by.empty()) {
    options.group_by = {"1"};
  }
  return options;
}

// Rows stand one behind the other, as they are in raw(); between them are line ends, rows of
// nothing but delimiters and headers.
void check_cover(const FormatOptions& options, const std::string& source,
                 const std::vector<DecodedRow>& rows) {
  const bool plain = options.encoding == "utf-8" && options.group_by.empty();
  const std::string passed_over =
      options.kind == "csv" ? std::string("\r\n") + options.delimiter : std::string("\r\n");
  std::uint64_t covered = 0;
  for (const DecodedRow& row : rows) {
    REQUIRE(row.place.offset + row.place.bytes <= source.size());
    REQUIRE(row.place.number == static_cast<std::uint64_t>(&row - rows.data()) + 1);
    if (!plain) continue;
    REQUIRE(row.place.offset >= covered);
    const std::string between = source.substr(covered, row.place.offset - covered);
    const bool headers = options.header || !options.header_marker.empty();
    if (covered > 0 && !headers) REQUIRE(between.find_first_not_of(passed_over) == between.npos);
    covered = row.place.offset + row.place.bytes;
    REQUIRE(row.raw.size() <= options.max_record_bytes);
    const std::string there = source.substr(row.place.offset, row.place.bytes);
    REQUIRE(there.substr(0, row.raw.size()) == row.raw);
    if (!row.fault) REQUIRE(there.size() == row.raw.size());
    const auto before = source.substr(0, row.place.offset);
    std::uint64_t line = 1;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const bool in_crlf = before[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n';
      line += before[i] == '\n' || (before[i] == '\r' && !in_crlf) ? 1 : 0;
    }
    REQUIRE(row.place.line == line);
  }
  if (!plain || rows.empty()) return;
  const bool headers = !options.header_marker.empty();
  const std::string behind = source.substr(covered);
  if (!headers) REQUIRE(behind.find_first_not_of(passed_over) == behind.npos);
}

}  // namespace

TEST_CASE("how a source is sliced changes nothing, and every byte is accounted for",
          "[csv][lines][group]") {
  const std::uint64_t seed = announced_seed("row slices");
  Random random(seed);
  for (int round = 0; round < 4000; ++round) {
    const std::string source = source_of(random);
    const FormatOptions options = options_of(random);
    INFO("round " << round << ", seed " << seed << ", " << options.kind << " " << options.encoding
                  << ": " << Catch::StringMaker<std::string>::convert(source));
    const auto whole = decoded(options, source);
    check_cover(options, source, whole);
    const std::uint64_t most = random.chance(0.3) ? 1 : 9;
    const auto sliced = decoded(options, source, [&] { return random.between(1, most); });
    REQUIRE(sliced == whole);
  }
}

TEST_CASE("what is written as CSV is read as it was", "[csv]") {
  const std::uint64_t seed = announced_seed("csv round trip");
  Random random(seed);
  const FormatOptions options{.kind = "csv", .header = false};
  for (int round = 0; round < 1000; ++round) {
    std::string line, expected;
    for (int column = 1; column <= 4; ++column) {
      std::string field = "x";
      for (auto left = random.below(8); left > 0; --left) field += "ab\",\n\r ;"[random.below(8)];
      if (column > 1) line += ',';
      storeward::append_csv_field(line, field);
      expected += (column > 1 ? " " : "") + std::to_string(column) + "=" + field;
    }
    INFO("seed " << seed << ": " << line);
    const auto rows = decoded(options, line + "\r\n");
    REQUIRE(rows.size() == 1);
    REQUIRE(rows[0].text == expected);
  }
}

TEST_CASE("special bytes are found where a plain search finds them", "[csv]") {
  const std::uint64_t seed = announced_seed("special bytes");
  Random random(seed);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (auto left = random.below(300); left > 0; --left) {
      text += static_cast<char>(random.chance(0.9) ? random.between('A', 'Z') : random.below(256));
    }
    storeward::SpecialBytes specials(';', '"');
    specials.look_at(text);
    const std::size_t from = random.below(text.size() + 1);
    specials.mark(from);
    std::size_t at = from;
    for (std::size_t i = from; i <= text.size(); ++i) {
      const bool special = i == text.size() || static_cast<unsigned char>(text[i]) <= '\r' ||
                           text[i] == ';' || text[i] == '"';
      if (!special) continue;
      INFO("seed " << seed);
      at = specials.next(at);
      REQUIRE(at == i);
      ++at;
    }
    bool ascii = true;
    for (const char c : text.substr(from)) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (!ascii) REQUIRE_FALSE(specials.ascii());
  }
}
