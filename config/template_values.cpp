// TemplateCompiler: values.
#include <algorithm>
#include <array>

#include "config/template_compiler.h"

namespace storeward::config {
namespace {

using mapping::As;
using mapping::Expression;
using mapping::Origin;

// The key that says where a value comes from.
constexpr std::array<std::string_view, 15> keywords = {
    "path", "name_of",  "const",    "value", "index", "join", "first", "cases",
    "add",  "subtract", "multiply", "sum",   "count", "each", "named"};

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

bool may_be_several(const Expression& value) {
  if (chooses(value.origin)) return std::ranges::any_of(value.parts, may_be_several);
  return value.origin == Origin::object || value.origin == Origin::array ||
         value.origin == Origin::list;
}

Origin origin_of(std::string_view keyword) {
  if (keyword == "add") return Origin::add;
  if (keyword == "subtract") return Origin::subtract;
  if (keyword == "multiply") return Origin::multiply;
  if (keyword == "join") return Origin::join;
  return Origin::first;
}

}  // namespace

std::string_view TemplateCompiler::keyword_of(const toml::table& table) {
  for (const std::string_view keyword : keywords) {
    if (table.contains(keyword)) return keyword;
  }
  return {};
}

Expression TemplateCompiler::path_value(const toml::node& node, const std::string& text) {
  Expression made;
  if (auto read = path(node, text)) {
    made.origin = Origin::path;
    made.path = std::move(*read);
    for (const std::string& field : made.path.last_names()) {
      const auto at = implied_decimals_.find(field);
      if (at != implied_decimals_.end()) made.implied_decimals = at->second;
    }
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
  if (keyword == "named") return named_value(*table, expected);
  return sourced(*table, keyword, expected);
}

Expression TemplateCompiler::plain_value(const toml::node& node, const Expected& expected) {
  Expression made = value(node, expected);
  if (may_be_several(made)) {
    wrong(node, "one text or number is due here, neither a list nor an object with members");
  }
  return made;
}

Expression TemplateCompiler::whole_value(const toml::node& node, Taken taken,
                                         const Expected& expected) {
  Expression made = plain_value(node, expected);
  note_effects(node, made, taken);
  return made;
}

Expression TemplateCompiler::named_value(const toml::table& table, const Expected& expected) {
  only(table, {"named"});
  const std::string name = text(table, "named");
  const toml::node* const node = root_["named"][name].node();
  Expression made;
  if (node == nullptr) {
    wrong(table, "there is no \"" + name + "\" in [named]");
  } else if (named_depth_ == max_named_depth) {
    wrong(table, "\"" + name + "\" of [named] comes back to itself");
  } else {
    ++named_depth_;
    deepest_named_ = std::max(deepest_named_, named_depth_);
    made = value(*node, expected);
    --named_depth_;
    made.named = named_values_.emplace(name, named_values_.size()).first->second;
    made.of_record = is_of_record(made);
    file_.mapping.named_values = named_values_.size();
  }
  return made;
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
  for (const toml::node& part : *list) {
    to.parts.push_back(chooses(to.origin) ? value(part, expected) : plain_value(part, expected));
  }
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
  for (const std::string_view other : keywords) {
    if (other == keyword || !table.contains(other)) continue;
    wrong(*table.get(other), "\"" + std::string(other) + "\" beside \"" + std::string(keyword) +
                                 "\": a value comes from one of them; {first = [\"a\", \"b\"]} "
                                 "takes the first that is there");
  }
  // What it is made of is of the same kind for these, plain text for the rest.
  if (keyword == "path") {
    made = path_value(node, text(table, "path"));
  } else if (keyword == "name_of") {
    made = path_value(node, text(table, "name_of"));
    made.origin = Origin::name;
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
    if (const auto* distinct = table.get("distinct")) {
      made.distinct = std::make_unique<Expression>(plain_value(*distinct));
    }
    const char* const inner = keyword == "each" ? "item" : "of";
    if (keyword == "count") {
    } else if (const auto* part = table.get(inner)) {
      made.parts.push_back(keyword == "each" ? value(*part, items_of(expected))
                                             : plain_value(*part));
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
  modifiers(table, keyword, made);
  if (made.shaping && may_be_several(made)) {
    wrong(node, "what is shaped is one text: one text or number is due here, no list");
  }
  return made;
}

}  // namespace storeward::config
