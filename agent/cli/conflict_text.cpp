#include "agent/cli/conflict_text.h"

#include "agent/base/json_dump.h"
#include "agent/cli/terminal.h"
#include "agent/core/utf8.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

constexpr std::size_t longest_value = 200;  // bytes; a whole line of a sale may be missing

std::string value_text(const json& difference, const char* which) {
  if (!difference.contains(which)) return "(not there)";
  const std::string text = dumped(difference[which]);
  const std::string_view shown = utf8_prefix(text, longest_value);
  return printable(std::string(shown)) + (shown.size() < text.size() ? " …" : "");
}

std::string place_of(const json& earlier) {
  if (!earlier.contains("stream")) return "in an epoch that has drained and gone";
  return "stream " + earlier.value("stream", "") + ", sequence " +
         std::to_string(earlier.value("sequence", std::uint64_t{0})) + ", epoch " +
         earlier.value("epoch", "");
}

std::string source_of(const json& earlier) {
  std::string text = printable(earlier.value("source", ""));
  const json origin = earlier.value("origin", json::object());
  const auto known = [&origin](const char* name) {
    const json found = origin.value(name, json());
    return found.is_string() ? printable(found.get<std::string>()) : std::string();
  };
  if (const std::string driver = known("driver"); !driver.empty()) text += ", driver " + driver;
  if (const std::string file = known("file"); !file.empty()) text += ", " + file;
  return text;
}

std::string differences_text(const json& earlier) {
  if (!earlier.contains("differences")) {
    return "What came now cannot be read as an event, so it cannot be compared field by field.\n";
  }
  if (earlier["differences"].empty()) return "No field that is kept differs.\n";
  std::string text = "What differs (of what is kept: masked):\n";
  for (const json& difference : earlier["differences"]) {
    text += "  " + printable(difference.value("field", "")) + "\n    earlier  " +
            value_text(difference, "earlier") + "\n    now      " +
            value_text(difference, "later") + "\n";
  }
  if (earlier.value("more_differences", false)) text += "  … and more\n";
  return text;
}

std::string next_step(const json& exception) {
  if (exception.value("state", "") != "open") return {};
  return std::string(
             "If it corrects the earlier one, give it the next \"revision\" (storeward exceptions "
             "edit,\nthen retry). If the two are different things, ") +
         (exception.contains("template") ? "put what tells them apart into the template's key"
                                         : "its source must give it another id") +
         ".\nIf it is a mistake, discard it: the earlier one stands.\n";
}

}  // namespace

std::string conflict_text(const json& exception) {
  const json earlier = exception.value("accepted_earlier", json::object());
  std::string text = "Accepted earlier: ";
  if (!earlier.value("held", false)) {
    text +=
        printable(exception.value("id", "")) + ", " + place_of(earlier) +
        ".\nThe hub has confirmed it, and it is no longer kept here, only its digest: what differs "
        "cannot be shown.\nThe hub's operator can find it by its number.\n";
  } else {
    text += printable(earlier.value("id", "")) + " at " + earlier.value("recordedtime", "") +
            "\n  from " + source_of(earlier) + "\n  " + place_of(earlier) + "\n" +
            differences_text(earlier);
  }
  return text + next_step(exception);
}

}  // namespace storeward::cli
