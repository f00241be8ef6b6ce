// TemplateCompiler: [format], how the source is to be read.
#include "config/template_compiler.h"

namespace storeward::config {

void TemplateCompiler::format() {
  const auto* const table = root_["format"].as_table();
  if (table == nullptr) return wrong(root_, "[format] with kind is missing");
  only(*table, {"kind",         "max_record_bytes",
                "encoding",     "delimiter",
                "quote",        "header",
                "columns",      "fixed",
                "skip_lines",   "rename",
                "derived",      "header_marker",
                "heads",        "join",
                "parents",      "lookups",
                "max_columns",  "group_by",
                "group_window", "group_by_optional",
                "records",      "root",
                "event_hash"});
  file_.format_places.emplace("", taken_over_.place_of(*table));
  for (const auto& [key, node] : *table) {
    file_.format_places.emplace(key.str(), taken_over_.place_of(node));
  }
  FormatOptions& to = file_.format;
  to.kind = text(*table, "kind");
  to.encoding = text(*table, "encoding", to.encoding);
  to.delimiter = character(*table, "delimiter", to.delimiter);
  to.quote = character(*table, "quote", to.quote);
  to.header = truth(*table, "header", to.header);
  to.header_marker = text(*table, "header_marker");
  to.records = text(*table, "records");
  to.root = text(*table, "root");
  if (const auto* node = table->get("root");
      node != nullptr && (to.kind != "xml" || to.records.empty())) {
    wrong(*node, "root is for kind \"xml\" with records: the document that may be without any");
  }
  to.event_hash = truth(*table, "event_hash", to.event_hash);
  if (const auto* node = table->get("event_hash"); node != nullptr && to.kind != "json") {
    wrong(*node, "event_hash is for kind \"json\": events of EPCIS");
  }
  to.max_record_bytes = static_cast<std::size_t>(
      number(*table, "max_record_bytes", 1024, 64 << 20, std::int64_t(to.max_record_bytes)));
  to.skip_lines = static_cast<std::size_t>(number(*table, "skip_lines", 0, 10'000, 0));
  to.max_columns = static_cast<std::size_t>(
      number(*table, "max_columns", 1, 100'000, std::int64_t(to.max_columns)));
  if (const auto* node = table->get("columns")) to.columns = texts(*node);
  if (const auto* node = table->get("group_by")) to.group_by = texts(*node);
  to.group_window = static_cast<std::size_t>(number(*table, "group_window", 1, 32, 1));
  if (const auto* node = table->get("group_window"); node != nullptr && to.group_by.empty()) {
    wrong(*node, "group_window says how records of group_by may be mixed; there is no group_by");
  }
  if (const auto* node = table->get("group_by_optional")) to.group_by_optional = texts(*node);
  if (const auto* node = table->get("heads")) to.heads = texts(*node);
  if (const auto* node = table->get("join")) to.join = texts(*node);
  if (const auto* node = table->get("parents")) to.parents = texts(*node);
  if (const auto* node = table->get("lookups")) to.lookups = texts(*node);
  if (const auto* node = table->get("rename")) renamed_columns(*node);
  if (const auto* node = table->get("derived")) derived_columns(*node);
  if (const auto* node = table->get("fixed")) fixed_columns(*node);
}

void TemplateCompiler::derived_columns(const toml::node& node) {
  const auto* const table = node.as_table();
  if (table == nullptr || file_.format.kind != "csv") {
    return wrong(node, "derived is a table, for kind \"csv\": a column's name = {from = …}");
  }
  for (const auto& [key, entry] : *table) {
    const auto* const column = entry.as_table();
    if (column == nullptr || !column->contains("from")) {
      wrong(entry, "a derived column is {from = \"time\", until = \" \"}");
      continue;
    }
    only(*column, {"from", "with", "until", "characters"});
    file_.format.derived.push_back(
        {std::string(key.str()), texts(*column->get("from")), text(*column, "with", " "),
         text(*column, "until"),
         static_cast<std::size_t>(number(*column, "characters", 1, 100'000, 0))});
  }
}

void TemplateCompiler::renamed_columns(const toml::node& node) {
  const auto* const table = node.as_table();
  if (table == nullptr) return wrong(node, "rename is a table: \"its name\" = \"the name here\"");
  for (const auto& [from, to] : *table) {
    const auto* const name = to.as_string();
    if (name == nullptr || name->get().empty()) {
      wrong(to, "a name in quotes is due here");
    } else {
      file_.format.rename.emplace(std::string(from.str()), name->get());
    }
  }
}

void TemplateCompiler::fixed_columns(const toml::node& node) {
  const auto* const list = node.as_array();
  if (list == nullptr) return wrong(node, "fixed is a list of {name, start, width}");
  for (const toml::node& entry : *list) {
    const auto* const column = entry.as_table();
    if (column == nullptr) {
      wrong(entry, "a column is {name = \"…\", start = 1, width = 8}");
      continue;
    }
    only(*column, {"name", "start", "width"});
    file_.format.fixed.push_back(
        {text(*column, "name"), static_cast<std::size_t>(number(*column, "start", 1, 100'000, 1)),
         static_cast<std::size_t>(number(*column, "width", 1, 100'000, 1))});
  }
}

Problem problem_of_format(const TemplateFile& file, const std::string& message) {
  constexpr std::string_view table = "format.";
  std::string_view key;
  if (message.starts_with(table)) {
    key = std::string_view(message).substr(table.size());
    key = key.substr(0, key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"));
  }
  auto place = file.format_places.find(key);
  if (place == file.format_places.end()) place = file.format_places.find("");
  return {place == file.format_places.end() ? Place{} : place->second, message};
}

}  // namespace storeward::config
