// CsvDraft: a CSV of unknown make -> a template that extends the shipped one that fits. It maps
// columns and says how values are written; how money counts stays the shipped template's. What it
// does not know it asks, and where going on would miscount the template is refused until somebody
// has decided (`undecided`). Pure; the parts fill it one after the other.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/format_options.h"
#include "agent/runtime/draft/column_words.h"
#include "agent/runtime/draft/draft_kind.h"
#include "agent/runtime/draft/sample_rows.h"
#include "agent/runtime/draft/value_shape.h"
#include "agent/runtime/template_draft.h"

namespace storeward {

struct DraftColumn {
  std::string name;
  ColumnWord word;
  ValueShape shape;
  std::string_view role;  // what it holds, by its name and its values
  std::string target;     // what the shipped template calls it; empty: not taken
  std::string remark;     // why
};

struct CsvDraft {
  SampleRows sample;
  std::vector<DraftColumn> columns;
  const DraftKind* kind = nullptr;
  bool is_sales = false;

  // What differs from the shipped template, as TOML lines; `format` without the table's head.
  std::vector<std::string> format, derived, defaults, conditions, named, rules;
  std::map<std::string, std::vector<std::string>> tables;
  std::vector<std::string> time_formats;
  std::optional<DerivedColumn> day_of_time;  // where sales have no column with their day
  std::vector<std::string> questions;        // it can be used, and somebody should know
  std::vector<std::string> undecided;        // it cannot be used before

  const DraftColumn* with_role(std::string_view role) const;
  const DraftColumn* with_target(std::string_view target) const;
  DraftColumn* with_role(std::string_view role);
  std::size_t index_of(const DraftColumn& column) const {
    return static_cast<std::size_t>(&column - columns.data());
  }
  // A row that names what was sold: by an article, a GTIN or a description.
  bool has_goods(const std::vector<std::string>& row) const;
  void take(DraftColumn& column, std::string_view target, std::string remark = {});
  void ask(std::string question) { questions.push_back(std::move(question)); }
  void block(std::string question) { undecided.push_back(std::move(question)); }
};

std::string toml_text(std::string_view text);
// What the template calls a column.
std::string name_in_template(const CsvDraft& draft, const DraftColumn& column);

// draft_columns.cpp: what each column holds, which template fits, which column becomes which.
Result<void> read_columns(CsvDraft& draft);
void map_columns(CsvDraft& draft);
// draft_times.cpp: day and time.
void map_times(CsvDraft& draft);
// draft_numbers.cpp: decimal signs, cents, amounts.
void map_numbers(CsvDraft& draft);
// draft_receipts.cpp: csv-sales alone: what a receipt is, its amounts and payments.
void map_amounts(CsvDraft& draft);
void map_receipts(CsvDraft& draft);
// draft_words.cpp: tenders, kinds, statuses, marks.
void map_words(CsvDraft& draft);
// draft_footer.cpp: rows of totals at the end.
void map_footers(CsvDraft& draft);
// draft_text.cpp
TemplateDraft written(const CsvDraft& draft, std::string_view name);

}  // namespace storeward
