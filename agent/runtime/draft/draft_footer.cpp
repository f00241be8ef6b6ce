// CsvDraft: rows of totals at the end of the file. As records they would be exceptions, one in each
// file.
#include <algorithm>

#include "agent/base/ascii.h"
#include "agent/runtime/draft/csv_draft.h"

namespace storeward {
namespace {

std::string path_of(const std::string& name) {
  const bool plain = std::ranges::all_of(
      name, [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; });
  return toml_text(plain ? name : "'" + name + "'");
}

// How the row is known, as a condition; empty: by nothing that another file of tomorrow would have
// as well, or that a record may have.
std::string condition_of(const SampleRow& row, const CsvDraft& draft) {
  const std::size_t at = first_filled(row.fields);
  if (at == row.fields.size()) return {};
  const std::string& text = row.fields[at];
  const std::string_view word = total_word(text);
  const std::string name = name_in_template(draft, draft.columns[at]);
  if (word.empty() || name.find('\'') != name.npos) return {};
  const bool in_a_record = std::ranges::any_of(
      draft.sample.values(at), [word](std::string_view value) { return value.starts_with(word); });
  if (in_a_record) return {};
  const bool varies = std::ranges::any_of(text, is_digit);
  return "{path = " + path_of(name) + (varies ? ", starts_with = " : ", equals = ") +
         toml_text(varies ? word : std::string_view(text)) + "}";
}

}  // namespace

void map_footers(CsvDraft& draft) {
  std::vector<std::string> conditions;
  for (const SampleRow& row : draft.sample.footers) {
    const std::size_t at = first_filled(row.fields);
    const std::string line = "line " + std::to_string(row.line) + ", which begins with \"" +
                             (at < row.fields.size() ? row.fields[at] : "") + "\", ";
    if (row.width > draft.columns.size()) {
      draft.ask(line +
                "has more fields than there are columns and will be an exception: have it "
                "left out of the file");
      continue;
    }
    std::string condition = condition_of(row, draft);
    if (condition.empty()) {
      draft.ask(line +
                "has another form than the lines above it and will be an exception: what is "
                "it? [[ignore]] leaves such lines out");
      continue;
    }
    draft.ask(line + "is taken for a row of totals and ignored");
    if (std::ranges::find(conditions, condition) == conditions.end()) {
      conditions.push_back(std::move(condition));
    }
  }
  if (conditions.empty()) return;
  std::string when = conditions.front();
  for (std::size_t i = 1; i < conditions.size(); ++i) when += ", " + conditions[i];
  if (conditions.size() > 1) when = "{any = [" + when + "]}";
  draft.rules.push_back("# ASK: at the end of the file.\n[[ignore]]\nname = \"totals\"\nwhen = " +
                        when + "\nreason = \"a row of totals\"\n");
}

}  // namespace storeward
