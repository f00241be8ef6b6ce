#include "tests/fuzz/edi.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "drivers/formats/decoder.h"
#include "tests/fuzz/support.h"

namespace storeward::fuzz {
namespace {

struct Piece {
  bool record = false;
  RecordPlace place;
  std::string raw, fault, set, tree;
  std::vector<std::string> warnings;

  bool operator==(const Piece& other) const {
    return record == other.record && place.offset == other.place.offset &&
           place.bytes == other.place.bytes && place.line == other.place.line &&
           place.number == other.place.number && raw == other.raw && fault == other.fault &&
           set == other.set && tree == other.tree && warnings == other.warnings;
  }
};

struct Reading {
  std::vector<Piece> pieces;
  std::string answer;
};

void write_tree(const Record& record, Record::Node above, std::string& out) {
  for (auto node = record.first_child(above); node != Record::none;
       node = record.next_sibling(node)) {
    ASSERT(record.parent(node) == above && !record.name(node).empty());
    ASSERT(is_utf8(record.name(node)) && is_utf8(record.text(node)));
    out.append(record.name(node)).append("=").append(record.text(node)).append("(");
    write_tree(record, node, out);
    out += ")";
  }
}

Piece piece_of(const Decoder& decoder, const Record& record, bool is_record) {
  Piece piece{.record = is_record, .place = decoder.place(), .raw = std::string(decoder.raw())};
  piece.warnings = record.warnings();
  if (!is_record) {
    piece.fault = decoder.fault();
    ASSERT(!piece.fault.empty() && is_utf8(piece.fault));
    ASSERT(record.size() == 1 && record.warnings().empty());
    return piece;
  }
  const auto facts = record.child(Record::root, "interchange");
  ASSERT(facts != Record::none && record.child(facts, "key") != Record::none);
  piece.set = record.text(record.child(facts, "set"));
  write_tree(record, Record::root, piece.tree);
  return piece;
}

// Slices of 1 to `longest` bytes; 0: all at once.
Reading read(std::string_view kind, std::string_view source, std::size_t max_record_bytes,
             std::size_t longest) {
  FormatOptions options;
  options.kind = kind;
  options.max_record_bytes = max_record_bytes;
  auto made = make_decoder(options);
  ASSERT(made);
  const std::unique_ptr<Decoder> decoder = *std::move(made);
  std::size_t chance = source.size();
  const auto feed = [&] {
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    const std::size_t wanted = longest == 0 ? source.size() : (chance >> 33) % longest + 1;
    const std::string fed(source.substr(0, wanted));
    source.remove_prefix(fed.size());
    decoder->feed(fed, source.empty());
  };
  feed();
  Reading reading;
  Record record;
  for (Decoded decoded = decoder->next(record); decoded != Decoded::end;
       decoded = decoder->next(record)) {
    if (decoded == Decoded::need_more) {
      feed();
    } else {
      reading.pieces.push_back(piece_of(*decoder, record, decoded == Decoded::record));
    }
  }
  reading.answer = decoder->acknowledgement().value_or("");
  return reading;
}

// Between records and faults stand blanks, terminators that end nothing, and envelopes' segments.
void check_gap(std::string_view kind, std::string_view gap) {
  constexpr std::string_view telling =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::array<std::string_view, 4> x12 = {"ISA", "GS", "GE", "IEA"};
  constexpr std::array<std::string_view, 5> edifact = {"UNA", "UNB", "UNG", "UNE", "UNZ"};
  gap.remove_prefix(std::min(gap.find_first_of(telling), gap.size()));
  const auto begins = [gap](std::string_view tag) { return gap.starts_with(tag); };
  ASSERT(gap.empty() || (kind == "x12" ? std::any_of(x12.begin(), x12.end(), begins)
                                       : std::any_of(edifact.begin(), edifact.end(), begins)));
}

void check_nothing_vanishes(std::string_view kind, std::string_view source,
                            const Reading& reading) {
  std::uint64_t read_to = 0, number = 0;
  for (const Piece& piece : reading.pieces) {
    // Only what says that a trailer is missing stands nowhere.
    ASSERT(piece.place.number == ++number && (piece.place.bytes > 0 || !piece.record));
    ASSERT(piece.place.offset >= read_to);
    check_gap(kind, source.substr(read_to, piece.place.offset - read_to));
    read_to = piece.place.offset + piece.place.bytes;
    ASSERT(read_to <= source.size());
    ASSERT(piece.place.bytes == 0 ||
           source.substr(piece.place.offset, piece.raw.size()) == piece.raw);
    const auto breaks = std::count(source.begin(), source.begin() + piece.place.offset, '\n');
    ASSERT(piece.place.line == static_cast<std::uint64_t>(breaks) + 1);
    if (piece.record) ASSERT(piece.raw.size() == piece.place.bytes);
  }
  check_gap(kind, source.substr(read_to));
}

}  // namespace

void check_edi(std::string_view kind, std::string_view source) {
  for (const std::size_t max_record_bytes : {1u << 20, 80u}) {
    const Reading whole = read(kind, source, max_record_bytes, 0);
    check_nothing_vanishes(kind, source, whole);
    for (const std::size_t longest : {1u, 150u}) {
      const Reading sliced = read(kind, source, max_record_bytes, longest);
      ASSERT(sliced.pieces == whole.pieces && sliced.answer == whole.answer);
    }
    // An answer asks for none.
    const Reading answer = read(kind, whole.answer, max_record_bytes, 0);
    ASSERT(answer.answer.empty());
  }
}

}  // namespace storeward::fuzz
