#include "agent/runtime/template_draft.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "agent/core/utf8.h"
#include "agent/runtime/column_guess.h"
#include "drivers/formats/decoder.h"

namespace storeward {
namespace {

constexpr std::size_t looked_at_rows = 500;

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

std::string quoted(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') made += '\\';
    made += c;
  }
  return made + '"';
}

// A column's name as a path: in quotes inside the quotes where it has other characters.
std::string path(std::string_view column) {
  const bool simple = std::ranges::all_of(column, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return simple ? quoted(column) : quoted("'" + std::string(column) + "'");
}

char delimiter_of(std::string_view sample) {
  char best = ',';
  std::size_t most = 0;
  const std::string_view first = sample.substr(0, sample.find('\n'));
  for (const char candidate : {',', ';', '\t', '|'}) {
    const auto count = static_cast<std::size_t>(std::ranges::count(first, candidate));
    if (count > most) {
      most = count;
      best = candidate;
    }
  }
  return best;
}

// A CSV whose columns have been looked at.
class CsvDraft {
 public:
  static Result<CsvDraft> read(std::string_view sample) {
    CsvDraft draft;
    draft.format_.kind = "csv";
    draft.format_.delimiter = delimiter_of(sample);
    draft.format_.encoding = is_utf8(sample) ? "utf-8" : "windows-1252";
    auto decoder = make_decoder(draft.format_);
    if (!decoder) return Unexpected{decoder.error()};
    (*decoder)->feed(sample, true);
    Record record;
    for (auto decoded = (*decoder)->next(record);
         decoded != Decoded::end && draft.rows_ < looked_at_rows;
         decoded = (*decoder)->next(record)) {
      if (decoded == Decoded::record) draft.take(record);
    }
    if (draft.rows_ == 0) {
      return fail("no row below a header was found; start from `storeward template list`");
    }
    for (const std::string& name : draft.order_) {
      draft.guesses_.push_back(guess_column(name, draft.values_[name]));
    }
    return draft;
  }

  std::string write(std::string_view name) const {
    const ColumnGuess* const receipt = find(Meaning::receipt);
    const bool grouped = receipt != nullptr && repeats(receipt->name);
    const bool is_sale = find(Meaning::unit_price) || find(Meaning::amount);
    std::string text =
        "# Drafted from a sample. Each guess is marked; check it with\n"
        "#   storeward template test ./" +
        std::string(name) + ".toml SAMPLE\n\n" + head(name) +
        format_table(grouped ? receipt : nullptr) + defaults_table();
    return text + (is_sale ? sale(grouped) : snapshot());
  }

 private:
  void take(const Record& record) {
    ++rows_;
    for (auto node = record.first_child(Record::root); node != Record::none;
         node = record.next_sibling(node)) {
      const std::string name(record.name(node));
      if (!values_.contains(name)) order_.push_back(name);
      values_[name].emplace_back(record.text(node));
    }
  }

  const ColumnGuess* find(Meaning meaning) const {
    const auto at = std::ranges::find(guesses_, meaning, &ColumnGuess::meaning);
    return at != guesses_.end() ? &*at : nullptr;
  }

  // Values that stand in runs: the same on rows that follow each other, and then no more.
  bool repeats(const std::string& column) const {
    const std::vector<std::string>& values = values_.at(column);
    std::set<std::string> seen;
    std::size_t runs = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0 && values[i] == values[i - 1]) continue;
      ++runs;
      if (!seen.insert(values[i]).second) return false;
    }
    return runs < values.size();
  }

  std::string format_table(const ColumnGuess* group) const {
    std::string text = "\n[format]\nkind = \"csv\"\n";
    if (format_.delimiter != ',') {
      text += "delimiter = " +
              (format_.delimiter == '\t' ? "\"tab\"" : quoted({&format_.delimiter, 1})) +
              "  # guessed\n";
    }
    if (format_.encoding != "utf-8") text += "encoding = \"windows-1252\"  # guessed: no UTF-8\n";
    if (group != nullptr) {
      text += "group_by = [" + quoted(group->name) +
              "]  # guessed: rows with the same value are one receipt\n";
    }
    return text;
  }

