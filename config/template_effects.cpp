// TemplateCompiler: what is said beside a value and has no effect there, as the value is not of
// that kind. An amount that nobody has said to be money would reach the hub as a text, in silence.
//
// Looked at once a value is complete: as what a part of `cases` or `first` is written may be said
// by the whole, and as what a named value is written by where it is used. Where a named value is
// used in several places an effect in one of them will do.
#include <algorithm>
#include <array>
#include <set>

#include "config/template_compiler.h"

namespace storeward::config {
namespace {

using mapping::As;
using mapping::Expression;
using mapping::Origin;

enum class Kind : std::uint8_t { amount, money, quantity, number, time };

struct Modifier {
  std::string_view key;
  Kind belongs_to;
};
constexpr std::array modifiers_of_kinds = {Modifier{"currency", Kind::amount},
                                           Modifier{"minor", Kind::money},
                                           Modifier{"unit", Kind::quantity},
                                           Modifier{"decimal", Kind::number},
                                           Modifier{"group", Kind::number},
                                           Modifier{"negate", Kind::number},
                                           Modifier{"implied_decimals", Kind::number},
                                           Modifier{"absolute", Kind::number},
                                           Modifier{"format", Kind::time},
                                           Modifier{"zone", Kind::time},
                                           Modifier{"zone_from", Kind::time}};

bool is_of(As as, Kind kind) {
  switch (kind) {
    case Kind::amount:
      return as == As::money || as == As::price;
    case Kind::money:
      return as == As::money;
    case Kind::quantity:
      return as == As::quantity;
    case Kind::number:
      return as == As::integer || as == As::decimal || as == As::money || as == As::price ||
             as == As::quantity;
    default:
      return as == As::date || as == As::time;
  }
}

std::string_view belongs_and_next_step(Kind kind) {
  switch (kind) {
    case Kind::amount:
      return "belongs to an amount: add as = \"money\" or as = \"price\"";
    case Kind::money:
      return "belongs to money: add as = \"money\"; another number in the smallest unit has "
             "implied_decimals instead";
    case Kind::quantity:
      return "belongs to a quantity: add as = \"quantity\"";
    case Kind::number:
      return "belongs to a number: add as = \"money\", \"price\", \"quantity\", \"decimal\" or "
             "\"integer\"";
    default:
      return "belongs to a date or a time: add as = \"date\" or as = \"time\"";
  }
}

// Beside a choice it is said for each of the parts.
bool has_effect(const Expression& value, Kind kind, Taken taken) {
  if (chooses(value.origin) && !value.shaping) {
    return value.parts.empty() || std::ranges::any_of(value.parts, [&](const Expression& part) {
             return has_effect(part, kind, taken);
           });
  }
  return is_of(value.as, kind) || (kind == Kind::number && taken == Taken::number);
}

std::string without_effect(std::string_view key, Kind kind, Origin origin, Taken taken) {
  const std::string name = "\"" + std::string(key) + "\" ";
  if (origin == Origin::list) return name + "says nothing of a list: say it in `item`";
  if (taken == Taken::key && kind == Kind::time) {
    return name + "belongs to a date: add as = \"date\"";
  }
  if (taken == Taken::key || taken == Taken::text) {
    return name + "says nothing here, where the text is taken as it stands: leave it out";
  }
  return name + std::string(belongs_and_next_step(kind));
}

}  // namespace

void TemplateCompiler::note_modifiers(const toml::table& table, const Expression& value,
                                      Taken taken) {
  for (const Modifier& modifier : modifiers_of_kinds) {
    const toml::node* const node = table.get(modifier.key);
    if (node == nullptr || !node->value_or(true)) continue;
    if (has_effect(value, modifier.belongs_to, taken)) {
      with_effect_.insert(node);
    } else {
      without_effect_.push_back(
          {node, event_, without_effect(modifier.key, modifier.belongs_to, value.origin, taken)});
    }
  }
  const auto beside = [&](std::string_view key, const std::unique_ptr<Expression>& part) {
    const toml::node* const node = table.get(key);
    if (node != nullptr && part) note_effects(*node, *part, Taken::text);
  };
  beside("currency", value.currency);
  beside("unit", value.unit);
  beside("zone_from", value.zone_name);
  if (value.distinct) note_effects(*table.get("distinct"), *value.distinct, Taken::key);
}

// The parts of a value beside what the template says of them. After a mistake there may be fewer.
void TemplateCompiler::note_parts(const toml::table& table, std::string_view keyword,
                                  const Expression& value, Taken taken) {
  std::size_t next = 0;
  const auto note = [&](const toml::node* node, Taken part_taken) {
    if (node != nullptr && next < value.parts.size()) {
      note_effects(*node, value.parts[next++], part_taken);
    }
  };
  const Taken chosen = value.shaping ? Taken::text : taken;
  switch (value.origin) {
    case Origin::cases:
      if (const auto* cases = table["cases"].as_array()) {
        for (const toml::node& entry : *cases) {
          if (const auto* one = entry.as_table()) note(one->get("then"), chosen);
        }
      }
      return;
    case Origin::first:
    case Origin::join:
    case Origin::add:
    case Origin::subtract:
    case Origin::multiply:
      if (const auto* list = table[keyword].as_array()) {
        const Taken of_part = value.origin == Origin::first  ? chosen
                              : value.origin == Origin::join ? Taken::key
                                                             : Taken::number;
        for (const toml::node& part : *list) note(&part, of_part);
      }
      return;
    case Origin::sum:
      return note(table.get("of"), Taken::number);
    case Origin::list:
      return note(table.get("item"), Taken::written);
    default:
      return;
  }
}

void TemplateCompiler::note_effects(const toml::node& node, const Expression& value, Taken taken) {
  if (value.origin == Origin::nothing) return;
  if (const auto* list = node.as_array()) {
    for (std::size_t i = 0; i < std::min(list->size(), value.parts.size()); ++i) {
      note_effects(*list->get(i), value.parts[i], Taken::written);
    }
    return;
  }
  const auto* const table = node.as_table();
  if (table == nullptr) return;
  const std::string_view keyword = keyword_of(*table);
  if (keyword == "named") {
    // Of a template that is extended the only use with an effect may have been replaced.
    const toml::node* const named = root_["named"][text(*table, "named")].node();
    if (named != nullptr && is_own(*named)) note_effects(*named, value, taken);
    return;
  }
  if (!keyword.empty()) {
    note_modifiers(*table, value, taken);
    return note_parts(*table, keyword, value, taken);
  }
  std::size_t i = 0;
  for (const auto& [key, member] : *table) {
    if (i < value.parts.size()) note_effects(member, value.parts[i++], Taken::written);
  }
}

bool TemplateCompiler::is_own(const toml::node& node) const {
  const toml::node* const name = root_["template"]["name"].node();
  return name == nullptr || place_in_file(*name).file == taken_over_.place_of(node).file;
}

void TemplateCompiler::tell_without_effect() {
  std::set<const toml::node*> settled = with_effect_;
  for (const WithoutEffect& one : without_effect_) {
    if (!settled.insert(one.node).second) continue;  // what is used twice is told once
    event_ = one.event;
    wrong(*one.node, one.message);
  }
}

}  // namespace storeward::config
