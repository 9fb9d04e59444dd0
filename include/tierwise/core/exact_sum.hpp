// Sums of doubles without rounding: the same number for any order and any split, correctly rounded once at the end.
#ifndef TIERWISE_CORE_EXACT_SUM_HPP
#define TIERWISE_CORE_EXACT_SUM_HPP

#include <array>
#include <cstddef>
#include <cstdint>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI {

__extension__ typedef unsigned __int128 uint128;

/// A fixed-point number wide enough for 2^40 doubles or squares of doubles (after Kulisch, "Computer Arithmetic and Validity",
/// 2008). 560 bytes; adding touches three words of them, and more only where a carry goes on.
class exact_sum {
 public:
  static constexpr int lowest_exponent = -2148;  ///< of the last bit: the square of the smallest double

  /// Adds ± magnitude · 2^exponent. Precondition: −2148 ≤ exponent, and magnitude · 2^exponent < 2^2200.
  void add(uint128 magnitude, int exponent, bool negative = false) noexcept;
  /// Adds a number that is not NaN or infinite.
  void add(double value) noexcept;
  void add(const exact_sum& other) noexcept;
  void subtract(const exact_sum& other) noexcept;
  void times(std::uint64_t factor) noexcept;

  /// The square. Precondition: *this is a sum of doubles (no bits below 2^−1074), below 2^1070.
  [[nodiscard]] exact_sum squared() const noexcept;
  [[nodiscard]] bool is_negative() const noexcept { return (words_.back() >> 63) != 0; }
  [[nodiscard]] bool is_zero() const noexcept;

  /// The nearest double, ties to even; ±∞ beyond the range of doubles. O(words).
  [[nodiscard]] double value() const noexcept { return rounded(false); }
  /// The double nearest to the exact quotient. Precondition: 0 < divisor.
  [[nodiscard]] double divided(std::uint64_t divisor) const noexcept;
  /// The double nearest to the exact quotient by divisor².
  [[nodiscard]] double divided_twice(std::uint64_t divisor) const noexcept;

  friend bool operator==(const exact_sum&, const exact_sum&) = default;

 private:
  [[nodiscard]] double rounded(bool sticky) const noexcept;
  void negate() noexcept;
  bool divide(std::uint64_t divisor) noexcept;  // whether there is a remainder; *this is not negative

  std::array<std::uint64_t, 70> words_{};  // least first, two's complement
};

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/core/impl/exact_sum.ipp>
#endif
#endif
