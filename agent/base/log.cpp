#include "agent/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <string>

namespace storeward::log {
namespace {

Format chosen = Format::text;

}  // namespace

void start(Format format, std::string_view level) {
  chosen = format;
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("storeward", std::move(sink));
  logger->set_level(spdlog::level::from_str(std::string(level)));
  logger->set_pattern(format == Format::json
                          ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":"%v"})"
                          : "%Y-%m-%dT%H:%M:%S.%e %l %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void set_level(std::string_view level) {
  spdlog::default_logger()->set_level(spdlog::level::from_str(std::string(level)));
}

Format format() {
  return chosen;
}

std::string level() {
  const auto name = spdlog::level::to_string_view(spdlog::default_logger()->level());
  return {name.data(), name.size()};
}

}  // namespace storeward::log
