#include "config/reference.h"

#include "config/keys.h"

namespace storeward::config {
namespace {

constexpr std::string_view opening =
    "# Configuration\n\n"
    "TOML: `/etc/storeward/storeward.toml`, then `conf.d/*.toml` beside it in order of name; a key "
    "that\n"
    "stands twice has the later value, lists of tables append. Unknown keys are errors. Secrets "
    "are files or\n"
    "systemd credentials (`credential:NAME`), never written here. `storeward config check` finds "
    "every\n"
    "mistake, `storeward config show` says what is in force and why. Keys marked *reload* change "
    "with\n"
    "`systemctl reload storeward`; the rest need a restart.\n\n"
    "This page is made from the program's own table of keys: `storeward config reference`.\n";

std::string default_of(const Key& key) {
  if (key.required) return "required";
  Config defaults;
  defaults.http.clients.resize(1);
  defaults.drivers.resize(1);
  const std::string value = to_toml(current(key, defaults, 0));
  return value.empty() || value == "\"\"" || value == "[]" ? "none" : "`" + value + "`";
}

std::string of_kinds(const Key& key) {
  std::string text;
  for (const std::string_view kind : key.kinds) text += "`" + std::string(kind) + "` ";
  return text.empty() ? text : text.substr(0, text.size() - 1) + ": ";
}

void append_key(std::string& page, const Key& key) {
  page += "| `" + std::string(key.name) + "` | " + expectation(key) + " | " + default_of(key) +
          " | " + of_kinds(key) + std::string(key.help) + (key.reloadable ? " *reload*" : "") +
          " |\n";
}

}  // namespace

std::string reference_page() {
  std::string page(opening);
  for (const TableRule& table : tables()) {
    std::string rows;
    for (const Key& key : keys()) {
      if (key.table == table.path) append_key(rows, key);
    }
    if (rows.empty()) continue;
    const std::string path(table.path);
    page += "\n## " + (table.listed ? "[[" + path + "]]" : "[" + path + "]") + "\n\n";
    if (!table.help.empty()) page += std::string(table.help) + "\n\n";
    page += "| key | value | default | meaning |\n|---|---|---|---|\n" + rows;
  }
  return page;
}

}  // namespace storeward::config
