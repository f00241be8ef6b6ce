// CsvDraft: columns.
#include <algorithm>
#include <array>

#include "agent/base/ascii.h"
#include "agent/runtime/draft/csv_draft.h"

namespace storeward {
namespace {

bool named_as_time(std::string_view role) {
  constexpr std::array<std::string_view, 12> times = {
      "date",       "time",   "as_of",     "placed_at", "authorised_at", "updated_at",
      "valid_from", "expiry", "closed_at", "booked_at", "from",          "to"};
  return std::ranges::find(times, role) != times.end();
}

bool all_in(const std::set<std::string>& values, std::initializer_list<std::string_view> known) {
  return std::ranges::all_of(values, [&](const std::string& value) {
    return value.empty() || std::ranges::find(known, value) != known.end();
  });
}

// A rate or an amount of tax: their columns bear the same names.
bool are_rates(const ValueShape& shape) {
  return all_in(
      shape.distinct,
      {"0",    "0.00", "0,00", "5",  "5.5", "5,5", "6",  "7",  "7.00", "7,00",  "7.0",   "7,0",
       "8",    "8.1",  "8,1",  "9",  "10",  "12",  "13", "16", "17",   "19",    "19.00", "19,00",
       "19.0", "19,0", "20",   "21", "22",  "23",  "24", "25", "27",   "20.00", "20,00"});
}

bool are_words(const ValueShape& shape) {
  return std::ranges::all_of(shape.distinct, [](const std::string& value) {
    return std::ranges::none_of(value, [](char c) { return c >= '0' && c <= '9'; }) ||
           value.find(' ') != value.npos;
  });
}

// "A", "B": of a group or a rate, and no articles.
bool are_letters(const ValueShape& shape) {
  return shape.filled != 0 && std::ranges::all_of(shape.distinct, [](const std::string& value) {
           return value.size() <= 2 && std::ranges::all_of(value, is_letter);
         });
}

bool are_gtins(const ValueShape& shape) {
  return std::ranges::all_of(shape.distinct, [](const std::string& value) {
    return value.empty() ||
           (value.size() >= 12 && value.size() <= 14 &&
            std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; }));
  });
}

// Of a file without a header nothing but the values speaks.
std::string_view role_by_values(const DraftColumn& column, const CsvDraft& draft) {
  const ValueShape& shape = column.shape;
  const auto none_yet = [&draft](std::string_view role) {
    return draft.with_role(role) == nullptr;
  };
  if (shape.has_day && shape.has_clock) return none_yet("time") ? "time" : "";
  if (shape.has_day) return none_yet("date") ? "date" : "";
  if (shape.has_clock) return none_yet("time") ? "time" : "";
  if (shape.filled != 0 && are_gtins(shape)) return none_yet("gtin") ? "gtin" : "";
  if (shape.numbers && (shape.comma_decimals || shape.point_decimals)) {
    return none_yet("amount") ? "amount" : "";
  }
  if (shape.filled != 0 && !shape.numbers && are_words(shape)) {
    return none_yet("description") ? "description" : "";
  }
  return "";
}

// Named as an amount, and filled only where a tender stands and nothing is sold: what was paid.
void settle_paid(CsvDraft& draft) {
  const DraftColumn* const tender = draft.with_role("tender");
  const bool sold = std::ranges::any_of(draft.sample.rows,
                                        [&draft](const auto& row) { return draft.has_goods(row); });
  if (tender == nullptr || draft.with_role("paid") != nullptr || !sold) return;
  const std::size_t tender_at = draft.index_of(*tender);
  for (DraftColumn& column : draft.columns) {
    if (column.role != "amount" && column.role != "total" && column.role != "gross") continue;
    const std::size_t at = draft.index_of(column);
    const bool apart = std::ranges::all_of(draft.sample.rows, [&](const auto& row) {
      return row[at].empty() || (!row[tender_at].empty() && !draft.has_goods(row));
    });
    if (!apart || column.shape.filled == 0) continue;
    column.role = "paid";
    column.remark = "filled only beside a tender where nothing is sold";
    return;
  }
}

