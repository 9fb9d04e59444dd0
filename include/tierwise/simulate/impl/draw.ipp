// Draws from distributions, written out: the standard library's differ between implementations.
#ifndef TIERWISE_SIMULATE_IMPL_DRAW_IPP
#define TIERWISE_SIMULATE_IMPL_DRAW_IPP

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include <tierwise/core/random.hpp>

namespace tierwise::inline TIERWISE_ABI::simulate::detail {

/// What a stream is for. Numbers are part of what a seed means: never reuse or renumber one.
enum purpose : std::uint64_t {
  for_latents = 1,
  for_attributes = 2,
  for_counts = 3,
  for_contacts = 4,
  for_consents = 5,
  for_suggestions = 6,
  for_response = 7,
  for_territory = 8,
  for_affinity = 16,  // + channel
};

/// Standard normals from a stream, two at a time (Box and Muller 1958).
class normals {
 public:
  explicit normals(random_stream& from) noexcept : from_(from) {}

  double operator()() noexcept {
    if (spare_) return spare_ = false, kept_;
    const double radius = std::sqrt(-2 * std::log(1 - from_.uniform()));
    const double angle = 2 * std::numbers::pi * from_.uniform();
    kept_ = radius * std::sin(angle);
    spare_ = true;
    return radius * std::cos(angle);
  }

 private:
  random_stream& from_;
  double kept_ = 0;
  bool spare_ = false;
};

/// Poisson by inversion, in pieces of mean ≤ 16 so that exp(−mean) stays well above the smallest double. O(mean).
TIERWISE_INLINE std::int64_t poisson(random_stream& from, double mean) noexcept {
  std::int64_t total = 0;
  while (mean > 0) {
    const double piece = mean < 16 ? mean : 16;
    mean -= piece;
    double term = std::exp(-piece), below = term;
    const double u = from.uniform();
    for (int k = 1; u >= below && term > 0; ++k) {
      term *= piece / k;
      below += term;
      ++total;
    }
  }
  return total;
}

/// Quantile of the Weibull distribution with mean 1 and shape 1 / power, at the probability that x has under the normal:
/// (−ln(1 − Φ(x)))^power / Γ(1 + power). Correlated normals thus give correlated rates of any skew.
TIERWISE_INLINE double weibull_of_normal(double x, double power) noexcept {
  const double upper = 0.5 * std::erfc(x / std::numbers::sqrt2);
  return std::pow(-std::log(upper), power) / std::tgamma(1 + power);
}

/// How many of the rising `cuts` lie at or below x.
TIERWISE_INLINE std::int32_t class_of(double x, std::span<const double> cuts) noexcept {
  std::int32_t k = 0;
  for (const double cut : cuts) k += x >= cut ? 1 : 0;
  return k;
}

/// Index drawn with the given weights (not all zero). O(weights).
TIERWISE_INLINE std::size_t weighted(random_stream& from, std::span<const double> weights) noexcept {
  double left = 0;
  for (const double w : weights) left += w;
  left *= from.uniform();
  std::size_t last = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    last = i;
    if (left < weights[i]) break;
    left -= weights[i];
  }
  return last;
}

/// Draws from fixed weights in O(1): the alias method (Walker 1977; tables as in Vose 1991).
class alias_table {
 public:
  alias_table() = default;
  explicit alias_table(std::span<const double> weights) : keep_(weights.size()), other_(weights.size()) {
    double sum = 0;
    for (const double w : weights) sum += w;
    std::vector<std::uint32_t> small, large;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      keep_[i] = weights[i] * static_cast<double>(weights.size()) / sum;
      other_[i] = static_cast<std::uint32_t>(i);
      (keep_[i] < 1 ? small : large).push_back(static_cast<std::uint32_t>(i));
    }
    while (!small.empty() && !large.empty()) {
      const std::uint32_t low = small.back(), high = large.back();
      small.pop_back();
      other_[low] = high;
      keep_[high] -= 1 - keep_[low];
      if (keep_[high] < 1) large.pop_back(), small.push_back(high);
    }
    for (const std::uint32_t rest : small) keep_[rest] = 1;  // what rounding left over
    for (const std::uint32_t rest : large) keep_[rest] = 1;
  }

  [[nodiscard]] std::uint32_t operator()(random_stream& from) const noexcept {
    const std::uint32_t i = from.below(static_cast<std::uint32_t>(keep_.size()));
    return static_cast<double>(from.next()) * 0x1p-32 < keep_[i] ? i : other_[i];
  }

 private:
  std::vector<double> keep_;
  std::vector<std::uint32_t> other_;
};

}  // namespace tierwise

#endif
