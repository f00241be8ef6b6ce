// What the driver says of the files that stay in its directory; for its health, which the status
// shows. Pure.
#pragma once

#include <map>
#include <string>

#include "drivers/file_drop/left_lying.h"
#include "drivers/file_drop/waiting_files.h"

namespace storeward::file_drop {

// The first of them, and how many more; empty where there is none. By name: why.
std::string words_about(const std::map<std::string, std::string>& files);

// How long a file may be open or changing before a person is to look at it.
Millis unfinished_patience(Millis settle);

std::string words_about(const Unfinished& file, Instant now, WallTime wall, Millis settle);

std::string words_about_unmarked(const Lying& file, Instant now, WallTime wall,
                                 const std::string& marker);
std::string words_about_unmatched(const Lying& file, Instant now, WallTime wall,
                                  const std::string& pattern);

}  // namespace storeward::file_drop
