// Bodies of segment/forecast_fit.hpp.
#ifndef TIERWISE_SEGMENT_IMPL_FORECAST_FIT_IPP
#define TIERWISE_SEGMENT_IMPL_FORECAST_FIT_IPP

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include <tierwise/segment/forecast_fit.hpp>
#include <tierwise/segment/impl/softmax.ipp>

namespace tierwise::inline TIERWISE_ABI::segment {

namespace forecast_detail {

/// Type 7 of Hyndman and Fan. Precondition: values are sorted and not empty.
TIERWISE_INLINE double sorted_quantile(const std::vector<double>& values, double q) {
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= values.size()) return values.back();
  return values[below] + (at - static_cast<double>(below)) * (values[below + 1] - values[below]);
}

/// Bounds and knots from the column's known values; means and scales from all rows. Column c has knots_of(c) knots at most.
template <class Knots>
spline_design fit_design(const number_rows& raw, double tail, const Knots& knots_of) {
  spline_design out;
  std::vector<double> known_rows;  // of each expanded number
  for (std::size_t c = 0; c < raw.width; ++c) {
    std::vector<double> known;
    for (std::size_t i = 0; i < raw.rows(); ++i)
      if (!std::isnan(raw[i][c])) known.push_back(raw[i][c]);
    std::sort(known.begin(), known.end());
    spline_basis basis;
    basis.may_miss = !known.empty() && known.size() < raw.rows();
    if (!known.empty()) {
      basis.low = sorted_quantile(known, tail);
      basis.high = sorted_quantile(known, 1 - tail);
      const auto knots = static_cast<std::int32_t>(knots_of(c));
      for (std::int32_t k = 1; k <= knots; ++k) {
        const double knot = sorted_quantile(known, static_cast<double>(k) / (knots + 1));
        if (knot > basis.low && knot < basis.high && (basis.knots.empty() || basis.knots.back() < knot))
          basis.knots.push_back(knot);
      }
    }
    known_rows.insert(known_rows.end(), 1 + basis.knots.size(), static_cast<double>(known.size()));
    if (basis.may_miss) known_rows.push_back(static_cast<double>(raw.rows()));
    out.columns.push_back(std::move(basis));
  }
  const std::size_t width = known_rows.size();
  out.mean.assign(width, 0);
  out.scale.assign(width, 1);
  std::vector<double> numbers(width), mean(width), squares(width);
  for (std::size_t i = 0; i < raw.rows(); ++i) {
    expand(out, raw[i], numbers.data());
    for (std::size_t k = 0; k < width; ++k) mean[k] += numbers[k];
  }
  for (std::size_t k = 0; k < width; ++k) out.mean[k] = known_rows[k] > 0 ? mean[k] / known_rows[k] : 0;
  for (std::size_t i = 0; i < raw.rows(); ++i) {
    expand(out, raw[i], numbers.data());
    for (std::size_t k = 0; k < width; ++k) squares[k] += numbers[k] * numbers[k];
  }
  for (std::size_t k = 0; k < width; ++k) {
    const double scale = known_rows[k] > 0 ? std::sqrt(squares[k] / known_rows[k]) : 0;
    // What hardly varies is rounding, and would be blown up.
    out.scale[k] = scale > 1e-12 * std::abs(out.mean[k]) ? scale : 1;
  }
  return out;
}

TIERWISE_INLINE number_rows expanded(const spline_design& design, const number_rows& raw) {
  number_rows out{std::vector<double>(raw.rows() * design.width()), design.width()};
  for (std::size_t i = 0; i < raw.rows(); ++i) expand(design, raw[i], out.cells.data() + i * out.width);
  return out;
}

TIERWISE_INLINE std::optional<Error> refuse_levels(std::span<const std::uint8_t> level, std::size_t levels,
                                                   bool each_seen) {
  if (levels < 2 || levels > 255) return Error(errc::invalid_argument, "expected 2 to 255 levels", {{}, "levels", -1});
  std::vector<std::size_t> seen(levels);
  for (std::size_t i = 0; i < level.size(); ++i) {
    if (level[i] >= levels)
      return Error(
          errc::out_of_range,
          std::string("expected a level below ").append(std::to_string(levels)) + ", found " + std::to_string(level[i]),
          {{}, "next_level", static_cast<std::int64_t>(i)});
    ++seen[level[i]];
  }
  for (std::size_t k = 0; each_seen && k < levels; ++k)
    if (seen[k] == 0)
      return Error(errc::invalid_argument, std::string("no example of level ").append(std::to_string(k)),
                   {{}, "next_level", -1});
  return std::nullopt;
}

TIERWISE_INLINE std::optional<Error> refuse_examples(const forecast_examples& examples, bool each_seen) {
  if (examples.columns.empty())
    return Error(errc::invalid_argument, "expected at least one column", {{}, "columns", -1});
  if (std::vector<Error> faults = refuse_columns(examples.names, examples.columns); !faults.empty())
    return faults.front();
  const std::size_t rows = examples.columns[0].size();
  const auto length = [&](std::size_t found, const char* name) {
    return Error(
        errc::length_mismatch,
        std::string("expected ").append(std::to_string(rows)) + " values, one a row, found " + std::to_string(found),
        {{}, name, -1});
  };
  if (examples.next_level.size() != rows) return length(examples.next_level.size(), "next_level");
  return refuse_levels(examples.next_level, examples.levels.size(), each_seen);
}

/// Rows in an order that their content decides: columns, then what came next. Rows that remain equal can change places.
TIERWISE_INLINE std::vector<std::size_t> order_of(const number_rows& raw, std::span<const std::uint8_t> level,
                                                  std::span<const double> score) {
  std::vector<std::size_t> out(raw.rows());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    for (std::size_t c = 0; c < raw.width; ++c) {
      const double x = raw[a][c], y = raw[b][c];
      if (x < y || y < x) return x < y;
      if (std::isnan(x) != std::isnan(y)) return std::isnan(y);
    }
    if (level[a] != level[b]) return level[a] < level[b];
    return !score.empty() && score[a] < score[b];
  });
  return out;
}

}  // namespace forecast_detail

