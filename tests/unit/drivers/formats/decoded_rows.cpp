#include "tests/unit/drivers/formats/decoded_rows.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace storeward::testing {
namespace {

// By its name a child is found where it stands: a row's columns are not searched for one by one.
bool is_first_of_its_name(const Record& record, Record::Node node) {
  const std::string_view name = record.name(node);
  auto first = record.first_child(record.parent(node));
  while (record.name(first) != name) first = record.next_sibling(first);
  return record.child(record.parent(node), name) == first;
}

std::string children(const Record& record, Record::Node node) {
  std::string text;
  REQUIRE(record.child(node, "no such column") == Record::none);
  for (auto at = record.first_child(node); at != Record::none; at = record.next_sibling(at)) {
    REQUIRE(is_first_of_its_name(record, at));
    if (!text.empty()) text += ' ';
    text += record.name(at);
    if (record.first_child(at) != Record::none) {
      text += '[' + children(record, at) + ']';
    } else {
      text.append("=").append(record.text(at));
    }
  }
  return text;
}

}  // namespace

bool DecodedRow::operator==(const DecodedRow& other) const {
  return fault == other.fault && text == other.text && raw == other.raw &&
         place.offset == other.place.offset && place.bytes == other.place.bytes &&
         place.line == other.place.line && place.number == other.place.number &&
         warnings == other.warnings;
}

std::vector<DecodedRow> decoded(const FormatOptions& options, std::string_view source,
                                const Slices& slices) {
  auto made = make_decoder(options);
  INFO((made ? "" : made.error().message));
  REQUIRE(made);
  Decoder& decoder = **made;
  std::vector<DecodedRow> rows;
  Record record;
  std::string fed;  // a copy, so that a view into what is fed no longer is found by ASan
  const auto feed = [&] {
    const std::size_t size = slices ? std::min(slices(), source.size()) : source.size();
    fed = source.substr(0, size);
    source.remove_prefix(size);
    decoder.feed(fed, source.empty());
  };
  feed();
  for (;;) {
    const Decoded outcome = decoder.next(record);
    if (outcome == Decoded::end) {
      REQUIRE(source.empty());
      REQUIRE(decoder.next(record) == Decoded::end);
      return rows;
    }
    if (outcome == Decoded::need_more) {
      REQUIRE_FALSE(source.empty());
      feed();
      continue;
    }
    const bool fault = outcome == Decoded::fault;
    rows.push_back({.fault = fault,
                    .text = fault ? decoder.fault() : children(record, Record::root),
                    .raw = std::string(decoder.raw()),
                    .place = decoder.place(),
                    .warnings = record.warnings()});
  }
}

std::vector<std::string> texts(const FormatOptions& options, std::string_view source) {
  std::vector<std::string> all;
  for (const DecodedRow& row : decoded(options, source)) {
    all.push_back((row.fault ? "fault: " : "") + row.text);
  }
  return all;
}

std::string refusal(const FormatOptions& options) {
  const auto made = make_decoder(options);
  return made ? "" : made.error().message;
}

}  // namespace storeward::testing
