// Document: one TOML file as flat tables of plain values, each with its place. The only user of
// toml++; nothing here knows which keys exist. Pure but for reading the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/base/result.h"

namespace storeward::config {

// Where something stands; line and column count from 1. An empty file name: a default.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

std::string to_text(const Place& place);  // file:line:column, or "default"

// Something wrong in the configuration, in words that say what to do about it.
struct Problem {
  Place place;
  std::string message;
};

std::string to_text(const Problem& problem);  // file:line:column: message

// A value of a type that no key has; `name` says which ("a table", "a date", …).
struct Unusable {
  std::string name;
  friend bool operator==(const Unusable&, const Unusable&) = default;
};

using Value = std::variant<std::string, std::int64_t, bool, std::vector<std::string>, Unusable>;

struct Entry {
  std::string key;
  Place key_place;
  Value value;
  Place value_place;
};

// [path] or one [[path]]. The root table has an empty path.
struct Table {
  std::string path;
  bool listed = false;  // written as [[path]]
  Place place;
  std::vector<Entry> entries;
};

struct Document {
  std::vector<Table> tables;  // in the order of the file's tables, parents before children
};

// At most max_file_bytes are read; a larger file is an error.
inline constexpr std::size_t max_file_bytes = 1u << 20;

Result<Document, Problem> read_document(const std::filesystem::path& file);
Result<Document, Problem> parse_document(std::string_view text, const std::string& file);

}  // namespace storeward::config
