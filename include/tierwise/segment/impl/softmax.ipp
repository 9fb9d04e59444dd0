// Ridge and multinomial logistic regression: sums whose order threads cannot change, a Cholesky solver, Newton's method.
#ifndef TIERWISE_SEGMENT_IMPL_SOFTMAX_IPP
#define TIERWISE_SEGMENT_IMPL_SOFTMAX_IPP

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tierwise/core/executor.hpp>
#include <tierwise/core/result.hpp>
#include <tierwise/segment/impl/spline.hpp>

namespace tierwise::inline TIERWISE_ABI::segment::forecast_detail {

/// Sums are taken in so many parts, whatever the threads, and the parts added in their order.
inline constexpr std::size_t parts = 16;

/// body(part, begin, end) for each part of [0, rows).
template <class Body>
void for_parts(executor* threads, std::size_t rows, const Body& body) {
  struct tasks final : executor::job {
    const Body& body;
    std::size_t rows;
    tasks(const Body& b, std::size_t r) : body(b), rows(r) {}
    void run(std::size_t part) override { body(part, rows * part / parts, rows * (part + 1) / parts); }
  } work(body, rows);
  if (threads != nullptr) return threads->run(parts, work);
  for (std::size_t part = 0; part < parts; ++part) work.run(part);
}

/// Adds each part to the first, in order.
TIERWISE_INLINE std::vector<double>& added(std::vector<std::vector<double>>& sums) {
  for (std::size_t part = 1; part < sums.size(); ++part)
    for (std::size_t i = 0; i < sums[0].size(); ++i) sums[0][i] += sums[part][i];
  return sums[0];
}

/// Rows of numbers, one after the other.
struct number_rows {
  std::vector<double> cells;
  std::size_t width = 0;
  [[nodiscard]] std::size_t rows() const { return width == 0 ? 0 : cells.size() / width; }
  [[nodiscard]] std::span<const double> operator[](std::size_t row) const {
    return {cells.data() + row * width, width};
  }
};

/// Numbers so large or so alike that rounding eats what tells them apart.
TIERWISE_INLINE Error inseparable() {
  return Error(errc::invalid_argument, "the columns cannot be told apart: are some of them huge?", {{}, "columns", -1});
}

/// Solves A x = b for a symmetric A (lower triangle, by rows) in place, b becomes x. False if A is not positive definite.
TIERWISE_INLINE bool solve_symmetric(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (i != j) {
        a[i * n + j] = sum / a[j * n + j];
      } else {
        if (!(sum > 0) || !std::isfinite(sum)) return false;
        a[i * n + i] = std::sqrt(sum);
      }
    }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return true;
}

/// sums[a][b] += Σ weight(row)·x[a]·x[b] over four rows at once (lower triangle); x has `size` numbers a row.
TIERWISE_INLINE void add_products(double* sums, std::size_t size, const double* x, const double* weight) {
  const double *x0 = x, *x1 = x + size, *x2 = x1 + size, *x3 = x2 + size;
  for (std::size_t a = 0; a < size; ++a) {
    const double w0 = weight[0] * x0[a], w1 = weight[1] * x1[a], w2 = weight[2] * x2[a], w3 = weight[3] * x3[a];
    double* to = sums + a * size;
    for (std::size_t b = 0; b <= a; ++b) to[b] += (w0 * x0[b] + w1 * x1[b]) + (w2 * x2[b] + w3 * x3[b]);
  }
}

/// Ridge regression with a free intercept: intercept first.
TIERWISE_INLINE result<std::vector<double>> fit_ridge(const number_rows& numbers, const std::vector<double>& target,
                                                      double penalty, executor* threads) {
  const std::size_t size = numbers.width + 1;
  std::vector<std::vector<double>> squares(parts), products(parts);
  for_parts(threads, numbers.rows(), [&](std::size_t part, std::size_t begin, std::size_t end) {
    squares[part].assign(size * size, 0);
    products[part].assign(size, 0);
    std::vector<double> x(4 * size);
    for (std::size_t i = begin; i < end; i += 4) {
      double weight[4] = {};
      for (std::size_t r = 0; r < std::min<std::size_t>(4, end - i); ++r) {
        weight[r] = x[r * size] = 1;
        std::copy(numbers[i + r].begin(), numbers[i + r].end(), x.begin() + static_cast<std::ptrdiff_t>(r * size + 1));
        for (std::size_t a = 0; a < size; ++a) products[part][a] += target[i + r] * x[r * size + a];
      }
      add_products(squares[part].data(), size, x.data(), weight);
    }
  });
  std::vector<double>& a = added(squares);
  std::vector<double>& b = added(products);
  for (std::size_t k = 1; k < size; ++k) a[k * size + k] += penalty;
  if (!solve_symmetric(a, b)) return inseparable();
  return b;
}

