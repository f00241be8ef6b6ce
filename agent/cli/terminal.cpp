#include "agent/cli/terminal.h"

#include <unistd.h>

#include <cstdlib>

namespace storeward::cli {
namespace {

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool colours() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && !is_set("NO_COLOR") &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "32";
    case Tone::warn:
      return "33";
    case Tone::bad:
      return "1;31";
    case Tone::quiet:
      return "2";
    case Tone::plain:
      break;
  }
  return "0";
}

std::string without_controls(std::string text, bool keep_line_breaks) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (keep_line_breaks && byte == '\n') continue;
    if (byte < 0x20 || byte == 0x7F) text[i] = '?';
    if (byte == 0xC2 && next >= 0x80 && next < 0xA0) text.replace(i, 2, "?");
  }
  return text;
}

}  // namespace

std::string painted(std::string_view text, Tone tone) {
  static const bool coloured = colours();
  if (!coloured || tone == Tone::plain) return std::string(text);
  return "\x1b[" + std::string(code_of(tone)) + "m" + std::string(text) + "\x1b[0m";
}

std::string printable(std::string text) {
  return without_controls(std::move(text), false);
}

std::string printable_lines(std::string text) {
  return without_controls(std::move(text), true);
}

}  // namespace storeward::cli
