// XML (drivers/formats: xml). The first byte of the input chooses how the rest of it is read.
#include "tests/fuzz/decoded_items.h"
#include "tests/fuzz/target.h"

namespace storeward::fuzz {
namespace {

// Cut out and given alone, a record means the same.
void check_alone(const FormatOptions& options, const Item& item) {
  ASSERT(item.raw.starts_with('<') && item.raw.ends_with('>'));
  ASSERT(item.raw.find("<!DOCTYPE") == item.raw.npos || item.raw.find("<!--") != item.raw.npos ||
         item.raw.find("<![CDATA[") != item.raw.npos || item.raw.find("<?") != item.raw.npos);
  FormatOptions alone = options;
  alone.records.clear();
  const std::vector<Item> items = items_of_source(alone, item.raw, item.raw.size(), false);
  ASSERT(items.size() == 1 && !items.front().fault);
  ASSERT(items.front().text == item.text);
}

void run(std::string_view input) {
  if (input.empty()) return;
  const auto choice = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  FormatOptions options;
  options.kind = "xml";
  options.records = (choice & 1u) != 0 ? "" : "T";
  options.max_record_bytes = (choice & 2u) != 0 ? 64 : 4096;
  const std::vector<Item> whole = items_of_source(options, input, input.size());
  check_places(options, input, whole);
  ASSERT(items_of_source(options, input, 1) == whole);
  ASSERT(items_of_source(options, input, 7) == whole);
  if (input.find("encoding") != input.npos) return;
  for (const Item& item : items_of_source(options, input, input.size(), false)) {
    if (!item.fault) check_alone(options, item);
  }
}

const Registered registered({"xml_format", 16u << 10, run});

}  // namespace
}  // namespace storeward::fuzz
