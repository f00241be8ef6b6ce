#include "config/template_likes.h"

#include <string>

#include "config/template_source.h"

namespace storeward::config {

std::optional<Problem> TakenOver::complete(toml::table& root) {
  auto* const events = root["event"].as_array();
  if (events == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < events->size(); ++i) {
    auto* const own = (*events)[i].as_table();
    const toml::node* const like = own != nullptr ? own->get("like") : nullptr;
    if (like == nullptr) continue;
    const std::string wanted = like->value_or(std::string());
    std::size_t at = 0;
    while (at < i && name_in((*events)[at]) != wanted) ++at;
    if (at == i || !(*events)[at].is_table()) {
      return Problem{place_in_file(*like),
                     "like: no [[event]] before this one has the name \"" + wanted + "\""};
    }
    take_over(*own, *(*events)[at].as_table());
  }
  return std::nullopt;
}

void TakenOver::take_over(toml::table& own, const toml::table& liked) {
  for (const auto& [key, node] : liked) {
    toml::node* const there = own.get(key.str());
    if (there == nullptr) {
      note(own.insert(key.str(), node).first->second, node);
    } else if (there->is_table() && node.is_table() && !is_one_value(*there->as_table())) {
      take_over(*there->as_table(), *node.as_table());
    }
  }
}

void TakenOver::note(const toml::node& copy, const toml::node& original) {
  places_[&copy] = place_of(original);
  if (const auto* table = copy.as_table()) {
    for (const auto& [key, node] : *table) note(node, *original.as_table()->get(key.str()));
  } else if (const auto* array = copy.as_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) note((*array)[i], (*original.as_array())[i]);
  }
}

Place TakenOver::place_of(const toml::node& node) const {
  return holds(node) ? places_.at(&node) : place_in_file(node);
}

bool TakenOver::holds(const toml::node& node) const {
  return node.source().begin.line == 0 && places_.contains(&node);
}

}  // namespace storeward::config
