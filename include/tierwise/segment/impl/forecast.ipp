// Bodies of segment/forecast.hpp.
#ifndef TIERWISE_SEGMENT_IMPL_FORECAST_IPP
#define TIERWISE_SEGMENT_IMPL_FORECAST_IPP

#include <algorithm>
#include <cmath>

#include <tierwise/segment/forecast.hpp>
#include <tierwise/segment/impl/spline.hpp>

namespace tierwise::inline TIERWISE_ABI::segment {

TIERWISE_INLINE std::vector<Error> check(const forecast_model& model) {
  std::vector<Error> out;
  const auto expect = [&](bool sound, const char* part, const char* expected) {
    if (!sound) out.emplace_back(errc::not_fitted, std::string("expected ") + expected, place{{}, part, -1});
  };
  const auto finite = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  };
  const bool scores = !model.location.empty();
  expect(model.levels.size() >= 2 && model.levels.size() <= 255, "levels", "2 to 255 levels");
  expect(!model.columns.empty(), "columns", "at least one column");
  expect(finite(model.cuts) && (scores || model.cuts.empty()), "cuts", "finite cuts, and none without scores");
  if (scores) {
    expect(forecast_detail::sound(model.first, model.columns.size()), "first", "one sound spline a column");
    expect(model.location.size() == model.first.width() + 1 && finite(model.location), "location",
           "one finite number a part");
    expect(model.log_spread.size() == model.location.size() && finite(model.log_spread), "log_spread",
           "one finite number a part");
  }
  expect(forecast_detail::sound(model.second, forecast_detail::second_columns(model)), "second",
         "one sound spline a column and distance");
  expect(model.coefficients.size() == model.levels.size() * (model.second.width() + 1) && finite(model.coefficients),
         "coefficients", "one finite number a level and part");
  expect(model.sharpness > 0 && std::isfinite(model.sharpness), "sharpness", "a finite number above 0");
  expect((model.shift.empty() || model.shift.size() == model.levels.size()) && finite(model.shift), "shift",
         "one finite number a level, or none");
  return out;
}

TIERWISE_INLINE result<level_forecast> forecast(const forecast_model& model, std::span<const column_view> columns,
                                                executor* threads) {
  if (std::vector<Error> faults = check(model); !faults.empty()) return faults.front();
  if (std::vector<Error> faults = forecast_detail::refuse_columns(model.columns, columns); !faults.empty())
    return faults.front();
  const std::size_t rows = columns[0].size(), levels = model.levels.size(), given = columns.size();
  const std::size_t second = forecast_detail::second_columns(model);
  level_forecast out;
  out.probability.resize(rows * levels);
  out.expected_score.assign(rows, missing);
  out.spread.assign(rows, missing);
  out.likeliest.resize(rows);
  for_blocks(threads, rows, 1024, [&](std::size_t begin, std::size_t end) {
    std::vector<double> row(second), numbers(std::max(model.first.width(), model.second.width()));
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t c = 0; c < given; ++c) row[c] = forecast_detail::finite_cell(columns[c], i);
      forecast_detail::add_outlook(model, row, numbers.data());
      if (!model.location.empty()) {
        out.expected_score[i] = row[given];
        out.spread[i] = std::exp(row[given + 1]);
      }
      forecast_detail::expand(model.second, row, numbers.data());
      const std::span<double> p = std::span(out.probability).subspan(i * levels, levels);
      for (std::size_t k = 0; k < levels; ++k)
        p[k] = forecast_detail::weigh(model.coefficients.data() + k * (model.second.width() + 1), numbers.data(),
                                      model.second.width());
      forecast_detail::log_softmax(p);
      for (std::size_t k = 0; k < levels; ++k)
        p[k] = model.sharpness * p[k] + (model.shift.empty() ? 0 : model.shift[k]);
      forecast_detail::log_softmax(p);
      double sum = 0;
      for (double& v : p) sum += v = std::exp(v);
      for (double& v : p) v /= sum;
      out.likeliest[i] = static_cast<std::uint8_t>(std::max_element(p.begin(), p.end()) - p.begin());
    }
  });
  return out;
}

}  // namespace tierwise

#endif
