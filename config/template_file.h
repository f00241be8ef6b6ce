// Templates as files: TOML -> compiled template and format options. docs/writing-a-template.md is
// the language's manual.
//
// A template is found by its name: NAME.toml in the customer's folder (templates.directory), else
// among those shipped with the product, which are part of the program. A customer's template may
// extend a shipped one (or another of its own): tables are merged key by key; of [[event]],
// [[ignore]] and [[reject]] those with the same `name` are merged, others added; `remove = true`
// takes one away; any other value replaces. So what is corrected in the shipped one arrives.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/result.h"
#include "agent/core/format_options.h"
#include "agent/core/mapping/template.h"
#include "config/document.h"

namespace storeward::config {

struct ShippedTemplate {
  std::string_view name;
  std::string_view text;  // TOML
};
std::span<const ShippedTemplate> shipped_templates();

struct TemplateFile {
  mapping::Template mapping;
  FormatOptions format;
  std::map<std::string, Place, std::less<>> format_places;  // of its keys; "": of the table
};

struct TemplateErrors {
  std::vector<Problem> problems;  // never empty
};
std::string to_text(const TemplateErrors& errors);  // one line each

// What a decoder says of its options ("format.kind: …"), with the place of the key.
Problem problem_of_format(const TemplateFile& file, const std::string& message);

using LoadedTemplate = Result<std::shared_ptr<const TemplateFile>, TemplateErrors>;

// `name`: a template's name, or the path of a file (has a "/" or ends with ".toml").
LoadedTemplate load_template(const std::string& name, const std::filesystem::path& directory);

// The same from a text that stands for the file `place`; for tests and drafts.
LoadedTemplate compile_template(std::string_view text, const std::string& place,
                                const std::filesystem::path& directory);

// One key that a template says otherwise than the one it extends.
struct TemplateChange {
  std::string path;           // "event.sales.data.lines"
  std::string what;           // added, replaced, removed
  std::string extended, own;  // the values as TOML on one line; empty where there is none
};
std::string to_text(const TemplateChange& change);  // one line

// What a template that extends another has of its own, in order; empty if it extends none. Fails
// where it could not be used.
Result<std::vector<TemplateChange>, TemplateErrors> template_drift(
    const std::string& name, const std::filesystem::path& directory);

}  // namespace storeward::config
