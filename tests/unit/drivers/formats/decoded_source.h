// A whole source through a decoder, in one piece or in slices: what came out, in words.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "drivers/formats/decoder.h"
#include "tests/support/random.h"

namespace storeward::testing {

struct DecodedItem {
  bool is_record = false;
  std::string words;  // the record as shown(), or the fault
  std::string raw;
  RecordPlace place;
  std::vector<std::string> warnings;

  bool operator==(const DecodedItem& other) const {
    return is_record == other.is_record && words == other.words && raw == other.raw &&
           place.offset == other.place.offset && place.bytes == other.place.bytes &&
           place.line == other.place.line && place.number == other.place.number &&
           warnings == other.warnings;
  }
};

inline std::ostream& operator<<(std::ostream& out, const DecodedItem& item) {
  return out << (item.is_record ? "record " : "fault ") << item.place.number << " at "
             << item.place.offset << "+" << item.place.bytes << " line " << item.place.line << ": "
             << item.words;
}

// "a=1 b{@x=2 c=3}": names, texts and children in their order.
inline std::string shown(const Record& record, Record::Node node = Record::root) {
  std::string out(record.text(node));
  if (node != Record::root && !out.empty()) out.insert(0, "=");
  std::string children;
  for (Record::Node child = record.first_child(node); child != Record::none;
       child = record.next_sibling(child)) {
    if (!children.empty()) children += ' ';
    children += std::string(record.name(child)) + shown(record, child);
  }
  if (children.empty()) return out;
  return node == Record::root && out.empty() ? children : out + "{" + children + "}";
}

using NextSlice = std::function<std::size_t()>;

inline std::vector<DecodedItem> decoded_in_slices(const FormatOptions& options,
                                                  std::string_view source, const NextSlice& slice) {
  auto made = make_decoder(options);
  REQUIRE(made.has_value());
  const std::unique_ptr<Decoder> decoder = std::move(*made);
  std::vector<DecodedItem> items;
  Record record;
  for (bool last = false; !last;) {
    const std::size_t size = std::min(slice(), source.size());
    last = size == source.size();
    // A copy that goes away: what the decoder still needs it must have taken.
    decoder->feed(std::string(source.substr(0, size)), last);
    source.remove_prefix(size);
    for (bool more = true; more;) {
      switch (decoder->next(record)) {
        case Decoded::record:
          items.push_back({true, shown(record), std::string(decoder->raw()), decoder->place(),
                           record.warnings()});
          break;
        case Decoded::fault:
          items.push_back(
              {false, decoder->fault(), std::string(decoder->raw()), decoder->place(), {}});
          break;
        case Decoded::need_more:
          REQUIRE_FALSE(last);
          more = false;
          break;
        case Decoded::end:
          return items;
      }
      REQUIRE(items.size() < 100'000);
    }
  }
  FAIL("the decoder never came to an end");
  return items;
}

inline std::vector<DecodedItem> decoded(const FormatOptions& options, std::string_view source) {
  return decoded_in_slices(options, source, [&] { return source.size(); });
}

inline std::vector<DecodedItem> decoded_by_chance(const FormatOptions& options,
                                                  std::string_view source,
                                                  support::Random& random) {
  const std::uint64_t longest = random.chance(0.3) ? 3 : 40;
  return decoded_in_slices(options, source, [&] { return random.between(1, longest); });
}

// Items stand one behind the other, and each says rightly where.
inline void check_places(std::string_view source, const std::vector<DecodedItem>& items) {
  std::uint64_t free_from = 0, number = 0;
  for (const DecodedItem& item : items) {
    INFO(item);
    CHECK(item.place.offset >= free_from);
    REQUIRE(item.place.offset + item.place.bytes <= source.size());
    free_from = item.place.offset + item.place.bytes;
    CHECK(item.place.number == ++number);
    const std::string_view there = source.substr(item.place.offset, item.place.bytes);
    CHECK(there.starts_with(item.raw));
    if (item.is_record) CHECK(there == item.raw);
    const auto before = source.substr(0, item.place.offset);
    CHECK(item.place.line == 1 + std::count(before.begin(), before.end(), '\n'));
  }
}

inline std::vector<DecodedItem> checked(const FormatOptions& options, std::string_view source) {
  std::vector<DecodedItem> items = decoded(options, source);
  check_places(source, items);
  return items;
}

inline bool says(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

inline std::vector<std::string> records_of(const std::vector<DecodedItem>& items) {
  std::vector<std::string> records;
  for (const DecodedItem& item : items) {
    if (item.is_record) records.push_back(item.words);
  }
  return records;
}

inline std::vector<std::string> faults_of(const std::vector<DecodedItem>& items) {
  std::vector<std::string> faults;
  for (const DecodedItem& item : items) {
    if (!item.is_record) faults.push_back(item.words);
  }
  return faults;
}

}  // namespace storeward::testing
