// TemplateCompiler: what may be said beside where a value comes from.
#include <algorithm>
#include <array>

#include "agent/base/ascii.h"
#include "agent/core/mapping/time_reading.h"
#include "config/template_compiler.h"

namespace storeward::config {
namespace {

using mapping::As;
using mapping::Expression;
using mapping::Origin;
using mapping::Sign;

std::optional<As> as_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, As>, 11> names = {
      {{"text", As::text},
       {"integer", As::integer},
       {"decimal", As::decimal},
       {"money", As::money},
       {"price", As::price},
       {"quantity", As::quantity},
       {"date", As::date},
       {"time", As::time},
       {"boolean", As::boolean},
       {"gtin", As::gtin},
       {"gs1_elements", As::gs1_elements}}};
  const auto at = std::ranges::find(names, name, &std::pair<std::string_view, As>::first);
  if (at == names.end()) return std::nullopt;
  return at->second;
}

Sign sign_of(bool negate, bool absolute) {
  if (absolute) return negate ? Sign::below_zero : Sign::absolute;
  return negate ? Sign::negate : Sign::keep;
}

// What becomes of the sign of a value that has this one, and then that.
Sign followed(Sign first, Sign then) {
  switch (then) {
    case Sign::negate:
      return first == Sign::keep       ? Sign::negate
             : first == Sign::negate   ? Sign::keep
             : first == Sign::absolute ? Sign::below_zero
                                       : Sign::absolute;
    case Sign::keep:
      return first;
    default:
      return then;
  }
}

}  // namespace

// What would have no effect where it stands is a mistake.
void TemplateCompiler::belonging(const toml::table& table, std::string_view keyword) {
  const auto to_one_of = [&](std::string_view key, std::initializer_list<std::string_view> which,
                             const char* words) {
    const toml::node* const node = table.get(key);
    const bool there = std::ranges::any_of(
        which, [&](std::string_view one) { return one == keyword || table.contains(one); });
    if (node != nullptr && !there) {
      wrong(*node, "\"" + std::string(key) + "\" belongs beside " + words);
    }
  };
  to_one_of("with", {"join"}, "`join`");
  to_one_of("where", {"sum", "count", "each"}, "`sum`, `count` or `each`");
  to_one_of("distinct", {"sum", "count", "each"}, "`sum`, `count` or `each`");
  to_one_of("of", {"sum"}, "`sum`");
  to_one_of("item", {"each"}, "`each`");
  to_one_of("otherwise", {"table"}, "`table`");
  to_one_of("keep_unknown", {"table"}, "`table`");
  constexpr std::array<std::string_view, 6> reckoned = {"add", "subtract", "multiply",
                                                        "sum", "count",    "each"};
  if (std::ranges::find(reckoned, keyword) == reckoned.end()) return;
  for (const std::string_view key : {"decimal", "group", "implied_decimals"}) {
    if (const auto* node = table.get(key)) {
      wrong(*node, "\"" + std::string(key) + "\" is said of what is read: not beside `" +
                       std::string(keyword) + "`, but in what it is made of");
    }
  }
}

void TemplateCompiler::modifiers(const toml::table& table, std::string_view keyword,
                                 Expression& to) {
  only(table, {"path",   "const",      "value",         "index",       "join",  "first",
               "cases",  "add",        "subtract",      "multiply",    "sum",   "count",
               "each",   "where",      "item",          "of",          "with",  "as",
               "split",  "characters", "strip_leading", "digits_only", "upper", "lower",
               "table",  "otherwise",  "keep_unknown",  "decimal",     "group", "implied_decimals",
               "negate", "absolute",   "minor",         "currency",    "unit",  "format",
               "zone",   "zone_from",  "reference",     "gs1",         "epc",   "name_of",
               "gln",    "distinct"});
  if (table.contains("as")) {
    const std::string name = text(table, "as");
    if (const auto as = as_named(name)) {
      to.as = *as;
    } else {
      wrong(*table.get("as"), "\"" + name +
                                  "\" is none of text, integer, decimal, money, price, quantity, "
                                  "date, time, boolean, gtin, gs1_elements");
    }
  }
  if (table.contains("decimal") || table.contains("group")) {
    to.number_format =
        NumberFormat{character(table, "decimal", '.'), character(table, "group", '\0')};
  }
  if (table.contains("implied_decimals")) {
    to.implied_decimals =
        static_cast<std::uint8_t>(number(table, "implied_decimals", 0, Decimal::max_scale, 0));
  }
  to.sign = sign_of(truth(table, "negate"), truth(table, "absolute"));
  to.minor = truth(table, "minor");
  if (const auto* node = table.get("currency")) {
    no_currency_for_path(*node);
    to.currency = std::make_unique<Expression>(plain_value(*node));
  }
  if (const auto* node = table.get("unit")) {
    to.unit = std::make_unique<Expression>(plain_value(*node));
  }
  VouchedMembers& members = file_.mapping.vouched;
  VouchedMembers& fields = file_.mapping.vouched_in_record;
  const toml::node* const reference = table.get("reference");
  const bool of_provider = reference != nullptr && reference->value<std::string>() == "provider";
  if ((of_provider || truth(table, "reference")) && !member_.empty()) {
    const auto list =
        of_provider ? &VouchedMembers::provider_references : &VouchedMembers::references;
    vouch_for(member_, members.*list);
    vouch_for_fields(to, [&](const std::string& field) {
      // A field of a segment has its number for a name: by that a field of any segment would stay.
      if (!all_digits(field)) vouch_for(field, fields.*list);
    });
  }
  if (truth(table, "gln")) {
    const auto vouch = [&](const std::string& name) {
      vouch_for(name, members.glns);
      vouch_for(name, fields.glns);
    };
    vouch(member_);
    vouch_for_fields(to, vouch);
  }
  time_modifiers(table, to);
  shaping(table, to);
  belonging(table, keyword);
  hand_down(table, to);
}

