// Doubles as whole numbers in the same order, and the parts that they are made of.
#ifndef TIERWISE_CORE_IMPL_ORDERED_BITS_HPP
#define TIERWISE_CORE_IMPL_ORDERED_BITS_HPP

#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include <tierwise/core/error.hpp>

namespace tierwise::inline TIERWISE_ABI::detail {

inline constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
inline constexpr std::uint64_t infinite_bits = std::uint64_t{2047} << 52;

/// Rises with the value; NaN apart.
inline std::uint64_t ordered(double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return bits ^ ((bits & sign_bit) != 0 ? ~std::uint64_t{0} : sign_bit);
}

inline double unordered(std::uint64_t key) noexcept {
  return std::bit_cast<double>(key ^ ((key & sign_bit) != 0 ? sign_bit : ~std::uint64_t{0}));
}

/// Of a value's size without its sign: size = units(size) · 2^exponent_of(size).
inline std::uint64_t units(std::uint64_t size) noexcept {
  const std::uint64_t fraction = size & ((std::uint64_t{1} << 52) - 1);
  return size >> 52 == 0 ? fraction : fraction | (std::uint64_t{1} << 52);
}
inline int exponent_of(std::uint64_t size) noexcept {
  return size >> 52 == 0 ? -1074 : static_cast<int>(size >> 52) - 1075;
}

/// Between the numbers of two neighbouring rows (type 7).
inline double between(double below, double above, double part) noexcept {
  if (!(part > 0) || below == above) return below;
  const double gap = above - below;
  return std::isinf(gap) ? below * (1 - part) + above * part : below + part * gap;
}

inline constexpr std::uint64_t billion = 1'000'000'000;

/// Shares as whole billionths; throws unless they rise between 0 and 1.
inline std::vector<std::uint64_t> billionths(std::span<const double> shares) {
  std::vector<std::uint64_t> out;
  std::uint64_t last = 0;
  for (const double share : shares) {
    const bool inside = share > 0 && share < 1;
    const auto now = inside ? static_cast<std::uint64_t>(std::llround(share * 1e9)) : 0;
    if (now <= last || now >= billion)
      throw Error(errc::invalid_argument, "expected shares that rise, above 0 and below 1, to nine decimals",
                  {{}, "shares", -1});
    out.push_back(last = now);
  }
  return out;
}

}  // namespace tierwise

#endif