/// [level][contrast]: orthonormal columns that each add up to 0 (Helmert), so that levels have no direction too many.
TIERWISE_INLINE std::vector<double> contrasts(std::size_t levels) {
  std::vector<double> out(levels * (levels - 1), 0);
  for (std::size_t j = 0; j + 1 < levels; ++j) {
    const auto n = static_cast<double>(j + 1);
    for (std::size_t k = 0; k <= j; ++k) out[k * (levels - 1) + j] = 1 / std::sqrt(n * (n + 1));
    out[(j + 1) * (levels - 1) + j] = -n / std::sqrt(n * (n + 1));
  }
  return out;
}

/// Newton's method with halved steps for a convex function. `derive(at, gradient, hessian)` fills both (hessian: lower triangle)
/// and gives the value; `value(at)` gives the value alone.
template <class Derive, class Value>
std::optional<Error> minimise(std::vector<double>& at, std::int32_t most_steps, const Derive& derive,
                              const Value& value) {
  const std::size_t size = at.size();
  std::vector<double> gradient, hessian, next(size);
  for (std::int32_t step = 0; step < most_steps; ++step) {
    const double now = derive(at, gradient, hessian);
    const std::vector<double> slope = gradient;
    const std::vector<double> kept = hessian;
    for (double damping = 1e-10; !solve_symmetric(hessian, gradient); damping *= 100) {
      double most = 0;
      for (std::size_t i = 0; i < size; ++i) most = std::max(most, kept[i * size + i]);
      if (damping > 1 || !std::isfinite(most)) return inseparable();
      hessian = kept;
      gradient = slope;
      for (std::size_t i = 0; i < size; ++i) hessian[i * size + i] += damping * most;
    }
    double decrease = 0;
    for (std::size_t i = 0; i < size; ++i) decrease += slope[i] * gradient[i];
    double length = 1, then = now;
    for (int halvings = 0; halvings < 40; ++halvings, length /= 2) {
      for (std::size_t i = 0; i < size; ++i) next[i] = at[i] - length * gradient[i];
      if ((then = value(next)) <= now) break;
    }
    if (!(then <= now)) return std::nullopt;  // no shorter step is better: as near as rounding lets us
    at = next;
    // Each step squares the error, so what is left after this one is far below what rounding lets us see.
    if (decrease <= 1e-14 * (1 + std::abs(now))) return std::nullopt;
  }
  return Error(errc::invalid_argument,
               std::string("not done in ").append(std::to_string(most_steps)) + " steps of Newton's method",
               {{}, "most_steps", -1});
}

/// −Σ ln p and its derivatives by the contrasts' coefficients [contrast][1 + width].
class softmax_loss {
 public:
  softmax_loss(std::span<const double> numbers, std::size_t width, std::span<const std::uint8_t> level,
               std::size_t levels, double penalty, executor* threads)
      : numbers_(numbers),
        width_(width),
        level_(level),
        levels_(levels),
        penalty_(penalty),
        threads_(threads),
        contrasts_(contrasts(levels)) {}

  [[nodiscard]] std::size_t size() const { return (levels_ - 1) * (width_ + 1); }

  /// [level][1 + width] of [contrast][1 + width].
  [[nodiscard]] std::vector<double> by_level(const std::vector<double>& at) const {
    const std::size_t across = width_ + 1, free = levels_ - 1;
    std::vector<double> out(levels_ * across, 0);
    for (std::size_t k = 0; k < levels_; ++k)
      for (std::size_t j = 0; j < free; ++j)
        for (std::size_t a = 0; a < across; ++a) out[k * across + a] += contrasts_[k * free + j] * at[j * across + a];
    return out;
  }

  [[nodiscard]] double value(const std::vector<double>& at) const {
    const std::vector<double> coefficients = by_level(at);
    std::vector<std::vector<double>> sums(parts, std::vector<double>(1, 0.0));
    for_parts(threads_, level_.size(), [&](std::size_t part, std::size_t begin, std::size_t end) {
      std::vector<double> log_p(levels_);
      for (std::size_t i = begin; i < end; ++i) {
        log_levels(coefficients, i, log_p);
        sums[part][0] -= log_p[level_[i]];
      }
    });
    return added(sums)[0] + ridge(at);
  }

