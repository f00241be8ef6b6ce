// What several targets need: the site they play at, and questions about text asked of a second
// parser (nlohmann-json), so that our own reader is not its own judge.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "agent/core/admission.h"

namespace storeward::fuzz {

// Of acme / store-0042 / main, Europe/Berlin.
const AdmissionOptions& site();
const Submitter& till();  // till-3

bool is_json(std::string_view text);  // RFC 8259, by the second parser
bool is_utf8(std::string_view text);

// Made on first use, removed when the program ends.
const std::filesystem::path& scratch_directory();

}  // namespace storeward::fuzz
