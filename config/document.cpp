#include "config/document.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace storeward::config {
namespace {

Place place_of(const toml::source_region& region, const std::string& file) {
  return {file, region.begin.line, region.begin.column};
}

std::string_view name_of(toml::node_type type) {
  switch (type) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list with something other than text in it";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::date:
      return "a date";
    case toml::node_type::time:
      return "a time of day (write it in quotes)";
    case toml::node_type::date_time:
      return "a date and time";
    default:
      return "something else";
  }
}

Value value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return number->get();
  if (const auto* truth = node.as_boolean()) return truth->get();
  if (const auto* array = node.as_array()) {
    std::vector<std::string> texts;
    for (const toml::node& item : *array) {
      const auto* text = item.as_string();
      if (text == nullptr) return Unusable{std::string(name_of(node.type()))};
      texts.push_back(text->get());
    }
    return texts;
  }
  return Unusable{std::string(name_of(node.type()))};
}

bool is_list_of_tables(const toml::node& node) {
  const auto* array = node.as_array();
  return array != nullptr && !array->empty() && array->is_homogeneous(toml::node_type::table);
}

// toml++ itself bounds the nesting depth (256).
void flatten(const toml::table& table, const std::string& path, bool listed,
             const std::string& file, Document& document) {
  const std::size_t own = document.tables.size();
  document.tables.push_back({path, listed, place_of(table.source(), file), {}});
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const std::string child = path.empty() ? name : path + "." + name;
    if (const auto* inner = node.as_table()) {
      flatten(*inner, child, false, file, document);
    } else if (is_list_of_tables(node)) {
      for (const toml::node& item : *node.as_array())
        flatten(*item.as_table(), child, true, file, document);
    } else {
      document.tables[own].entries.push_back(
          {name, place_of(key.source(), file), value_of(node), place_of(node.source(), file)});
    }
  }
  // toml++ sorts by key; people read by line.
  std::sort(document.tables[own].entries.begin(), document.tables[own].entries.end(),
            [](const Entry& a, const Entry& b) {
              return std::pair(a.key_place.line, a.key_place.column) <
                     std::pair(b.key_place.line, b.key_place.column);
            });
}

}  // namespace

std::string to_text(const Place& place) {
  if (place.file.empty()) return "default";
  if (place.line == 0) return place.file;
  return place.file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string to_text(const Problem& problem) {
  return to_text(problem.place) + ": " + problem.message;
}

Result<Document, Problem> parse_document(std::string_view text, const std::string& file) {
  try {
    const toml::table root = toml::parse(text, file);
    Document document;
    flatten(root, "", false, file, document);
    return document;
  } catch (const toml::parse_error& error) {
    return Unexpected{Problem{place_of(error.source(), file),
                              "not valid TOML: " + std::string(error.description())}};
  }
}

Result<Document, Problem> read_document(const std::filesystem::path& file) {
  const auto unreadable = [&file](const std::string& why, const char* next) {
    return Unexpected{Problem{{file.string(), 0, 0}, "cannot be read: " + why + next}};
  };
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    const int error = errno;
    return unreadable(std::strerror(error), error == EACCES
                                                ? "; run as root or as a member of group storeward"
                                                : "; name the file with --config FILE");
  }
  std::string text;
  std::array<char, 4096> piece{};
  while (stream && text.size() <= max_file_bytes) {
    stream.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) return unreadable(std::strerror(errno), "");
  if (text.size() > max_file_bytes) return unreadable("it is larger than 1 MiB", "");
  return parse_document(text, file.string());
}

}  // namespace storeward::config
