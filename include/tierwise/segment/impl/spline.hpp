// What using and training a forecast share. `inline` in both modes, as the two are compiled apart.
#ifndef TIERWISE_SEGMENT_IMPL_SPLINE_HPP
#define TIERWISE_SEGMENT_IMPL_SPLINE_HPP

#include <algorithm>
#include <cmath>

#include <tierwise/segment/forecast.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

namespace forecast_detail {

/// One row of numbers through a design.
inline void expand(const spline_design& design, std::span<const double> row, double* out) {
  std::size_t at = 0;
  for (std::size_t c = 0; c < design.columns.size(); ++c) {
    const spline_basis& basis = design.columns[c];
    const bool gone = std::isnan(row[c]);
    const double x = gone ? 0 : std::clamp(row[c], basis.low, basis.high);
    const auto put = [&](double value) {
      out[at] = gone ? 0 : (value - design.mean[at]) / design.scale[at];
      ++at;
    };
    put(x);
    for (const double knot : basis.knots) put(std::max(0.0, x - knot));
    if (basis.may_miss) {
      out[at] = ((gone ? 1.0 : 0.0) - design.mean[at]) / design.scale[at];
      ++at;
    }
  }
}

/// Intercept + coefficients · numbers.
inline double weigh(const double* coefficients, const double* numbers, std::size_t width) {
  double sum = coefficients[0];
  for (std::size_t i = 0; i < width; ++i) sum += coefficients[i + 1] * numbers[i];
  return sum;
}

/// ln of the softmax, in place.
inline void log_softmax(std::span<double> values) {
  const double top = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (const double v : values) sum += std::exp(v - top);
  const double log_sum = top + std::log(sum);
  for (double& v : values) v -= log_sum;
}

/// A cell as the model reads it: what is not finite is missing.
inline double finite_cell(const column_view& column, std::size_t row) {
  const double x = column.number(row);
  return std::isfinite(x) ? x : missing;
}

/// Distances to the cuts are bounded, as a spread may be tiny.
inline constexpr double farthest = 8;

/// m, ln s and the distances behind the columns. `numbers` is room for first.width().
inline void add_outlook(const forecast_model& model, std::span<double> row, double* numbers) {
  if (model.location.empty()) return;
  const std::size_t given = model.columns.size();
  expand(model.first, row.first(given), numbers);
  const double m = weigh(model.location.data(), numbers, model.first.width());
  const double log_s = weigh(model.log_spread.data(), numbers, model.first.width());
  row[given] = m;
  row[given + 1] = log_s;
  for (std::size_t k = 0; k < model.cuts.size(); ++k)
    row[given + 2 + k] = std::clamp((m - model.cuts[k]) / std::exp(log_s), -farthest, farthest);
}

/// Columns of the second design.
inline std::size_t second_columns(const forecast_model& model) {
  return model.columns.size() + (model.location.empty() ? 0 : 2 + model.cuts.size());
}

inline bool sound(const spline_design& design, std::size_t columns) {
  std::size_t width = 0;
  bool good = design.columns.size() == columns && design.scale.size() == design.mean.size();
  for (const spline_basis& basis : design.columns) {
    width += basis.width();
    good = good && std::isfinite(basis.low) && std::isfinite(basis.high) && basis.low <= basis.high;
    for (std::size_t k = 0; k < basis.knots.size(); ++k)
      good = good && std::isfinite(basis.knots[k]) && (k == 0 || basis.knots[k - 1] < basis.knots[k]);
  }
  good = good && width == design.mean.size();
  for (const double m : design.mean) good = good && std::isfinite(m);
  for (const double s : design.scale) good = good && std::isfinite(s) && s > 0;
  return good;
}

/// Errors of columns that do not fit the names.
inline std::vector<Error> refuse_columns(std::span<const std::string> names, std::span<const column_view> columns) {
  std::vector<Error> out;
  if (names.size() != columns.size()) {
    out.emplace_back(errc::missing_column,
                     std::string("expected ").append(std::to_string(names.size())) + " columns, found " +
                         std::to_string(columns.size()),
                     place{{}, "columns", -1});
    return out;
  }
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (!columns[c].is_numeric())
      out.emplace_back(errc::wrong_type, "expected numbers, found text", place{{}, names[c], -1});
    if (columns[c].size() != columns[0].size())
      out.emplace_back(errc::length_mismatch,
                       std::string("expected ").append(std::to_string(columns[0].size())) +
                           " rows as in the first column, found " + std::to_string(columns[c].size()),
                       place{{}, names[c], -1});
  }
  return out;
}

}  // namespace forecast_detail

}  // namespace tierwise

#endif
