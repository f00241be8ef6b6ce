// CsvDraft: receipts, their amounts and payments.
#include <algorithm>
#include <functional>
#include <optional>

#include "agent/core/mapping/decimal.h"
#include "agent/runtime/draft/csv_draft.h"
#include "drivers/formats/derived_columns.h"

namespace storeward {
namespace {

using Row = std::vector<std::string>;

// Rows that follow each other and belong to one receipt.
struct Receipt {
  std::size_t begin = 0, end = 0;
};

class Receipts {
 public:
  explicit Receipts(const CsvDraft& draft) : draft_(draft) {
    for (const std::string_view target : {"date", "site", "register", "receipt"}) {
      const DraftColumn* column = draft.with_target(target);
      if (column != nullptr) key_.push_back(draft.index_of(*column));
    }
    if (draft.day_of_time) time_ = draft.index_of(*draft.with_target("time"));
    const auto& rows = draft.sample.rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i == 0 || key_of(rows[i]) != key_of(rows[i - 1])) all_.push_back({i, i});
      all_.back().end = i + 1;
    }
    // The last one may go on behind the sample.
    if (draft.sample.cut_off && all_.size() > 1) all_.pop_back();
  }

  const std::vector<Receipt>& all() const { return all_; }

  bool scattered() const {
    std::set<Row> seen;
    return std::ranges::any_of(all_, [&](const Receipt& receipt) {
      return !seen.insert(key_of(draft_.sample.rows[receipt.begin])).second;
    });
  }

  bool several_rows() const {
    return std::ranges::any_of(all_, [](const Receipt& of) { return of.end - of.begin > 1; });
  }

  // The column says the same in all rows of each receipt.
  bool same_within(const DraftColumn& column) const {
    const std::size_t at = draft_.index_of(column);
    return std::ranges::all_of(all_, [&](const Receipt& of) {
      for (std::size_t i = of.begin + 1; i < of.end; ++i) {
        if (draft_.sample.rows[i][at] != draft_.sample.rows[of.begin][at]) return false;
      }
      return true;
    });
  }

  // In how many rows of a receipt it is filled, at most and at least.
  std::pair<std::size_t, std::size_t> filled_within(const DraftColumn& column) const {
    std::pair<std::size_t, std::size_t> range{SIZE_MAX, 0};
    const std::size_t at = draft_.index_of(column);
    for (const Receipt& of : all_) {
      std::size_t filled = 0;
      for (std::size_t i = of.begin; i < of.end; ++i) {
        if (!draft_.sample.rows[i][at].empty()) ++filled;
      }
      range = {std::min(range.first, filled), std::max(range.second, filled)};
    }
    return range;
  }

 private:
  Row key_of(const Row& row) const {
    Row key;
    for (const std::size_t column : key_) key.push_back(row[column]);
    if (time_) key.emplace_back(derived_part(row[*time_], *draft_.day_of_time));
    return key;
  }

  const CsvDraft& draft_;
  std::vector<std::size_t> key_;
  std::optional<std::size_t> time_;  // where the day is part of it
  std::vector<Receipt> all_;
};

std::optional<Decimal> number_in(const CsvDraft& draft, const DraftColumn* column, const Row& row) {
  if (column == nullptr) return std::nullopt;
  const bool comma = std::ranges::any_of(draft.columns, [](const DraftColumn& one) {
    return one.shape.comma_decimals || one.shape.point_groups;
  });
  const NumberFormat format = comma ? NumberFormat{',', '.'} : NumberFormat{'.', ','};
  const auto value = Decimal::parse(row[draft.index_of(*column)], format);
  return value && column->word.cents ? value->shifted(2) : value;
}

