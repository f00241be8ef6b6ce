// TemplateCompiler: values and conditions.
#include <algorithm>
#include <array>

#include "agent/core/mapping/time_reading.h"
#include "config/template_compiler.h"

namespace storeward::config {
namespace {

using mapping::As;
using mapping::Condition;
using mapping::Expression;
using mapping::Origin;
using mapping::Sign;
using mapping::Test;

// The key that says where a value comes from.
constexpr std::array<std::string_view, 13> keywords = {
    "path", "const",    "value",    "index", "join",  "first", "cases",
    "add",  "subtract", "multiply", "sum",   "count", "each"};

std::string_view keyword_of(const toml::table& table) {
  for (const std::string_view keyword : keywords) {
    if (table.contains(keyword)) return keyword;
  }
  return {};
}

bool has_field(const Shape& shape, std::string_view name) {
  return std::ranges::any_of(shape.fields, [&](const Field& field) { return field.name == name; });
}

// As what a shape has a value written; nothing where it does not say.
std::optional<As> as_of(const Shape& shape) {
  switch (shape.form) {
    case Form::integer:
    case Form::count:
      return As::integer;
    case Form::decimal:
    case Form::decimal_positive:
    case Form::decimal_unsigned:
      return As::decimal;
    case Form::date:
      return As::date;
    case Form::time:
      return As::time;
    case Form::boolean:
      return As::boolean;
    case Form::gtin:
      return As::gtin;
    case Form::object:
      if (has_field(shape, "amountMinor")) return As::money;
      if (has_field(shape, "amount") && has_field(shape, "currency")) return As::price;
      if (has_field(shape, "value") && has_field(shape, "unit")) return As::quantity;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// A shape and those that must fit as well.
template <typename Visit>
void each_shape(const Expected& expected, Visit visit) {
  for (const Shape* shape : expected) {
    for (; shape != nullptr; shape = shape->also) visit(*shape);
  }
}

As as_of(const Expected& expected) {
  std::optional<As> as;
  each_shape(expected, [&as](const Shape& shape) {
    if (!as) as = as_of(shape);
  });
  return as.value_or(As::text);
}

Expected items_of(const Expected& expected) {
  Expected items;
  each_shape(expected, [&items](const Shape& shape) {
    if (shape.items != nullptr) items.push_back(shape.items);
  });
  return items;
}

Expected field_of(const Expected& expected, std::string_view name) {
  Expected fields;
  each_shape(expected, [&](const Shape& shape) {
    for (const Field& field : shape.fields) {
      if (field.name == name) fields.push_back(field.shape);
    }
  });
  return fields;
}

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

Origin origin_of(std::string_view keyword) {
  if (keyword == "add") return Origin::add;
  if (keyword == "subtract") return Origin::subtract;
  if (keyword == "multiply") return Origin::multiply;
  if (keyword == "join") return Origin::join;
  return Origin::first;
}

}  // namespace

Expression TemplateCompiler::path_value(const toml::node& node, const std::string& text) {
  Expression made;
  if (auto read = path(node, text)) {
    made.origin = Origin::path;
    made.path = std::move(*read);
  }
  return made;
}

Expression TemplateCompiler::value(const toml::node& node, const Expected& expected) {
  if (const auto* text = node.as_string()) {
    Expression made = path_value(node, text->get());
    made.as = as_of(expected);
    return made;
  }
  if (const auto* whole = node.as_integer()) {
    Expression made;
    made.origin = Origin::constant;
    made.text = std::to_string(whole->get());
    made.as = expected.empty() ? As::integer : as_of(expected);
    return made;
  }
  if (const auto* truth = node.as_boolean()) {
    Expression made;
    made.origin = Origin::constant;
    made.text = truth->get() ? "true" : "false";
    made.as = As::boolean;
    return made;
  }
  if (const auto* list = node.as_array()) return array(*list, expected);
  const auto* const table = node.as_table();
  if (table == nullptr) {
    wrong(node, "a value is a path in quotes, a number, or a table such as {path = \"…\"}");
    return {};
  }
  const std::string_view keyword = keyword_of(*table);
  if (keyword.empty()) return object(*table, expected);
  return sourced(*table, keyword, expected);
}

Expression TemplateCompiler::object(const toml::table& table, const Expected& expected) {
  Expression made;
  made.origin = Origin::object;
  const std::string outer = member_;
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    member_ = name;
    made.parts.push_back(value(node, field_of(expected, name)));
    made.names.push_back(name);
  }
  member_ = outer;
  return made;
}

Expression TemplateCompiler::array(const toml::array& array, const Expected& expected) {
  Expression made;
  made.origin = Origin::array;
  const Expected items = items_of(expected);
  for (const toml::node& node : array) made.parts.push_back(value(node, items));
  return made;
}

void TemplateCompiler::parts(const toml::node& node, const Expected& expected, Expression& to) {
  const auto* const list = node.as_array();
  if (list == nullptr || list->empty()) {
    return wrong(node, "a list of values is due here");
  }
  for (const toml::node& part : *list) to.parts.push_back(value(part, expected));
}

void TemplateCompiler::take_cases(const toml::node& node, const Expected& expected,
                                  Expression& to) {
  const auto* const list = node.as_array();
  if (list == nullptr) return wrong(node, "cases is a list of {when = …, then = …}");
  for (const toml::node& entry : *list) {
    const auto* const table = entry.as_table();
    if (table == nullptr || !table->contains("then")) {
      wrong(entry, "a case is {when = …, then = …}; the last one may have no `when`");
      continue;
    }
    only(*table, {"when", "then"});
    if (to.parts.size() > to.conditions.size()) {
      wrong(entry, "nothing can come behind a case without `when`");
    }
    if (const auto* when = table->get("when")) to.conditions.push_back(condition(*when));
    to.parts.push_back(value(*table->get("then"), expected));
  }
}

Expression TemplateCompiler::sourced(const toml::table& table, std::string_view keyword,
                                     const Expected& expected) {
  Expression made;
  const toml::node& node = *table.get(keyword);
  // What it is made of is of the same kind for these, plain text for the rest.
  if (keyword == "path") {
    made = path_value(node, text(table, "path"));
  } else if (keyword == "const") {
    made.origin = Origin::constant;
    if (const auto* whole = node.as_integer()) {
      made.text = std::to_string(whole->get());
    } else {
      made.text = text(table, "const");
    }
  } else if (keyword == "value") {
    made.origin = Origin::given;
    made.text = text(table, "value");
  } else if (keyword == "index") {
    made.origin = Origin::index;
  } else if (keyword == "cases") {
    made.origin = Origin::cases;
    take_cases(node, expected, made);
  } else if (keyword == "sum" || keyword == "count" || keyword == "each") {
    made = path_value(node, text(table, keyword));
    made.origin = keyword == "sum"     ? Origin::sum
                  : keyword == "count" ? Origin::count
                                       : Origin::list;
    if (const auto* where = table.get("where")) made.conditions = conditions(*where);
    const char* const inner = keyword == "each" ? "item" : "of";
    if (keyword == "count") {
    } else if (const auto* part = table.get(inner)) {
      made.parts.push_back(value(*part, keyword == "each" ? items_of(expected) : Expected{}));
    } else {
      wrong(table, std::string(keyword) + " needs `" + inner + "`: what stands for each");
      made.parts.emplace_back();
    }
  } else {
    made.origin = origin_of(keyword);
    parts(node, made.origin == Origin::first ? expected : Expected{}, made);
    if (keyword == "join") made.text = text(table, "with");
  }
  made.as = made.origin == Origin::list ? As::text : as_of(expected);
  modifiers(table, made);
  return made;
}

void TemplateCompiler::modifiers(const toml::table& table, Expression& to) {
  only(table, {"path",   "const",      "value",         "index",       "join",  "first",
               "cases",  "add",        "subtract",      "multiply",    "sum",   "count",
               "each",   "where",      "item",          "of",          "with",  "as",
               "split",  "characters", "strip_leading", "digits_only", "upper", "lower",
               "table",  "otherwise",  "keep_unknown",  "decimal",     "group", "implied_decimals",
               "negate", "absolute",   "minor",         "currency",    "unit",  "format",
               "zone",   "zone_from",  "reference",     "gs1",         "epc"});
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
  to.implied_decimals =
      static_cast<std::uint8_t>(number(table, "implied_decimals", 0, Decimal::max_scale, 0));
  if (truth(table, "negate")) to.sign = Sign::negate;
  if (truth(table, "absolute")) to.sign = Sign::absolute;
  to.minor = truth(table, "minor");
  if (const auto* node = table.get("currency")) {
    to.currency = std::make_unique<Expression>(value(*node, {}));
  }
  if (const auto* node = table.get("unit")) {
    to.unit = std::make_unique<Expression>(value(*node, {}));
  }
  if (truth(table, "reference") && !member_.empty()) file_.mapping.references.push_back(member_);
  time_modifiers(table, to);
  shaping(table, to);
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
    to.zone_name = std::make_unique<Expression>(value(*node, {}));
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
    if (!length || *from < 1 || *length < 0 || *from > 100'000 || *length > 100'000) {
      return wrong(*node, "characters is [first, how many], counted from 1; 0: to the end");
    }
    made.from = static_cast<std::uint32_t>(*from);
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

std::vector<Condition> TemplateCompiler::conditions(const toml::node& node) {
  std::vector<Condition> made;
  if (const auto* list = node.as_array()) {
    for (const toml::node& part : *list) made.push_back(condition(part));
  } else {
    made.push_back(condition(node));
  }
  return made;
}

Condition TemplateCompiler::condition(const toml::node& node) {
  Condition made;
  if (node.is_array()) {
    made.test = Test::all;
    made.parts = conditions(node);
    return made;
  }
  const auto* const given = node.as_table();
  if (given == nullptr) {
    wrong(node, "a condition is a table such as {path = \"Status\", equals = \"Voided\"}");
    return made;
  }
  // What is not about the test is about its subject.
  toml::table subject = *given;
  int tests = 0;
  const auto take = [&](std::string_view key, Test test) -> const toml::node* {
    const toml::node* const found = given->get(key);
    if (found == nullptr) return nullptr;
    ++tests;
    made.test = test;
    subject.erase(key);
    return found;
  };
  made.negated = truth(*given, "not");
  subject.erase("not");
  for (const auto& [key, test] : {std::pair{"all", Test::all}, {"any", Test::any}}) {
    if (const auto* parts = take(key, test)) made.parts = conditions(*parts);
  }
  for (const auto& [key, test] : {std::pair{"equals", Test::equals},
                                  {"starts_with", Test::starts_with},
                                  {"ends_with", Test::ends_with},
                                  {"contains", Test::contains}}) {
    if (const auto* expected = take(key, test)) made.texts = texts(*expected);
  }
  for (const auto& [key, test] : {std::pair{"less", Test::less}, {"greater", Test::greater}}) {
    if (const auto* bound = take(key, test)) {
      const auto whole = bound->value<std::int64_t>();
      made.number = Decimal::whole(whole.value_or(0));
      if (!whole) wrong(*bound, "a whole number is due here");
    }
  }
  if (const auto* present = take("present", Test::present)) {
    if (!present->value_or(true)) made.negated = !made.negated;
  }
  if (tests != 1) {
    wrong(node,
          "a condition has one of equals, starts_with, ends_with, contains, less, greater, "
          "present, all, any");
  }
  if (made.test != Test::all && made.test != Test::any) {
    const std::string_view keyword = keyword_of(subject);
    if (keyword.empty()) {
      wrong(node, "a condition needs `path`: what it is about");
    } else {
      made.subject = sourced(subject, keyword, {});
    }
  } else if (!subject.empty()) {
    only(subject, {});
  }
  return made;
}

}  // namespace storeward::config