  std::string defaults_table() const {
    std::string text;
    const auto any = [this](auto member) { return std::ranges::any_of(guesses_, member); };
    if (any(&ColumnGuess::comma_decimals) && !any(&ColumnGuess::point_decimals)) {
      text += "decimal = \",\"  # guessed\n";
      if (any(&ColumnGuess::grouped_by_point)) text += "group = \".\"\n";
    } else if (any(&ColumnGuess::grouped_by_comma)) {
      text += "group = \",\"  # guessed\n";
    }
    if (const std::string formats = time_formats(); !formats.empty()) {
      text += "time = " + formats +
              "  # guessed; where day and month could be either, the day is taken as first\n";
    }
    return text.empty() ? text : "\n[defaults]\n" + text;
  }

  // Where date and time of day stand in columns of their own.
  bool time_apart() const {
    const ColumnGuess* const time = find(Meaning::time);
    return find(Meaning::date) != nullptr && time != nullptr && !time->is_time;
  }

  std::string time_formats() const {
    const ColumnGuess* const date = find(Meaning::date);
    if (time_apart()) {
      const std::string day = date->time_format.empty() ? "%Y-%m-%d" : date->time_format;
      return "[" + quoted(day + " %H:%M:%S") + ", " + quoted(day + " %H:%M") + "]";
    }
    const auto timed = std::ranges::find_if(
        guesses_, [](const ColumnGuess& guess) { return !guess.time_format.empty(); });
    return timed != guesses_.end() ? quoted(timed->time_format) : "";
  }

  // `name = "Column"`, or a line that says that a person must fill it in.
  std::string member(std::string_view name, Meaning meaning, std::string_view otherwise) const {
    if (const ColumnGuess* const found = find(meaning)) {
      return std::string(name) + " = " + path(found->name) + "\n";
    }
    if (otherwise.empty()) return {};
    return std::string(name) + " = " + std::string(otherwise) + "  # not found: fill in\n";
  }

  std::string when() const {
    const ColumnGuess* date = find(Meaning::date);
    const ColumnGuess* time = find(Meaning::time);
    if (time_apart()) {
      return "{join = [" + path(date->name) + ", " + path(time->name) + "], with = \" \"}";
    }
    const ColumnGuess* const one = time != nullptr ? time : date;
    return one != nullptr ? path(one->name) : "{const = \"1970-01-01T00:00:00Z\"}";
  }

  std::string line_amount(bool negate_sign) const {
    const std::string sign = negate_sign ? ", absolute = true" : "";
    if (const ColumnGuess* const amount = find(Meaning::amount)) {
      return "{path = " + path(amount->name) + sign + "}";
    }
    const ColumnGuess* const quantity = find(Meaning::quantity);
    const ColumnGuess* const price = find(Meaning::unit_price);
    if (quantity == nullptr) return path(price->name);
    return "{multiply = [" + path(quantity->name) + ", " + path(price->name) + "]" + sign + "}";
  }

  std::string sale(bool grouped) const {
    const ColumnGuess* const quantity = find(Meaning::quantity);
    const ColumnGuess* const amount = find(Meaning::amount);
    const ColumnGuess* const sign = quantity != nullptr && quantity->has_negative ? quantity
                                    : amount != nullptr && amount->has_negative   ? amount
                                                                                  : nullptr;
    if (sign == nullptr) return receipt_event(grouped, false, "");
    const auto condition = [&](bool is_return) {
      return "when = {path = " + path(sign->name) + ", less = 0" +
             (is_return ? "" : ", not = true") + "}  # guessed: a negative value is a return\n";
    };
    return receipt_event(grouped, false, condition(false)) +
           receipt_event(grouped, true, condition(true));
  }

