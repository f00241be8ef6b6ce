#include "agent/cli/csv_list.h"

#include <algorithm>
#include <cstdio>

#include "agent/base/json_dump.h"
#include "agent/core/csv_text.h"

namespace storeward::cli {
namespace {

using nlohmann::json;

constexpr std::uint64_t portion = 1000;           // the most that is answered at once
constexpr std::uint64_t most_lines = 10'000'000;  // more than are ever kept

std::string text_of(const json& element, std::string_view column) {
  const auto member = element.find(column);
  if (member == element.end() || member->is_null()) return {};
  if (member->is_string()) return member->get<std::string>();
  return dumped(*member);
}

// `text(column)` of each.
template <typename Text>
void print_line(std::span<const std::string_view> columns, Text text) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) line += ',';
    append_csv_field(line, text(columns[i]));
  }
  line += "\r\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
}

}  // namespace

void add_csv_flag(CLI::App& command, bool& csv) {
  command.add_flag("--csv", csv, "print all of them as CSV, for a spreadsheet")
      ->excludes(command.get_option("--json"));
}

ExitCode print_csv(const Options& options, json request, std::string_view name,
                   std::span<const std::string_view> columns, std::optional<std::uint64_t> limit) {
  bool headed = false;
  for (std::uint64_t left = limit.value_or(most_lines); left > 0;) {
    request["limit"] = std::min(left, portion);
    const json answer = ask_agent_or_store(options, request, patience::lookup);
    printed_as_json(options, answer);  // exits if it is an error
    if (!headed) print_line(columns, [](std::string_view column) { return column; });
    headed = true;
    const json& list = answer[name];
    for (const json& element : list) {
      print_line(columns, [&element](std::string_view column) { return text_of(element, column); });
    }
    left -= std::min<std::uint64_t>(left, list.size());
    request["from"] = answer["next"];
    if (answer["next"].is_null()) break;
  }
  return fine;
}

}  // namespace storeward::cli
