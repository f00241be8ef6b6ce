// A conflict (same id and revision, different content) in plain words: what was accepted earlier
// and what differs. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace storeward::cli {

// `exception`: of kind "conflict", as exceptions.show answers it. Lines, for a terminal.
std::string conflict_text(const nlohmann::json& exception);

}  // namespace storeward::cli
