#include "agent/runtime/said_by_drivers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/base/ascii.h"

namespace storeward {
namespace {

struct Saying {
  std::string_view name;  // ending in a dot: all that begin so
  std::vector<std::string_view> kinds;
};

const std::array<Saying, 11> sayings = {{
    {"file", {"file_drop", "http", "mqtt", "sql"}},
    {"modifiedAt", {"file_drop"}},
    {"receivedAt", {"http", "tcp", "serial"}},
    {"sequence", {"tcp", "serial"}},
    {"remote", {"tcp", "serial"}},
    {"connection", {"tcp"}},
    {"delivery", {"mqtt", "sql"}},
    {"topic", {"mqtt"}},
    {"topic.", {"mqtt"}},
    {"retained", {"mqtt"}},
    {"header.", {"http"}},
}};

const Saying* saying_of(std::string_view name) {
  const auto found = std::ranges::find_if(sayings, [&](const Saying& saying) {
    return saying.name.ends_with('.') ? name.starts_with(saying.name) : name == saying.name;
  });
  return found == sayings.end() ? nullptr : &*found;
}

bool is_configured(std::string_view name, const config::Driver& driver) {
  return std::ranges::any_of(
      driver.values, [&](std::string_view pair) { return pair.substr(0, pair.find('=')) == name; });
}

bool is_named_header(std::string_view name, const config::Driver& driver) {
  const auto is_it = [&](const std::string& header) { return "header." + lowered(header) == name; };
  return is_it(driver.topic_header) || std::ranges::any_of(driver.headers, is_it);
}

bool may_say(const config::Driver& driver, std::string_view name) {
  if (driver.kind == "exec") return true;  // each of its deliveries may bring values of its own
  const Saying* const saying = saying_of(name);
  if (saying == nullptr || is_configured(name, driver)) return true;  // else: a name of the user's
  if (std::ranges::find(saying->kinds, driver.kind) == saying->kinds.end()) return false;
  return saying->name != "header." || is_named_header(name, driver);
}

// The value for want of which this is never there, or never whole.
std::optional<std::string> unsaid_in(const mapping::Expression& value,
                                     const config::Driver& driver) {
  switch (value.origin) {
    case mapping::Origin::given:
      if (may_say(driver, value.text)) return std::nullopt;
      return value.text;
    case mapping::Origin::join:
      for (const mapping::Expression& part : value.parts) {
        if (auto unsaid = unsaid_in(part, driver)) return unsaid;
      }
      return std::nullopt;
    case mapping::Origin::first: {
      std::optional<std::string> unsaid;
      for (const mapping::Expression& part : value.parts) {
        const auto of_part = unsaid_in(part, driver);
        if (!of_part) return std::nullopt;
        if (!unsaid) unsaid = of_part;
      }
      return unsaid;
    }
    default:
      return std::nullopt;  // of the record
  }
}

std::string words_for(const std::string& name, const config::Driver& driver) {
  if (name.starts_with("header.") && driver.kind == "http") {
    return name + " is said by http only of a header that `headers` names; name it there";
  }
  std::string others = "exec";
  for (const std::string_view kind : saying_of(name)->kinds) others += ", " + std::string(kind);
  return name + " is not said by " + driver.kind + " (but by " + others + ")";
}

}  // namespace

std::string unsaid_in_keys(const mapping::Template& mapping, const config::Driver& driver) {
  for (const mapping::EventRule& rule : mapping.events) {
    for (const mapping::Expression& part : rule.key) {
      const auto unsaid = unsaid_in(part, driver);
      if (!unsaid) continue;
      return "the key of its event " + rule.name + " needs {value = \"" + *unsaid +
             "\"}: " + words_for(*unsaid, driver) +
             ". Without it different records would have one id, and be lost as duplicates; take a "
             "template whose key is made of what the record or a header says";
    }
  }
  return {};
}

}  // namespace storeward
