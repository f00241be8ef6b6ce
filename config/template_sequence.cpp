// [sequence]: where a record has the number that its register has given to it.
#include "config/template_compiler.h"

namespace storeward::config {

void TemplateCompiler::sequence() {
  static constexpr Shape key{Form::key}, date{Form::date}, integer{Form::integer};
  const toml::node* const node = root_.get("sequence");
  if (node == nullptr) return;
  const auto* const table = node->as_table();
  if (table == nullptr) return wrong(*node, "[sequence] is a table");
  only(*table, {"site", "register", "business_date", "number"});
  mapping::Sequence made;
  const auto part = [&](const char* name, const Shape& shape, Taken taken,
                        mapping::Expression& to) {
    const toml::node* const found = table->get(name);
    if (found == nullptr) {
      wrong(*table, "[sequence] needs `register`, `business_date` and `number`");
    } else {
      to = whole_value(*found, taken, {&shape});
    }
  };
  if (const toml::node* const site = table->get("site")) {
    made.site = whole_value(*site, Taken::text, {&key});
  }
  part("register", key, Taken::text, made.register_id);
  part("business_date", date, Taken::key, made.business_date);
  part("number", integer, Taken::number, made.number);
  file_.mapping.sequence = std::move(made);
}

}  // namespace storeward::config
