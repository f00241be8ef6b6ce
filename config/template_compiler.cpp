#include "config/template_compiler.h"

#include <algorithm>
#include <array>

#include "agent/core/event_rules.h"
#include "agent/core/mapping/time_reading.h"
#include "agent/core/value_rules.h"
#include "config/currencies.h"
#include "config/suggestion.h"
#include "config/template_source.h"

namespace storeward::config {
namespace {

constexpr std::size_t max_problems = 50;
constexpr std::size_t max_rules = 100;
constexpr std::size_t max_table_entries = 10'000;
// What a condition says of its subject.
constexpr std::array<std::string_view, 8> condition_words = {
    "not", "equals", "starts_with", "ends_with", "contains", "less", "greater", "present"};

}  // namespace

void TemplateCompiler::wrong(const toml::node& node, std::string message) {
  const Place place = taken_over_.place_of(node);
  const auto told = [&] {
    return std::ranges::any_of(problems_, [&](const Problem& problem) {
      return problem.message == message && problem.place.file == place.file &&
             problem.place.line == place.line && problem.place.column == place.column;
    });
  };
  // A named value is read wherever it is used, and a mistake in an event is one in those like it as
  // well: told once. What is wrong only there names the event.
  if (told()) return;
  if (taken_over_.holds(node))
    message += "; so it is in [[event]] \"" + event_ + "\", which takes it over by `like`";
  if (problems_.size() < max_problems && !told()) problems_.push_back({place, std::move(message)});
}

void TemplateCompiler::only(const toml::table& table, std::vector<std::string_view> known) {
  if (&table == condition_)
    known.insert(known.end(), condition_words.begin(), condition_words.end());
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    const auto near = nearest(key.str(), known);
    wrong(node, "\"" + std::string(key.str()) + "\" is not known here" +
                    (near ? "; did you mean \"" + std::string(*near) + "\"?" : ""));
  }
}

std::string TemplateCompiler::text(const toml::table& table, std::string_view key,
                                   std::string otherwise) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return otherwise;
  if (const auto* found = node->as_string()) return found->get();
  wrong(*node, std::string(key) + ": a text in quotes is due here");
  return otherwise;
}

bool TemplateCompiler::truth(const toml::table& table, std::string_view key, bool otherwise) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return otherwise;
  if (const auto* found = node->as_boolean()) return found->get();
  wrong(*node, std::string(key) + ": true or false is due here");
  return otherwise;
}

std::int64_t TemplateCompiler::number(const toml::table& table, std::string_view key,
                                      std::int64_t least, std::int64_t most,
                                      std::int64_t otherwise) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return otherwise;
  const auto* const found = node->as_integer();
  if (found != nullptr && found->get() >= least && found->get() <= most) return found->get();
  wrong(*node, std::string(key) + ": a whole number from " + std::to_string(least) + " to " +
                   std::to_string(most) + " is due here");
  return otherwise;
}

char TemplateCompiler::character(const toml::table& table, std::string_view key, char otherwise) {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return otherwise;
  const std::string found = text(table, key);
  if (found == "tab" || found == "\t") return '\t';
  if (found.empty()) return '\0';
  if (found.size() == 1) return found.front();
  wrong(*node, std::string(key) + ": one character is due here (or \"tab\", or \"\" for none)");
  return otherwise;
}

std::vector<std::string> TemplateCompiler::texts(const toml::node& node) {
  if (const auto* one = node.as_string()) return {one->get()};
  std::vector<std::string> made;
  if (const auto* list = node.as_array()) {
    for (const toml::node& part : *list) {
      if (const auto* one = part.as_string()) made.push_back(one->get());
    }
    if (made.size() == list->size() && !made.empty()) return made;
  }
  wrong(node, "a text in quotes or a list of such is due here");
  return made;
}

std::optional<Path> TemplateCompiler::path(const toml::node& node, const std::string& text) {
  auto read = Path::parse(text);
  if (read) {
    for (std::string& name : read->names()) file_.format.read.insert(std::move(name));
    return std::move(*read);
  }
  wrong(node, read.error().message);
  return std::nullopt;
}

void TemplateCompiler::head() {
  const auto* const table = root_["template"].as_table();
  if (table == nullptr) return wrong(root_, "[template] with name and version is missing");
  only(*table, {"name", "version", "description", "extends", "undecided"});
  file_.mapping.name = text(*table, "name");
  file_.mapping.version = text(*table, "version");
  file_.mapping.description = text(*table, "description");
  if (!is_name(file_.mapping.name)) wrong(*table, "name: letters, digits and . _ ~ - are due here");
  if (const auto* node = table->get("undecided")) undecided(*node);
  if (file_.mapping.version.empty()) wrong(*table, "version: missing; raise it with every change");
}

// What a draft cannot know and must not guess: it is no template before somebody has decided.
void TemplateCompiler::undecided(const toml::node& node) {
  const auto* const list = node.as_array();
  if (list == nullptr) return wrong(node, "undecided is a list of questions, each a text");
  for (const toml::node& entry : *list) {
    wrong(entry, "not decided yet: " + entry.value_or(std::string("?")) +
                     "; decide it, then delete this line");
  }
}

