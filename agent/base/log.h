// The one logger (the only global). Lines go to standard error, where systemd's journal takes them;
// with --log-json each is one JSON object. Never log a payload: only ids, counts, places, reasons.
#pragma once

#include <spdlog/spdlog.h>

#include <string>
#include <string_view>

namespace storeward::log {

enum class Format { text, json };

// Appends a text in quotes, escaped (RFC 8259); what is no UTF-8 replaced.
using AppendJson = void (*)(std::string& out, std::string_view text);

// Once, before the first line. level: trace, debug, info, warn, error. `append_json` is the core's,
// which this leaf cannot include: what a message quotes must not end it or forge a member.
void start(Format format, std::string_view level, AppendJson append_json);

void set_level(std::string_view level);

// As now, for a process that logs to the same place.
Format format();
std::string level();

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

}  // namespace storeward::log