// Whether quantity times price is this amount, less the discount: yes, no; nothing: there is no
// telling.
std::optional<bool> is_line_amount(const CsvDraft& draft, const DraftColumn& amount) {
  const DraftColumn* const quantity = draft.with_target("quantity");
  const DraftColumn* const price = draft.with_target("price");
  std::size_t fitting = 0, others = 0;
  for (const Row& row : draft.sample.rows) {
    const auto count = number_in(draft, quantity, row), each = number_in(draft, price, row);
    const auto is = number_in(draft, &amount, row);
    if (!count || !each || !is) continue;
    auto due = Decimal::product(count->absolute(), each->absolute());
    const auto less = number_in(draft, draft.with_target("discount"), row);
    if (due && less) due = Decimal::sum(*due, less->absolute().negated());
    if (!due) continue;
    bool exact = true;
    const auto a = due->scaled(2, exact), b = is->absolute().scaled(2, exact);
    ++(a && b && std::abs(std::abs(*a) - *b) <= 1 ? fitting : others);
  }
  if (fitting + others == 0) return std::nullopt;
  return fitting * 10 >= (fitting + others) * 9;
}

std::vector<DraftColumn*> amount_candidates(CsvDraft& draft) {
  std::vector<DraftColumn*> made;
  for (DraftColumn& column : draft.columns) {
    const bool named = column.role == "amount" || column.role == "gross" || column.role == "total";
    if (named && column.shape.filled != 0) made.push_back(&column);
  }
  return made;
}

std::string names_of(const std::vector<DraftColumn*>& columns) {
  std::string names;
  for (const DraftColumn* column : columns) {
    names += (names.empty() ? "\"" : ", \"") + column->name + "\"";
  }
  return names;
}

void one_amount(DraftColumn& column, const Receipts& receipts, CsvDraft& draft) {
  const auto fits = is_line_amount(draft, column);
  if (fits == true || !receipts.several_rows()) {
    draft.take(column, "amount", fits ? "quantity x price" : "");
    if (fits == false && draft.with_target("price") != nullptr) {
      draft.block("\"" + column.name + "\" is not quantity x price: which of them counts?");
    }
    return;
  }
  if (receipts.same_within(column) && fits == false) {
    return draft.take(column, "total", "the same in each row of a receipt");
  }
  draft.take(column, "amount");
  if (fits == false) {
    draft.block("\"" + column.name + "\" is not quantity x price: which of them counts?");
  } else if (receipts.same_within(column)) {
    draft.block("\"" + column.name +
                "\" is the same in each row of a receipt: the amount of the "
                "line (\"amount\"), or the total of the receipt (\"total\")?");
  }
}

void several_amounts(const std::vector<DraftColumn*>& candidates, const Receipts& receipts,
                     CsvDraft& draft) {
  std::vector<DraftColumn*> lines;
  for (DraftColumn* column : candidates) {
    if (is_line_amount(draft, *column) == true) lines.push_back(column);
  }
  if (lines.empty() && receipts.several_rows()) {
    for (DraftColumn* column : candidates) {
      if (!receipts.same_within(*column)) lines.push_back(column);
    }
  }
  DraftColumn* amount = lines.size() == 1 ? lines.front() : nullptr;
  if (amount == nullptr) {
    amount = lines.empty() ? candidates.front() : lines.front();
    const bool all_same = std::ranges::all_of(candidates, [&](const DraftColumn* column) {
      return std::ranges::all_of(draft.sample.rows, [&](const Row& row) {
        return row[draft.index_of(*column)] == row[draft.index_of(*amount)];
      });
    });
    if (!all_same) {
      draft.block(names_of(candidates) +
                  ": which is the amount of the line, with tax? name it \"amount\" in "
                  "[format.rename]");
    }
  }
  draft.take(*amount, "amount");
  for (const DraftColumn* column : candidates) {
    if (column == amount) continue;
    draft.ask("\"" + column->name + "\" is not taken: the total is the sum of \"" + amount->name +
              "\"");
  }
}

