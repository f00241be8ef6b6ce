// TemplateSource: a template's TOML with what it extends merged into it. Private to config/.
#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>
#include <vector>

#include "config/template_file.h"

namespace storeward::config {

struct TemplateSource {
  toml::table merged;
  std::vector<std::string> extends;     // nearest first
  std::vector<TemplateChange> changes;  // of the outermost against what it extends
};

Result<TemplateSource, TemplateErrors> read_template(const std::string& name,
                                                     const std::filesystem::path& directory);
Result<TemplateSource, TemplateErrors> read_template_text(std::string_view text,
                                                          const std::string& place,
                                                          const std::filesystem::path& directory);

Place place_of(const toml::node& node);

}  // namespace storeward::config
