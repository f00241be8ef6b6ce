// TemplateCompiler: conditions.
#include <algorithm>
#include <utility>

#include "config/template_compiler.h"

namespace storeward::config {

using mapping::Condition;
using mapping::NamedCondition;
using mapping::Test;

std::vector<Condition> TemplateCompiler::conditions(const toml::node& node) {
  std::vector<Condition> made;
  if (const auto* list = node.as_array()) {
    for (const toml::node& part : *list) made.push_back(condition(part));
  } else {
    made.push_back(condition(node));
  }
  return made;
}

Condition TemplateCompiler::named_condition(const toml::table& table) {
  only(table, {"is", "not"});
  const std::string name = text(table, "is");
  const toml::node* const node = root_["conditions"][name].node();
  Condition made;
  made.negated = truth(table, "not");
  if (node == nullptr) {
    wrong(table, "there is no \"" + name + "\" in [conditions]");
    return made;
  }
  ++named_depth_;
  made.named = condition_named(name, *node);
  --named_depth_;
  if (made.named != nullptr) {
    made.test = Test::named;
  } else {
    wrong(table, "\"" + name + "\" of [conditions] comes back to itself");
  }
  return made;
}

// Read where it is first asked for, as it may ask for others. Null: it is being read, or too many
// are named within each other.
const NamedCondition* TemplateCompiler::condition_named(const std::string& name,
                                                        const toml::node& node) {
  if (named_depth_ > max_named_depth) return nullptr;
  const auto [known, is_new] = named_conditions_.try_emplace(name);
  ReadCondition& read = known->second;
  if (is_new) {
    const int deepest_before = std::exchange(deepest_named_, named_depth_);
    Condition is = read_condition(node);
    read.depth = deepest_named_ - named_depth_;
    deepest_named_ = std::max(deepest_named_, deepest_before);
    const bool of_record = is_of_record(is);
    read.condition = kept(std::move(is), of_record);
  }
  deepest_named_ = std::max(deepest_named_, named_depth_ + read.depth);
  return named_depth_ + read.depth > max_named_depth ? nullptr : read.condition;
}

const NamedCondition* TemplateCompiler::kept(Condition is, bool of_record) {
  mapping::Template& to = file_.mapping;
  const std::size_t number =
      of_record ? to.conditions.size() - to.node_conditions : to.node_conditions++;
  return &to.conditions.emplace_back(NamedCondition{number, of_record, std::move(is)});
}

// What comes to the same wherever it is asked is asked once, named or not.
Condition TemplateCompiler::condition(const toml::node& node) {
  Condition made = read_condition(node);
  if (made.test == Test::named || !is_of_record(made)) return made;
  Condition of_record;
  of_record.test = Test::named;
  of_record.named = kept(std::move(made), true);
  return of_record;
}

Condition TemplateCompiler::read_condition(const toml::node& node) {
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
  if (given->contains("is")) return named_condition(*given);
  int tests = 0;
  const auto take = [&](std::string_view key, Test test) -> const toml::node* {
    const toml::node* const found = given->get(key);
    if (found == nullptr) return nullptr;
    ++tests;
    made.test = test;
    return found;
  };
  made.negated = truth(*given, "not");
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
          "present, all, any, is");
  }
  if (made.test != Test::all && made.test != Test::any) {
    if (keyword_of(*given).empty()) {
      wrong(node, "a condition needs `path`: what it is about");
    } else {
      // What is not about the test is about its subject.
      const toml::table* const outer = std::exchange(condition_, given);
      const bool compared = made.test == Test::less || made.test == Test::greater;
      made.subject = whole_value(*given, compared ? Taken::number : Taken::text);
      condition_ = outer;
    }
  } else {
    only(*given, {"all", "any", "not"});
  }
  return made;
}

}  // namespace storeward::config
