// Rows (drivers/formats: csv, fixed, lines; grouped or not). The first byte of the input chooses
// how the rest of it is read.
#include <algorithm>
#include <string>
#include <vector>

#include "drivers/formats/decoder.h"
#include "tests/fuzz/support.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

FormatOptions options_of(unsigned choice) {
  FormatOptions options{.max_record_bytes = 64, .max_columns = 6};
  const std::vector<std::string> encodings = {"utf-8", "windows-1252", "utf-16", "utf-8"};
  options.encoding = encodings[choice & 3u];
  switch (choice >> 2u & 7u) {
    case 1:
      options.header = false;
      break;
    case 2:
      options.header_marker = "CH";
      break;
    case 3:
      options.group_by = {"k"};
      break;
    case 4:
      options.header = false;
      options.group_by = {"1"};
      break;
    case 5:
      options.kind = "fixed";
      options.fixed = {{"a", 1, 3}, {"b", 5, 2}, {"c", 2, 9}};
      break;
    case 6:
      options.kind = "lines";
      break;
    default:
      break;
  }
  if (options.kind == "csv" && (choice & 32u) != 0) options.delimiter = ';';
  if ((choice & 64u) != 0) options.skip_lines = 2;
  return options;
}

struct Given {
  bool fault = false;
  RecordPlace place;
  std::string raw;
  std::string text;  // of all nodes, or the reason
  bool operator==(const Given& other) const {
    return fault == other.fault && place.offset == other.place.offset &&
           place.bytes == other.place.bytes && place.line == other.place.line &&
           place.number == other.place.number && raw == other.raw && text == other.text;
  }
};

std::vector<Given> decoded(const FormatOptions& options, std::string_view source,
                           std::size_t slice) {
  auto made = make_decoder(options);
  ASSERT(made);
  Decoder& decoder = **made;
  std::vector<Given> all;
  Record record;
  std::string fed;
  for (Decoded outcome = Decoded::need_more; outcome != Decoded::end;) {
    if (outcome == Decoded::need_more) {
      ASSERT(fed.empty() || !source.empty());
      fed = source.substr(0, std::min(slice, source.size()));
      source.remove_prefix(fed.size());
      decoder.feed(fed, source.empty());
    }
    outcome = decoder.next(record);
    if (outcome != Decoded::record && outcome != Decoded::fault) continue;
    Given given{.fault = outcome == Decoded::fault,
                .place = decoder.place(),
                .raw = std::string(decoder.raw())};
    if (given.fault) given.text = decoder.fault();
    for (Record::Node node = 0; !given.fault && node < record.size(); ++node) {
      given.text.append(record.name(node)).append("=").append(record.text(node)).append("\x1F");
    }
    for (const std::string& warning : record.warnings()) given.text += warning;
    ASSERT(given.fault || is_utf8(given.text));
    ASSERT(!given.text.empty());
    all.push_back(std::move(given));
  }
  ASSERT(source.empty());
  return all;
}

// Each stands in the source where it says, one behind the other; only line ends stand between
// them where no line is a header or skipped.
void check_places(const FormatOptions& options, std::string_view source,
                  const std::vector<Given>& all) {
  const bool bytes_are_text = options.encoding == "utf-8";
  const bool headers = options.kind == "csv" && (options.header || !options.header_marker.empty());
  std::uint64_t covered = 0;
  for (const Given& one : all) {
    ASSERT(one.place.number == static_cast<std::uint64_t>(&one - all.data()) + 1);
    ASSERT(one.place.line >= 1 && one.place.bytes >= 1);
    ASSERT(one.place.offset + one.place.bytes <= source.size());
    ASSERT(one.raw.size() <= 2 * options.max_record_bytes);
    if (!options.group_by.empty()) continue;
    ASSERT(one.place.offset >= covered);
    const auto between = source.substr(covered, one.place.offset - covered);
    covered = one.place.offset + one.place.bytes;
    if (!bytes_are_text) continue;
    ASSERT(source.substr(one.place.offset, one.raw.size()) == one.raw);
    ASSERT(one.fault || one.raw.size() == one.place.bytes);
    if (headers || one.place.number == 1) continue;
    ASSERT(between.find_first_not_of("\r\n") == between.npos);
  }
  if (!bytes_are_text || headers || !options.group_by.empty() || all.empty()) return;
  ASSERT(source.substr(covered).find_first_not_of("\r\n") == source.npos);
}

void run(std::string_view input) {
  if (input.empty()) return;
  const FormatOptions options = options_of(static_cast<unsigned char>(input.front()));
  input.remove_prefix(1);
  const std::vector<Given> whole = decoded(options, input, std::max<std::size_t>(input.size(), 1));
  check_places(options, input, whole);
  ASSERT(decoded(options, input, 1) == whole);
  ASSERT(decoded(options, input, 7) == whole);
}

const Registered registered({"rows", 16u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
