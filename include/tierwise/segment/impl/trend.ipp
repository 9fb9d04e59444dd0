// Bodies of segment/trend.hpp.
#ifndef TIERWISE_SEGMENT_IMPL_TREND_IPP
#define TIERWISE_SEGMENT_IMPL_TREND_IPP

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <tierwise/core/column.hpp>
#include <tierwise/segment/trend.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

namespace trend_detail {

/// One date of a doctor: time in units before now, the mean of its scores, its weight.
struct dated_score {
  std::int32_t day = 0;
  double time = 0, score = 0, weight = 1;
};

struct line {
  double slope = missing, centre = 0, height = 0;  ///< height + slope · (t − centre)
  double squares = 0;                              ///< Σ w e²
  double spread = 0;                               ///< Σ w (t − centre)²
};

/// The known scores in the window by date, one a date.
TIERWISE_INLINE void points_of(const trend_options& what, const score_history& history, date as_of, std::size_t doctor,
                               std::vector<dated_score>& out) {
  out.clear();
  for (std::size_t i = history.begin[doctor]; i < history.begin[doctor + 1]; ++i) {
    const std::int32_t age = as_of - history.on[i];
    if (std::isnan(history.score[i]) || age < 0 || age >= what.window_days) continue;
    out.push_back({history.on[i].days, -age / what.unit_days, history.score[i], std::exp2(-age / what.half_life_days)});
  }
  // By score within a date, so that the mean does not depend on the order of items.
  std::sort(out.begin(), out.end(), [](const dated_score& a, const dated_score& b) {
    return a.day != b.day ? a.day < b.day : a.score < b.score;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < out.size();) {
    std::size_t end = i;
    double sum = 0;
    for (; end < out.size() && out[end].day == out[i].day; ++end) sum += out[end].score;
    out[kept] = out[i];
    out[kept++].score = sum / static_cast<double>(end - i);
    i = end;
  }
  out.resize(kept);
  double weight = 0;
  for (const dated_score& p : out) weight += p.weight;
  for (dated_score& p : out) p.weight *= static_cast<double>(kept) / weight;
}

/// Σ w e² of a line whose slope is known, about the weighted mean.
TIERWISE_INLINE line line_through(const std::vector<dated_score>& points, std::optional<double> slope = std::nullopt) {
  line out;
  double weight = 0, products = 0;
  for (const dated_score& p : points) {
    weight += p.weight;
    out.centre += p.weight * p.time;
    out.height += p.weight * p.score;
  }
  out.centre /= weight;
  out.height /= weight;
  for (const dated_score& p : points) {
    out.spread += p.weight * (p.time - out.centre) * (p.time - out.centre);
    products += p.weight * (p.time - out.centre) * (p.score - out.height);
  }
  out.slope = slope ? *slope : products / out.spread;
  for (const dated_score& p : points) {
    const double e = p.score - out.height - out.slope * (p.time - out.centre);
    out.squares += p.weight * e * e;
  }
  return out;
}

/// The middle by weight: halfway between the two values where the weights below and above are equal.
TIERWISE_INLINE double weighted_median(std::vector<std::pair<double, double>>& values) {
  std::sort(values.begin(), values.end());
  double all = 0, below = 0;
  for (const auto& [value, weight] : values) all += weight;
  for (std::size_t i = 0; i < values.size(); ++i) {
    below += values[i].second;
    if (2 * below > all) return values[i].first;
    if (2 * below == all && i + 1 < values.size()) return (values[i].first + values[i + 1].first) / 2;
  }
  return values.back().first;
}

/// Theil and Sen's slope; `squares` as a normal sample with the same median absolute deviation would have.
TIERWISE_INLINE line robust_line(const std::vector<dated_score>& points) {
  std::vector<std::pair<double, double>> values;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const double apart = points[j].time - points[i].time;
      values.emplace_back((points[j].score - points[i].score) / apart, points[i].weight * points[j].weight * apart);
    }
  line out = line_through(points, weighted_median(values));
  values.clear();
  for (const dated_score& p : points) values.emplace_back(p.score - out.slope * p.time, p.weight);
  const double level = weighted_median(values);
  for (auto& [value, weight] : values) value = std::abs(value - level);
  const double deviation = 1.4826 * weighted_median(values);
  out.squares = deviation * deviation * std::max(0.0, static_cast<double>(points.size()) - 2);
  return out;
}

TIERWISE_INLINE std::optional<Error> refuse(const trend_options& what, const score_history& history, date as_of) {
  if (std::vector<Error> faults = check(what); !faults.empty()) return faults.front();
  if (!is_possible(as_of))
    return Error(errc::invalid_date, "as_of is no date of the years 1900 to 2199", {{}, "as_of", -1});
  if (history.on.size() != history.score.size())
    return Error(errc::length_mismatch,
                 std::string("expected ").append(std::to_string(history.on.size())) + " scores, one a date, found " +
                     std::to_string(history.score.size()),
                 {{}, "score", -1});
  bool sound =
      history.begin.empty() ? history.on.empty() : history.begin[0] == 0 && history.begin.back() == history.on.size();
  for (std::size_t i = 1; i < history.begin.size(); ++i) sound = sound && history.begin[i - 1] <= history.begin[i];
  if (!sound)
    return Error(errc::length_mismatch,
                 "expected begin to start with 0, never to fall, and to end with the number of dates",
                 {{}, "begin", -1});
  for (std::size_t i = 0; i < history.on.size(); ++i) {
    if (!is_possible(history.on[i]))
      return Error(errc::invalid_date, "expected a date of the years 1900 to 2199",
                   {{}, "date", static_cast<std::int64_t>(i)});
    if (std::isinf(history.score[i]))
      return Error(errc::not_finite, "expected a finite score, or NaN where it is unknown",
                   {{}, "score", static_cast<std::int64_t>(i)});
  }
  return std::nullopt;
}

}  // namespace trend_detail

