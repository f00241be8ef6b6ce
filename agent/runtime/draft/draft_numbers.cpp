// CsvDraft: how numbers are written.
#include <algorithm>

#include "agent/core/currency.h"
#include "agent/core/value_rules.h"
#include "agent/runtime/draft/csv_draft.h"

namespace storeward {
namespace {

bool is_number_role(std::string_view role) {
  return is_money(role) || role == "quantity" || role == "on_hand" || role == "ordered" ||
         role == "tax_rate";
}

// The decimals of the one currency that the file names; -1: it names none, or several kinds.
int decimals_of_currency(const CsvDraft& draft) {
  const DraftColumn* const column = draft.with_target("currency");
  int decimals = -1;
  if (column == nullptr) return -1;
  for (const std::string& currency : column->shape.distinct) {
    if (!is_currency(currency)) continue;
    const int now = currency_decimals(currency);
    if (decimals != -1 && decimals != now) return -1;
    decimals = now;
  }
  return decimals;
}

void map_signs(CsvDraft& draft) {
  bool comma = false, point = false, comma_groups = false, point_groups = false;
  const DraftColumn* either = nullptr;
  for (const DraftColumn& column : draft.columns) {
    if (column.target.empty() || !is_number_role(column.role) || !column.shape.numbers) continue;
    comma = comma || column.shape.comma_decimals;
    point = point || column.shape.point_decimals;
    comma_groups = comma_groups || column.shape.comma_groups;
    point_groups = point_groups || column.shape.point_groups;
    if (column.shape.either) either = &column;
  }
  if ((comma && (point || comma_groups)) || (point && point_groups)) {
    return draft.block(
        "some numbers have a decimal comma, others a point: say `decimal` in the "
        "values that differ from defaults.decimal");
  }
  if (comma || point_groups) draft.defaults.emplace_back("decimal = \",\"");
  if (either != nullptr && !comma && !point && !comma_groups && !point_groups) {
    draft.block("\"" + either->shape.example + "\" in \"" + either->name +
                "\": a fraction or a thousand? set defaults.decimal and defaults.group");
  }
  const bool grouped = either != nullptr || comma_groups || point_groups;
  if (grouped && (comma || point_groups)) {
    // "1.234" beside "0,420": the point can stand between thousands only.
    draft.defaults.emplace_back("group = \".\"");
  } else if (comma_groups) {
    draft.defaults.emplace_back("group = \",\"");
  }
}

void map_scale(const DraftColumn& column, int decimals, std::string& implied, CsvDraft& draft) {
  const ValueShape& shape = column.shape;
  const int places = decimals >= 0 ? decimals : 2;
  if (column.word.cents) {
    if (!shape.whole) {
      return draft.block("\"" + column.name +
                         "\" is called an amount in the smallest unit, and "
                         "\"" +
                         shape.example + "\" is none: is it?");
    }
    if (places != 0) {
      implied += (implied.empty() ? "" : ", ") + column.target + " = " + std::to_string(places);
    }
    return;
  }
  if (!shape.whole || !shape.any_but_zero || decimals == 0) return;
  draft.block("\"" + column.name + "\" has whole numbers only (" + shape.example +
              "): are they the currency or its cents? For cents set defaults.implied_decimals = {" +
              column.target + " = 2}");
}

}  // namespace

void map_numbers(CsvDraft& draft) {
  const int decimals = decimals_of_currency(draft);
  std::string implied;
  for (const DraftColumn& column : draft.columns) {
    if (column.target.empty() || column.shape.filled == 0 || !is_number_role(column.role)) continue;
    if (!column.shape.numbers) {
      draft.block("\"" + column.name + "\" holds what is no number, such as \"" +
                  column.shape.example + "\"");
    } else if (is_money(column.role)) {
      map_scale(column, decimals, implied, draft);
    }
  }
  map_signs(draft);
  if (!implied.empty()) {
    draft.defaults.push_back("implied_decimals = {" + implied + "}  # in the smallest unit");
  }
}

}  // namespace storeward
