#include "drivers/source/agent_pipe.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "agent/core/json_text.h"

namespace storeward::source {
namespace {

using nlohmann::json;
using Steady = std::chrono::steady_clock;

constexpr Millis heartbeat{2'000};
constexpr Millis for_ever{1'000 * 3600 * 24};
constexpr std::string_view alive = "{}\n";
constexpr std::string_view health_ok = "{\"health\":\"ok\"}\n";

std::map<std::string, std::string, std::less<>> texts_of(const json& object) {
  std::map<std::string, std::string, std::less<>> texts;
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) texts.emplace(name, value.get<std::string>());
  }
  return texts;
}

std::string base64(std::string_view bytes) {
  static constexpr char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k > bytes.size() ? '=' : digits[group >> (18 - 6 * k) & 63];
    }
  }
  return text;
}

}  // namespace

std::string Hello::setting(std::string_view name) const {
  const auto found = settings.find(name);
  return found == settings.end() ? "" : found->second;
}

DeliveryLine::DeliveryLine(std::string_view id) : text_("{") {
  text("id", id);
}

void DeliveryLine::name(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  json_text::append_string(text_, name);
  text_ += ':';
}

void DeliveryLine::text(std::string_view member, std::string_view value) {
  name(member);
  json_text::append_string(text_, value);
}

void DeliveryLine::values(const std::map<std::string, std::string, std::less<>>& values) {
  name("values");
  text_ += '{';
  for (const auto& [key, value] : values) {
    if (text_.back() != '{') text_ += ',';
    json_text::append_string(text_, key);
    text_ += ':';
    json_text::append_string(text_, value);
  }
  text_ += '}';
}

void DeliveryLine::body(std::string_view bytes) {
  text("body_base64", base64(bytes));
}

void DeliveryLine::cursor(std::string_view key, std::string_view value) {
  name("cursor");
  text_ += R"({"key":)";
  json_text::append_string(text_, key);
  text_ += R"(,"value":)";
  json_text::append_string(text_, value);
  text_ += '}';
}

void DeliveryLine::raw(std::string_view member, std::string_view json) {
  name(member);
  text_ += json;
}

std::string DeliveryLine::line() && {
  return std::move(text_) + "}\n";
}

std::optional<Hello> AgentPipe::hello() {
  std::string line;
  if (hear(for_ever, line) != Heard::line) return std::nullopt;
  const json said = json::parse(line, nullptr, false);
  if (!said.is_object() || said.value("hello", 0) != 1) return std::nullopt;
  return Hello{.driver = said.value("driver", ""),
               .max_line_bytes = said.value("max_line_bytes", std::size_t{0}),
               .cursors = texts_of(said.value("cursors", json::object())),
               .settings = texts_of(said.value("config", json::object()))};
}

bool AgentPipe::say(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = ::write(out_, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool AgentPipe::hand_in(std::string line) {
  std::string answer;
  while (unanswered_ >= most_unanswered) {
    if (hear(for_ever, answer) == Heard::gone || !take(answer)) return false;
  }
  ++unanswered_;
  return say(line);
}

bool AgentPipe::settle() {
  std::string answer;
  while (unanswered_ > 0) {
    if (hear(for_ever, answer) == Heard::gone || !take(answer)) return false;
  }
  return true;
}

bool AgentPipe::wait(Millis time) {
  const auto until = Steady::now() + time;
  std::string line;
  for (;;) {
    if (!say(alive)) return false;
    const auto left = std::chrono::duration_cast<Millis>(until - Steady::now());
    if (left <= Millis{0} || decision_) return true;
    const Heard heard = hear(std::min(left, heartbeat), line);
    if (heard == Heard::gone || (heard == Heard::line && !take(line))) return false;
  }
}

bool AgentPipe::take(const std::string& line) {
  const json said = json::parse(line, nullptr, false);
  if (!said.is_object()) return false;
  if (said.contains("answer")) {
    decision_ = said.value("answer", "");
  } else if (unanswered_ > 0) {
    --unanswered_;
  }
  return true;
}

AgentPipe::Heard AgentPipe::hear(Millis patience, std::string& line) {
  const auto until = Steady::now() + patience;
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return Heard::line;
    }
    const auto left = std::chrono::duration_cast<Millis>(until - Steady::now());
    pollfd in{in_, POLLIN, 0};
    const int ready = ::poll(&in, 1, static_cast<int>(std::max<Millis::rep>(0, left.count())));
    if (ready == 0) return Heard::nothing;
    std::array<char, 16384> bytes;
    const ssize_t got = ready < 0 ? -1 : ::read(in_, bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Heard::gone;
    unread_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

bool AgentPipe::say_health(std::string line) {
  if (said_health_ == line) return true;
  said_health_ = std::move(line);
  return say(said_health_);
}

bool AgentPipe::healthy() {
  return say_health(std::string(health_ok));
}

bool AgentPipe::failing(std::string_view why) {
  std::string line = R"({"health":"failing","detail":)";
  json_text::append_string(line, why);
  return say_health(line + "}\n");
}

bool AgentPipe::ask(std::string_view question, const std::vector<std::string>& answers) {
  std::string line = R"({"ask":)";
  json_text::append_string(line, question);
  line += R"(,"answers":[)";
  for (const std::string& answer : answers) {
    if (&answer != answers.data()) line += ',';
    json_text::append_string(line, answer);
  }
  return say_health(line + "]}\n");
}

std::optional<std::string> AgentPipe::take_decision() {
  return std::exchange(decision_, std::nullopt);
}

}  // namespace storeward::source
