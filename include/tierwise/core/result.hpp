// A value, or the Error that kept it from being made.
#ifndef TIERWISE_CORE_RESULT_HPP
#define TIERWISE_CORE_RESULT_HPP

#include <utility>
#include <variant>

#include <tierwise/core/error.hpp>

namespace tierwise::inline TIERWISE_ABI {

/// Returned wherever input may be bad. Test it (`if (r)`), or call `.value()`, which throws the error it holds.
template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; throws the held Error if there is none.
  [[nodiscard]] T& value() & { return check(), *std::get_if<0>(&state_); }
  [[nodiscard]] const T& value() const& { return check(), *std::get_if<0>(&state_); }
  [[nodiscard]] T value() && { return check(), std::move(*std::get_if<0>(&state_)); }

  /// The error. Precondition: !has_value().
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  void check() const {
    if (const Error* error = std::get_if<1>(&state_)) throw Error(*error);
  }
  std::variant<T, Error> state_;
};

}  // namespace tierwise

#endif
