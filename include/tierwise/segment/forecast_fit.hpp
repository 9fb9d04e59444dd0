// Training of forecast models: kept out of forecast.hpp, as a program that only serves needs none of it.
// Not in tierwise.hpp: only programs that train need it.
#ifndef TIERWISE_SEGMENT_FORECAST_FIT_HPP
#define TIERWISE_SEGMENT_FORECAST_FIT_HPP

#include <tierwise/segment/forecast.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

/// What happened: a row is one doctor at one date, with what was known then and what came next.
struct forecast_examples {
  std::span<const std::string> names;  ///< of the columns
  std::span<const column_view>
      columns;  ///< numbers known at the row's date; missing and infinite ones are taken as missing
  std::span<const std::uint8_t> next_level;  ///< index into `levels`
  std::span<const std::string> levels;
  std::span<const double> next_score;  ///< score of next period, finite; empty: fit without scores
  std::span<const double> cuts;  ///< with scores: floors of next period's levels, any order
};

struct forecast_options {
  std::int32_t knots = 3;  ///< a column, at its quantiles (type 7); fewer where values repeat; 0: straight lines
  std::int32_t score_knots = 7;  ///< of expected score, spread and distances to the cuts
  double tail = 0.005;  ///< share of values beyond `low` and beyond `high`, which are clamped to them
  double score_penalty = 10;  ///< ridge on the standardised numbers, location and spread
  double penalty = 10;  ///< ridge, levels; scikit-learn's 1/C
  std::int32_t most_steps = 50;  ///< of Newton's method

  friend bool operator==(const forecast_options&, const forecast_options&) = default;
};

/// Every fault, place.column naming the option; empty if it is sound.
[[nodiscard]] std::vector<Error> check(const forecast_options& what);

/// Fits location by ridge regression, ln(|residual| + rms/20) likewise for the spread, and levels by `fit_softmax`. The order of
/// rows does not matter: they are sorted by their content first, and added in blocks, so any executor gives the same bytes.
/// O(steps · rows · width² · levels²); memory: rows · width numbers.
/// Errors: the first of check(what); length_mismatch, wrong_type, not_finite (a score), out_of_range (a level), invalid_argument
/// (no rows, fewer than two levels, a name twice, cuts without scores or the reverse).
[[nodiscard]] result<forecast_model> fit_forecast(const forecast_examples& examples, const forecast_options& what = {},
                                                  executor* threads = nullptr);

/// The model with `sharpness` and `shift` fitted on examples that it was not trained on and that lie later (`next_score` and
/// `cuts` are not looked at): maximum likelihood of p ∝ q^a·e^shift with a ridge of `penalty` towards a = 1, shift = 0 (Platt
/// 1999; Guo et al. 2017, whose temperature is 1/a). Errors as `fit_forecast`.
[[nodiscard]] result<forecast_model> calibrate(const forecast_model& model, const forecast_examples& later,
                                               double penalty = 1);

/// Multinomial logistic regression with a ridge: minimises −Σ ln p(level) + penalty/2 · Σ coefficient² (intercepts free, and
/// adding up to 0) by Newton's method; scikit-learn's LogisticRegression(C=1/penalty) has the same minimum. `numbers` is [row][width].
/// Gives [level][1 + width], intercept first. Errors: length_mismatch, not_finite, out_of_range, invalid_argument.
[[nodiscard]] result<std::vector<double>> fit_softmax(std::span<const double> numbers, std::size_t width,
                                                      std::span<const std::uint8_t> level, std::size_t levels,
                                                      double penalty, std::int32_t most_steps = 50,
                                                      executor* threads = nullptr);

}  // namespace tierwise

#if TIERWISE_HEADER_ONLY
#include <tierwise/segment/impl/forecast_fit.ipp>
#endif
#endif
