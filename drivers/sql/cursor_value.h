// The value of the column by which a table is read on: a number that only grows, or a time. As text
// of the database, in its own spelling; compared and moved back here. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace storeward::sql {

enum class CursorKind : std::uint8_t { key, time };

// A key's number, a time's microseconds: comparable. None: the text is no such value.
std::optional<std::int64_t> order_of(CursorKind kind, std::string_view text);

// The value so far before this one (numbers of a key, seconds of a time), in the same spelling; the
// least there is where there is none.
std::string before(CursorKind kind, std::string_view text, std::uint64_t distance);

// As SQL: 4711, '2026-11-20 09:15:02.12'. The text has an order.
std::string literal(CursorKind kind, std::string_view text);

}  // namespace storeward::sql