void TemplateCompiler::tables() {
  const auto* const tables = root_["tables"].as_table();
  if (tables == nullptr) return;
  for (const auto& [key, node] : *tables) {
    const auto* const entries = node.as_table();
    if (entries == nullptr || entries->size() > max_table_entries) {
      wrong(node,
            "a table has at most 10,000 lines of the form \"what stands there\" = \"what it "
            "means\"");
      continue;
    }
    mapping::Table table{std::string(key.str()), {}};
    for (const auto& [from, to] : *entries) {
      const auto* const meaning = to.as_string();
      if (meaning == nullptr) {
        wrong(to, "a text in quotes is due here");
      } else {
        table.entries.emplace_back(std::string(from.str()), meaning->get());
      }
    }
    std::ranges::sort(table.entries);
    file_.mapping.tables.push_back(std::move(table));
  }
}

// A path that is found nowhere is no fault of a currency: the site's would be taken, silently.
void TemplateCompiler::no_currency_for_path(const toml::node& node) {
  const auto* const text = node.as_string();
  if (text == nullptr || !is_currency_in_use(text->get())) return;
  wrong(node, '"' + text->get() + "\" would be the path of a field here; write {const = \"" +
                  text->get() + "\"}, or {path = …} if a field has this name");
}

void TemplateCompiler::defaults() {
  const auto* const table = root_["defaults"].as_table();
  if (table == nullptr) return;
  only(*table, {"decimal", "group", "currency", "unit", "time", "zone", "implied_decimals"});
  mapping::Defaults& to = file_.mapping.defaults;
  to.numbers = {character(*table, "decimal", '.'), character(*table, "group", '\0')};
  if (const auto* node = table->get("implied_decimals")) implied_decimals(*node);
  if (const auto* node = table->get("currency")) {
    no_currency_for_path(*node);
    to.currency = whole_value(*node, Taken::text);
  }
  if (const auto* node = table->get("unit")) to.unit = whole_value(*node, Taken::text);
  if (const auto* node = table->get("time")) {
    to.time_formats = texts(*node);
    for (const std::string& format : to.time_formats) {
      if (const auto problem = mapping::wrong_time_format(format)) wrong(*node, *problem);
    }
  }
  if (table->contains("zone")) {
    const auto zone = TimeZone::named(text(*table, "zone"));
    if (zone) to.zone = *zone;
    if (!zone) wrong(*table->get("zone"), zone.error().message);
  }
}

void TemplateCompiler::implied_decimals(const toml::node& node) {
  const auto* const table = node.as_table();
  if (table == nullptr) return wrong(node, "implied_decimals is a table: {amount = 2, price = 2}");
  for (const auto& [key, entry] : *table) {
    const std::string field(key.str());
    implied_decimals_[field] =
        static_cast<std::uint8_t>(number(*table, field, 0, Decimal::max_scale, 0));
  }
}

void TemplateCompiler::named_conditions() {
  const toml::node* const node = root_.get("conditions");
  if (node == nullptr) return;
  const auto* const table = node->as_table();
  if (table == nullptr) return wrong(*node, "[conditions] is a table: a name = a condition");
  for (const auto& [key, when] : *table) condition_named(std::string(key.str()), when);
}

void TemplateCompiler::named_values() {
  const toml::node* const node = root_.get("named");
  if (node == nullptr) return;
  const auto* const table = node->as_table();
  if (table == nullptr) return wrong(*node, "[named] is a table: a name = a value");
  for (const auto& [key, named] : *table) value(named, {});
}

void TemplateCompiler::exclusions(std::string_view key, std::vector<mapping::Exclusion>& to) {
  const toml::node* const node = root_.get(key);
  if (node == nullptr) return;
  const auto* const list = node->as_array();
  if (list == nullptr) {
    return wrong(*node, "[[" + std::string(key) + "]] is a list");
  }
  for (const toml::node& entry : *list) {
    const auto* const table = entry.as_table();
    if (table == nullptr || !table->contains("when") || !table->contains("reason")) {
      wrong(entry, "[[" + std::string(key) + "]] needs `when` and `reason`");
      continue;
    }
    only(*table, {"name", "when", "reason"});
    to.push_back({text(*table, "name"), condition(*table->get("when")), {}, {}});
    // What is ignored is counted by its reason, so there are to be few.
    if (key == "reject" && !table->get("reason")->is_string()) {
      to.back().reason_value = whole_value(*table->get("reason"), Taken::text);
    } else {
      to.back().reason = text(*table, "reason");
      if (to.back().reason.empty()) wrong(*table->get("reason"), "reason: a sentence is due here");
    }
  }
}

