#include "agent/base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <string>

namespace storeward::log {
namespace {

Format chosen = Format::text;

// "%*" in a pattern: the message as a JSON string; spdlog's own %v escapes nothing.
class MessageAsJson final : public spdlog::custom_flag_formatter {
 public:
  explicit MessageAsJson(AppendJson append_json) : append_json_(append_json) {}

  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& line) override {
    std::string text;
    append_json_(text, {message.payload.data(), message.payload.size()});
    line.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<MessageAsJson>(append_json_);
  }

 private:
  AppendJson append_json_;
};

std::unique_ptr<spdlog::formatter> json_lines(AppendJson append_json) {
  auto lines = std::make_unique<spdlog::pattern_formatter>();
  lines->add_flag<MessageAsJson>('*', append_json)
      .set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":%*})");
  return lines;
}

}  // namespace

void start(Format format, std::string_view level, AppendJson append_json) {
  chosen = format;
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("storeward", std::move(sink));
  logger->set_level(spdlog::level::from_str(std::string(level)));
  if (format == Format::json) {
    logger->set_formatter(json_lines(append_json));
  } else {
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  }
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
