// What the hub is told of exceptions: agent.record.rejected.v1. Pure.
//
// The bytes follow from the exception alone (its own time, an id from its number), so the same
// notice made twice is a repeat, not a contradiction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace storeward {

// A CloudEvent as a source hands it in. at: RFC 3339, when it became an exception. `source`: of the
// item, may be empty; `driver` stands in for it.
std::string rejection_notice(std::uint64_t exception, std::string_view at, std::string_view source,
                             std::string_view driver, std::string_view reason);

// For `count` further ones, numbered from `first` to `last`.
std::string rejection_summary(std::uint64_t first, std::uint64_t last, std::uint64_t count,
                              std::string_view at);

}  // namespace storeward
