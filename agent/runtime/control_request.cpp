#include "agent/runtime/control_request.h"

#include <nlohmann/json.hpp>

#include "agent/base/json_dump.h"
#include "agent/core/json_nesting.h"

namespace storeward {

using nlohmann::json;

namespace {
constexpr std::size_t max_depth = 64;
}

Result<std::string> request_name(std::string_view line) {
  if (nests_deeper_than(line, max_depth)) return fail("the request nests deeper than 64 levels");
  const bool cut = line.find('\0') != line.npos;  // the reader takes a NUL byte for the end
  const json document = cut ? json() : json::parse(line, nullptr, false);
  if (!document.is_object()) return fail("a request is one JSON object on a line");
  const auto name = document.find("request");
  return name != document.end() && name->is_string() ? name->get<std::string>() : std::string();
}

std::string error_answer(std::string_view reason) {
  return dumped(json{{"error", reason}});
}

Result<ReplayCommand> replay_command(std::string_view line, const Epoch& current) {
  json document = json::parse(line, nullptr, false);
  const auto epoch = document.find("epoch");
  const auto* const named =
      epoch != document.end() ? epoch->get_ptr<const std::string*>() : nullptr;
  if (epoch == document.end() || (named != nullptr && named->empty())) document["epoch"] = current;
  document["command"] = "replay";
  return parse_command(document.dump());
}

}  // namespace storeward
