// The beta distribution in the few functions that preferences need. Private to the bodies of tag.
#ifndef TIERWISE_TAG_IMPL_BETA_HPP
#define TIERWISE_TAG_IMPL_BETA_HPP

#include <algorithm>
#include <cmath>

#include <tierwise/core/config.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

/// ψ(x) for x > 0: up to 8 by ψ(x) = ψ(x + 1) − 1/x, then the asymptotic series (NIST DLMF 5.5.2, 5.11.2).
inline double digamma(double x) noexcept {
  double out = 0;
  while (x < 8) {
    out -= 1 / x;
    x += 1;
  }
  const double y = 1 / (x * x);
  const double series =
      y *
      (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 - y * (1.0 / 132 - y * (691.0 / 32760 - y / 12))))));
  return out + std::log(x) - 0.5 / x - series;
}

/// ln Γ(x) for x > 0 likewise (DLMF 5.11.1). std::lgamma writes a global.
inline double log_gamma(double x) noexcept {
  double product = 1;
  while (x < 8) {
    product *= x;
    x += 1;
  }
  const double y = 1 / (x * x);
  const double series =
      (1.0 / 12 -
       y * (1.0 / 360 - y * (1.0 / 1260 - y * (1.0 / 1680 - y * (1.0 / 1188 - y * (691.0 / 360360 - y / 156)))))) /
      x;
  return (x - 0.5) * std::log(x) - x + 0.91893853320467274178 + series - std::log(product);
}

/// Beta(a, b) with a, b > 0.
class beta_distribution {
 public:
  beta_distribution(double a, double b) noexcept
      : a_(a), b_(b), log_beta_(log_gamma(a) + log_gamma(b) - log_gamma(a + b)) {}

  /// I_x(a, b): the share up to x. Absolute error below 1e-9 for a + b up to 10^6.
  [[nodiscard]] double below(double x) const noexcept {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    return x <= a_ / (a_ + b_) ? tail(a_, b_, x, 1 - x) : 1 - tail(b_, a_, 1 - x, x);
  }
  [[nodiscard]] double above(double x) const noexcept {
    if (x <= 0) return 1;
    if (x >= 1) return 0;
    return x <= a_ / (a_ + b_) ? 1 - tail(a_, b_, x, 1 - x) : tail(b_, a_, 1 - x, x);
  }

  /// The x with below(x) = p, for 0 < p ≤ ½, and the x with above(x) = p.
  [[nodiscard]] double lower_quantile(double p) const noexcept { return quantile(a_, b_, p); }
  [[nodiscard]] double upper_quantile(double p) const noexcept {
    const double y = quantile_logit(b_, a_, p);
    return 1 / (1 + std::exp(y));
  }

 private:
  /// I_x(a, b) by its continued fraction (DLMF 8.17.22, evaluated after Lentz), made for x up to about the mean. `y` = 1 − x.
  [[nodiscard]] double tail(double a, double b, double x, double y) const noexcept {
    return std::exp(a * std::log(x) + b * std::log(y) - log_beta_) / a * fraction(a, b, x);
  }

  static double fraction(double a, double b, double x) noexcept {
    constexpr double tiny = 1e-300;
    const auto not_nothing = [](double v) { return std::abs(v) < tiny ? tiny : v; };
    double c = 1, d = 1 / not_nothing(1 - (a + b) * x / (a + 1)), out = d;
    for (int i = 1; i < 20000; ++i) {
      const double m = i;
      double term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / not_nothing(1 + term * d), c = not_nothing(1 + term / c);
      out *= d * c;
      term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / not_nothing(1 + term * d), c = not_nothing(1 + term / c);
      out *= d * c;
      if (std::abs(d * c - 1) < 1e-14) break;
    }
    return out;
  }

  [[nodiscard]] double quantile(double a, double b, double p) const noexcept {
    return 1 / (1 + std::exp(-quantile_logit(a, b, p)));
  }

  /// ln(x/(1 − x)) of the quantile. ln I is a concave rising function of it, so Newton's method on ln I finds it from anywhere
  /// left of it, and its first step from the right ends there.
  [[nodiscard]] double quantile_logit(double a, double b, double p) const noexcept {
    double at = std::log(a / b);
    if (a < 1) {  // x^a/(a·B) for I
      at = std::min((std::log(p) + std::log(a) + log_beta_) / a, 700.0);
      if (at < -700) return -700;
    } else if (b < 1) {  // likewise from the other side
      at = std::min(-(std::log1p(-p) + std::log(b) + log_beta_) / b, 700.0);
    } else {  // normal; the quantile by Abramowitz and Stegun 26.2.23
      const double t = std::sqrt(-2 * std::log(p));
      const double z =
          t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
      at -= z * std::sqrt(1 / a + 1 / b);
    }
    for (int i = 0; i < 100; ++i) {
      const double x = 1 / (1 + std::exp(-at)), y = 1 / (1 + std::exp(at));
      const double log_density = a * std::log(x) + b * std::log(y) - log_beta_;  // of the logit
      double log_share = 0;
      if (x <= a / (a + b)) {
        log_share = log_density - std::log(a) + std::log(fraction(a, b, x));
      } else {
        const double rest = std::exp(log_density) / b * fraction(b, a, y);
        log_share = std::log1p(-std::min(rest, 1 - 1e-15));
      }
      double step = (std::log(p) - log_share) * std::exp(log_share - log_density);
      step = step > 50 ? 50 : step < -700 ? -700 : step;
      at += step;
      if (at < -700) return -700;
      if (std::abs(step) < 1e-9) break;
    }
    return at;
  }

  double a_, b_, log_beta_;
};

}  // namespace tierwise

#endif
