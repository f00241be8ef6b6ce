#include "config/template_source.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include "agent/core/value_rules.h"
#include "config/suggestion.h"

namespace storeward::config {
namespace {

constexpr std::size_t most_ancestors = 8;
constexpr std::size_t most_template_bytes = 1u << 20;

Unexpected<TemplateErrors> one_problem(Place place, std::string message) {
  return Unexpected{TemplateErrors{{{std::move(place), std::move(message)}}}};
}

Result<toml::table, TemplateErrors> parse(std::string_view text, const std::string& place) {
  try {
    return toml::parse(text, place);
  } catch (const toml::parse_error& error) {
    return one_problem({place, error.source().begin.line, error.source().begin.column},
                       "not valid TOML: " + std::string(error.description()));
  }
}

struct Text {
  std::string text, place;
};

std::optional<Text> read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  std::string text(most_template_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return Text{std::move(text), file.string()};
}

Result<Text, TemplateErrors> find(const std::string& name, const std::filesystem::path& directory) {
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".toml");
  if (is_path) {
    if (auto file = read_file(name)) return std::move(*file);
    return one_problem({name, 0, 0}, std::string("cannot be read: ") + std::strerror(errno));
  }
  if (!is_name(name)) {
    return one_problem({name, 0, 0}, "is no name of a template (letters, digits, . _ ~ -)");
  }
  if (auto own = read_file(directory / (name + ".toml"))) return std::move(*own);
  std::vector<std::string_view> names;
  for (const ShippedTemplate& shipped : shipped_templates()) {
    if (shipped.name == name) {
      return Text{std::string(shipped.text), "shipped:" + name + ".toml"};
    }
    names.push_back(shipped.name);
  }
  const auto near = nearest(name, names);
  return one_problem({name, 0, 0}, "there is no such template in " + directory.string() +
                                       " or among the shipped ones" +
                                       (near ? "; did you mean " + std::string(*near) + "?" : ""));
}

bool merges_by_name(std::string_view key) {
  return key == "event" || key == "ignore" || key == "reject" || key == "control";
}

// A value as it would stand in a file, whatever way it was written.
std::string one_line(const toml::node& node) {
  std::string text;
  if (const auto* const table = node.as_table()) {
    for (const auto& [key, entry] : *table) {
      const toml::value<std::string> name{std::string(key.str())};
      const bool quoted = !is_name(key.str()) || key.str().find_first_of(".~") != key.str().npos;
      text += (text.empty() ? "" : ", ") + (quoted ? one_line(name) : name.get()) + " = " +
              one_line(entry);
    }
    return "{" + text + "}";
  }
  if (const auto* const array = node.as_array()) {
    for (const toml::node& entry : *array) text += (text.empty() ? "" : ", ") + one_line(entry);
    return "[" + text + "]";
  }
  std::ostringstream stream;
  constexpr auto flags = toml::format_flags::allow_unicode_strings;
  stream << toml::toml_formatter{node, flags};
  return stream.str();
}

// Moves what it takes over: a copy of a TOML node forgets its place in the file, which the message
// about a mistake in it is to name.
class Merge {
 public:
  // `extended`: the name of the template that is changed.
  Merge(std::string extended, std::vector<TemplateChange>& changes)
      : extended_(std::move(extended)), changes_(changes) {}

  // What its own file says that cannot be merged.
  const std::vector<Problem>& problems() const { return problems_; }

  void table(toml::table& base, toml::table&& own, const std::string& path) {
    for (auto&& [key, node] : own) {
      const std::string name(key.str());
      const std::string child = path.empty() ? name : path + "." + name;
      toml::node* const there = base.get(name);
      if (there != nullptr && there->is_table() && node.is_table() &&
          !is_one_value(*node.as_table())) {
        table(*there->as_table(), std::move(*node.as_table()), child);
      } else if (there != nullptr && path.empty() && merges_by_name(name) && there->is_array() &&
                 node.is_array()) {
        named(*there->as_array(), std::move(*node.as_array()), child);
      } else {
        // What a template is called is no change of what it does, nor is what it says once more.
        const std::string extended = there == nullptr ? "" : one_line(*there);
        const std::string own_value = one_line(node);
        if (name != "name" && path != "template" && (there == nullptr || extended != own_value)) {
          changes_.push_back({child, there == nullptr ? "added" : "replaced", extended, own_value});
        }
        base.insert_or_assign(name, std::move(node));
      }
    }
  }

 private:
  // What has none of these can only be meant to change one that is there.
  static bool stands_alone(const toml::table& table, std::string_view list) {
    if (list == "event") return table.contains("type") || table.contains("like");
    return table.contains("when");
  }

  // A name misspelt would else be blamed for all that the one it means has.
  void blame_name(const toml::node& entry, const std::string& name, const toml::array& base,
                  const std::string& list) {
    std::vector<std::string> names;
    for (const toml::node& each : base) {
      if (std::string there = name_in(each); !there.empty()) names.push_back(std::move(there));
    }
    const std::vector<std::string_view> candidates(names.begin(), names.end());
    std::string has;
    for (const std::string& there : names) has += (has.empty() ? "" : ", ") + there;
    const auto near = nearest(name, candidates);
    const toml::node* const said = entry.as_table()->get("name");
    problems_.push_back({place_in_file(said != nullptr ? *said : entry),
                         extended_ + " has no [[" + list + "]] of the name \"" + name + "\"" +
                             (near ? "; did you mean \"" + std::string(*near) + "\"?" : ".") +
                             " It has: " + (has.empty() ? "none with a name" : has) +
                             ". A new one needs " +
                             (list == "event"     ? "`type`, or `like`"
                              : list == "control" ? "`when`, and `records` or `sums`"
                                                  : "`when` and `reason`")});
  }