void map_payments(const Receipts& receipts, CsvDraft& draft) {
  const DraftColumn* const tender = draft.with_target("tender");
  DraftColumn* const paid = draft.with_role("paid");
  if (tender == nullptr) {
    if (paid != nullptr && !paid->target.empty()) paid->target.clear();
    return;
  }
  const auto [least, most] = receipts.filled_within(*tender);
  const bool has_paid = paid != nullptr && !paid->target.empty();
  const bool repeated = most > 1 && receipts.same_within(*tender);
  std::string row;
  if (repeated && (!has_paid || receipts.same_within(*paid))) row = "row[1]";
  if (!has_paid && most <= 1) row = "row";
  if (row.empty()) {
    if (!has_paid && least != most) {
      draft.ask("\"" + tender->name + "\" has no amount beside it: each row pays its own part");
    }
    return;
  }
  if (has_paid && row == "row[1]") {
    draft.ask("\"" + paid->name + "\" is the same in each row of a receipt: taken once for it");
  }
  const std::string item =
      "[event.data.payments.item]\n"
      "tenderType = {path = \"tender\", table = \"tenders\", keep_unknown = true}\n"
      "direction = {cases = [{when = {" +
      std::string(has_paid ? "path = \"paid\"" : "named = \"gross\"") +
      ", less = 0}, then = {const = \"out\"}}, {then = {const = \"in\"}}]}\namount = " +
      (has_paid ? "{path = \"paid\", absolute = true}\n"
                : "{first = [{named = \"gross\"}, {const = \"0\"}], absolute = true}\n");
  draft.rules.push_back(
      "# One tender pays the receipt as a whole.\n[[event]]\nname = "
      "\"sale\"\n[event.data.payments]\neach = \"" +
      row + "\"\nwhere = {path = \"tender\", present = true}\n" + item);
  if (has_paid) return;
  draft.rules.emplace_back(
      "[[event]]\nname = \"return\"\n[event.data.payments.item]\n"
      "amount = {first = [{named = \"given_back\"}], absolute = true}\n");
}

// What a column comes to in a receipt; where it is empty it adds nothing.
std::optional<Decimal> sum_within(const CsvDraft& draft, std::string_view target,
                                  const Receipt& receipt) {
  std::optional<Decimal> sum = Decimal();
  for (std::size_t i = receipt.begin; i < receipt.end && sum; ++i) {
    const auto value = number_in(draft, draft.with_target(target), draft.sample.rows[i]);
    if (value) sum = Decimal::sum(*sum, *value);
  }
  return sum;
}

// As in America: what is paid is the amounts and the tax. Where nothing is said to be paid there is
// no telling.
bool tax_comes_on_top(const CsvDraft& draft, const Receipts& receipts) {
  for (const std::string_view target : {"tax", "amount", "paid"}) {
    if (draft.with_target(target) == nullptr) return false;
  }
  std::size_t on_top = 0, within = 0;
  for (const Receipt& receipt : receipts.all()) {
    const auto amount = sum_within(draft, "amount", receipt),
               tax = sum_within(draft, "tax", receipt), paid = sum_within(draft, "paid", receipt);
    if (!amount || !tax || !paid || Decimal::compare(*tax, Decimal()) == 0) continue;
    const auto both = Decimal::sum(*amount, *tax);
    if (both && Decimal::compare(*both, *paid) == 0) ++on_top;
    if (Decimal::compare(*amount, *paid) == 0) ++within;
  }
  return on_top > within;
}