void TemplateCompiler::events() {
  const auto* const list = root_["event"].as_array();
  if (list == nullptr || list->empty()) return wrong(root_, "[[event]] is missing");
  if (list->size() > max_rules) return wrong(*list, "more than 100 of [[event]]");
  for (const toml::node& entry : *list) {
    if (const auto* table = entry.as_table()) {
      file_.mapping.events.push_back(event(*table));
    } else {
      wrong(entry, "[[event]] is a table");
    }
  }
}

mapping::EventRule TemplateCompiler::event(const toml::table& table) {
  only(table, {"name", "like", "type", "when", "each", "key", "id", "revision", "subject", "time",
               "data", "flags"});
  mapping::EventRule rule;
  rule.type = text(table, "type");
  rule.name = text(table, "name", rule.type);
  event_ = rule.name;
  const Shape* const shape = shape_of_data(rule.type);
  if (shape == nullptr) {
    const auto* const node = table.get("type");
    wrong(node != nullptr ? *node : table, "type: \"" + rule.type + "\" is no type of event");
  }
  if (const auto* when = table.get("when")) rule.when = condition(*when);
  if (const auto* each = table.get("each")) rule.each = path(*each, text(table, "each"));
  if (const auto* key = table.get("key")) {
    const auto* const parts = key->as_array();
    if (parts == nullptr) {
      rule.key.push_back(whole_value(*key, Taken::key));
    } else {
      for (const toml::node& part : *parts) rule.key.push_back(whole_value(part, Taken::key));
    }
  }
  if (const auto* id = table.get("id")) rule.id = whole_value(*id, Taken::text);
  if (table.contains("key") == table.contains("id")) {
    wrong(table, "an event needs `key` (its natural key) or `id` (the source's own), one of them");
  }
  if (const auto* node = table.get("revision")) rule.revision = whole_value(*node, Taken::written);
  if (const auto* node = table.get("subject")) {
    member_ = "subject";
    rule.subject = whole_value(*node, Taken::text);
    member_.clear();
  }
  if (const auto* node = table.get("time")) {
    static constexpr Shape time{Form::time};
    rule.time = whole_value(*node, Taken::written, {&time});
    note_circumstance("time", rule.time);
  }
  const auto* const data = table["data"].as_table();
  if (data == nullptr) {
    wrong(table, "[event.data] is missing");
  } else {
    rule.data = object(*data, shape != nullptr ? Expected{shape} : Expected{});
    note_effects(*data, rule.data, Taken::written);
    for (std::size_t i = 0; i < rule.data.names.size(); ++i) {
      note_circumstance(rule.data.names[i], rule.data.parts[i]);
    }
    if (shape != nullptr) check_required(*data, *shape, rule.data);
  }
  flags(table, rule);
  return rule;
}

// A member that is nothing but what the driver says of how the record came.
void TemplateCompiler::note_circumstance(const std::string& member,
                                         const mapping::Expression& expression) {
  static constexpr std::array<std::string_view, 7> said_by_drivers = {
      "receivedAt", "modifiedAt", "record", "sequence", "remote", "connection", "file"};
  if (expression.origin != mapping::Origin::given) return;
  if (std::ranges::find(said_by_drivers, expression.text) == said_by_drivers.end()) return;
  file_.mapping.circumstances.push_back(member);
}

void TemplateCompiler::check_required(const toml::node& node, const Shape& shape,
                                      const mapping::Expression& data) {
  for (const Shape* part = &shape; part != nullptr; part = part->also) {
    for (const Field& field : part->fields) {
      if (!field.required || std::ranges::find(data.names, field.name) != data.names.end())
        continue;
      wrong(node, "data." + std::string(field.name) + ": this type of event must have it");
    }
  }
}

void TemplateCompiler::flags(const toml::table& table, mapping::EventRule& rule) {
  const toml::node* const node = table.get("flags");
  if (node == nullptr) return;
  const auto* const list = node->as_array();
  if (list == nullptr) return wrong(*node, "flags is a list of {when = …, flag = \"…\"}");
  for (const toml::node& entry : *list) {
    const auto* const flag = entry.as_table();
    if (flag == nullptr || !flag->contains("when") || !flag->contains("flag")) {
      wrong(entry, "a flag is {when = …, flag = \"…\"}");
      continue;
    }
    only(*flag, {"when", "flag"});
    rule.flags.push_back({condition(*flag->get("when")), text(*flag, "flag")});
  }
}

Result<std::shared_ptr<TemplateFile>, TemplateErrors> TemplateCompiler::run() {
  only(root_, {"template", "format", "defaults", "tables", "conditions", "named", "ignore",
               "reject", "event", "control", "sequence"});
  head();
  tables();
  defaults();
  format();
  named_conditions();
  named_values();
  exclusions("ignore", file_.mapping.ignore);
  exclusions("reject", file_.mapping.reject);
  events();
  controls();
  sequence();
  tell_without_effect();
  if (!problems_.empty()) return Unexpected{TemplateErrors{std::move(problems_)}};
  return std::make_shared<TemplateFile>(std::move(file_));
}

}  // namespace storeward::config
