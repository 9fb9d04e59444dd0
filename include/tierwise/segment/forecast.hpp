// The level of next period, with its probability. This header only uses a forecast model; forecast_fit.hpp makes one.
#ifndef TIERWISE_SEGMENT_FORECAST_HPP
#define TIERWISE_SEGMENT_FORECAST_HPP

#include <span>
#include <string>
#include <vector>

#include <tierwise/core/column.hpp>
#include <tierwise/core/executor.hpp>
#include <tierwise/core/result.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// How one number x enters a sum: x clamped to [low, high], max(0, x − knot) for each knot, and one more number that is 1
/// where x is missing (the others then count as their means). Outside of what the fit has seen nothing is extrapolated.
struct spline_basis {
  double low = 0, high = 0;
  std::vector<double> knots;  ///< rising, within (low, high)
  bool may_miss = false;  ///< whether the fit has seen x missing; if not, a missing x counts as average

  [[nodiscard]] std::size_t width() const noexcept { return 1 + knots.size() + (may_miss ? 1 : 0); }
  friend bool operator==(const spline_basis&, const spline_basis&) = default;
};

/// Columns expanded and standardised: (value − mean) / scale, and 0 where missing.
struct spline_design {
  std::vector<spline_basis> columns;
  std::vector<double> mean, scale;  ///< of each expanded number; `width` of them

  [[nodiscard]] std::size_t width() const noexcept { return mean.size(); }
  friend bool operator==(const spline_design&, const spline_design&) = default;
};

/// A forecast of next period's level. Immutable; share it between threads freely. Three sums over splines:
///   expected next score  m = location · design(x)
///   its spread           s = exp(log_spread · design(x))          (m and s only if the model was fitted with scores)
///   probability          p(level k) ∝ exp(a · ln q(k) + shift[k]),  q = softmax(coefficients · design2(x, m, ln s, (m − cut)/s))
/// so it knows both where a doctor is heading and how near to which cut that is, in units of his own unsteadiness.
struct forecast_model {
  std::vector<std::string> columns;  ///< what it reads, in order
  std::vector<std::string> levels;  ///< what it forecasts, in the caller's order
  std::vector<double> cuts;  ///< floors of next period's levels on the score's scale
  spline_design first;  ///< of the columns, for location and spread
  std::vector<double> location, log_spread;  ///< intercept, then one a number of `first`; empty: fitted without scores
  spline_design second;  ///< of the columns, then m, ln s and one distance a cut
  std::vector<double> coefficients;  ///< [level][1 + second.width()], intercept first
  double sharpness = 1;  ///< a, above 0; below 1 a calibration has found the forecast too sure
  std::vector<double> shift;  ///< one a level; empty: 0
  std::int64_t fitted_rows = 0;

  friend bool operator==(const forecast_model&, const forecast_model&) = default;
};

/// Every inconsistency: sizes that do not fit, numbers that are not finite, knots that do not rise. Empty if `forecast` can use
/// it. For models that come from a file; those of `fit_forecast` have none.
[[nodiscard]] std::vector<Error> check(const forecast_model& model);

/// One row a doctor.
struct level_forecast {
  std::vector<double> probability;  ///< [doctor][level]; each row adds up to 1 within 2^-50
  std::vector<double> expected_score, spread;  ///< NaN if the model was fitted without scores
  std::vector<std::uint8_t> likeliest;  ///< index of the likeliest level, the first of equals
};

/// The forecast of each doctor. Total: a missing or infinite number has an answer too. A doctor's answer depends on the model
/// and that doctor's row alone. O(rows · levels · width).
/// Errors: not_fitted (the first of check(model)); missing_column (not as many columns as the model reads), length_mismatch,
/// wrong_type (text).
[[nodiscard]] result<level_forecast> forecast(const forecast_model& model, std::span<const column_view> columns,
                                              executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/forecast.ipp>
#endif
#endif
