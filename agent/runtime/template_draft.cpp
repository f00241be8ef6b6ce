#include "agent/runtime/template_draft.h"

#include <array>

#include "agent/runtime/draft/csv_draft.h"

namespace storeward {
namespace {

// Formats that a shipped template reads as they are: what the beginning holds -> its name.
struct Known {
  std::string_view sign, extends, kind;
};
constexpr std::array known = {Known{"ISA", "x12", "X12"},
                              Known{"UNA", "edifact", "EDIFACT"},
                              Known{"UNB", "edifact", "EDIFACT"},
                              Known{"<POSLog", "poslog", "POSLog XML"},
                              Known{"\"epcisBody\"", "epcis", "EPCIS 2.0 JSON"},
                              Known{"\"line_items\"", "shopify-order", "a Shopify order"},
                              Known{"Psp Reference", "adyen-settlement", "Adyen settlement CSV"}};

std::string head(std::string_view name) {
  return "[template]\nname = \"" + std::string(name) + "\"\nversion = \"1\"\n";
}

}  // namespace

Result<TemplateDraft> draft_template(std::string_view name, std::string_view sample, bool whole) {
  std::string_view text = sample;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return fail("the sample is empty");
  text.remove_prefix(begin);
  for (const Known& format : known) {
    const bool at_begin = format.sign.size() == 3;
    if (at_begin ? !text.starts_with(format.sign)
                 : text.substr(0, 4096).find(format.sign) == std::string_view::npos) {
      continue;
    }
    std::string draft = head(name);
    draft.insert(draft.find("version"), "extends = \"" + std::string(format.extends) + "\"\n");
    return TemplateDraft{"# This is " + std::string(format.kind) +
                             ": the shipped template reads it. Write only what differs.\n\n" +
                             draft,
                         {},
                         {}};
  }
  if (text.front() == '<' || text.front() == '{' || text.front() == '[') {
    return fail(
        "XML and JSON of unknown make are not guessed; docs/writing-a-template.md shows one");
  }
  CsvDraft draft;
  auto rows = SampleRows::read(sample, whole);
  if (!rows) return Unexpected{rows.error()};
  draft.sample = std::move(*rows);
  if (const auto columns = read_columns(draft); !columns) return Unexpected{columns.error()};
  map_columns(draft);
  map_times(draft);
  if (draft.is_sales) map_amounts(draft);
  map_numbers(draft);
  if (draft.is_sales) map_receipts(draft);
  map_words(draft);
  return written(draft, name);
}

}  // namespace storeward
