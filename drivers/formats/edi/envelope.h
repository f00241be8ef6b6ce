// The envelopes of an EDI source: an interchange (ISA…IEA, UNB…UNZ) holds groups (GS…GE, UNG…UNE),
// a group holds sets (ST…SE, UNH…UNT). X12 and EDIFACT differ in tags and positions, not in
// structure: EdiStandard says how, and one decoder (drivers/formats/edi/decoder.h) serves both.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/formats/edi/syntax.h"
#include "drivers/formats/edi/tree.h"

namespace storeward {

enum class EdiVerdict : std::uint8_t { accepted, with_errors, rejected };

// What the answer has to say about one set.
struct EdiSetSeen {
  std::string header;  // the ST or UNH segment
  bool rejected = false;
  bool without_end = false, count_differs = false, control_differs = false;

  bool with_errors() const { return count_differs || control_differs; }
};

struct EdiGroupSeen {
  std::string header;                 // the GS or UNG segment; empty: sets that stand in no group
  bool open = false, closed = false;  // closed: its trailer came
  bool count_differs = false, control_differs = false;
  std::uint64_t seen = 0, rejected = 0;
  std::optional<std::uint64_t> claimed;  // the number of sets by its trailer
  std::vector<EdiSetSeen> sets;
};

struct EdiInterchange {
  std::string header;  // the ISA or UNB segment
  EdiSyntax syntax;
  bool open = false;
  std::uint64_t groups_seen = 0, sets_seen = 0;
  std::vector<EdiGroupSeen> groups;
};

// The plain fields of a record's `interchange` node.
struct EdiFacts {
  std::string sender, receiver, control, date, group, set, version, set_control;
  bool test = false;
};

// What the beginning of an interchange is found to be.
struct EdiStart {
  enum class Kind : std::uint8_t {
    none,        // no beginning: a segment like others
    advice,      // EDIFACT's UNA
    interchange  // ISA, UNB
  };
  Kind kind = Kind::none;
  EdiSyntax syntax;
  std::size_t fixed_bytes = 0;  // of an advice
};

struct EdiStandard {
  std::string_view name;
  std::string_view interchange, group, set, set_end, group_end, interchange_end;
  std::string_view lone;  // a segment between the sets that is a set by itself (TA1)
  std::size_t set_control_element = 0, group_control_element = 0, interchange_control_element = 0;
  bool plain_header = false;   // the interchange header's elements are filled columns
  bool groups_needed = false;  // a set outside of a group is odd
  std::span<const EdiPairs> pairs = {};
  bool periods = false;  // DTM says in which form its date stands

  // Of the first start_bytes, for EdiSegments.
  bool (*is_start)(std::string_view bytes) = nullptr;
  // Of up to max_header_bytes where is_start(): none if the header cannot be read. `before`: the
  // syntax of a UNA in front of it.
  EdiStart (*read_start)(std::string_view bytes, const EdiSyntax* before) = nullptr;
  // Of a source that begins in another way: what its separators seem to be, if it looks like EDI.
  std::optional<EdiSyntax> (*guess)(std::string_view bytes) = nullptr;
  EdiFacts (*facts)(const EdiSyntax& syntax, std::string_view interchange, std::string_view group,
                    std::string_view set) = nullptr;
  EdiCharset (*charset)(const EdiSyntax& syntax, std::string_view interchange) = nullptr;
  // The whole interchange that answers; empty where none is due.
  std::string (*answer)(const EdiInterchange& interchange) = nullptr;

  // Where the first interchange within `text` begins, from `from` on; npos: nowhere.
  std::size_t find_start(std::string_view text, std::size_t from = 0) const;

  static constexpr std::size_t max_header_bytes = 512;
  static constexpr std::size_t guess_bytes = 4096;
};

const EdiStandard& x12_standard();
const EdiStandard& edifact_standard();

// 997 and CONTRL (drivers/formats/edi/x12_answer.cpp, edifact_answer.cpp).
std::string x12_answer(const EdiInterchange& interchange);
std::string edifact_answer(const EdiInterchange& interchange);

}  // namespace storeward