  double derive(const std::vector<double>& at, std::vector<double>& gradient, std::vector<double>& hessian) const {
    const std::size_t across = width_ + 1, free = levels_ - 1, pairs = free * (free + 1) / 2;
    const std::vector<double> coefficients = by_level(at);
    // One part after the other's memory: value, gradient, then a square of products a pair of contrasts.
    std::vector<std::vector<double>> sums(parts);
    for_parts(threads_, level_.size(), [&](std::size_t part, std::size_t begin, std::size_t end) {
      std::vector<double>& to = sums[part];
      to.assign(1 + free * across + pairs * across * across, 0);
      std::vector<double> log_p(levels_), pull(free), p(levels_), mean(free);
      constexpr std::size_t group =
          64;  // rows whose products are taken pair by pair, while a pair's square is in cache
      std::vector<double> x(group * across), weight(pairs * group);
      for (std::size_t i = begin; i < end; i += group) {
        std::fill(weight.begin(), weight.end(), 0.0);
        const std::size_t some = std::min(group, end - i);
        for (std::size_t r = 0; r < some; ++r) {
          x[r * across] = 1;
          std::copy_n(numbers_.begin() + static_cast<std::ptrdiff_t>((i + r) * width_), width_,
                      x.begin() + static_cast<std::ptrdiff_t>(r * across + 1));
          log_levels(coefficients, i + r, log_p);
          to[0] -= log_p[level_[i + r]];
          for (std::size_t k = 0; k < levels_; ++k) p[k] = std::exp(log_p[k]);
          for (std::size_t j = 0; j < free; ++j) {
            pull[j] = mean[j] = 0;
            for (std::size_t k = 0; k < levels_; ++k) mean[j] += contrasts_[k * free + j] * p[k];
            pull[j] = mean[j] - contrasts_[level_[i + r] * free + j];
            for (std::size_t a = 0; a < across; ++a) to[1 + j * across + a] += pull[j] * x[r * across + a];
          }
          for (std::size_t j = 0, pair = 0; j < free; ++j)
            for (std::size_t l = 0; l <= j; ++l, ++pair) {
              double w = 0;
              for (std::size_t k = 0; k < levels_; ++k) w += contrasts_[k * free + j] * contrasts_[k * free + l] * p[k];
              weight[pair * group + r] = w - mean[j] * mean[l];
            }
        }
        for (std::size_t pair = 0; pair < pairs; ++pair)
          for (std::size_t r = 0; r < some; r += 4)
            add_products(to.data() + 1 + free * across + pair * across * across, across, x.data() + r * across,
                         weight.data() + pair * group + r);
      }
    });
    const std::vector<double>& all = added(sums);
    gradient.assign(all.begin() + 1, all.begin() + 1 + static_cast<std::ptrdiff_t>(size()));
    hessian.assign(size() * size(), 0);
    for (std::size_t j = 0, pair = 0; j < free; ++j)
      for (std::size_t l = 0; l <= j; ++l, ++pair)
        for (std::size_t a = 0; a < across; ++a)
          for (std::size_t b = 0; b < across; ++b)  // each square is symmetric, of which the lower half was added up
            hessian[(j * across + a) * size() + l * across + b] =
                all[1 + size() + pair * across * across + std::max(a, b) * across + std::min(a, b)];
    for (std::size_t j = 0; j < free; ++j)
      for (std::size_t a = 1; a < across; ++a) {
        gradient[j * across + a] += penalty_ * at[j * across + a];
        hessian[(j * across + a) * (size() + 1)] += penalty_;
      }
    return all[0] + ridge(at);
  }

 private:
  void log_levels(const std::vector<double>& coefficients, std::size_t row, std::vector<double>& out) const {
    for (std::size_t k = 0; k < levels_; ++k)
      out[k] = weigh(coefficients.data() + k * (width_ + 1), numbers_.data() + row * width_, width_);
    log_softmax(out);
  }
  [[nodiscard]] double ridge(const std::vector<double>& at) const {
    double sum = 0;
    for (std::size_t i = 0; i < at.size(); ++i) sum += i % (width_ + 1) == 0 ? 0 : at[i] * at[i];
    return penalty_ / 2 * sum;
  }

  std::span<const double> numbers_;
  std::size_t width_;
  std::span<const std::uint8_t> level_;
  std::size_t levels_;
  double penalty_;
  executor* threads_;
  std::vector<double> contrasts_;
};

}  // namespace tierwise

#endif