  std::string receipt_event(bool grouped, bool is_return, const std::string& condition) const {
    const ColumnGuess* const receipt = find(Meaning::receipt);
    const ColumnGuess* const till = find(Meaning::registers);
    std::string key = "key = [";
    for (const ColumnGuess* part : {find(Meaning::site), till, receipt}) {
      if (part != nullptr) key += (key.back() == '[' ? "" : ", ") + path(part->name);
    }
    if (receipt == nullptr) key += (key.back() == '[' ? "" : ", ") + when();
    std::string text = std::string("\n[[event]]\nname = \"") + (is_return ? "return" : "sale") +
                       "\"\ntype = \"retail." + (is_return ? "return" : "sale") +
                       ".completed.v1\"\n" + condition + key +
                       "]  # the natural key: what makes this receipt the only one of its kind\n" +
                       "time = " + when() + "\n[event.data]\n" +
                       member("saleKey", Meaning::receipt, "{const = \"\"}") +
                       member("registerId", Meaning::registers, "") +
                       member("siteId", Meaning::site, "") + "completedAt = " + when() + "\n" +
                       member("currency", Meaning::currency, "{value = \"currency\"}");
    text += "[event.data.lines]\neach = \"" + std::string(grouped ? "row" : ".") +
            "\"\n[event.data.lines.item]\nlineNo = {index = true}\nkind = {const = \"" +
            (is_return ? "return" : "sale") + "\"}\n" + member("sku", Meaning::sku, "") +
            member("gtin", Meaning::gtin, "") + member("description", Meaning::description, "");
    const ColumnGuess* const quantity = find(Meaning::quantity);
    text += quantity == nullptr ? "quantity = {const = \"1\"}  # not found: one each\n"
            : is_return ? "quantity = {path = " + path(quantity->name) + ", absolute = true}\n"
                        : "quantity = " + path(quantity->name) + "\n";
    text += member("unitPrice", Meaning::unit_price, "") + "extended = " + line_amount(is_return) +
            "\n[event.data.totals]\ngross = " +
            (grouped ? "{sum = \"row\", of = " + line_amount(false) +
                           (is_return ? ", absolute = true}" : "}")
                     : line_amount(is_return)) +
            "\n";
    return text;
  }

  std::string snapshot() const {
    const ColumnGuess* const item = find(Meaning::sku) ? find(Meaning::sku) : find(Meaning::gtin);
    const std::string item_path = item != nullptr ? path(item->name) : "\"1\"";
    return "\n# guessed: no price, so what is in stock\n[[event]]\nname = \"stock\"\n"
           "type = \"retail.stock.snapshot.v1\"\nkey = [" +
           item_path + ", " + when() + "]\ntime = " + when() + "\n[event.data]\n" +
           member("sku", Meaning::sku, "") + member("gtin", Meaning::gtin, "") +
           member("locationId", Meaning::site, "{value = \"site\"}") +
           member("onHand", Meaning::quantity, "{const = \"0\"}") + "asOf = " + when() + "\n";
  }

  FormatOptions format_;
  std::size_t rows_ = 0;
  std::vector<std::string> order_;
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<ColumnGuess> guesses_;
};

}  // namespace

Result<std::string> draft_template(std::string_view name, std::string_view sample) {
  if (sample.starts_with("\xEF\xBB\xBF")) sample.remove_prefix(3);
  const std::size_t begin = sample.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return fail("the sample is empty");
  const std::string_view text = sample.substr(begin);
  for (const Known& format : known) {
    const bool at_begin = format.sign.size() == 3;
    if (at_begin ? !text.starts_with(format.sign)
                 : text.substr(0, 4096).find(format.sign) == std::string_view::npos) {
      continue;
    }
    std::string draft = head(name);
    draft.insert(draft.find("version"), "extends = \"" + std::string(format.extends) + "\"\n");
    return "# This is " + std::string(format.kind) +
           ": the shipped template reads it. Write only what differs.\n\n" + draft;
  }
  if (text.front() == '<' || text.front() == '{' || text.front() == '[') {
    return fail(
        "XML and JSON of unknown make are not guessed; docs/writing-a-template.md shows one");
  }
  const auto csv = CsvDraft::read(sample);
  if (!csv) return Unexpected{csv.error()};
  return csv->write(name);
}

}  // namespace storeward
