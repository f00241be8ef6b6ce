#include "agent/core/quality_flags.h"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/base/assert.h"
#include "agent/core/json_canonical.h"
#include "agent/core/json_text.h"

namespace storeward {
namespace {

// Minor units of one currency. Absent amounts are 0; `known` is false once a sum cannot be formed.
struct Sum {
  std::int64_t minor = 0;
  bool known = true;

  void add(std::int64_t amount) { known = known && !__builtin_add_overflow(minor, amount, &minor); }
};

std::optional<std::int64_t> minor_of(const JsonTree& tree, const JsonNode* money,
                                     std::string_view currency) {
  if (money == nullptr) return 0;
  const JsonNode* amount = tree.member(*money, "amountMinor");
  if (amount == nullptr || amount->kind != JsonKind::integer) return std::nullopt;
  if (tree.text(*money, "currency") != currency) return std::nullopt;
  return amount->integer;
}

bool is_true(const JsonNode* node) {
  return node != nullptr && node->kind == JsonKind::boolean && node->boolean;
}

// Some write discounts and returned goods within a sale as positive, to be subtracted.
bool may_count_negative(std::string_view kind, bool is_sale) {
  return kind == "discount" || (kind == "return" && is_sale);
}

struct LineSums {
  Sum as_written, subtracted;
};

// None where there is no telling: no line at all, one in another currency, or with discounts of its
// own.
std::optional<LineSums> sums_of(const JsonTree& tree, const JsonNode& lines,
                                std::string_view currency, bool is_sale) {
  if (lines.count == 0) return std::nullopt;
  LineSums sums;
  for (const JsonNode& line : tree.children(lines)) {
    if (tree.member(line, "discounts") != nullptr) return std::nullopt;
    if (is_true(tree.member(line, "voided"))) continue;
    const auto extended = minor_of(tree, tree.member(line, "extended"), currency);
    if (!extended) return std::nullopt;
    const bool negative = may_count_negative(tree.text(line, "kind"), is_sale) && *extended > 0;
    sums.as_written.add(*extended);
    sums.subtracted.add(negative ? -*extended : *extended);
  }
  return sums;
}

// Whether `sum` is `gross` once each of `parts` is added, taken off or left.
bool reaches(const Sum& sum, std::int64_t gross, std::span<const std::int64_t> parts) {
  if (!sum.known) return false;
  if (parts.empty()) return sum.minor == gross;
  for (const std::int64_t part : {std::int64_t{0}, parts.front(), -parts.front()}) {
    Sum next = sum;
    next.add(part);
    if (reaches(next, gross, parts.subspan(1))) return true;
  }
  return false;
}

// Writes `object` with the member `name` as `write_value` does it, in its canonical place.
template <typename WriteValue>
void append_with_member(const JsonTree& tree, const JsonNode& object, std::string_view name,
                        std::string& out, WriteValue write_value) {
  bool due = true;
  const auto write_it = [&] {
    json_text::append_string(out, name);
    out.push_back(':');
    write_value();
    out.push_back(',');
    due = false;
  };
  out.push_back('{');
  for (const JsonNode& member : tree.children(object)) {
    if (due && !canonical_less(member.name, name)) write_it();
    if (member.name == name) continue;
    json_text::append_string(out, member.name);
    out.push_back(':');
    append_canonical(tree, member, out);
    out.push_back(',');
  }
  if (due) write_it();
  out.back() = '}';
}

}  // namespace

bool totals_agree(const JsonTree& tree, const JsonNode& data, std::string_view type) {
  const bool is_sale = type == "retail.sale.completed.v1" || type == "retail.sale.voided.v1";
  if (!is_sale && type != "retail.return.completed.v1") return true;
  const std::string_view currency = tree.text(data, "currency");
  const JsonNode& totals = *tree.member(data, "totals");
  std::array<std::int64_t, 4> parts{};
  constexpr std::array<std::string_view, 4> names = {"tax", "discount", "rounding", "tip"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto amount = minor_of(tree, tree.member(totals, names[i]), currency);
    if (!amount) return true;
    parts[i] = *amount;
  }
  const auto gross = minor_of(tree, tree.member(totals, "gross"), currency);
  const auto lines = sums_of(tree, *tree.member(data, "lines"), currency, is_sale);
  if (!gross || !lines) return true;
  const auto [tax, discount, rounding, tip] = parts;
  if (const JsonNode* net = tree.member(totals, "net")) {
    const auto amount = minor_of(tree, net, currency);
    const std::array<std::int64_t, 3> beside = {discount, rounding, tip};
    Sum with_tax;
    with_tax.add(amount.value_or(0));
    with_tax.add(tax);
    if (amount && !reaches(with_tax, *gross, beside)) return false;
  }
  return reaches(lines->as_written, *gross, parts) || reaches(lines->subtracted, *gross, parts);
}

void append_flagged(const JsonTree& tree, const JsonNode& data,
                    const std::vector<std::string_view>& flags, std::string& out) {
  static const JsonNode nothing{.kind = JsonKind::object};
  const JsonNode* given = tree.member(data, "quality");
  const JsonNode& quality = given != nullptr ? *given : nothing;
  std::vector<std::string_view> all;
  if (const JsonNode* brought = tree.member(quality, "flags")) {
    for (const JsonNode& flag : tree.children(*brought)) all.push_back(flag.text);
  }
  for (const std::string_view flag : flags) {
    if (std::ranges::find(all, flag) == all.end()) all.push_back(flag);
  }
  append_with_member(tree, data, "quality", out, [&] {
    append_with_member(tree, quality, "flags", out, [&] {
      out.push_back('[');
      for (const std::string_view flag : all) {
        json_text::append_string(out, flag);
        out.push_back(',');
      }
      out.back() = ']';
    });
  });
}

void flag_laid_out(std::string& bytes, std::size_t data_at, std::size_t data_end,
                   const std::vector<std::string_view>& flags) {
  JsonTree tree;
  const std::string data = bytes.substr(data_at, data_end - data_at);
  const bool read = tree.read(data).has_value() && tree.sort_members().has_value();
  ASSERT(read);  // the text is ours
  std::string flagged;
  append_flagged(tree, tree.root(), flags, flagged);
  bytes.replace(data_at, data_end - data_at, flagged);
}

}  // namespace storeward