void settle_roles(CsvDraft& draft) {
  for (DraftColumn& column : draft.columns) {
    const ValueShape& shape = column.shape;
    if (!draft.sample.format.header) column.role = role_by_values(column, draft);
    if (are_letters(shape) && (column.role == "tax" || column.role == "tax_rate" ||
                               (column.role == "sku" && !column.word.whole_name))) {
      draft.ask("\"" + column.name + "\" holds letters, such as \"" + shape.example +
                "\": taken for a group or a rate of tax by its letter, and not taken over");
      column.role = "";
    }
    if (column.role == "tax" && are_rates(shape)) column.role = "tax_rate";
    if (column.role == "tax_rate" && !shape.numbers) column.role = "";
    if (column.role == "sku" && are_words(shape) && draft.with_role("description") == nullptr) {
      column.role = "description";
      column.remark = "words, no numbers of articles";
    }
    if (column.role.empty() && shape.filled != 0 && are_gtins(shape) &&
        draft.with_role("gtin") == nullptr) {
      column.role = "gtin";
      column.remark = "12 to 14 digits";
    }
    // A time that stands where the name says a day, and the other way round: the values know.
    if (column.role == "time" && shape.has_day && !shape.has_clock) column.role = "date";
    if (column.role == "date" && !shape.has_day && shape.has_clock) column.role = "time";
  }
  settle_paid(draft);
}

}  // namespace

const DraftColumn* CsvDraft::with_role(std::string_view role) const {
  const DraftColumn* found = nullptr;
  for (const DraftColumn& column : columns) {
    if (column.role != role) continue;
    if (found == nullptr || (column.word.whole_name && !found->word.whole_name)) found = &column;
  }
  return found;
}

DraftColumn* CsvDraft::with_role(std::string_view role) {
  const DraftColumn* const found = std::as_const(*this).with_role(role);
  return found != nullptr ? &columns[index_of(*found)] : nullptr;
}

const DraftColumn* CsvDraft::with_target(std::string_view target) const {
  const auto at = std::ranges::find(columns, target, &DraftColumn::target);
  return at != columns.end() ? &*at : nullptr;
}

bool CsvDraft::has_goods(const std::vector<std::string>& row) const {
  return std::ranges::any_of(columns, [&](const DraftColumn& column) {
    const bool names =
        column.role == "sku" || column.role == "gtin" || column.role == "description";
    return names && !row[index_of(column)].empty();
  });
}

void CsvDraft::take(DraftColumn& column, std::string_view target, std::string remark) {
  column.target = target;
  if (!remark.empty()) column.remark = std::move(remark);
}

Result<void> read_columns(CsvDraft& draft) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < draft.sample.columns.size(); ++i) {
    DraftColumn column;
    column.name = draft.sample.columns[i];
    column.word = word_of_name(column.name);
    // A name that stands twice is renamed by the decoder; nothing says which of them is meant.
    if (!seen.insert(draft.sample.columns[i]).second) column.word.role = "";
    column.shape = shape_of(draft.sample.values(i), named_as_time(column.word.role));
    column.role = column.word.role;
    draft.columns.push_back(std::move(column));
  }
  settle_roles(draft);
  std::set<std::string_view> roles;
  for (const DraftColumn& column : draft.columns) {
    if (!column.role.empty()) roles.insert(column.role);
  }
  draft.kind = kind_of_roles(roles);
  if (draft.kind == nullptr && !draft.sample.format.header && roles.contains("amount")) {
    draft.kind = kind_of_roles({"receipt", "amount"});
  }
  if (draft.kind == nullptr) {
    std::string known;
    for (const std::string_view role : roles) known.append(known.empty() ? "" : ", ").append(role);
    return fail("its columns (" +
                (known.empty() ? "none is known by its name" : "known: " + known) +
                ") fit none of the shipped CSV templates; docs/writing-a-template.md shows how to "
                "write one, `storeward template list` what there is");
  }
  draft.is_sales = draft.kind->extends == "csv-sales";
  return {};
}

void map_columns(CsvDraft& draft) {
  for (const std::string_view entry : draft.kind->columns) {
    const std::size_t sign = entry.find('=');
    const std::string_view target = entry.substr(0, sign);
    std::string_view roles = sign == entry.npos ? entry : entry.substr(sign + 1);
    while (!roles.empty()) {
      const std::size_t bar = roles.find('|');
      DraftColumn* const column = draft.with_role(roles.substr(0, bar));
      if (column != nullptr && column->target.empty()) {
        draft.take(*column, target);
        break;
      }
      roles = bar == roles.npos ? std::string_view{} : roles.substr(bar + 1);
    }
  }
  if (!draft.sample.format.header) {
    draft.block(
        "the file has no header: what its columns hold was guessed from the values alone; name "
        "each in format.columns (" +
        std::string(draft.kind->extends) + " says which there are)");
  }
  for (const std::string_view must : draft.kind->must) {
    if (draft.with_target(must) != nullptr || (must == "register" && draft.is_sales)) continue;
    draft.block("no column is known to be \"" + std::string(must) +
                "\", without which records cannot be told apart or counted: name it in "
                "[format.rename]");
  }
}

}  // namespace storeward
