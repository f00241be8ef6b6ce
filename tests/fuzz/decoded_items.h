// A source through a decoder of trees (json, xml), in slices of one size; and what holds of places
// whatever the bytes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "drivers/formats/decoder.h"
#include "tests/fuzz/support.h"

namespace storeward::fuzz {

struct Item {
  bool fault = false;
  RecordPlace place;
  std::string raw;
  std::string text;  // of all nodes, or the reason
  bool operator==(const Item& other) const {
    return fault == other.fault && place.offset == other.place.offset &&
           place.bytes == other.place.bytes && place.line == other.place.line &&
           place.number == other.place.number && raw == other.raw && text == other.text;
  }
};

// `outside`: with the child `document`.
inline std::string text_of(const Record& record, bool outside) {
  std::string text;
  for (Record::Node node = 0; node < record.size(); ++node) {
    const Record::Node parent = record.parent(node);
    const bool of_document =
        (parent == Record::root && record.name(node) == "document") ||
        (parent != Record::none && parent != Record::root && record.name(parent) == "document" &&
         record.parent(parent) == Record::root);
    if (of_document && !outside) continue;
    text.append(std::to_string(parent)).append(record.name(node)).append("=");
    text.append(record.text(node)).append("\x1F");
  }
  return text;
}

inline std::vector<Item> items_of_source(const FormatOptions& options, std::string_view source,
                                         std::size_t slice, bool outside = true) {
  auto made = make_decoder(options);
  ASSERT(made);
  Decoder& decoder = **made;
  std::vector<Item> items;
  Record record;
  bool last = false;
  for (Decoded outcome = Decoded::need_more; outcome != Decoded::end;) {
    if (outcome == Decoded::need_more) {
      ASSERT(!last);
      const std::string fed(source.substr(0, slice));
      source.remove_prefix(fed.size());
      last = source.empty();
      decoder.feed(fed, last);
    }
    outcome = decoder.next(record);
    if (outcome != Decoded::record && outcome != Decoded::fault) continue;
    const bool fault = outcome == Decoded::fault;
    items.push_back({fault, decoder.place(), std::string(decoder.raw()),
                     fault ? decoder.fault() : text_of(record, outside)});
    ASSERT(is_utf8(items.back().text) && !items.back().text.empty());
  }
  return items;
}

// Each stands where it says, one behind the other, on the line it says.
inline void check_places(const FormatOptions& options, std::string_view source,
                         const std::vector<Item>& items) {
  std::uint64_t covered = 0, number = 0;
  for (const Item& item : items) {
    ASSERT(item.place.number == ++number);
    ASSERT(item.place.offset >= covered);
    covered = item.place.offset + item.place.bytes;
    ASSERT(covered <= source.size());
    ASSERT(source.substr(item.place.offset, item.place.bytes).starts_with(item.raw));
    ASSERT(item.fault || item.raw.size() == item.place.bytes);
    ASSERT(item.fault || item.place.bytes <= options.max_record_bytes);
    const std::string_view before = source.substr(0, item.place.offset);
    ASSERT(item.place.line ==
           1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n')));
  }
}

}  // namespace storeward::fuzz
