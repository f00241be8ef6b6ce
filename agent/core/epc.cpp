#include "agent/core/epc.h"

#include <array>
#include <charconv>
#include <optional>

#include "agent/base/ascii.h"
#include "agent/core/gs1_identifiers.h"
#include "agent/core/percent_text.h"

namespace storeward {
namespace {

// The item reference begins with the indicator digit, which a GTIN has in front (TDS 7.1).
std::optional<std::string> gtin_of(std::string_view prefix, std::string_view item) {
  const bool fits = prefix.size() >= 6 && prefix.size() <= 12 && !item.empty() &&
                    prefix.size() + item.size() == 13 && all_digits(prefix) && all_digits(item);
  if (!fits) return std::nullopt;
  std::string gtin(item.substr(0, 1));
  gtin.append(prefix).append(item.substr(1));
  gtin.push_back(gs1::check_digit_of(gtin));
  return gtin;
}

// `count` bits of the hex digits from bit `from` on, the first being the highest.
std::uint64_t bits(std::string_view digits, std::size_t from, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t bit = from; bit < from + count; ++bit) {
    const auto nibble = static_cast<unsigned>(hex_value(digits[bit / 4]));
    value = value << 1 | (nibble >> (3 - bit % 4) & 1u);
  }
  return value;
}

std::string padded(std::uint64_t value, std::size_t digits) {
  std::string text = std::to_string(value);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

// TDS 14.5.1: header 8 bits, filter 3, partition 3, company prefix and item 44, serial 38.
Result<Epc> read_sgtin_96(std::string_view digits) {
  struct Partition {
    std::size_t prefix_bits, prefix_digits;
  };
  constexpr std::array<Partition, 7> partitions = {
      {{40, 12}, {37, 11}, {34, 10}, {30, 9}, {27, 8}, {24, 7}, {20, 6}}};
  constexpr std::uint64_t header = 0x30;
  if (bits(digits, 0, 8) != header) return fail("a tag that is no SGTIN-96");
  const std::uint64_t partition = bits(digits, 11, 3);
  if (partition >= partitions.size())
    return fail("an SGTIN-96 with a partition that is not defined");
  const auto [prefix_bits, prefix_digits] = partitions[partition];
  const std::size_t item_digits = 13 - prefix_digits;
  const std::string prefix = padded(bits(digits, 14, prefix_bits), prefix_digits);
  const std::string item = padded(bits(digits, 14 + prefix_bits, 44 - prefix_bits), item_digits);
  const auto gtin = gtin_of(prefix, item);
  if (!gtin) return fail("an SGTIN-96 with a number too large for its partition");
  return Epc{.gtin = *gtin, .serial = std::to_string(bits(digits, 58, 38)), .lot = {}};
}

enum class Urn : std::uint8_t { serial, pattern, lot, tag };

struct Scheme {
  std::string_view begins;
  Urn kind;
  std::size_t longest;  // serial or lot
};
constexpr std::size_t longest_serial = 20;
constexpr std::size_t longest_of_third_party = 28;

// "PREFIX.ITEM.SERIAL", of a tag with the filter before it.
Result<Epc> read_urn(const Scheme& scheme, std::string_view body) {
  const Urn kind = scheme.kind;
  const auto next = [&body] {
    const std::size_t dot = body.find('.');
    const std::string_view part = body.substr(0, dot);
    body.remove_prefix(dot == std::string_view::npos ? body.size() : dot + 1);
    return part;
  };
  if (kind == Urn::tag) {
    const std::string_view filter = next();
    if (filter.size() != 1 || filter < "0" || filter > "7")
      return fail("an EPC without its filter");
  }
  const std::string_view prefix = next(), item = next();
  const auto gtin = gtin_of(prefix, item);
  if (!gtin) return fail("an EPC whose company prefix and item are not 13 digits");
  const auto last = percent_decoded(body);  // / % and a few more are shielded (TDS 6.3.1)
  if (!last || last->empty()) return fail("an EPC without its serial or lot");
  if (last->size() > scheme.longest) return fail("an EPC with a serial or lot that is too long");
  Epc epc{.gtin = *gtin, .serial = {}, .lot = {}};
  if (kind == Urn::lot) {
    epc.lot = *last;
  } else if (kind != Urn::pattern || *last != "*") {
    epc.serial = *last;
  }
  return epc;
}

}  // namespace

Result<Epc> read_epc(std::string_view epc) {
  constexpr Scheme schemes[] = {
      {"urn:epc:id:sgtin:", Urn::serial, longest_serial},
      {"urn:epc:idpat:sgtin:", Urn::pattern, longest_serial},
      {"urn:epc:class:lgtin:", Urn::lot, longest_serial},
      {"urn:epc:id:upui:", Urn::serial, longest_of_third_party},
      {"urn:epc:idpat:upui:", Urn::pattern, longest_of_third_party},
      {"urn:epc:tag:sgtin-96:", Urn::tag, longest_serial},
      {"urn:epc:tag:sgtin-198:", Urn::tag, longest_serial},
  };
  for (const Scheme& scheme : schemes) {
    if (epc.starts_with(scheme.begins)) return read_urn(scheme, epc.substr(scheme.begins.size()));
  }
  if (epc.starts_with("urn:epc:id:itip:") || epc.starts_with("urn:epc:idpat:itip:")) {
    return fail("a piece of an item (ITIP), which counts for nothing without the others");
  }
  if (epc.starts_with("urn:")) return fail("an EPC that names no goods (no SGTIN, UPUI or LGTIN)");
  constexpr std::size_t digits = 24;
  for (const char c : epc) {
    if (!is_hex_digit(c)) return fail("neither hex digits of a tag nor a URN");
  }
  if (epc.size() != digits) return fail("a tag of another length than 96 bits");
  return read_sgtin_96(epc);
}

}  // namespace storeward
