// [[control]]: what a source's trailer says of the records before it.
#include "config/template_compiler.h"

namespace storeward::config {

void TemplateCompiler::controls() {
  const toml::node* const node = root_.get("control");
  if (node == nullptr) return;
  const auto* const list = node->as_array();
  if (list == nullptr) return wrong(*node, "[[control]] is a list");
  for (const toml::node& entry : *list) {
    const auto* const table = entry.as_table();
    if (table == nullptr || !table->contains("when") ||
        !(table->contains("records") || table->contains("sums"))) {
      wrong(entry, "[[control]] needs `when` and at least one of `records` and `sums`");
    } else {
      file_.mapping.controls.push_back(control(*table));
    }
  }
}

mapping::ControlTotal TemplateCompiler::control(const toml::table& table) {
  only(table, {"name", "when", "over", "per", "records", "sums", "required"});
  mapping::ControlTotal made;
  made.name = text(table, "name", "trailer");
  made.when = condition(*table.get("when"));
  made.required = truth(table, "required", true);
  if (const auto* node = table.get("over")) made.over = condition(*node);
  if (const auto* node = table.get("per")) made.per = whole_value(*node, Taken::text);
  if (const auto* node = table.get("records")) made.records = whole_value(*node, Taken::number);
  const toml::node* const sums = table.get("sums");
  if (sums == nullptr) return made;
  const auto* const list = sums->as_array();
  if (list == nullptr) wrong(*sums, "sums is a list of {name = …, claimed = …, of = …}");
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const auto* const sum = list->get(i)->as_table();
    if (sum == nullptr || !sum->contains("name") || !sum->contains("of")) {
      wrong(*list->get(i),
            "a sum is {name = …, claimed = what the trailer says, of = what is added up}");
      continue;
    }
    only(*sum, {"name", "claimed", "of", "either_sign"});
    const auto* const claimed = sum->get("claimed");
    if (const auto* node = sum->get("either_sign"); node != nullptr && claimed == nullptr) {
      wrong(*node, "either_sign is said of `claimed`, and there is none");
    }
    made.sums.push_back(
        {text(*sum, "name"),
         claimed != nullptr ? whole_value(*claimed, Taken::number) : mapping::Expression{},
         whole_value(*sum->get("of"), Taken::number), truth(*sum, "either_sign")});
  }
  return made;
}

}  // namespace storeward::config
