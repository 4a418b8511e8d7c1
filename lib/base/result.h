// Result<T>: a value or a std::error_code, for functions that parse or open something.
// Not for the query path, where an enum says how things went. The member names are those of
// std::expected, so that C++23 can replace this class by an alias.
#pragma once

#include <cassert>
#include <system_error>
#include <utility>
#include <variant>

namespace holdfast {

/// Holds either a T or the error that prevented it.
template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `return value;`, as with std::expected
  Result(T value) : state_(std::move(value)) {}

  // NOLINTNEXTLINE(google-explicit-constructor): `return error;`
  Result(std::error_code error) : state_(error) { assert(error); }

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }

  explicit operator bool() const noexcept { return has_value(); }

  /// The value. Precondition: has_value().
  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }

  [[nodiscard]] T& value() & { return std::get<0>(state_); }

  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }

  const T& operator*() const& { return value(); }

  T& operator*() & { return value(); }

  T&& operator*() && { return std::move(*this).value(); }

  const T* operator->() const { return &value(); }

  T* operator->() { return &value(); }

  /// The error. Precondition: !has_value().
  [[nodiscard]] std::error_code error() const { return std::get<1>(state_); }

 private:
  std::variant<T, std::error_code> state_;
};

}  // namespace holdfast
