// Result<T, E>: a value or the reason why there is none. Expected failures travel as values; bugs
// are ASSERTs; a library's exceptions stop in the file that wraps the library. (g++ 12 has no
// std::expected; this is the small part of it that we use, with the same names.)
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "agent/base/assert.h"

namespace storeward {

// What went wrong, in words a technician understands, with the place and the next step.
struct Error {
  std::string message;
};

template <typename E>
struct Unexpected {
  E error;
};

template <typename E>
Unexpected(E) -> Unexpected<E>;

inline Unexpected<Error> fail(std::string message) {
  return Unexpected<Error>{Error{std::move(message)}};
}

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Unexpected<E> failure)
      : state_(std::in_place_index<1>, std::move(failure.error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    ASSERT(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    ASSERT(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    ASSERT(has_value());
    return std::get<0>(std::move(state_));
  }
  const E& error() const {
    ASSERT(!has_value());
    return std::get<1>(state_);
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> state_;
};

template <typename E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  Result(Unexpected<E> failure)
      : state_(std::in_place_index<1>, std::move(failure.error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  const E& error() const {
    ASSERT(!has_value());
    return std::get<1>(state_);
  }

 private:
  std::variant<std::monostate, E> state_;
};

}  // namespace storeward
