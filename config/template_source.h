// TemplateSource: a template's TOML with what it extends merged into it. Private to config/.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <vector>

#include "config/template_file.h"
#include "config/template_likes.h"

namespace storeward::config {

struct TemplateSource {
  toml::table merged;
  std::vector<std::string> extends;     // "csv-sales 2", nearest first
  std::vector<TemplateChange> changes;  // of the outermost against what it extends
  TakenOver taken_over;                 // copies within `merged`
};

Result<TemplateSource, TemplateErrors> read_template(const std::string& name,
                                                     const std::filesystem::path& directory);
Result<TemplateSource, TemplateErrors> read_template_text(std::string_view text,
                                                          const std::string& place,
                                                          const std::filesystem::path& directory);

// As the node itself knows it: nothing of a copy.
Place place_in_file(const toml::node& node);

std::string name_in(const toml::node& node);  // of one of a list that is merged by name

// A value, not a group of fields: it is replaced as a whole.
bool is_one_value(const toml::table& table);

}  // namespace storeward::config
