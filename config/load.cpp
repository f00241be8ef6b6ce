#include "config/load.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <system_error>

#include "config/keys.h"
#include "config/rules.h"
#include "config/suggestion.h"

namespace storeward::config {
namespace {

constexpr std::size_t max_files = 100;
constexpr std::size_t max_listed = 1000;
constexpr std::size_t max_problems = 100;

class Loader {
 public:
  explicit Loader(const std::filesystem::path& main) : main_(main) {}

  Result<Loaded, ConfigErrors> run() {
    if (read(main_)) {
      for (const auto& file : fragments()) read(file);
    }
    if (all_read_) {
      check_required();
      check_kinds();
    }
    // The rules between keys judge the whole; with values missing they would only add noise.
    if (problems_.empty()) check_rules(loaded_, anchor(""), problems_);
    if (problems_.empty()) return std::move(loaded_);
    if (problems_.size() > max_problems) problems_.resize(max_problems);
    return Unexpected{ConfigErrors{std::move(problems_)}};
  }

 private:
  std::vector<std::filesystem::path> fragments() {
    std::vector<std::filesystem::path> files;
    const auto folder = main_.parent_path() / "conf.d";
    std::error_code error;
    auto entry = std::filesystem::directory_iterator(folder, error);
    if (error == std::errc::no_such_file_or_directory) return files;
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      const auto& path = entry->path();
      if (path.extension() == ".toml" && !path.filename().string().starts_with('.'))
        files.push_back(path);
    }
    if (error) problem({folder.string(), 0, 0}, "cannot be read: " + error.message());
    if (files.size() > max_files) {
      problem({folder.string(), 0, 0}, "more than 100 files; join some of them");
      files.clear();
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  bool read(const std::filesystem::path& file) {
    const auto document = read_document(file);
    if (!document) {
      problems_.push_back(document.error());
      all_read_ = false;
      return false;
    }
    loaded_.files.push_back(file);
    for (const Table& table : document->tables) take(table, file.parent_path());
    return true;
  }

  void take(const Table& table, const std::filesystem::path& base) {
    if (table.path.empty()) return take_root(table);
    const TableRule* rule = find_table(table.path);
    if (rule == nullptr) return unknown_table(table);
    if (rule->listed != table.listed) {
      const std::string name(rule->path);
      return problem(table.place, rule->listed
                                      ? "[" + name + "] is a list; write [[" + name + "]]"
                                      : "[[" + name + "]] is no list; write [" + name + "]");
    }
    table_places_.try_emplace(table.path, table.place);
    std::size_t index = 0;
    if (rule->listed) {
      index = rule->size(loaded_.config);
      if (index == max_listed) {
        return problem(table.place, "more than 1000 of [[" + table.path + "]]");
      }
      rule->append(loaded_.config);
      list_places_[table.path].push_back(table.place);
    }
    for (const Entry& entry : table.entries) take(table, entry, index, base);
  }

  void take(const Table& table, const Entry& entry, std::size_t index,
            const std::filesystem::path& base) {
    const Key* key = find_key(table.path, entry.key);
    if (key == nullptr) return unknown_key(table.path, entry, index);
    const std::string name = full_name(*key, index);
    if (auto complaint = assign(*key, loaded_.config, index, entry.value, base)) {
      told_.insert(name);
      return problem(entry.value_place, table.path + "." + entry.key + ": " + *complaint);
    }
    loaded_.origins.insert_or_assign(name, entry.value_place);
  }

  void take_root(const Table& table) {
    for (const Entry& entry : table.entries) {
      std::string message = "\"" + entry.key + "\" stands outside of any [table]";
      const auto all = keys();
      const auto home = std::find_if(all.begin(), all.end(),
                                     [&](const Key& key) { return key.name == entry.key; });
      if (find_table(entry.key) != nullptr)
        message =
            "\"" + entry.key + "\" is a table; write [" + entry.key + "] on a line of its own";
      else if (home != all.end())
        message += "; put it below [" + std::string(home->table) + "]";
      problem(entry.key_place, message);
    }
  }

  void unknown_table(const Table& table) {
    std::vector<std::string_view> names;
    for (const TableRule& rule : tables()) names.push_back(rule.path);
    std::string message = "[" + table.path + "] is unknown";
    if (const auto name = nearest(table.path, names)) {
      message += "; did you mean [" + std::string(*name) + "]?";
      told_.emplace(*name);
    } else {
      message += "; there are";
      for (const auto each : names) message += " [" + std::string(each) + "]";
    }
    problem(table.place, message);
  }

  void unknown_key(const std::string& table, const Entry& entry, std::size_t index) {
    static constexpr std::array<std::string_view, 6> inline_secrets = {
        "password", "passwd", "token", "secret", "api_key", "key"};
    const std::string name = table + "." + entry.key;
    if (std::find(inline_secrets.begin(), inline_secrets.end(), entry.key) !=
        inline_secrets.end()) {
      const char* instead = table == "hub"           ? "password_file or key_file"
                            : table == "http.client" ? "token_sha256, the SHA-256 of the token,"
                                                     : "the matching _file key";
      return problem(entry.key_place, name +
                                          ": secrets are never written into the configuration; "
                                          "put it into a file of its own and use " +
                                          instead + " here");
    }
    std::vector<std::string_view> names;
    for (const Key& key : keys())
      if (key.table == table) names.push_back(key.name);
    std::string message = name + " is unknown";
    const auto all = keys();
    const auto elsewhere =
        std::find_if(all.begin(), all.end(), [&](const Key& key) { return key.name == entry.key; });
    if (const auto near = nearest(entry.key, names)) {
      message += "; did you mean " + std::string(*near) + "?";
      told_.insert(full_name(*find_key(table, *near), index));
    } else if (elsewhere != all.end()) {
      message += "; it belongs to [" + std::string(elsewhere->table) + "]";
    } else {
      message += "; [" + table + "] has";
      for (std::size_t i = 0; i < names.size(); ++i)
        message += (i == 0 ? " " : ", ") + std::string(names[i]);
    }
    problem(entry.key_place, message);
  }

  void check_required() {
    for (const Key& key : keys()) {
      if (!key.required) continue;
      const TableRule& rule = *find_table(key.table);
      const bool listed = rule.listed;
      for (std::size_t i = 0; i < rule.size(loaded_.config); ++i) {
        if (loaded_.origins.contains(full_name(key, i)) || !belongs(key, loaded_.config, i))
          continue;
        if (told_.contains(full_name(key, i)) || told_.contains(std::string(key.table))) continue;
        const std::string table =
            std::string(listed ? "[[" : "[") + std::string(key.table) + (listed ? "]]" : "]");
        problem(listed ? list_places_[std::string(key.table)][i] : anchor(key.table),
                std::string(key.table) + "." + std::string(key.name) + " is missing; write " +
                    expectation(key) + " below " + table);
      }
    }
  }

  // A driver's key that its kind does not have.
  void check_kinds() {
    for (const Key& key : keys()) {
      for (std::size_t i = 0; !key.kinds.empty() && i < loaded_.config.drivers.size(); ++i) {
        const auto origin = loaded_.origins.find(full_name(key, i));
        if (origin == loaded_.origins.end() || belongs(key, loaded_.config, i)) continue;
        if (loaded_.config.drivers[i].kind.empty()) continue;  // that is told
        problem(origin->second, "driver." + std::string(key.name) + ": a driver of the kind \"" +
                                    loaded_.config.drivers[i].kind + "\" has no such key");
      }
    }
  }

  // The table if it stands anywhere, else the start of the main file.
  Place anchor(std::string_view table) const {
    const auto found = table_places_.find(std::string(table));
    return found != table_places_.end() ? found->second : Place{main_.string(), 1, 1};
  }

  void problem(Place place, std::string message) {
    problems_.push_back({std::move(place), std::move(message)});
  }

  const std::filesystem::path main_;
  Loaded loaded_;
  std::vector<Problem> problems_;
  bool all_read_ = true;
  std::set<std::string> told_;  // keys and tables of which something is wrong: they are not missing
  std::map<std::string, Place> table_places_;
  std::map<std::string, std::vector<Place>> list_places_;  // one per [[table]]
};

}  // namespace

std::string to_text(const ConfigErrors& errors) {
  std::string text;
  for (const Problem& problem : errors.problems) text += to_text(problem) + "\n";
  return text;
}

Result<Loaded, ConfigErrors> load_with_origins(const std::filesystem::path& file) {
  // Absolute, so that relative paths inside do not depend on where the process stands later.
  std::error_code error;
  auto absolute = std::filesystem::absolute(file, error);
  return Loader(error ? file : absolute.lexically_normal()).run();
}

Result<Config, ConfigErrors> load(const std::filesystem::path& file) {
  auto loaded = load_with_origins(file);
  if (!loaded) return Unexpected{loaded.error()};
  return std::move(loaded->config);
}

namespace {

struct NamedFile {
  std::string name;
  bool of_source = false;  // its driver waits for it; the agent starts without
  std::filesystem::path path;
  Place place;
};

// What a running driver looks for, again and again. A web hook's secret is read at the start.
bool is_of_source(const Key& key) {
  return key.table == "driver" && key.name != "secret_file";
}

// What the configuration names and neither the agent nor the installer makes.
std::vector<NamedFile> named_files(const Loaded& loaded) {
  std::vector<NamedFile> files;
  for (const Key& key : keys()) {
    if (key.form != Form::path && key.form != Form::secret_path) continue;
    if (key.name.ends_with("directory") || key.name == "socket") continue;
    const std::size_t tables = find_table(key.table)->size(loaded.config);
    for (std::size_t i = 0; i < tables; ++i) {
      const std::string name = full_name(key, i);
      const auto origin = loaded.origins.find(name);
      if (origin == loaded.origins.end()) continue;
      files.push_back({name, is_of_source(key),
                       std::get<std::string>(current(key, loaded.config, i)), origin->second});
    }
  }
  return files;
}

bool is_unpassed_credential(const NamedFile& file) {
  return std::getenv("CREDENTIALS_DIRECTORY") == nullptr &&
         file.path.parent_path() == credentials_directory();
}

// Empty: it can.
std::string why_unreadable(const NamedFile& file) {
  std::error_code unknown;
  if (access(file.path.c_str(), R_OK) != 0) {
    return " cannot be read: " + std::string(std::strerror(errno)) +
           "; it must be readable by the user the agent runs as";
  }
  if (std::filesystem::is_directory(file.path, unknown)) {
    return " is a directory; name the file in it";
  }
  return {};
}

}  // namespace

std::vector<Problem> missing_files(const Loaded& loaded) {
  std::vector<Problem> problems;
  for (const NamedFile& file : named_files(loaded)) {
    if (file.of_source || is_unpassed_credential(file)) continue;
    if (const std::string why = why_unreadable(file); !why.empty()) {
      problems.push_back({file.place, file.name + ": " + file.path.string() + why});
    }
  }
  return problems;
}

std::vector<Problem> unknown_files(const Loaded& loaded) {
  std::vector<Problem> warnings;
  for (const NamedFile& file : named_files(loaded)) {
    if (is_unpassed_credential(file)) {
      if (access(file.path.c_str(), R_OK) == 0) continue;
      const std::string name = file.path.filename().string();
      warnings.push_back({file.place, file.name + ": \"" + std::string(credential_prefix) + name +
                                          "\" is only known when systemd starts the agent; "
                                          "LoadCredential=" +
                                          name + ":FILE is needed in its unit"});
    } else if (file.of_source) {
      const std::string why = why_unreadable(file);
      if (why.empty()) continue;
      warnings.push_back({file.place, file.name + ": " + file.path.string() + why +
                                          ". The agent starts, and the driver is failing until "
                                          "then"});
    }
  }
  return warnings;
}

std::vector<Problem> missing_credentials(const Loaded& loaded) {
  std::vector<Problem> problems;
  for (const NamedFile& file : named_files(loaded)) {
    if (!is_unpassed_credential(file) || access(file.path.c_str(), R_OK) == 0) continue;
    problems.push_back(
        {file.place, file.name + ": \"" + std::string(credential_prefix) +
                         file.path.filename().string() +
                         "\" is a systemd credential, but none are passed to this "
                         "process; add LoadCredential= to the unit, or name a file"});
  }
  return problems;
}

}  // namespace storeward::config
