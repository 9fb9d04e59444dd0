#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <tierwise/segment/breaks.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {
namespace detail {

/// A number as the sum of two that do not overlap (Dekker 1971; Knuth's two-sum): 106 bits.
struct double_double {
  double high = 0, low = 0;
};

TIERWISE_INLINE double_double normalised(double high, double low) noexcept {
  const double sum = high + low;
  return {sum, low - (sum - high)};
}
TIERWISE_INLINE double_double add(double_double a, double_double b) noexcept {
  const double sum = a.high + b.high, back = sum - a.high;
  const double error = (a.high - (sum - back)) + (b.high - back);
  return normalised(sum, error + a.low + b.low);
}
TIERWISE_INLINE double_double negative(double_double a) noexcept { return {-a.high, -a.low}; }
TIERWISE_INLINE double_double product(double_double a, double_double b) noexcept {
  const double high = a.high * b.high;
  return normalised(high, std::fma(a.high, b.high, -high) + (a.high * b.low + a.low * b.high));
}
TIERWISE_INLINE double_double quotient(double_double a, double_double b) noexcept {
  const double first = a.high / b.high;
  const double_double rest = add(a, negative(product(b, {first, 0})));
  return normalised(first, rest.high / b.high);
}
TIERWISE_INLINE bool is_less(double_double a, double_double b) noexcept {
  return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/// Prefix sums of weights, weighted values and weighted squares; values are counted from the middle one, which keeps them small.
class class_costs {
 public:
  class_costs(std::span<const double> values, std::span<const double> weights)
      : weight_(values.size() + 1), sum_(values.size() + 1), squares_(values.size() + 1) {
    const double middle = values[values.size() / 2], reach = std::max(middle - values.front(), values.back() - middle);
    // A power of two, so that nothing is rounded and no square overflows.
    const double scale =
        std::isfinite(reach) ? std::ldexp(1.0, std::clamp(-std::ilogb(reach), -1000, 1000)) : 0x1p-1000;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double_double w{weights.empty() ? 1 : weights[i], 0};
      const double_double x = add({values[i] * scale, 0}, {-middle * scale, 0}), wx = product(w, x);
      weight_[i + 1] = add(weight_[i], w);
      sum_[i + 1] = add(sum_[i], wx);
      squares_[i + 1] = add(squares_[i], product(wx, x));
    }
  }

  /// Σ w · (x − mean)² over [begin, end).
  [[nodiscard]] double_double operator()(std::size_t begin, std::size_t end) const noexcept {
    if (end - begin <= 1) return {};
    const double_double sum = add(sum_[end], negative(sum_[begin]));
    const double_double mean_part = quotient(product(sum, sum), add(weight_[end], negative(weight_[begin])));
    const double_double cost = add(add(squares_[end], negative(squares_[begin])), negative(mean_part));
    return cost.high < 0 ? double_double{} : cost;
  }

 private:
  std::vector<double_double> weight_, sum_, squares_;
};

/// One more class: for each end in [from, to] the best begin of the last class, which is known to lie in [low, high].
/// The best begin never falls as the end rises, so the middle end halves the search for the others.
struct class_layer {
  const class_costs& cost;
  const std::vector<double_double>& before;  // least cost of the first `end` values in one class less
  std::vector<double_double>& best;
  std::vector<std::uint32_t>& begins;

  void solve(std::size_t from, std::size_t to, std::size_t low, std::size_t high) const {
    while (from <= to) {
      const std::size_t end = from + (to - from) / 2;
      double_double least{std::numeric_limits<double>::infinity(), 0};
      std::size_t at = low;
      for (std::size_t begin = low; begin <= std::min(high, end - 1); ++begin)
        if (const double_double total = add(before[begin], cost(begin, end)); is_less(total, least))
          least = total, at = begin;
      best[end] = least;
      begins[end] = static_cast<std::uint32_t>(at);
      if (end > from) solve(from, end - 1, low, at);
      from = end + 1;
      low = at;
    }
  }
};

}  // namespace detail

TIERWISE_INLINE std::vector<std::size_t> natural_breaks(std::span<const double> values, std::span<const double> weights,
                                                        std::size_t classes) {
  const auto refuse = [](const char* argument, const char* message) {
    throw Error(errc::invalid_argument, message, {{}, argument, -1});
  };
  if (classes == 0) refuse("classes", "expected at least one class, found 0");
  if (!weights.empty() && weights.size() != values.size())
    throw Error(errc::length_mismatch,
                std::to_string(values.size()) + " values have " + std::to_string(weights.size()) + " weights");
  if (values.size() > std::numeric_limits<std::uint32_t>::max() - 1) refuse("values", "expected less than 2^32 values");
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!std::isfinite(values[i]) || (i > 0 && !(values[i - 1] < values[i])))
      refuse("values", "expected finite numbers, each above the one before");
  for (const double w : weights)
    if (!(w > 0 && std::isfinite(w))) refuse("weights", "expected finite numbers above 0");
  const std::size_t n = values.size(), k = std::min(classes, n);
  if (k <= 1) return {};

  const detail::class_costs cost(values, weights);
  std::vector<detail::double_double> before(n + 1), best(n + 1);
  for (std::size_t end = 1; end <= n; ++end) before[end] = cost(0, end);
  std::vector<std::vector<std::uint32_t>> begins(
      k);  // [c][end]: where class c begins, of the classes 0 to c over [0, end)
  for (std::size_t c = 1; c < k; ++c) {
    begins[c].resize(n + 1);
    // Each class has at least one value: class c cannot begin before value c.
    const detail::class_layer layer{cost, before, best, begins[c]};
    const std::size_t last = c + 1 == k ? n : n - (k - 1 - c);
    layer.solve(c + 1 == k ? n : c + 1, last, c, last - 1);
    before.swap(best);
  }
  std::vector<std::size_t> out(k - 1);
  for (std::size_t c = k - 1, end = n; c > 0; --c) out[c - 1] = end = begins[c][end];
  return out;
}

}  // namespace tierwise
