#include <bit>
#include <cmath>

#include <tierwise/core/exact_sum.hpp>

namespace tierwise::inline TIERWISE_ABI {

TIERWISE_INLINE void exact_sum::add(uint128 magnitude, int exponent, bool negative) noexcept {
  const auto at = static_cast<unsigned>(exponent - lowest_exponent);
  std::size_t word = at / 64;
  const unsigned shift = at % 64;
  const auto low = static_cast<std::uint64_t>(magnitude), high = static_cast<std::uint64_t>(magnitude >> 64);
  const std::uint64_t parts[3] = {low << shift, shift == 0 ? high : (high << shift) | (low >> (64 - shift)),
                                  shift == 0 ? 0 : high >> (64 - shift)};
  std::uint64_t carry = 0;
  for (std::size_t i = 0; word < words_.size() && (i < 3 || carry != 0); ++i, ++word) {
    const std::uint64_t part = i < 3 ? parts[i] : 0, old = words_[word];
    if (negative) {
      const std::uint64_t less = old - part;
      words_[word] = less - carry;
      carry = static_cast<std::uint64_t>(old < part) + static_cast<std::uint64_t>(less < carry);
    } else {
      const std::uint64_t more = old + part;
      words_[word] = more + carry;
      carry = static_cast<std::uint64_t>(more < part) + static_cast<std::uint64_t>(words_[word] < carry);
    }
  }
}

TIERWISE_INLINE void exact_sum::add(double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto exponent = static_cast<int>((bits >> 52) & 2047);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  add(exponent == 0 ? fraction : fraction | (std::uint64_t{1} << 52), exponent == 0 ? -1074 : exponent - 1075,
      (bits >> 63) != 0);
}

TIERWISE_INLINE void exact_sum::add(const exact_sum& other) noexcept {
  std::uint64_t carry = 0;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const uint128 sum = uint128{words_[i]} + other.words_[i] + carry;
    words_[i] = static_cast<std::uint64_t>(sum);
    carry = static_cast<std::uint64_t>(sum >> 64);
  }
}

TIERWISE_INLINE void exact_sum::subtract(const exact_sum& other) noexcept {
  exact_sum minus = other;
  minus.negate();
  add(minus);
}

TIERWISE_INLINE void exact_sum::negate() noexcept {
  std::uint64_t carry = 1;
  for (std::uint64_t& word : words_) {
    word = ~word + carry;
    carry = static_cast<std::uint64_t>(carry != 0 && word == 0);
  }
}

TIERWISE_INLINE void exact_sum::times(std::uint64_t factor) noexcept {
  const bool negative = is_negative();
  if (negative) negate();
  std::uint64_t carry = 0;
  for (std::uint64_t& word : words_) {
    const uint128 product = uint128{word} * factor + carry;
    word = static_cast<std::uint64_t>(product);
    carry = static_cast<std::uint64_t>(product >> 64);
  }
  if (negative) negate();
}

TIERWISE_INLINE exact_sum exact_sum::squared() const noexcept {
  exact_sum root = *this, out;
  if (root.is_negative()) root.negate();
  // Without the bits below 2^−1074, which are zero, the last bit of the square is 2^−2148 again.
  constexpr unsigned empty = 1074;
  std::array<std::uint64_t, 70> factor{};
  for (std::size_t i = 0; i + empty / 64 < factor.size(); ++i) {
    const std::size_t from = i + empty / 64;
    factor[i] = root.words_[from] >> (empty % 64);
    if (from + 1 < factor.size()) factor[i] |= root.words_[from + 1] << (64 - empty % 64);
  }
  for (std::size_t i = 0; i < factor.size(); ++i) {
    if (factor[i] == 0) continue;
    std::uint64_t carry = 0;
    for (std::size_t j = 0; i + j < out.words_.size(); ++j) {
      const uint128 sum = uint128{factor[i]} * factor[j] + out.words_[i + j] + carry;
      out.words_[i + j] = static_cast<std::uint64_t>(sum);
      carry = static_cast<std::uint64_t>(sum >> 64);
    }
  }
  return out;
}

TIERWISE_INLINE bool exact_sum::is_zero() const noexcept {
  for (const std::uint64_t word : words_)
    if (word != 0) return false;
  return true;
}

TIERWISE_INLINE bool exact_sum::divide(std::uint64_t divisor) noexcept {
  uint128 rest = 0;
  for (std::size_t i = words_.size(); i-- > 0;) {
    rest = (rest << 64) | words_[i];
    words_[i] = static_cast<std::uint64_t>(rest / divisor);
    rest %= divisor;
  }
  return rest != 0;
}

TIERWISE_INLINE double exact_sum::divided(std::uint64_t divisor) const noexcept {
  exact_sum quotient = *this;
  if (is_negative()) quotient.negate();
  const bool rest = quotient.divide(divisor);
  const double found = quotient.rounded(rest);
  return is_negative() ? -found : found;
}

TIERWISE_INLINE double exact_sum::divided_twice(std::uint64_t divisor) const noexcept {
  exact_sum quotient = *this;
  if (is_negative()) quotient.negate();
  const bool first = quotient.divide(divisor), second = quotient.divide(divisor);
  const double found = quotient.rounded(first || second);
  return is_negative() ? -found : found;
}

/// `sticky`: the number is a little farther from zero than its bits say.
TIERWISE_INLINE double exact_sum::rounded(bool sticky) const noexcept {
  exact_sum size = *this;
  if (is_negative()) size.negate();
  int top = static_cast<int>(size.words_.size()) - 1;
  while (top >= 0 && size.words_[static_cast<std::size_t>(top)] == 0) --top;
  if (top < 0) return 0;
  const int highest = top * 64 + 63 - std::countl_zero(size.words_[static_cast<std::size_t>(top)]);
  const auto bit = [&](int at) { return (size.words_[static_cast<std::size_t>(at / 64)] >> (at % 64)) & 1; };
  // The last bit kept: 53 of them, but none below that of the smallest double.
  const int last = std::max(highest - 52, -1074 - lowest_exponent);
  std::uint64_t kept = 0;
  for (int at = highest; at >= last; --at) kept = (kept << 1) | bit(at);
  const bool half = last > 0 && highest >= last - 1 && bit(last - 1) != 0;
  bool below = sticky;
  for (int at = 0; at < last - 1 && at <= highest && !below; ++at) {
    if (at % 64 == 0 && size.words_[static_cast<std::size_t>(at / 64)] == 0) {
      at += 63;
      continue;
    }
    below = bit(at) != 0;
  }
  if (half && (below || (kept & 1) != 0)) ++kept;
  const double found = std::ldexp(static_cast<double>(kept), last + lowest_exponent);
  return is_negative() ? -found : found;
}

}  // namespace tierwise