TIERWISE_INLINE std::vector<Error> check(const forecast_options& what) {
  std::vector<Error> out;
  const auto expect = [&](bool sound, const char* column, const char* expected) {
    if (!sound) out.emplace_back(errc::out_of_range, std::string("expected ") + expected, place{{}, column, -1});
  };
  expect(what.knots >= 0 && what.knots <= 100, "knots", "0 to 100 knots");
  expect(what.score_knots >= 0 && what.score_knots <= 100, "score_knots", "0 to 100 knots");
  expect(what.tail >= 0 && what.tail < 0.5, "tail", "a share from 0 to below 0.5");
  expect(what.score_penalty > 0 && std::isfinite(what.score_penalty), "score_penalty", "a finite number above 0");
  expect(what.penalty > 0 && std::isfinite(what.penalty), "penalty", "a finite number above 0");
  expect(what.most_steps >= 1, "most_steps", "at least one step");
  return out;
}

TIERWISE_INLINE result<std::vector<double>> fit_softmax(std::span<const double> numbers, std::size_t width,
                                                        std::span<const std::uint8_t> level, std::size_t levels,
                                                        double penalty, std::int32_t most_steps, executor* threads) {
  if (numbers.size() != width * level.size())
    return Error(errc::length_mismatch,
                 std::string("expected ").append(std::to_string(width * level.size())) + " numbers, found " +
                     std::to_string(numbers.size()),
                 {{}, "numbers", -1});
  if (!(penalty > 0) || !std::isfinite(penalty))
    return Error(errc::out_of_range, "expected a finite number above 0", {{}, "penalty", -1});
  if (std::optional<Error> error = forecast_detail::refuse_levels(level, levels, true)) return *std::move(error);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!std::isfinite(numbers[i]))
      return Error(errc::not_finite, "expected finite numbers", {{}, "numbers", static_cast<std::int64_t>(i / width)});
  const forecast_detail::softmax_loss loss(numbers, width, level, levels, penalty, threads);
  std::vector<double> at(loss.size(), 0);
  std::optional<Error> error = forecast_detail::minimise(
      at, most_steps, [&](const auto& x, auto& gradient, auto& hessian) { return loss.derive(x, gradient, hessian); },
      [&](const auto& x) { return loss.value(x); });
  if (error) return *std::move(error);
  return loss.by_level(at);
}

