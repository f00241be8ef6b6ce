// The sample files beside the project (../shared/data), each looked at by a person: how many sets
// it holds, which, and what is odd about it. Skipped where they are absent.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "tests/unit/drivers/formats/edi/edi_reading.h"

using namespace storeward;
using namespace storeward::testing;

namespace {

struct Sample {
  std::string_view kind, file;
  std::string_view sets;  // ids of the records
  std::size_t faults, warnings;
  bool answered = true;
};

// Warnings: "test" interchanges count one per set, a byte order mark one per file. Faults: trailers
// that say otherwise (SE01, GE02 …) are one per interchange.
constexpr Sample samples[] = {
    {"x12", "x12/edinet/x12.810a.edi", "810", 0, 2},         // BOM, test
    {"x12", "x12/edinet/x12.832.edi", "832", 1, 3},          // BOM, test, SE01 17 for 12
    {"x12", "x12/edinet/x12.850.edi", "850", 1, 2},          // BOM, test, IEA02
    {"x12", "x12/edinet/x12.850a.edi", "850", 1, 2},         // BOM, test, IEA02
    {"x12", "x12/gozer/asn856.txt", "856", 1, 0},            // IEA02
    {"x12", "x12/gozer/dex.sample.1.txt", "", 4, 0, false},  // DXS, 2 sets, DXE: direct exchange
    {"x12", "x12/gozer/po850.txt", "850", 1, 1},             // SE01 33 for 21
    {"x12", "x12/gozer/x12.base.loop.txt", "AAA BBB YYZ AAA", 1, 4},  // SE01 four times, GE01
    {"x12", "x12/gozer/x12.base.no.line.breaks.odd.char.txt", "AAA BBB YYZ AAA", 1, 4},
    {"x12", "x12/gozer/x12.base.txt", "AAA BBB YYZ AAA", 1, 4},
    {"x12", "x12/gozer/x12.missing.ISA.txt", "", 4, 0, false},  // 3 sets in no interchange, GE01
    {"x12", "x12/staedi/invoice810_po850_dual.edi", "810 810 850", 0, 3},  // test
    {"x12", "x12/staedi/simple810.edi", "810 810", 0, 2},                  // test
    {"x12", "x12/staedi/simple997.edi", "997", 0, 0, false},
    {"x12", "x12/x12-types/004060_856.edi", "856", 0, 0},
    {"x12", "x12/x12parser/810_2011110815164104.txt", "810", 0, 1},        // test
    {"x12", "x12/x12parser/810_Example1_CaliforniaISO.txt", "810", 0, 2},  // BOM, test
    {"x12", "x12/x12parser/832__4010_Example1_HIBCC.txt", "832", 0, 2},    // BOM, test
    {"x12", "x12/x12parser/846_Example1.txt", "846", 0, 1},                // BOM
    {"x12", "x12/x12parser/850_Example1_PGWGlass.txt", "850", 0, 1},       // BOM
    {"x12", "x12/x12parser/852_hdexchange.txt", "852", 1, 2},  // BOM, test, IEA02 ends in '~'
    {"x12", "x12/x12parser/855_855SSimmons.txt", "855 855", 0, 0},
    {"x12", "x12/x12parser/856_Example1.txt", "856", 0, 1},        // BOM
    {"x12", "x12/x12parser/856_Example3.txt", "856", 0, 1},        // BOM
    {"x12", "x12/x12parser/856_FromGregarican.txt", "856", 0, 1},  // BOM
    {"x12", "x12/x12parser/860_Example1.txt", "", 2, 0},     // N1 without its terminator, so SE01
    {"x12", "x12/x12parser/867_Example1.txt", "867", 0, 2},  // BOM, test
    {"x12", "x12/x12parser/875_AmasoftExample1.txt", "875", 0, 1},  // BOM
    {"x12", "x12/x12parser/940_simplot.txt", "940", 1, 1},          // BOM, GE02, IEA02
    {"x12", "synthetic/x12_846_snapshot.edi", "846", 0, 1},         // test
    {"x12", "synthetic/x12_944_receipt.edi", "944", 0, 1},          // test
    {"x12", "synthetic/x12_947_adjustment.edi", "947", 0, 1},       // test
    {"edifact", "edifact/edinet/edifact.01.edi", "QUOTES", 1, 2},   // BOM, UNT01, UNZ02
    {"edifact", "edifact/edinet/edifact.Issue152.Wikipedia.edi", "PAORES", 0, 0},
    {"edifact", "edifact/edinet/edifact.ORDRSP.edi", "ORDRSP", 1, 2},      // UNT01, UNT02, UNZ02
    {"edifact", "edifact/smooks/invoic_d96a.edi", "", 1, 0, false},        // no UNB, no UNH
    {"edifact", "edifact/smooks/recadv_d01b_ean007.edi", "RECADV", 0, 1},  // UTF-8 under UNOA
    {"edifact", "edifact/staedi/invoic_d97b_una.edi", "INVOIC", 0, 0},
    {"edifact", "edifact/staedi/orders-with-group.edi", "ORDERS", 1, 2},  // test, UNT01
    {"edifact", "synthetic/edifact_desadv_sscc.edi", "DESADV", 0, 0},
    {"edifact", "synthetic/edifact_invrpt.edi", "INVRPT", 0, 0},
    {"edifact", "synthetic/edifact_slsrpt.edi", "SLSRPT", 0, 0},
};

// Beside the project, or beside the folder it is checked out into.
std::optional<std::filesystem::path> sample_folder() {
  const std::filesystem::path source(STOREWARD_SOURCE_DIR);
  for (const auto& above : {source.parent_path(), source.parent_path().parent_path()}) {
    if (std::filesystem::exists(above / "shared/data/x12")) return above / "shared/data";
  }
  return std::nullopt;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the sample files hold the sets that a person counted", "[edi]") {
  const auto folder = sample_folder();
  if (!folder) {
    WARN("skipped: there is no ../shared/data");
    return;
  }
  for (const Sample& sample : samples) {
    INFO(sample.file);
    const EdiReading reading = read_edi(sample.kind, content_of(*folder / sample.file));
    std::string sets;
    for (std::size_t i = 0; i < reading.pieces.size(); ++i) {
      if (!reading.pieces[i].record) continue;
      sets.append(sets.empty() ? "" : " ").append(texts_at(reading, i, "interchange/set"));
    }
    CHECK(sets == sample.sets);
    CHECK(reading.faults() == sample.faults);
    CHECK(reading.warnings() == sample.warnings);
    CHECK(reading.answer.empty() != sample.answered);
  }
}

TEST_CASE("every sample file of X12 and EDIFACT is in the table", "[edi]") {
  const auto folder = sample_folder();
  if (!folder) {
    WARN("skipped: there is no ../shared/data");
    return;
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    const std::string file = entry.path().lexically_relative(*folder).string();
    const bool edi = file.starts_with("x12/") || file.starts_with("edifact/") ||
                     (file.starts_with("synthetic/") && file.ends_with(".edi"));
    if (!edi || !entry.is_regular_file()) continue;
    INFO(file);
    CHECK(std::any_of(std::begin(samples), std::end(samples),
                      [&file](const Sample& sample) { return sample.file == file; }));
  }
}
