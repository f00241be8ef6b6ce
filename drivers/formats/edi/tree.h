// EdiTree: the segments of one set become the nodes of a record (agent/core/record.h). Pure; one
// per record. Texts are views into the set's bytes where they can be, else kept by the record. A
// line break is no part of one: some mailboxes wrap a file at a width, wherever that falls.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/record.h"
#include "drivers/formats/edi/loops.h"
#include "drivers/formats/edi/syntax.h"

namespace storeward {

// In what the sender says the text is written. Text that is valid UTF-8 is taken as such whatever
// was said: that it is so by chance does not happen.
struct EdiCharset {
  enum class Kind : std::uint8_t { silent, ascii, latin_1, utf_8, other };
  Kind kind = Kind::silent;  // not said: UTF-8, else Latin-1
  std::string name = {};     // "UNOC"
};

// Segments whose elements from `first` to `last` go in pairs: one says what the next one is (X12's
// LIN: "UP" and then a UPC), or where and how many (SDQ). Each pair stands below the segment once
// more, as `pair` with "01" and "02".
struct EdiPairs {
  std::string_view tag;
  std::size_t first, last;
};

class EdiTree {
 public:
  struct Segment {
    std::string_view text;
    std::uint64_t line = 0;
  };

  // `periods`: below a DTM stand `from` and, of a period, `to` once more (period.h).
  EdiTree(const EdiSyntax& syntax, std::string_view set, std::span<const EdiPairs> pairs,
          bool periods, Record& record)
      : syntax_(syntax), loops_(set), pairs_(pairs), periods_(periods), record_(record) {}

  // Looks through the texts before the first is added: how they are written, and whether a
  // terminator was forgotten between two of them. Fails where they cannot be trusted.
  std::optional<std::string> read_charset(std::span<const Segment> segments,
                                          const EdiCharset& charset);

  // The reason why the segment cannot be taken, if there is one. `plain`: the elements are columns
  // that are filled up with blanks, and separators among them are what they say (ISA).
  std::optional<std::string> add(const Segment& segment, bool plain = false);

  // The record's plain fields.
  bool add_field(Record::Node parent, std::string_view name, std::string text);

 private:
  std::optional<std::string> add_level(const Segment& segment, Record::Node& parent);
  bool add_pairs(Record::Node segment, std::string_view tag);
  bool add_period(Record::Node segment, std::string_view tag);
  bool add_element(Record::Node segment, std::size_t number, std::string_view element, bool plain);
  std::string_view text_of(std::string_view raw);
  std::string_view name_of(std::size_t number);

  const EdiSyntax& syntax_;
  EdiLoops loops_;
  std::span<const EdiPairs> pairs_;
  const bool periods_;
  Record& record_;
  bool latin_1_ = false;
  bool broken_ = false;   // line breaks stand within segments
  bool orphans_ = false;  // told once
};

// "line 12: " before a warning or fault.
std::string edi_line(std::uint64_t line);

}  // namespace storeward
