// What is EDIFACT about EDIFACT: UNA, UNB, UNG and UNH (ISO 9735, syntax versions 1 to 4).
#include <algorithm>

#include "agent/core/utf8.h"
#include "drivers/formats/edi/envelope.h"

namespace storeward {
namespace {

constexpr std::size_t una_bytes = 9;

EdiSyntax without_una() {
  return {.element = '+', .component = ':', .release = '?', .terminator = "'"};
}

bool is_service(char c) {
  return is_edi_separator(c) || c == ' ' || c == '\n' || c == '\r';
}

bool is_una(std::string_view bytes) {
  return bytes.size() >= una_bytes && bytes.starts_with("UNA") && is_edi_separator(bytes[3]) &&
         is_edi_separator(bytes[4]) &&
         std::all_of(bytes.begin() + 5, bytes.begin() + una_bytes, is_service);
}

bool is_start(std::string_view bytes) {
  if (is_una(bytes)) return true;
  return bytes.size() >= 4 && bytes.starts_with("UNB") && is_edi_separator(bytes[3]);
}

EdiStart read_una(std::string_view bytes) {
  EdiStart start{.kind = EdiStart::Kind::advice, .fixed_bytes = una_bytes};
  const auto used = [](char c) { return c == ' ' ? '\0' : c; };
  start.syntax = {.element = bytes[4],
                  .component = bytes[3],
                  .repetition = used(bytes[7]),
                  .release = used(bytes[6]),
                  .decimal = bytes[5],
                  .terminator = std::string(1, bytes[8]),
                  .una = std::string(bytes.substr(0, una_bytes))};
  if (bytes[8] == '\r') start.syntax.terminator = "\n";
  const char separators[] = {bytes[3], bytes[4], bytes[6], bytes[8]};
  for (std::size_t i = 0; i < 4; ++i) {
    if (bytes[8] == ' ' || std::count(separators, separators + 4, separators[i]) > 1) return {};
  }
  return start;
}

EdiStart read_start(std::string_view bytes, const EdiSyntax* before) {
  if (bytes.starts_with("UNA")) return read_una(bytes);
  EdiStart start{.kind = EdiStart::Kind::interchange};
  start.syntax = before != nullptr ? *before : without_una();
  if (bytes[3] != start.syntax.element) return {};
  // Syntax version 4 has repetitions; below it their character is text.
  const std::string_view identifier = edi_element(bytes, start.syntax, 1);
  const std::string_view version = edi_component(identifier, start.syntax, 2);
  if (version != "4") start.syntax.repetition = '\0';
  if (version == "4" && before == nullptr) start.syntax.repetition = '*';
  return start;
}

std::optional<EdiSyntax> guess(std::string_view bytes) {
  if (is_una(bytes)) return without_una();  // one that contradicts itself
  if (bytes.size() < 4 || bytes[3] != '+' || !is_edi_tag(bytes.substr(0, 3))) return std::nullopt;
  return without_una();
}

// Three characters; more is no version, and would be glued to the other part.
std::string version_part(const std::string& text) {
  return std::string(utf8_prefix(text, 3));
}

EdiFacts facts(const EdiSyntax& syntax, std::string_view unb, std::string_view ung,
               std::string_view unh) {
  const auto of = [&syntax](std::string_view segment, std::size_t element, std::size_t component) {
    return edi_unreleased(edi_component(edi_element(segment, syntax, element), syntax, component),
                          syntax.release);
  };
  return {.sender = of(unb, 2, 1),
          .receiver = of(unb, 3, 1),
          .control = of(unb, 5, 1),
          .date = edi_date(of(unb, 4, 1)),
          .group = of(ung, 5, 1),
          .set = of(unh, 2, 1),
          .version = version_part(of(unh, 2, 2)) + version_part(of(unh, 2, 3)),
          .set_control = of(unh, 1, 1),
          .test = of(unb, 11, 1) == "1"};
}

EdiCharset charset(const EdiSyntax& syntax, std::string_view unb) {
  using Kind = EdiCharset::Kind;
  const std::string_view name = edi_component(edi_element(unb, syntax, 1), syntax, 1);
  if (name.size() != 4 || !name.starts_with("UNO") || !is_edi_tag(name)) return {};
  EdiCharset charset{.kind = Kind::other, .name = std::string(name)};
  if (name == "UNOA" || name == "UNOB") charset.kind = Kind::ascii;
  if (name == "UNOC") charset.kind = Kind::latin_1;
  if (name == "UNOW" || name == "UNOY") charset.kind = Kind::utf_8;
  return charset;
}

}  // namespace

const EdiStandard& edifact_standard() {
  static const EdiStandard standard{.name = "EDIFACT",
                                    .interchange = "UNB",
                                    .group = "UNG",
                                    .set = "UNH",
                                    .set_end = "UNT",
                                    .group_end = "UNE",
                                    .interchange_end = "UNZ",
                                    .lone = {},
                                    .set_control_element = 1,
                                    .group_control_element = 5,
                                    .interchange_control_element = 5,
                                    .plain_header = false,
                                    .groups_needed = false,
                                    .periods = true,
                                    .is_start = is_start,
                                    .read_start = read_start,
                                    .guess = guess,
                                    .facts = facts,
                                    .charset = charset,
                                    .answer = edifact_answer};
  return standard;
}

}  // namespace storeward