  void named(toml::array& base, toml::array&& own, const std::string& path) {
    for (toml::node& node : own) {
      if (!node.is_table()) {
        problems_.push_back({place_in_file(node), "[[" + path + "]] is a table"});
        continue;
      }
      const std::string name = name_in(node);
      const std::string child = path + "." + name;
      auto at = base.begin();
      while (at != base.end() && (name.empty() || name_in(*at) != name)) ++at;
      const bool remove = (*node.as_table())["remove"].value_or(false);
      const bool absent = at == base.end();
      if (absent && !name.empty() && (remove || !stands_alone(*node.as_table(), path))) {
        blame_name(node, name, base, path);
      } else if (absent) {
        changes_.push_back({child, "added", "", one_line(node)});
        base.push_back(std::move(*node.as_table()));
      } else if (remove) {
        changes_.push_back({child, "removed", one_line(*at), ""});
        base.erase(at);
      } else {
        table(*at->as_table(), std::move(*node.as_table()), child);
      }
    }
  }

  std::string extended_;
  std::vector<TemplateChange>& changes_;
  std::vector<Problem> problems_;
};

std::string name_and_version(const toml::table& of) {
  const auto head = of["template"];
  return head["name"].value_or(std::string("?")) + " " + head["version"].value_or(std::string("?"));
}

Result<TemplateSource, TemplateErrors> with_ancestors(toml::table own, const std::string& place,
                                                      const std::filesystem::path& directory,
                                                      std::size_t depth) {
  TemplateSource source;
  const auto* const extends = own["template"]["extends"].as_string();
  if (extends == nullptr) {
    source.merged = std::move(own);
    return source;
  }
  if (depth == most_ancestors) {
    return one_problem(place_in_file(*extends), "extends more than 8 templates, perhaps itself");
  }
  const std::string base_name = extends->get();
  const auto text = find(base_name, directory);
  if (!text) {
    return one_problem(place_in_file(*extends),
                       "extends \"" + base_name + "\": " + text.error().problems.front().message);
  }
  if (text->place == place) {
    return one_problem(place_in_file(*extends),
                       "a template cannot extend itself; a shipped one of the "
                       "same name is hidden by this file: give it another name");
  }
  auto parsed = parse(text->text, text->place);
  if (!parsed) return Unexpected{parsed.error()};
  auto base = with_ancestors(std::move(*parsed), text->place, directory, depth + 1);
  if (!base) return base;
  source.extends = std::move(base->extends);
  source.extends.insert(source.extends.begin(), name_and_version(base->merged));
  source.merged = std::move(base->merged);
  Merge merge(base_name, source.changes);
  merge.table(source.merged, std::move(own), "");
  if (!merge.problems().empty()) return Unexpected{TemplateErrors{merge.problems()}};
  return source;
}

// A template with what it extends, ready to be compiled.
Result<TemplateSource, TemplateErrors> complete(toml::table own, const std::string& place,
                                                const std::filesystem::path& directory) {
  auto source = with_ancestors(std::move(own), place, directory, 0);
  if (!source) return source;
  if (auto problem = source->taken_over.complete(source->merged)) {
    return Unexpected{TemplateErrors{{std::move(*problem)}}};
  }
  return source;
}

}  // namespace

std::string name_in(const toml::node& node) {
  const auto* const table = node.as_table();
  return table != nullptr ? (*table)["name"].value_or(std::string()) : std::string();
}

bool is_one_value(const toml::table& table) {
  for (const auto* key :
       {"path", "name_of", "const", "value", "index", "join", "first", "cases", "add", "subtract",
        "multiply", "sum", "count", "each", "named", "is", "all", "any"}) {
    if (table.contains(key)) return true;
  }
  return false;
}

Place place_in_file(const toml::node& node) {
  const toml::source_region& region = node.source();
  return {region.path ? *region.path : "", region.begin.line, region.begin.column};
}

Result<TemplateSource, TemplateErrors> read_template_text(std::string_view text,
                                                          const std::string& place,
                                                          const std::filesystem::path& directory) {
  if (text.size() > most_template_bytes) {
    return one_problem({place, 0, 0}, "is larger than 1 MiB");
  }
  auto parsed = parse(text, place);
  if (!parsed) return Unexpected{parsed.error()};
  return complete(std::move(*parsed), place, directory);
}

Result<TemplateSource, TemplateErrors> read_template(const std::string& name,
                                                     const std::filesystem::path& directory) {
  const auto text = find(name, directory);
  if (!text) return Unexpected{text.error()};
  return read_template_text(text->text, text->place, directory);
}

std::string to_text(const TemplateErrors& errors) {
  std::string text;
  for (const Problem& problem : errors.problems) text += to_text(problem) + "\n";
  return text;
}

}  // namespace storeward::config
