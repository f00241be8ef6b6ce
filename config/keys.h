// The one table of keys: what may stand in the configuration. It drives parsing, the checks of each
// value, suggestions for misspelt keys, `config show`, reload and docs/configuration.md.
//
// To add a key: a member in config.h, a line here. Nothing else needs to change.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"
#include "config/document.h"
#include "config/forms.h"

namespace storeward::config {

// The member of Config that a key fills.
using Target = std::variant<std::string*, std::vector<std::string>*, std::filesystem::path*, bool*,
                            Confirm*, int*, std::uint32_t*, std::uint64_t*, Millis*>;

struct Key {
  std::string_view table;  // "hub", "http.client"
  std::string_view name;   // "confirm_timeout_s"
  Form form = Form::text;
  Target (*target)(Config&, std::size_t index);  // index: which [[table]]
  bool required = false;
  bool reloadable = false;                     // SIGHUP is enough
  std::int64_t least = 0, most = 0;            // Form::integer, in the unit of the name
  std::vector<std::string_view> choices = {};  // Form::choice; a bool is false, true in order
  std::vector<std::string_view> kinds = {};    // of drivers that have it; empty: all
  std::string_view help;
};

std::span<const Key> keys();

// A [table], or [[table]] where listed.
struct TableRule {
  std::string_view path;
  bool listed = false;
  std::string_view help;
  // Of a list: how many there are, and one more.
  std::size_t (*size)(const Config&) = [](const Config&) { return std::size_t{1}; };
  void (*append)(Config&) = nullptr;
};

std::span<const TableRule> tables();

const Key* find_key(std::string_view table, std::string_view name);
const TableRule* find_table(std::string_view path);

// Where credential:NAME leads: what systemd passes to this process, else what it passes to the
// service, so that a technician's command reads the same configuration.
std::filesystem::path credentials_directory();

// Whether a key has a meaning there: a driver's key may belong to other kinds.
bool belongs(const Key& key, const Config& config, std::size_t index);

// "hub.url", "http.client[0].name".
std::string full_name(const Key& key, std::size_t index);

// Writes the value into `config`, or says what is wrong with it.
Complaint assign(const Key& key, Config& config, std::size_t index, const Value& value,
                 const std::filesystem::path& base);

// What `config` holds, in the form in which it would be written.
Value current(const Key& key, const Config& config, std::size_t index);

// "whole number, 1 to 86400", "text: receipt or puback"
std::string expectation(const Key& key);

std::string to_toml(const Value& value);

}  // namespace storeward::config
