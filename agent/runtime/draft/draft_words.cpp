// CsvDraft: words of the file that mean something: tenders, kinds of lines, statuses, marks.
#include <algorithm>

#include "agent/base/ascii.h"
#include "agent/runtime/draft/csv_draft.h"

namespace storeward {
namespace {

struct Meaning {
  std::string_view word, means;
  bool shipped = false;  // in the shipped template's own table
};

constexpr Meaning tenders[] = {
    {"bar", "cash"},         {"bargeld", "cash"},      {"barzahlung", "cash"},
    {"cash", "cash"},        {"especes", "cash"},      {"efectivo", "cash"},
    {"ec", "card"},          {"eckarte", "card"},      {"eccash", "card"},
    {"girocard", "card"},    {"karte", "card"},        {"card", "card"},
    {"visa", "card"},        {"mastercard", "card"},   {"mc", "card"},
    {"amex", "card"},        {"maestro", "card"},      {"debit", "card"},
    {"credit", "card"},      {"creditcard", "card"},   {"debitcard", "card"},
    {"kreditkarte", "card"}, {"cb", "card"},           {"carte", "card"},
    {"tarjeta", "card"},     {"giftcard", "giftCard"}, {"gutschein", "voucher"},
    {"voucher", "voucher"},  {"check", "check"},       {"cheque", "check"},
    {"scheck", "check"}};

constexpr Meaning kinds[] = {
    {"sale", "sale"},         {"sales", "sale"},      {"verkauf", "sale"},     {"vente", "sale"},
    {"venta", "sale"},        {"artikel", "sale"},    {"ware", "sale"},        {"return", "return"},
    {"refund", "return"},     {"retoure", "return"},  {"rueckgabe", "return"}, {"retour", "return"},
    {"devolucion", "return"}, {"deposit", "deposit"}, {"pfand", "deposit"},    {"fee", "fee"},
    {"discount", "discount"}, {"rabatt", "discount"}, {"rounding", "rounding"}};

constexpr Meaning statuses[] = {
    {"completed", "completed"},     {"complete", "completed"}, {"ok", "completed"},
    {"closed", "completed"},        {"paid", "completed"},     {"finished", "completed"},
    {"abgeschlossen", "completed"}, {"bezahlt", "completed"},  {"normal", "completed"},
    {"sale", "completed"},          {"verkauf", "completed"},  {"return", "completed"},
    {"refund", "completed"},        {"voided", "voided"},      {"void", "voided"},
    {"storno", "voided"},           {"storniert", "voided"},   {"cancelled", "voided"},
    {"canceled", "voided"},         {"abbruch", "voided"},     {"suspended", "suspended"},
    {"parked", "suspended"},        {"geparkt", "suspended"},  {"training", "training"},
    {"schulung", "training"}};

constexpr Meaning settlement_kinds[] = {
    {"payout", "payout"},     {"auszahlung", "payout"},    {"settled", "settled"},
    {"sale", "settled"},      {"payment", "settled"},      {"charge", "settled"},
    {"refunded", "refunded"}, {"refund", "refunded"},      {"chargeback", "chargeback"},
    {"fee", "fee"},           {"adjustment", "adjustment"}};

constexpr Meaning units[] = {{"stueck", "H87"}, {"stk", "H87"}, {"st", "H87"},   {"pcs", "H87"},
                             {"pc", "H87"},     {"ea", "H87"},  {"each", "H87"}, {"kg", "KGM"},
                             {"kilo", "KGM"},   {"g", "GRM"},   {"l", "LTR"},    {"liter", "LTR"},
                             {"m", "MTR"},      {"lb", "LBR"}};

constexpr Meaning marks[] = {{"1", "yes", true},    {"true", "yes", true}, {"yes", "yes", true},
                             {"y", "yes", true},    {"t", "yes", true},    {"x", "yes", true},
                             {"ja", "yes", true},   {"j", "yes", true},    {"wahr", "yes", true},
                             {"oui", "yes"},        {"si", "yes"},         {"0", "no", true},
                             {"false", "no", true}, {"no", "no", true},    {"n", "no", true},
                             {"f", "no", true},     {"nein", "no", true},  {"non", "no"}};

std::string_view meaning_of(std::string_view value, std::span<const Meaning> words) {
  const std::string plain = plain_name(value);
  const auto at = std::ranges::find(words, plain, &Meaning::word);
  return at != words.end() ? at->means : std::string_view{};
}

enum class Unknown : std::uint8_t { ask, block };

// Of rows that sell something: only there does a kind say how a row counts.
std::set<std::string> values_beside_goods(const CsvDraft& draft, const DraftColumn& column) {
  std::set<std::string> values;
  for (const std::vector<std::string>& row : draft.sample.rows) {
    if (draft.has_goods(row)) values.insert(row[draft.index_of(column)]);
  }
  return values.empty() ? column.shape.distinct : values;
}

void map_table(CsvDraft& draft, std::string_view target, const std::string& table,
               std::span<const Meaning> words, Unknown otherwise) {
  const DraftColumn* const column = draft.with_target(target);
  if (column == nullptr) return;
  std::string unknown;
  const bool of_goods = draft.is_sales && target == "kind";
  for (const std::string& value :
       of_goods ? values_beside_goods(draft, *column) : column->shape.distinct) {
    if (value.empty()) continue;
    const std::string_view means = meaning_of(value, words);
    if (!means.empty()) {
      draft.tables[table].push_back(toml_text(value) + " = " + toml_text(means));
    } else {
      unknown += (unknown.empty() ? "" : ", ") + toml_text(value);
      draft.tables[table].push_back("# ASK: " + toml_text(value) + " = what it means");
    }
  }
  if (column->shape.distinct.size() > ValueShape::most_distinct) {
    draft.ask("\"" + column->name + "\" has many values; only some were looked at");
  }
  if (unknown.empty()) return;
  const std::string question =
      "what do these in \"" + column->name + "\" mean: " + unknown + "? ([tables." + table + "])";
  otherwise == Unknown::block ? draft.block(question) : draft.ask(question);
}

// A column that marks rows: training, voided. Its words are added to those of the shipped template,
// which has them in small letters: a file of tomorrow may have others that it knows.
void map_mark(CsvDraft& draft, std::string_view target) {
  const DraftColumn* const column = draft.with_target(target);
  if (column == nullptr) return;
  std::vector<std::string>& table = draft.tables["marks"];
  const auto add = [&table](std::string line) {
    if (std::ranges::find(table, line) == table.end()) table.push_back(std::move(line));
  };
  for (const std::string& value : column->shape.distinct) {
    if (value.empty()) continue;
    const std::string word = lowered(value);
    const std::string_view means = meaning_of(value, marks);
    const bool shipped = std::ranges::any_of(
        marks, [&](const Meaning& mark) { return mark.word == word && mark.shipped; });
    if (shipped) continue;
    if (!means.empty()) {
      add(toml_text(word) + " = " + toml_text(means));
      continue;
    }
    add("# ASK: " + toml_text(word) + " = \"yes\" or \"no\"");
    draft.block("\"" + column->name + "\" has " + toml_text(value) +
                ": does such a row count? ([tables.marks])");
  }
}

// A kind of row may as well say that the receipt does not count.
void map_kinds(CsvDraft& draft) {
  DraftColumn* const column = draft.with_role("kind");
  if (column == nullptr || column->target.empty() || draft.with_target("status") != nullptr) return;
  const bool as_status = std::ranges::any_of(column->shape.distinct, [](const std::string& value) {
    const std::string_view means = meaning_of(value, statuses);
    return means == "voided" || means == "suspended" || means == "training";
  });
  if (!as_status) return;
  draft.take(*column, "status", "it says whether the receipt counts");
  const DraftColumn* const quantity = draft.with_target("quantity");
  const DraftColumn* const amount = draft.with_target("amount");
  for (const std::string& value : column->shape.distinct) {
    if (meaning_of(value, kinds) != "return") continue;
    const bool signs = (quantity != nullptr && quantity->shape.negative) ||
                       (amount != nullptr && amount->shape.negative);
    if (!signs) {
      draft.block("\"" + column->name + "\" has " + toml_text(value) +
                  " and nothing is negative: say conditions.returned");
    }
  }
}

// Refunds that the status names and no sign shows.
void check_status_returns(CsvDraft& draft) {
  const DraftColumn* const column = draft.with_target("status");
  if (column == nullptr || column->role != "status") return;
  for (const std::string& value : column->shape.distinct) {
    if (meaning_of(value, kinds) != "return") continue;
    draft.block("\"" + column->name + "\" has " + toml_text(value) +
                ": goods given back? say conditions.returned");
  }
}

}  // namespace

void map_words(CsvDraft& draft) {
  if (draft.is_sales) {
    map_kinds(draft);
    check_status_returns(draft);
    map_table(draft, "kind", "kinds", kinds, Unknown::block);
    map_table(draft, "status", "statuses", statuses, Unknown::block);
    map_mark(draft, "training");
    map_mark(draft, "voided");
  } else if (draft.kind->extends == "csv-settlement") {
    map_table(draft, "kind", "kinds", settlement_kinds, Unknown::ask);
    const DraftColumn* const kind = draft.with_target("kind");
    for (const std::string& value :
         kind != nullptr ? kind->shape.distinct : std::set<std::string>()) {
      if (value == "payout" || meaning_of(value, settlement_kinds) != "payout") continue;
      draft.conditions.push_back("payout = {path = \"kind\", equals = [\"payout\", " +
                                 toml_text(value) + "]}");
      break;
    }
  } else if (draft.kind->extends == "csv-orders") {
    const DraftColumn* const status = draft.with_target("status");
    if (status != nullptr) {
      draft.ask("which values of \"" + status->name +
                "\" mean that an order is cancelled? (conditions.cancelled)");
    }
  }
  map_table(draft, "tender", "tenders", tenders, Unknown::ask);
  map_table(draft, "unit", "units", units, Unknown::ask);
}

}  // namespace storeward