void map_tax(const Receipts& receipts, CsvDraft& draft) {
  if (draft.with_target("total") != nullptr || !tax_comes_on_top(draft, receipts)) return;
  const std::string name = draft.with_target("tax")->name;
  draft.ask("what is paid is \"" + draft.with_target("amount")->name + "\" and \"" + name +
            "\": the tax is taken to come on top");
  draft.named.push_back("# \"" + name + "\" comes on top of the amounts.");
  draft.named.emplace_back(
      "gross = {sum = \"/row\", where = {is = \"counted_line\"}, of = {add = [{named = \"owed\"}, "
      "{cases = [{when = {is = \"returned\"}, then = {path = \"tax\", absolute = true, negate = "
      "true}}, {then = \"tax\"}]}]}}");
  draft.named.emplace_back(
      "given_back = {sum = \"/row\", where = {is = \"counted_line\"}, of = {cases = [{when = {is = "
      "\"returned\"}, then = {add = [{named = \"returned_amount\"}, {path = \"tax\", absolute = "
      "true}]}}, {then = {path = \"amount\", absolute = true, negate = true}}]}}");
}

// A negative amount where no quantity is negative.
void map_returns(CsvDraft& draft) {
  const DraftColumn* const amount = draft.with_target("amount");
  const DraftColumn* const quantity = draft.with_target("quantity");
  if (amount == nullptr || !amount->shape.negative) return;
  if (quantity != nullptr && quantity->shape.negative) return;
  draft.conditions.emplace_back(
      "returned = {any = [{path = \"kind\", table = \"kinds\", keep_unknown = true, equals = "
      "\"return\"}, {path = \"quantity\", less = 0}, {path = \"amount\", less = 0}]}  # ASK: only "
      "amounts are negative");
  draft.ask("only the amounts of \"" + amount->name +
            "\" are negative: such a row is taken as goods given back, not as a discount");
}

void map_goods(CsvDraft& draft) {
  if (draft.with_target("sku") != nullptr || draft.with_target("gtin") != nullptr ||
      draft.with_target("description") != nullptr) {
    return;
  }
  draft.conditions.emplace_back("item = {path = \"amount\", present = true}");
  draft.rules.emplace_back(
      "# ASK: no column names the goods: each row with an amount is one line.\n[[event]]\nname = "
      "\"sale\"\n[event.data.lines.item]\ndescription = {const = \"goods not named\"}\n");
  draft.ask("no column names what was sold: each row with an amount becomes one unnamed line");
}

void map_register(CsvDraft& draft) {
  if (draft.with_target("register") != nullptr) return;
  draft.format.emplace_back("group_by = [\"date\", \"receipt\"]");
  draft.named.emplace_back("till = {value = \"registerId\"}  # ASK: no column says the till");
  draft.rules.emplace_back(
      "[[reject]]\nname = \"no till\"\nwhen = {value = \"registerId\", present = false}\nreason = "
      "\"no column says the till: give the driver values = [\\\"registerId=3\\\"], `template test` "
      "--value registerId=3\"\n");
  draft.ask(
      "no column says the till; is the file of one? then give the driver values = "
      "[\"registerId=3\"], and template test --value registerId=3");
}

}  // namespace

void map_amounts(CsvDraft& draft) {
  const Receipts receipts(draft);
  const auto candidates = amount_candidates(draft);
  if (candidates.size() == 1) {
    one_amount(*candidates.front(), receipts, draft);
  } else if (!candidates.empty()) {
    several_amounts(candidates, receipts, draft);
  } else if (draft.with_target("price") == nullptr || draft.with_target("quantity") == nullptr) {
    draft.block("no column is known to be the amount: name it \"amount\" in [format.rename]");
  }
  if (draft.with_target("discount") != nullptr && draft.with_target("amount") != nullptr) {
    draft.ask("a discount is shown beside the amount, which is taken to be less the discount");
  }
}

void map_receipts(CsvDraft& draft) {
  const Receipts receipts(draft);
  if (receipts.scattered()) {
    draft.block(
        "a receipt's number comes back on the same till and day behind other receipts: if rows of "
        "several receipts are mixed, add group_window = 8 to [format]; two receipts of one number "
        "need what tells them apart, and one exported twice must stay as it is");
  }
  map_register(draft);
  map_goods(draft);
  map_returns(draft);
  map_payments(receipts, draft);
  map_tax(receipts, draft);
}

}  // namespace storeward
