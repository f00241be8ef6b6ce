// JSON (drivers/formats: json, ndjson). The first byte of the input chooses how the rest of it is
// read.
#include "tests/fuzz/decoded_items.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

bool digit(char c) {
  return c >= '0' && c <= '9';
}

// The second parser refuses numbers that no double holds; we keep their text. Here they are made
// small, which changes no other thing that matters to whether the text is JSON.
std::string with_small_numbers(std::string_view text) {
  std::string small;
  std::size_t run = 0;
  bool exponent = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    run = digit(c) ? run + 1 : 0;
    const bool sign = (c == '+' || c == '-') && exponent;
    if (!digit(c) && !sign) exponent = (c == 'e' || c == 'E') && i > 0 && digit(text[i - 1]);
    if (run > 20) continue;
    small.push_back(digit(c) && exponent ? '0' : c);
  }
  return small;
}

void check_against_second_parser(const Item& item) {
  const bool json = is_json(with_small_numbers(item.raw));
  if (!item.fault) ASSERT(json);
  const bool unreadable = item.text.ends_with(": not JSON") || item.text.ends_with(": not UTF-8");
  if (item.fault && unreadable) ASSERT(!json);
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  FormatOptions options;
  options.kind = (choice & 3u) == 3 ? "ndjson" : "json";
  if ((choice & 3u) == 1) options.records = "a";
  if ((choice & 3u) == 2) options.records = "a/b";
  options.max_record_bytes = (choice & 4u) != 0 ? 64 : 4096;
  const std::vector<Item> whole = items_of_source(options, input, input.size());
  check_places(options, input, whole);
  ASSERT(items_of_source(options, input, 1) == whole);
  ASSERT(items_of_source(options, input, 7) == whole);
  if (!options.records.empty()) return;  // a fault of a document is told of its frame
  for (const Item& item : whole) check_against_second_parser(item);
  // What is one document of JSON has no fault but those of our limits.
  if (options.kind != "json" || !is_json(input)) return;
  for (const Item& item : whole) {
    ASSERT(!item.fault || item.text.find("deeper") != item.text.npos ||
           item.text.find("longer") != item.text.npos || item.text.find("twice") != item.text.npos);
  }
}

const Registered registered({"json_format", 16u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