namespace forecast_detail {

TIERWISE_INLINE result<forecast_model> fitted(const forecast_examples& examples, const forecast_options& what,
                                              executor* threads) {
  if (std::vector<Error> faults = check(what); !faults.empty()) return faults.front();
  if (std::optional<Error> error = refuse_examples(examples, true)) return *std::move(error);
  const std::size_t rows = examples.next_level.size(), given = examples.columns.size();
  const bool scores = !examples.next_score.empty();
  if (scores && examples.next_score.size() != rows)
    return Error(errc::length_mismatch,
                 std::string("expected ").append(std::to_string(rows)) + " scores or none, found " +
                     std::to_string(examples.next_score.size()),
                 {{}, "next_score", -1});
  if (!scores && !examples.cuts.empty())
    return Error(errc::invalid_argument, "cuts are read together with next_score alone", {{}, "cuts", -1});
  for (std::size_t i = 0; i < examples.next_score.size(); ++i)
    if (!std::isfinite(examples.next_score[i]))
      return Error(errc::not_finite, "expected a finite score", {{}, "next_score", static_cast<std::int64_t>(i)});
  for (const double cut : examples.cuts)
    if (!std::isfinite(cut)) return Error(errc::not_finite, "expected finite cuts", {{}, "cuts", -1});

  forecast_model out;
  out.columns.assign(examples.names.begin(), examples.names.end());
  out.levels.assign(examples.levels.begin(), examples.levels.end());
  for (const std::vector<std::string>* names : {&out.columns, &out.levels}) {
    std::vector<std::string> sorted = *names;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
      return Error(errc::invalid_argument, "expected different names",
                   {{}, names == &out.columns ? "columns" : "levels", -1});
  }
  out.cuts.assign(examples.cuts.begin(), examples.cuts.end());
  out.fitted_rows = static_cast<std::int64_t>(rows);

  number_rows raw{std::vector<double>(rows * given), given};
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t c = 0; c < given; ++c)
      raw.cells[i * given + c] = finite_cell(examples.columns[c], i) + 0.0;  // −0 is 0
  const std::vector<std::size_t> order = order_of(raw, examples.next_level, examples.next_score);
  std::vector<std::uint8_t> level(rows);
  std::vector<double> score(scores ? rows : 0);
  number_rows sorted{std::vector<double>(rows * given), given};
  for (std::size_t i = 0; i < rows; ++i) {
    level[i] = examples.next_level[order[i]];
    if (scores) score[i] = examples.next_score[order[i]];
    std::copy(raw[order[i]].begin(), raw[order[i]].end(),
              sorted.cells.begin() + static_cast<std::ptrdiff_t>(i * given));
  }

  if (scores) {
    out.first = fit_design(sorted, what.tail, [&](std::size_t) { return what.knots; });
    const number_rows numbers = expanded(out.first, sorted);
    result<std::vector<double>> ridge = fit_ridge(numbers, score, what.score_penalty, threads);
    if (!ridge) return ridge.error();
    out.location = std::move(ridge).value();
    double squares = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      score[i] = std::abs(score[i] - weigh(out.location.data(), numbers[i].data(), numbers.width));
      squares += score[i] * score[i];
    }
    // A residual of 0 has no logarithm; a twentieth of the usual one is as good as none.
    const double least = std::max(std::sqrt(squares / static_cast<double>(rows)) / 20, 1e-9);
    for (double& e : score) e = std::log(e + least);
    ridge = fit_ridge(numbers, score, what.score_penalty, threads);
    if (!ridge) return ridge.error();
    out.log_spread = std::move(ridge).value();
  }
  number_rows second{{}, second_columns(out)};
  second.cells.resize(rows * second.width);
  std::vector<double> numbers(out.first.width());
  for (std::size_t i = 0; i < rows; ++i) {
    const std::span<double> row = std::span(second.cells).subspan(i * second.width, second.width);
    std::copy(sorted[i].begin(), sorted[i].end(), row.begin());
    add_outlook(out, row, numbers.data());
  }
  out.second = fit_design(second, what.tail, [&](std::size_t c) { return c < given ? what.knots : what.score_knots; });
  const number_rows all = expanded(out.second, second);
  result<std::vector<double>> softmax =
      fit_softmax(all.cells, all.width, level, out.levels.size(), what.penalty, what.most_steps, threads);
  if (!softmax) return softmax.error();
  out.coefficients = std::move(softmax).value();
  return out;
}

