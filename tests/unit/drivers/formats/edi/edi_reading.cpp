#include "tests/unit/drivers/formats/edi/edi_reading.h"

#include <algorithm>

#include "agent/base/assert.h"

namespace storeward::testing {
namespace {

std::string tree_of(const Record& record, Record::Node above) {
  std::string out;
  for (auto node = record.first_child(above); node != Record::none;
       node = record.next_sibling(node)) {
    if (!out.empty()) out += ' ';
    out += record.name(node);
    if (!record.text(node).empty()) out.append("=").append(record.text(node));
    const std::string below = tree_of(record, node);
    if (!below.empty()) out += "(" + below + ")";
  }
  return out;
}

void collect(const Record& record, Record::Node above, std::string_view path, std::string& out) {
  const std::size_t slash = path.find('/');
  for (auto node = record.first_child(above); node != Record::none;
       node = record.next_sibling(node)) {
    if (record.name(node) != path.substr(0, slash)) continue;
    if (slash != path.npos) {
      collect(record, node, path.substr(slash + 1), out);
    } else {
      out.append(out.empty() ? "" : " ").append(record.text(node));
    }
  }
}

ReadPiece piece_of(const Decoder& decoder, const Record& record, bool is_record) {
  return {.record = is_record,
          .tree = tree_of(record, Record::root),
          .fault = is_record ? std::string() : decoder.fault(),
          .raw = std::string(decoder.raw()),
          .place = decoder.place(),
          .warnings = record.warnings()};
}

// A copy whose texts are its own.
void copy(const Record& from, Record::Node below, Record& to, Record::Node into) {
  for (auto node = from.first_child(below); node != Record::none; node = from.next_sibling(node)) {
    const auto added =
        to.add(into, to.keep(std::string(from.name(node))), to.keep(std::string(from.text(node))));
    copy(from, node, to, added);
  }
}

std::size_t count_of(std::string_view text, char c) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

}  // namespace

bool ReadPiece::operator==(const ReadPiece& other) const {
  return record == other.record && tree == other.tree && fault == other.fault && raw == other.raw &&
         place.offset == other.place.offset && place.bytes == other.place.bytes &&
         place.line == other.place.line && place.number == other.place.number &&
         warnings == other.warnings;
}

std::size_t EdiReading::faults() const {
  return static_cast<std::size_t>(std::count_if(
      pieces.begin(), pieces.end(), [](const ReadPiece& piece) { return !piece.record; }));
}

std::size_t EdiReading::warnings() const {
  std::size_t count = 0;
  for (const ReadPiece& piece : pieces) count += piece.warnings.size();
  return count;
}

EdiReading read_edi(std::string_view kind, std::string_view source, std::size_t max_record_bytes,
                    const SliceBytes& slice) {
  FormatOptions options;
  options.kind = kind;
  options.max_record_bytes = max_record_bytes;
  auto made = make_decoder(options);
  ASSERT(made);
  const std::unique_ptr<Decoder> decoder = *std::move(made);
  const auto feed = [&] {
    const std::size_t bytes = std::min(slice ? slice() : source.size(), source.size());
    // A copy: what the decoder has been fed is gone afterwards.
    const std::string fed(source.substr(0, bytes));
    source.remove_prefix(bytes);
    decoder->feed(fed, source.empty());
  };
  feed();
  EdiReading reading;
  Record record;
  for (;;) {
    const Decoded decoded = decoder->next(record);
    if (decoded == Decoded::end) break;
    if (decoded == Decoded::need_more) {
      feed();
      continue;
    }
    reading.pieces.push_back(piece_of(*decoder, record, decoded == Decoded::record));
    copy(record, Record::root, reading.records.emplace_back(), Record::root);
  }
  reading.answer = decoder->acknowledgement().value_or("");
  return reading;
}

std::string texts_at(const EdiReading& reading, std::size_t piece, std::string_view path) {
  std::string out;
  collect(reading.records.at(piece), Record::root, path, out);
  return out;
}

std::string x12_interchange(std::string_view inside, std::size_t groups, std::string_view version) {
  return "ISA*00*          *00*          *ZZ*WMS3PL         *ZZ*RETAILHUB      *261120*0415*^*" +
         std::string(version) + "*000000021*0*P*>~\n" + std::string(inside) + "IEA*" +
         std::to_string(groups) + "*000000021~\n";
}

std::string x12_group(std::string_view code, std::string_view sets, std::size_t count) {
  return "GS*" + std::string(code) + "*WMS3PL*RETAILHUB*20261120*0415*7*X*004010~\n" +
         std::string(sets) + "GE*" + std::to_string(count) + "*7~\n";
}

std::string x12_set(std::string_view kind, std::string_view segments, std::string_view control) {
  return "ST*" + std::string(kind) + "*" + std::string(control) + "~\n" + std::string(segments) +
         "\nSE*" + std::to_string(count_of(segments, '~') + 2) + "*" + std::string(control) + "~\n";
}

std::string edifact_interchange(std::string_view messages, std::size_t count,
                                std::string_view identifier) {
  return "UNB+" + std::string(identifier) +
         "+4012345000009:14+4098765000003:14+261120:0415+3100'\n" + std::string(messages) + "UNZ+" +
         std::to_string(count) + "+3100'\n";
}

std::string edifact_message(std::string_view type, std::string_view segments,
                            std::string_view reference) {
  return "UNH+" + std::string(reference) + "+" + std::string(type) + ":D:96A:UN'\n" +
         std::string(segments) + "\nUNT+" + std::to_string(count_of(segments, '\'') + 2) + "+" +
         std::string(reference) + "'\n";
}

}  // namespace storeward::testing