void TemplateCompiler::vouch_for(const std::string& name, std::vector<std::string>& names) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

// For the fields that a value is read from.
void TemplateCompiler::vouch_for_fields(const Expression& value, const Vouch& vouch) {
  for (const std::string& field : value.path.last_names()) vouch(field);
  for (const Expression& part : value.parts) vouch_for_fields(part, vouch);
}

// What is said beside `cases` or `first` holds for each part that does not say otherwise; a sign
// for what the part comes to.
void TemplateCompiler::pass_on(const toml::table& table, const Expression& from, Expression& to) {
  const auto pass = [&](std::string_view key, std::unique_ptr<Expression>& part) {
    const toml::node* const node = table.get(key);
    if (node != nullptr && !part) part = std::make_unique<Expression>(plain_value(*node));
  };
  pass("currency", to.currency);
  pass("unit", to.unit);
  pass("zone_from", to.zone_name);
  if (from.sign != Sign::keep || from.implied_decimals != 0 || from.number_format) {
    to.named.reset();  // read otherwise than where else it is named
  }
  to.sign = followed(to.sign, from.sign);
  if (!to.number_format) to.number_format = from.number_format;
  if (to.implied_decimals == 0) to.implied_decimals = from.implied_decimals;
  if (!to.zone) to.zone = from.zone;
  if (to.time_formats.empty()) to.time_formats = from.time_formats;
  to.minor = to.minor || from.minor;
  const bool open = to.as == As::text || to.origin == Origin::constant;
  if (open && from.as != As::text) to.as = from.as;
  hand_down(table, to);
}

// What is shaped is one text, and read as the whole says; else each part is read by itself.
void TemplateCompiler::hand_down(const toml::table& table, Expression& to) {
  if (!chooses(to.origin) || to.shaping) return;
  for (Expression& part : to.parts) pass_on(table, to, part);
  to.sign = Sign::keep;
}

void TemplateCompiler::time_modifiers(const toml::table& table, Expression& to) {
  if (const auto* node = table.get("format")) {
    to.time_formats = texts(*node);
    for (const std::string& format : to.time_formats) {
      if (const auto problem = mapping::wrong_time_format(format)) wrong(*node, *problem);
    }
  }
  if (table.contains("zone")) {
    const auto zone = TimeZone::named(text(table, "zone"));
    if (zone) {
      to.zone = *zone;
    } else {
      wrong(*table.get("zone"), zone.error().message);
    }
  }
  if (const auto* node = table.get("zone_from")) {
    to.zone_name = std::make_unique<Expression>(plain_value(*node));
  }
}

void TemplateCompiler::shaping(const toml::table& table, Expression& to) {
  mapping::Shaping made;
  if (const auto* node = table.get("split")) {
    const auto* const split = node->as_table();
    if (split == nullptr) return wrong(*node, "split is {by = \"-\", part = 2}");
    only(*split, {"by", "part"});
    made.split_by = text(*split, "by");
    made.split_part = static_cast<std::uint32_t>(number(*split, "part", 1, 100, 1));
    if (made.split_by.empty()) wrong(*node, "split needs `by`: the text between the parts");
  }
  if (const auto* node = table.get("characters")) {
    const auto* const pair = node->as_array();
    const auto from =
        pair != nullptr && pair->size() == 2 ? (*pair)[0].value<std::int64_t>() : std::nullopt;
    const auto length = from ? (*pair)[1].value<std::int64_t>() : std::nullopt;
    if (!length || *from == 0 || *from < -100'000 || *from > 100'000 || *length < 0 ||
        *length > 100'000) {
      return wrong(*node,
                   "characters is [first, how many]: first from 1, or from -1 backwards from the "
                   "end; how many 0: to the end");
    }
    made.from = static_cast<std::int32_t>(*from);
    made.length = static_cast<std::uint32_t>(*length);
  }
  made.gs1 = text(table, "gs1");
  made.epc = text(table, "epc");
  made.strip_leading = character(table, "strip_leading", '\0');
  made.digits_only = truth(table, "digits_only");
  made.upper = truth(table, "upper");
  made.lower = truth(table, "lower");
  made.keep_unknown = truth(table, "keep_unknown");
  if (table.contains("otherwise")) made.otherwise = text(table, "otherwise");
  if (table.contains("table")) {
    const std::string name = text(table, "table");
    const auto at = std::ranges::find(file_.mapping.tables, name, &mapping::Table::name);
    if (at == file_.mapping.tables.end()) {
      wrong(*table.get("table"), "there is no [tables." + name + "]");
    } else {
      made.table = &*at;
    }
  }
  if (made.any()) to.shaping = std::make_unique<mapping::Shaping>(std::move(made));
}

}  // namespace storeward::config