TIERWISE_INLINE result<forecast_model> calibrated(const forecast_model& model, const forecast_examples& later,
                                                  double penalty) {
  if (!(penalty > 0) || !std::isfinite(penalty))
    return Error(errc::out_of_range, "expected a finite number above 0", {{}, "penalty", -1});
  if (later.levels.size() != model.levels.size() ||
      !std::equal(later.levels.begin(), later.levels.end(), model.levels.begin()))
    return Error(errc::invalid_argument, "expected the levels of the model, in its order", {{}, "levels", -1});
  if (std::vector<Error> faults = refuse_columns(model.columns, later.columns); !faults.empty()) return faults.front();
  if (std::optional<Error> error = refuse_examples(later, false)) return *std::move(error);
  forecast_model out = model;
  out.sharpness = 1;
  out.shift.clear();
  result<level_forecast> plain = forecast(out, later.columns);
  if (!plain) return plain.error();
  const std::size_t levels = model.levels.size(), free = levels - 1, size = 1 + free;
  number_rows log_q{std::move(plain).value().probability, levels};
  for (double& p : log_q.cells) p = std::log(std::max(p, 1e-300));
  const std::vector<std::size_t> order = order_of(log_q, later.next_level, {});
  const std::vector<double> contrast = contrasts(levels);

  std::vector<double> log_p(levels);
  const auto log_row = [&](const std::vector<double>& at, std::size_t row) {
    for (std::size_t k = 0; k < levels; ++k) {
      log_p[k] = at[0] * log_q[row][k];
      for (std::size_t j = 0; j < free; ++j) log_p[k] += contrast[k * free + j] * at[1 + j];
    }
    log_softmax(log_p);
  };
  const auto ridge = [&](const std::vector<double>& at) {
    double sum = (at[0] - 1) * (at[0] - 1);
    for (std::size_t j = 1; j < size; ++j) sum += at[j] * at[j];
    return penalty / 2 * sum;
  };
  const auto value = [&](const std::vector<double>& at) {
    if (!(at[0] > 1e-3)) return std::numeric_limits<double>::infinity();
    double sum = 0;
    for (const std::size_t row : order) {
      log_row(at, row);
      sum -= log_p[later.next_level[row]];
    }
    return sum + ridge(at);
  };
  const auto derive = [&](const std::vector<double>& at, std::vector<double>& gradient, std::vector<double>& hessian) {
    gradient.assign(size, 0);
    hessian.assign(size * size, 0);
    double sum = 0;
    std::vector<double> part(levels * size), mean(size);
    for (const std::size_t row : order) {
      log_row(at, row);
      sum -= log_p[later.next_level[row]];
      std::fill(mean.begin(), mean.end(), 0.0);
      for (std::size_t k = 0; k < levels; ++k) {
        part[k * size] = log_q[row][k];
        for (std::size_t j = 0; j < free; ++j) part[k * size + 1 + j] = contrast[k * free + j];
        for (std::size_t a = 0; a < size; ++a) mean[a] += std::exp(log_p[k]) * part[k * size + a];
      }
      for (std::size_t a = 0; a < size; ++a) {
        gradient[a] += mean[a] - part[later.next_level[row] * size + a];
        for (std::size_t b = 0; b <= a; ++b) {
          double product = -mean[a] * mean[b];
          for (std::size_t k = 0; k < levels; ++k)
            product += std::exp(log_p[k]) * part[k * size + a] * part[k * size + b];
          hessian[a * size + b] += product;
        }
      }
    }
    for (std::size_t a = 0; a < size; ++a) {
      gradient[a] += penalty * (at[a] - (a == 0 ? 1 : 0));
      hessian[a * (size + 1)] += penalty;
    }
    return sum + ridge(at);
  };
  std::vector<double> at(size, 0);
  at[0] = 1;
  if (std::optional<Error> error = minimise(at, 100, derive, value)) return *std::move(error);
  out.sharpness = at[0];
  out.shift.assign(levels, 0);
  for (std::size_t k = 0; k < levels; ++k)
    for (std::size_t j = 0; j < free; ++j) out.shift[k] += contrast[k * free + j] * at[1 + j];
  return out;
}

}  // namespace forecast_detail

TIERWISE_INLINE result<forecast_model> fit_forecast(const forecast_examples& examples, const forecast_options& what,
                                                    executor* threads) {
  return forecast_detail::fitted(examples, what, threads);
}

TIERWISE_INLINE result<forecast_model> calibrate(const forecast_model& model, const forecast_examples& later,
                                                 double penalty) {
  return forecast_detail::calibrated(model, later, penalty);
}

}  // namespace tierwise

#endif
