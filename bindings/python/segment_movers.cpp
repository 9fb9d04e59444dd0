#include <cstring>

#include <tierwise/segment/forecast_fit.hpp>
#include <tierwise/segment/movers.hpp>

#include "bindings.hpp"

namespace tierwise::python {

namespace {

template <class T>
std::span<const T> cells_of(const py::array_t<T>& array, const char* name) {
  if (array.ndim() != 1 || !(array.flags() & py::array::c_style))
    throw Error(errc::wrong_type, "expected a contiguous array of one dimension", {{}, name, -1});
  return {array.data(), static_cast<std::size_t>(array.size())};
}

/// Scores with the arrays that they lie in.
struct held_history {
  std::vector<std::size_t> begin;
  std::vector<date> on;
  py::array_t<double> score;
  segment::score_history view;

  held_history(const py::array_t<std::int64_t>& starts, const py::array_t<std::int32_t>& days,
               const py::array_t<double>& scores)
      : score(scores) {
    for (const std::int64_t at : cells_of(starts, "begin")) begin.push_back(static_cast<std::size_t>(at));
    for (const std::int32_t day : cells_of(days, "date")) on.push_back({day});
    view = {begin, on, cells_of(score, "score")};
  }
};

segment::mover_policy policy_of(const std::string& method, double unit_days, std::int32_t window_days,
                                double half_life_days, double confidence, double noise, std::int32_t noise_strength,
                                double least_slope, std::int32_t least_points, std::int32_t stale_days, double once_had,
                                double nothing, double low_below) {
  if (method != "least_squares" && method != "theil_sen")
    throw Error(errc::invalid_argument, "expected \"least_squares\" or \"theil_sen\"", {{}, "method", -1});
  const auto how = method == "theil_sen" ? segment::trend_method::theil_sen : segment::trend_method::least_squares;
  segment::mover_policy out{{how, unit_days, window_days, half_life_days, confidence, noise, noise_strength},
                            least_slope,
                            least_points,
                            stale_days,
                            once_had,
                            nothing,
                            low_below};
  if (const std::vector<Error> faults = segment::check(out); !faults.empty()) throw faults.front();
  return out;
}

py_dict movers_out(const segment::mover_policy& policy, const held_history& history, std::int32_t as_of, int threads) {
  const auto workers = threads_for(threads);
  segment::mover_table all;
  {
    const py::gil_scoped_release unlocked;
    all = segment::movers(policy, history.view, date{as_of}, workers.get()).value();
  }
  std::vector<std::string> names;
  for (std::size_t k = 0; k < segment::movements; ++k)
    names.emplace_back(segment::name_of(static_cast<segment::movement>(k)));
  std::vector<std::int32_t> label;
  for (const segment::movement m : all.label) label.push_back(static_cast<std::int32_t>(m));
  py_dict out;
  out["last"] = moved(std::move(all.trend.last));
  out["best"] = moved(std::move(all.trend.best));
  out["slope"] = moved(std::move(all.trend.slope));
  out["standard_error"] = moved(std::move(all.trend.standard_error));
  out["low"] = moved(std::move(all.trend.low));
  out["high"] = moved(std::move(all.trend.high));
  out["points"] = moved(std::move(all.trend.points));
  out["movement"] = text_out(std::move(label), names);
  return out;
}

/// The views of Python columns, which the list keeps alive.
std::vector<column_view> views_of(const std::vector<py::object>& columns) {
  std::vector<column_view> out;
  for (const py::object& each : columns) out.push_back(each.cast<const column&>().view);
  return out;
}

struct held_forecast {
  segment::forecast_model value;
};

py::tuple forecast_out(const held_forecast& model, const std::vector<py::object>& columns, int threads) {
  const auto workers = threads_for(threads);
  const std::vector<column_view> views = views_of(columns);
  segment::level_forecast out;
  {
    const py::gil_scoped_release unlocked;
    out = segment::forecast(model.value, views, workers.get()).value();
  }
  const auto rows = static_cast<py::ssize_t>(out.likeliest.size());
  const auto levels = static_cast<py::ssize_t>(model.value.levels.size());
  py::array probability = moved(std::move(out.probability)).reshape({rows, levels});
  return py::make_tuple(probability, moved(std::move(out.expected_score)), moved(std::move(out.spread)),
                        moved(std::move(out.likeliest)));
}

// A model as plain values, for pickling and for files; `check` reads them back strictly.
py::tuple basis_out(const segment::spline_basis& b) { return py::make_tuple(b.low, b.high, b.knots, b.may_miss); }

py::tuple design_out(const segment::spline_design& d) {
  py::list columns;
  for (const segment::spline_basis& b : d.columns) columns.append(basis_out(b));
  return py::make_tuple(columns, d.mean, d.scale);
}

segment::spline_design design_in(const py::handle& state) {
  const auto parts = state.cast<py::tuple>();
  segment::spline_design out{{}, parts[1].cast<std::vector<double>>(), parts[2].cast<std::vector<double>>()};
  for (const py::handle each : parts[0].cast<py::list>()) {
    const auto b = each.cast<py::tuple>();
    out.columns.push_back(
        {b[0].cast<double>(), b[1].cast<double>(), b[2].cast<std::vector<double>>(), b[3].cast<bool>()});
  }
  return out;
}

py::tuple state_of(const held_forecast& held) {
  const segment::forecast_model& m = held.value;
  return py::make_tuple(m.columns, m.levels, m.cuts, design_out(m.first), m.location, m.log_spread,
                        design_out(m.second), m.coefficients, m.sharpness, m.shift, m.fitted_rows);
}

held_forecast forecast_of(const py::tuple& state) {
  if (state.size() != 11)
    throw Error(errc::invalid_argument, "expected the state of a forecast model", {{}, "state", -1});
  const auto numbers = [&](std::size_t at) { return state[at].cast<std::vector<double>>(); };
  held_forecast out{{state[0].cast<std::vector<std::string>>(), state[1].cast<std::vector<std::string>>(), numbers(2),
                     design_in(state[3]), numbers(4), numbers(5), design_in(state[6]), numbers(7),
                     state[8].cast<double>(), numbers(9), state[10].cast<std::int64_t>()}};
  if (const std::vector<Error> faults = segment::check(out.value); !faults.empty()) throw faults.front();
  return out;
}

held_forecast fit(const std::vector<std::string>& names, const std::vector<py::object>& columns,
                  const py::array_t<std::uint8_t>& next_level, const std::vector<std::string>& levels,
                  const py::array_t<double>& next_score, const std::vector<double>& cuts, std::int32_t knots,
                  std::int32_t score_knots, double tail, double score_penalty, double penalty, std::int32_t most_steps,
                  int threads) {
  const auto workers = threads_for(threads);
  const std::vector<column_view> views = views_of(columns);
  const segment::forecast_examples examples{
      names, views, cells_of(next_level, "next_level"), levels, cells_of(next_score, "next_score"), cuts};
  const py::gil_scoped_release unlocked;
  return {segment::fit_forecast(examples, {knots, score_knots, tail, score_penalty, penalty, most_steps}, workers.get())
              .value()};
}

}  // namespace

void register_segment_movers(py::module_& m) {
  py::class_<held_forecast>(m, "ForecastModel")
      .def("forecast", &forecast_out, py::arg("columns"), py::arg("threads"))
      .def(
          "calibrated",
          [](const held_forecast& model, const std::vector<py::object>& columns,
             const py::array_t<std::uint8_t>& next_level, double penalty) {
            const std::vector<column_view> views = views_of(columns);
            const segment::forecast_examples later{model.value.columns, views, cells_of(next_level, "next_level"),
                                                   model.value.levels,  {},    {}};
            const py::gil_scoped_release unlocked;
            return held_forecast{segment::calibrate(model.value, later, penalty).value()};
          },
          py::arg("columns"), py::arg("next_level"), py::arg("penalty"))
      .def_property_readonly("columns", [](const held_forecast& f) { return f.value.columns; })
      .def_property_readonly("levels", [](const held_forecast& f) { return f.value.levels; })
      .def_property_readonly("sharpness", [](const held_forecast& f) { return f.value.sharpness; })
      .def("state", &state_of)
      .def_static("of_state", &forecast_of, py::arg("state"));

  m.def("fit_forecast", &fit, py::arg("names"), py::arg("columns"), py::arg("next_level"), py::arg("levels"),
        py::arg("next_score"), py::arg("cuts"), py::arg("knots"), py::arg("score_knots"), py::arg("tail"),
        py::arg("score_penalty"), py::arg("penalty"), py::arg("most_steps"), py::arg("threads"));
  m.def(
      "fit_softmax",
      [](const py::array_t<double, py::array::c_style>& numbers, const py::array_t<std::uint8_t>& level, int levels,
         double penalty, int most_steps, int threads) {
        if (numbers.ndim() != 2 || levels < 0)
          throw Error(errc::wrong_type, "expected an array of two dimensions", {{}, "numbers", -1});
        const auto workers = threads_for(threads);
        const auto width = static_cast<std::size_t>(numbers.shape(1));
        std::vector<double> out =
            segment::fit_softmax({numbers.data(), static_cast<std::size_t>(numbers.size())}, width,
                                 cells_of(level, "level"), static_cast<std::size_t>(levels), penalty, most_steps,
                                 workers.get())
                .value();
        return py::array(moved(std::move(out)).reshape({levels, static_cast<int>(width) + 1}));
      },
      py::arg("numbers"), py::arg("level"), py::arg("levels"), py::arg("penalty"), py::arg("most_steps"),
      py::arg("threads"));

  m.def(
      "movers",
      [](const py::array_t<std::int64_t>& begin, const py::array_t<std::int32_t>& days,
         const py::array_t<double>& scores, std::int32_t as_of, const std::string& method, double unit_days,
         std::int32_t window_days, double half_life_days, double confidence, double noise, std::int32_t noise_strength,
         double least_slope, std::int32_t least_points, std::int32_t stale_days, double once_had, double nothing,
         double low_below, int threads) {
        return movers_out(policy_of(method, unit_days, window_days, half_life_days, confidence, noise, noise_strength,
                                    least_slope, least_points, stale_days, once_had, nothing, low_below),
                          held_history(begin, days, scores), as_of, threads);
      },
      py::arg("begin"), py::arg("days"), py::arg("scores"), py::arg("as_of"), py::arg("method"), py::arg("unit_days"),
      py::arg("window_days"), py::arg("half_life_days"), py::arg("confidence"), py::arg("noise"),
      py::arg("noise_strength"), py::arg("least_slope"), py::arg("least_points"), py::arg("stale_days"),
      py::arg("once_had"), py::arg("nothing"), py::arg("low_below"), py::arg("threads"));
  m.def(
      "latest_scores",
      [](const py::array_t<std::int64_t>& begin, const py::array_t<std::int32_t>& days,
         const py::array_t<double>& scores, std::int32_t at, std::int32_t within_days) {
        return moved(segment::latest_scores(held_history(begin, days, scores).view, date{at}, within_days).value());
      },
      py::arg("begin"), py::arg("days"), py::arg("scores"), py::arg("at"), py::arg("within_days"));
  m.def(
      "pooled_noise",
      [](const py::array_t<std::int64_t>& begin, const py::array_t<std::int32_t>& days,
         const py::array_t<double>& scores, std::int32_t as_of, std::int32_t window_days, double unit_days) {
        segment::trend_options what;
        what.window_days = window_days;
        what.unit_days = unit_days;
        return segment::pooled_noise(what, held_history(begin, days, scores).view, date{as_of}).value();
      },
      py::arg("begin"), py::arg("days"), py::arg("scores"), py::arg("as_of"), py::arg("window_days"),
      py::arg("unit_days"));
  m.def("student_quantile", &segment::student_quantile, py::arg("probability"), py::arg("freedom"));
}

}  // namespace tierwise::python
