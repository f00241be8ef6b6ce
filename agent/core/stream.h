// Streams and event types: CONTRACT section 2. One table says which type goes where.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace storeward {

using Sequence = std::uint64_t;  // from 1; 0 means "none"

// In order of priority: the lower value goes first.
enum class Stream : std::uint8_t { sales, finance, orders, stock, levels, master, ops };

inline constexpr std::size_t stream_count = 7;
inline constexpr std::array<Stream, stream_count> all_streams = {
    Stream::sales,  Stream::finance, Stream::orders, Stream::stock,
    Stream::levels, Stream::master,  Stream::ops};

constexpr std::size_t index_of(Stream stream) {
  return static_cast<std::size_t>(stream);
}

std::string_view name_of(Stream stream);
std::optional<Stream> stream_named(std::string_view name);

// The stream of an event type such as "retail.sale.completed.v1"; none for an unknown type.
std::optional<Stream> stream_of_type(std::string_view type);

}  // namespace storeward
