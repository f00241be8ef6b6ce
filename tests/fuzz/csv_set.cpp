// Archives of CSV files that belong together (drivers/formats/csv_set.cpp). The bytes in slices
// give what the whole gives; numbers count without a gap, so that no row vanishes unseen.
#include <algorithm>
#include <string>
#include <vector>

#include "drivers/formats/decoder.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

std::vector<std::string> decoded(std::string_view source, std::size_t slice) {
  FormatOptions options{.kind = "csv_set", .max_record_bytes = 256, .max_columns = 8};
  options.heads = {"a.csv", "c.csv"};
  options.join = {"k", "n", "m"};
  options.parents = {"b.csv"};
  options.lookups = {"d.csv"};
  auto made = make_decoder(options);
  ASSERT(made);
  Decoder& decoder = **made;
  std::vector<std::string> all;
  Record record;
  for (Decoded outcome = Decoded::need_more; outcome != Decoded::end;) {
    if (outcome == Decoded::need_more) {
      const std::string fed(source.substr(0, std::min(slice, source.size())));
      source.remove_prefix(fed.size());
      decoder.feed(fed, source.empty());
    }
    outcome = decoder.next(record);
    if (outcome != Decoded::record && outcome != Decoded::fault) continue;
    std::string text = outcome == Decoded::fault ? decoder.fault() : "";
    for (Record::Node node = 0; outcome == Decoded::record && node < record.size(); ++node) {
      text.append(record.name(node)).append("=").append(record.text(node)).append("\x1F");
    }
    ASSERT(!text.empty());
    all.push_back(std::move(text));
    ASSERT(decoder.place().number == all.size());
  }
  ASSERT(source.empty());
  return all;
}

void run(std::string_view input) {
  const auto whole = decoded(input, std::max<std::size_t>(input.size(), 1));
  ASSERT(decoded(input, 100) == whole);
}

const Registered registered({"csv_set", 64u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
