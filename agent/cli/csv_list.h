// Lists as CSV (RFC 4180: a header line, CRLF at line ends) for a back office's spreadsheet. What a
// spreadsheet would take for a formula is written as text (agent/core/csv_text.h).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string_view>

#include "agent/cli/subcommand.h"

namespace storeward::cli {

// --csv, which goes without --json.
void add_csv_flag(CLI::App& command, bool& csv);

// Prints a line for each element of the answers' list `name`: its members `columns`, in this order.
// `request` asks for a portion (`from`, `limit`, answered with `next`); it is asked until all are
// printed, or `limit` of them.
ExitCode print_csv(const Options& options, nlohmann::json request, std::string_view name,
                   std::span<const std::string_view> columns, std::optional<std::uint64_t> limit);

}  // namespace storeward::cli
