// The scan vectors of the GS1 syntax engine, from the sample data beside the project; skipped with
// a word where they are absent.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "agent/core/gs1.h"
#include "agent/core/gs1_identifiers.h"
#include "tests/support/sample_data.h"

namespace storeward::gs1 {
namespace {

constexpr int year = 2026;

// The engine's own writing: ^ before the first element and behind those of no predefined length.
std::string message_of(const std::vector<Element>& elements) {
  std::string message = "^";
  bool separate = false;
  for (const Element& element : elements) {
    if (separate) message += '^';
    message += element.identifier + element.value;
    separate = !(identifier_at(element.identifier)->traits & Identifier::predefined);
  }
  return message;
}

std::string message_of_scan(const Scan& scan, std::string_view input) {
  if (scan.symbology == Symbology::ean_13 || scan.symbology == Symbology::ean_8) {
    const std::string digits = scan.gtin.substr(scan.symbology == Symbology::ean_13 ? 1 : 6);
    return scan.elements.empty() ? digits : digits + "|" + message_of(scan.elements);
  }
  if (!scan.elements.empty() && input.find("://") == std::string_view::npos) {
    return message_of(scan.elements);
  }
  // Plain data: the engine shields a ^ at its beginning, and we have read its Digital Links
  // already.
  const std::string plain(scan.elements.empty() ? scan.plain : input.substr(3));
  const std::size_t first = plain.find_first_not_of('\\');
  return first != std::string::npos && plain[first] == '^' ? "\\" + plain : plain;
}

std::string_view symbology_in_vectors(Symbology symbology) {
  switch (symbology) {
    case Symbology::ean_13:
      return "EAN13";
    case Symbology::ean_8:
      return "EAN8";
    case Symbology::code_128:
      return "GS1_128_CCA";
    case Symbology::databar:
      return "DataBarExpanded";
    case Symbology::data_matrix:
      return "DM";
    case Symbology::qr:
      return "QR";
    case Symbology::dot_code:
      return "DotCode";
    default:
      return "NONE";
  }
}

// What the engine refuses or takes by an option of the caller.
const char* optional(std::string_view input, bool valid) {
  if (input == "https://a/gtin/12312312312333" && !valid) {
    return "short names are taken (permitConvenienceAlphas)";
  }
  if (input == "https://example.com/01/09520123456788?99=XYZ&89=ABC123" && valid) {
    return "unknown identifiers are not taken (permitUnknownAIs)";
  }
  return nullptr;
}

Elements read(const std::string& kind, std::string input) {
  if (kind == "bracketed_ai") return read_bracketed(input, year);
  if (kind == "digital_link_uri") return read_digital_link(input, year);
  std::replace(input.begin(), input.end(), '^', fnc1);
  return read_element_string(input, year);
}

void check(const nlohmann::json& vector) {
  const std::string input = vector["input"], kind = vector["kind"];
  const bool valid = vector["valid"];
  INFO(kind << " " << input);
  if (optional(input, valid)) return;
  const bool with_message =
      vector.contains("expect_message") && vector["expect_message"].is_string();
  if (kind == "scan_data") {
    const auto scan = read_scan(input, year);
    REQUIRE(scan.has_value() == valid);
    if (!valid) return;
    CHECK(symbology_in_vectors(scan->symbology) == vector["symbology"]);
    CHECK(message_of_scan(*scan, input) == vector["expect_message"]);
    return;
  }
  const Elements elements = read(kind, input);
  REQUIRE(elements.has_value() == valid);
  if (valid && with_message) CHECK(message_of(*elements) == vector["expect_message"]);
}

TEST_CASE("the scan vectors of GS1 are read as GS1 reads them") {
  const auto samples = support::sample_data();
  if (!samples) {
    WARN("skipped: no shared/data beside the project");
    return;
  }
  std::ifstream lines(*samples / "gs1/gs1_scan_vectors_dev.jsonl");
  std::size_t checked = 0;
  for (std::string line; std::getline(lines, line); ++checked) check(nlohmann::json::parse(line));
  CHECK(checked == 140);
}

}  // namespace
}  // namespace storeward::gs1
