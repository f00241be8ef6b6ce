// Loading the configuration: storeward.toml plus conf.d/*.toml beside it, in order of name. A key
// that stands twice: the later file wins. Lists of tables ([[http.client]]) append. Strict: an
// unknown key, a wrong type or value is an error; all errors are reported at once, each with its
// place.
//
// Relative paths are relative to the directory of the file that names them. Secrets are files, or
// systemd credentials written as "credential:NAME"; never the secret itself.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/base/result.h"
#include "config/config.h"
#include "config/document.h"

namespace storeward::config {

struct ConfigErrors {
  std::vector<Problem> problems;  // never empty
};

std::string to_text(const ConfigErrors& errors);  // one line each

// A configuration and where each of its keys was said: "hub.url", "http.client[0].name"; a key that
// is not in the map has its default.
struct Loaded {
  Config config;
  std::map<std::string, Place> origins;
  std::vector<std::filesystem::path> files;
};

Result<Loaded, ConfigErrors> load_with_origins(const std::filesystem::path& file);
Result<Config, ConfigErrors> load(const std::filesystem::path& file);

// Whether the files that are named exist and can be read by this process. Apart
// from load() because a technician may read the configuration but not the secrets.
// Credentials count as there where systemd passes none: they exist for the service alone.
std::vector<Problem> missing_files(const Loaded& loaded);

// What cannot be told here, or comes and goes: credentials of systemd outside its service, and what
// a driver reads its source from. No mistake; the agent starts.
std::vector<Problem> unknown_files(const Loaded& loaded);

// Credentials that the agent needs and systemd does not pass to this process.
std::vector<Problem> missing_credentials(const Loaded& loaded);

}  // namespace storeward::config
