#include "config/template_file.h"

#include <array>
#include <sstream>

#include "agent/base/sha256.h"
#include "config/template_compiler.h"
#include "config/template_source.h"

namespace storeward::config {
namespace {

#include "config/templates.inc"

LoadedTemplate compiled(const Result<TemplateSource, TemplateErrors>& source) {
  if (!source) return Unexpected{source.error()};
  auto made = TemplateCompiler(*source).run();
  if (!made) return Unexpected{made.error()};
  (*made)->mapping.extends = source->extends;
  std::ostringstream text;
  text << source->merged;
  (*made)->mapping.digest = to_hex(sha256(text.str()));
  return std::shared_ptr<const TemplateFile>(std::move(*made));
}

}  // namespace

std::span<const ShippedTemplate> shipped_templates() {
  return templates;
}

LoadedTemplate load_template(const std::string& name, const std::filesystem::path& directory) {
  return compiled(read_template(name, directory));
}

LoadedTemplate compile_template(std::string_view text, const std::string& place,
                                const std::filesystem::path& directory) {
  return compiled(read_template_text(text, place, directory));
}

std::string to_text(const TemplateChange& change) {
  std::string text = change.path + ": " + change.what;
  if (!change.extended.empty()) text += " " + change.extended;
  if (!change.extended.empty() && !change.own.empty()) text += " ->";
  if (!change.own.empty()) text += " " + change.own;
  return text;
}

Result<std::vector<TemplateChange>, TemplateErrors> template_drift(
    const std::string& name, const std::filesystem::path& directory) {
  const auto source = read_template(name, directory);
  if (const auto loaded = compiled(source); !loaded) return Unexpected{loaded.error()};
  return source->changes;
}

}  // namespace storeward::config