TIERWISE_INLINE std::vector<Error> check(const trend_options& what) {
  std::vector<Error> out;
  const auto expect = [&](bool sound, const char* column, const char* expected) {
    if (!sound) out.emplace_back(errc::out_of_range, std::string("expected ") + expected, place{{}, column, -1});
  };
  expect(what.unit_days > 0 && std::isfinite(what.unit_days), "unit_days", "a number of days above 0");
  expect(what.window_days > 0, "window_days", "a number of days above 0");
  expect(what.half_life_days > 0, "half_life_days", "a number of days above 0, or infinity");
  expect(what.confidence > 0 && what.confidence < 1, "confidence", "a number between 0 and 1, both excluded");
  expect(what.noise >= 0 && std::isfinite(what.noise), "noise", "a finite number of points, at least 0");
  expect(what.noise_strength >= 0 && what.noise_strength <= 1'000'000, "noise_strength",
         "0 to 1,000,000 degrees of freedom");
  expect(what.method == trend_method::least_squares || what.method == trend_method::theil_sen, "method",
         "least_squares or theil_sen");
  return out;
}

TIERWISE_INLINE double student_quantile(double probability, std::int32_t freedom) {
  if (!(probability > 0 && probability < 1) || freedom < 1)
    throw Error(errc::invalid_argument, "expected a probability between 0 and 1 and at least one degree of freedom",
                {{}, "freedom", -1});
  if (probability == 0.5) return 0;
  const double wanted = 2 * std::max(probability, 1 - probability) - 1;  // P(|T| ≤ t)
  // θ = atan(t/√ν) lies between 0 and π/2, so bisection needs no bracket. Both sums run over the powers of cos θ below ν.
  const auto within = [freedom](double theta) {
    const double c = std::cos(theta), s = std::sin(theta);
    double term = freedom % 2 == 1 ? c : 1.0, sum = freedom == 1 ? 0.0 : term;
    for (std::int32_t k = freedom % 2 == 1 ? 3 : 2; k < freedom; k += 2) {
      term *= c * c * static_cast<double>(k - 1) / static_cast<double>(k);
      sum += term;
      if (term < 1e-18 * sum) break;
    }
    return freedom % 2 == 1 ? (theta + s * sum) * 0.63661977236758134308 : s * sum;
  };
  double low = 0, high = 1.57079632679489661923;
  for (int step = 0; step < 200 && low < high; ++step) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (within(middle) < wanted ? low : high) = middle;
  }
  const double t = std::sqrt(static_cast<double>(freedom)) * std::tan(low);
  return probability < 0.5 ? -t : t;
}

