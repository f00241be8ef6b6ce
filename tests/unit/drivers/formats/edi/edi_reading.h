// What a decoder makes of a source, copied out, so that tests can compare and ask by path.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/formats/decoder.h"

namespace storeward::testing {

struct ReadPiece {
  bool record = false;
  std::string tree;   // "LIN(01=1 QTY(01=33 02=250)) …"
  std::string fault;  // of a fault
  std::string raw;
  RecordPlace place;
  std::vector<std::string> warnings;

  bool operator==(const ReadPiece& other) const;
};

struct EdiReading {
  std::vector<ReadPiece> pieces;
  std::string answer;          // empty: none
  std::deque<Record> records;  // they hold views into themselves

  std::size_t faults() const;
  std::size_t warnings() const;
};

// How many bytes the next slice has, at least 1.
using SliceBytes = std::function<std::size_t()>;

// Reads all of it; in one slice where none are asked for.
EdiReading read_edi(std::string_view kind, std::string_view source,
                    std::size_t max_record_bytes = 1u << 20, const SliceBytes& slice = {});

// The texts of all nodes at the path ("LIN/QTY/02"), joined by blanks; a record's own names.
std::string texts_at(const EdiReading& reading, std::size_t piece, std::string_view path);

// An X12 interchange around groups or sets, with separators * > ~ and a line end per segment:
// sender WMS3PL, receiver RETAILHUB, control number 21.
std::string x12_interchange(std::string_view inside, std::size_t groups = 1,
                            std::string_view version = "00401");
// A group of kind `code` and number 7 around sets.
std::string x12_group(std::string_view code, std::string_view sets, std::size_t count = 1);
// A set around segments, each ended by '~'; its count is right.
std::string x12_set(std::string_view kind, std::string_view segments,
                    std::string_view control = "0001");
// Likewise: syntax version 3, sender 4012345000009, reference 3100; segments ended by '\''.
std::string edifact_interchange(std::string_view messages, std::size_t count = 1,
                                std::string_view identifier = "UNOC:3");
std::string edifact_message(std::string_view type, std::string_view segments,
                            std::string_view reference = "1");

}  // namespace storeward::testing
