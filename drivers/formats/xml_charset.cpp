#include "drivers/formats/xml_charset.h"

#include "agent/base/ascii.h"
#include "agent/core/utf8.h"

namespace storeward {
namespace {

struct Name {
  std::string_view declared, encoding;
};

constexpr Name names[] = {{"utf-8", "utf-8"},
                          {"utf8", "utf-8"},
                          {"us-ascii", "utf-8"},
                          {"iso-8859-1", "iso-8859-1"},
                          {"latin1", "iso-8859-1"},
                          {"iso-8859-15", "iso-8859-15"},
                          {"windows-1252", "windows-1252"},
                          {"cp1252", "windows-1252"}};

}  // namespace

std::optional<TextEncoding> xml_charset(std::string_view name) {
  const std::string lower = lowered(name);
  for (const Name& known : names) {
    if (known.declared == lower) return TextEncoding::named(known.encoding).value();
  }
  return std::nullopt;
}

bool is_xml_text(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    const auto byte = static_cast<unsigned char>(utf8[at]);
    if (byte < 0x80) {
      if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return false;
      ++at;
      continue;
    }
    const std::size_t length = utf8_length(utf8, at);
    const std::string_view character = utf8.substr(at, length);
    if (length == 0 || character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF") return false;
    at += length;
  }
  return true;
}

}  // namespace storeward