TIERWISE_INLINE result<trend_table> trends(const trend_options& what, const score_history& history, date as_of,
                                           executor* threads) {
  if (std::optional<Error> error = trend_detail::refuse(what, history, as_of)) return *std::move(error);
  const std::size_t doctors = history.doctors();
  trend_table out;
  for (std::vector<double>* column :
       {&out.slope, &out.standard_error, &out.low, &out.high, &out.last, &out.first, &out.best})
    column->assign(doctors, missing);
  out.points.assign(doctors, 0);
  out.age_days.assign(doctors, -1);
  for_blocks(threads, doctors, 1024, [&](std::size_t begin, std::size_t end) {
    std::vector<trend_detail::dated_score> points;
    std::vector<double> quantiles;  // by degrees of freedom, each computed once a block
    for (std::size_t row = begin; row < end; ++row) {
      trend_detail::points_of(what, history, as_of, row, points);
      if (points.empty()) continue;
      out.points[row] = static_cast<std::int32_t>(points.size());
      out.age_days[row] = as_of.days - points.back().day;
      out.first[row] = points.front().score;
      out.last[row] = points.back().score;
      double best = points.front().score;
      for (const trend_detail::dated_score& p : points) best = std::max(best, p.score);
      out.best[row] = best;
      if (points.size() < 2) continue;
      const trend_detail::line fitted = what.method == trend_method::theil_sen ? trend_detail::robust_line(points)
                                                                               : trend_detail::line_through(points);
      out.slope[row] = fitted.slope;
      out.low[row] = -std::numeric_limits<double>::infinity();
      out.high[row] = std::numeric_limits<double>::infinity();
      const std::size_t freedom = static_cast<std::size_t>(what.noise_strength) + points.size() - 2;
      if (freedom == 0) continue;  // two scores, and no guess at their noise
      const double variance =
          (what.noise_strength * what.noise * what.noise + fitted.squares) / static_cast<double>(freedom);
      out.standard_error[row] = std::sqrt(variance / fitted.spread);
      const std::size_t held = freedom - static_cast<std::size_t>(what.noise_strength);
      if (quantiles.size() <= held) quantiles.resize(held + 1, missing);
      if (std::isnan(quantiles[held]))
        quantiles[held] = student_quantile(0.5 + what.confidence / 2, static_cast<std::int32_t>(freedom));
      out.low[row] = fitted.slope - quantiles[held] * out.standard_error[row];
      out.high[row] = fitted.slope + quantiles[held] * out.standard_error[row];
    }
  });
  return out;
}

TIERWISE_INLINE result<std::vector<double>> latest_scores(const score_history& history, date at,
                                                          std::int32_t within_days) {
  if (within_days < 1) return Error(errc::out_of_range, "expected at least one day", {{}, "within_days", -1});
  trend_options what;
  what.window_days = within_days;
  if (std::optional<Error> error = trend_detail::refuse(what, history, at)) return *std::move(error);
  std::vector<double> out(history.doctors(), missing);
  std::vector<trend_detail::dated_score> points;
  for (std::size_t row = 0; row < out.size(); ++row) {
    trend_detail::points_of(what, history, at, row, points);
    if (!points.empty()) out[row] = points.back().score;
  }
  return out;
}

TIERWISE_INLINE result<double> pooled_noise(const trend_options& what, const score_history& history, date as_of) {
  if (std::optional<Error> error = trend_detail::refuse(what, history, as_of)) return *std::move(error);
  std::vector<trend_detail::dated_score> points;
  std::vector<double> squares;  // added by size, so that the order of doctors does not matter
  std::size_t freedom = 0;
  for (std::size_t row = 0; row < history.doctors(); ++row) {
    trend_detail::points_of(what, history, as_of, row, points);
    if (points.size() < 3) continue;
    squares.push_back(trend_detail::line_through(points).squares);
    freedom += points.size() - 2;
  }
  if (freedom == 0) return missing;
  std::sort(squares.begin(), squares.end());
  double sum = 0;
  for (const double s : squares) sum += s;
  return std::sqrt(sum / static_cast<double>(freedom));
}

}  // namespace tierwise

#endif
