// A forecast's probabilities add up, are what happens, and come from the minimum that the fit says it finds.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/segment/forecast_fit.hpp>

#include "threads.hpp"

namespace {

using namespace tierwise;

const std::vector<std::string> levels{"high", "medium", "low"};
const std::vector<double> cuts{60, 30};

/// Doctors whose next score is half their score, half its past, and noise that grows with the distance of the two.
struct world {
  std::vector<std::string> names{"score", "back"};
  std::vector<double> score, back, next;
  std::vector<std::uint8_t> level;
  std::vector<column_view> columns;

  world(std::size_t rows, std::uint64_t seed, double noise = 1) {
    std::uint64_t state = seed * 2 + 1;
    const auto uniform = [&] {  // a plain congruential generator will do for made-up rows
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      return static_cast<double>(state >> 11) * 0x1p-53;
    };
    for (std::size_t i = 0; i < rows; ++i) {
      const double now = 100 * uniform(), before = std::clamp(now + 40 * (uniform() - 0.5), 0.0, 100.0);
      const double about = uniform() + uniform() + uniform() - 1.5;
      next.push_back((now + before) / 2 + noise * (8 + std::abs(now - before)) * about);
      level.push_back(next.back() >= cuts[0] ? 0 : next.back() >= cuts[1] ? 1 : 2);
      score.push_back(now);
      back.push_back(uniform() < 0.1 ? missing : before);
    }
    columns = {column_view(std::span<const double>(score)), column_view(std::span<const double>(back))};
  }
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  [[nodiscard]] segment::forecast_examples examples() const { return {names, columns, level, levels, next, cuts}; }
};

double log_loss(const segment::level_forecast& f, const std::vector<std::uint8_t>& level) {
  double sum = 0;
  for (std::size_t i = 0; i < level.size(); ++i) sum -= std::log(f.probability[i * levels.size() + level[i]]);
  return sum / static_cast<double>(level.size());
}

/// What fit_softmax says it minimises.
double loss_of(const std::vector<double>& coefficients, const std::vector<double>& x, std::size_t width,
               const std::vector<std::uint8_t>& level, std::size_t classes, double penalty) {
  double out = 0;
  for (std::size_t i = 0; i < level.size(); ++i) {
    double all = 0, own = 0;
    for (std::size_t k = 0; k < classes; ++k) {
      double sum = coefficients[k * (width + 1)];
      for (std::size_t a = 0; a < width; ++a) sum += coefficients[k * (width + 1) + 1 + a] * x[i * width + a];
      all += std::exp(sum);
      if (k == level[i]) own = sum;
    }
    out += std::log(all) - own;
  }
  for (std::size_t i = 0; i < coefficients.size(); ++i)
    out += i % (width + 1) == 0 ? 0 : penalty / 2 * coefficients[i] * coefficients[i];
  return out;
}

}  // namespace

TEST_CASE("segment: probabilities add up to 1 and are what happens") {
  const world train(4000, 1), test(4000, 2);
  const segment::forecast_model model = segment::fit_forecast(train.examples()).value();
  CHECK(segment::check(model).empty());
  const segment::level_forecast f = segment::forecast(model, test.columns).value();
  for (std::size_t i = 0; i < test.level.size(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      REQUIRE(f.probability[i * 3 + k] >= 0);
      sum += f.probability[i * 3 + k];
    }
    REQUIRE(std::abs(sum - 1) <= 0x1p-50);
  }
  // Calibrated on rows that the fit has not seen, level by level and tenth by tenth.
  for (std::size_t k = 0; k < 3; ++k) {
    double gap = 0;
    for (int bin = 0; bin < 10; ++bin) {
      double apart = 0;
      for (std::size_t i = 0; i < test.level.size(); ++i)
        if (std::min(9, static_cast<int>(f.probability[i * 3 + k] * 10)) == bin)
          apart += f.probability[i * 3 + k] - (test.level[i] == k ? 1 : 0);
      gap += std::abs(apart);
    }
    CHECK(gap / 4000 < 0.03);
  }
  // Knowing the past and the distance to the cuts is worth something: straight lines without scores do worse.
  segment::forecast_examples lines = train.examples();
  lines.next_score = {};
  lines.cuts = {};
  segment::forecast_options straight;
  straight.knots = 0;
  const segment::forecast_model poor = segment::fit_forecast(lines, straight).value();
  CHECK(log_loss(f, test.level) < 0.99 * log_loss(segment::forecast(poor, test.columns).value(), test.level));
  CHECK(std::isnan(segment::forecast(poor, test.columns).value().expected_score[0]));
  CHECK(f.spread[0] > 0);
}

TEST_CASE("segment: the softmax fit is at its minimum, and levels' intercepts add up to 0") {
  const world w(300, 3);
  std::vector<double> x;
  for (std::size_t i = 0; i < w.score.size(); ++i) x.insert(x.end(), {w.score[i] / 50 - 1, std::sin(w.score[i])});
  const std::vector<double> at = segment::fit_softmax(x, 2, w.level, 3, 0.7).value();
  CHECK(std::abs(at[0] + at[3] + at[6]) < 1e-9);
  const double least = loss_of(at, x, 2, w.level, 3, 0.7);
  for (std::size_t i = 0; i < at.size(); ++i) {
    std::vector<double> right = at, left = at;
    right[i] += 1e-4;
    left[i] -= 1e-4;
    const double up = loss_of(right, x, 2, w.level, 3, 0.7), down = loss_of(left, x, 2, w.level, 3, 0.7);
    CHECK(up >= least);
    CHECK(down >= least);
    CHECK(std::abs(up - down) / 2e-4 < 1e-5);  // the slope there
  }
}

TEST_CASE("segment: without numbers a softmax gives the shares") {
  const std::vector<std::uint8_t> level{0, 0, 0, 1, 2, 2};
  const std::vector<double> at = segment::fit_softmax({}, 0, level, 3, 1).value();
  CHECK(at[0] - at[1] == doctest::Approx(std::log(3.0)));
  CHECK(at[2] - at[1] == doctest::Approx(std::log(2.0)));
}

TEST_CASE("segment: a fit is the same bytes for any order of rows and any threads") {
  const world w(700, 4);
  const segment::forecast_model model = segment::fit_forecast(w.examples()).value();
  std::vector<std::size_t> order(700);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [](std::size_t a, std::size_t b) { return a * 7919 % 701 < b * 7919 % 701; });
  std::vector<double> score, back, next;
  std::vector<std::uint8_t> level;
  for (const std::size_t i : order) {
    score.push_back(w.score[i]);
    back.push_back(w.back[i]);
    next.push_back(w.next[i]);
    level.push_back(w.level[i]);
  }
  const std::vector<column_view> columns{column_view(std::span<const double>(score)),
                                         column_view(std::span<const double>(back))};
  tests::thread_executor threads(4);
  const segment::forecast_examples shuffled{w.names, columns, level, levels, next, cuts};
  const segment::forecast_model again = segment::fit_forecast(shuffled, {}, &threads).value();
  CHECK(again == model);
  CHECK(segment::calibrate(model, shuffled).value() == segment::calibrate(model, w.examples()).value());
  const segment::level_forecast a = segment::forecast(model, columns).value();
  const segment::level_forecast b = segment::forecast(model, columns, &threads).value();
  CHECK(a.probability == b.probability);
  // A batch of one says what the batch says.
  const std::vector<column_view> one{column_view(std::span<const double>(score).subspan(5, 1)),
                                     column_view(std::span<const double>(back).subspan(5, 1))};
  const segment::level_forecast c = segment::forecast(model, one).value();
  for (std::size_t k = 0; k < 3; ++k) CHECK(c.probability[k] == a.probability[15 + k]);
}

TEST_CASE("segment: any number has a forecast, missing and infinite ones too") {
  const world w(500, 5);
  const segment::forecast_model model = segment::fit_forecast(w.examples()).value();
  rc::check([&] {
    const auto wild =
        rc::gen::oneOf(rc::gen::arbitrary<double>(),
                       rc::gen::element(missing, std::numeric_limits<double>::infinity(), -1e308, 1e308, 0.0));
    const std::vector<double> score{*wild}, back{*wild};
    const std::vector<column_view> row{column_view(std::span<const double>(score)),
                                       column_view(std::span<const double>(back))};
    const segment::level_forecast f = segment::forecast(model, row).value();
    RC_ASSERT(std::abs(f.probability[0] + f.probability[1] + f.probability[2] - 1) <= 0x1p-50);
    RC_ASSERT(f.likeliest[0] < 3);
    RC_ASSERT(std::isfinite(f.expected_score[0]));
  });
}

TEST_CASE("segment: calibration mends a forecast that is too sure") {
  const world train(3000, 6), noisier(3000, 7, 3), test(3000, 8, 3);
  const segment::forecast_model model = segment::fit_forecast(train.examples()).value();
  const segment::forecast_model mended = segment::calibrate(model, noisier.examples()).value();
  CHECK(mended.sharpness < 0.9);
  CHECK(log_loss(segment::forecast(mended, test.columns).value(), test.level) <
        log_loss(segment::forecast(model, test.columns).value(), test.level));
  CHECK(segment::calibrate(mended, noisier.examples()).value() == mended);  // replaces, does not pile up
  const segment::forecast_model same = segment::calibrate(model, train.examples()).value();
  CHECK(same.sharpness == doctest::Approx(1).epsilon(0.1));  // nothing to mend
}

TEST_CASE("segment: what is wrong with examples and models is said") {
  const world w(60, 9);
  const auto code = [](const auto& r) { return r ? errc{} : r.error().code(); };
  segment::forecast_options options;
  options.penalty = 0;
  CHECK(code(segment::fit_forecast(w.examples(), options)) == errc::out_of_range);
  segment::forecast_examples bad = w.examples();
  bad.names = bad.names.first(1);
  CHECK(code(segment::fit_forecast(bad)) == errc::missing_column);
  bad = w.examples();
  bad.next_level = bad.next_level.first(59);
  CHECK(code(segment::fit_forecast(bad)) == errc::length_mismatch);
  bad = w.examples();
  const std::vector<std::uint8_t> outside(60, 3), always(60, 0);
  bad.next_level = outside;
  CHECK(code(segment::fit_forecast(bad)) == errc::out_of_range);
  bad.next_level = always;  // two levels that nobody has seen
  CHECK(code(segment::fit_forecast(bad)) == errc::invalid_argument);
  bad = w.examples();
  bad.next_score = {};
  CHECK(code(segment::fit_forecast(bad)) == errc::invalid_argument);  // cuts without scores
  bad = w.examples();
  const std::vector<double> unknown(60, missing);
  bad.next_score = unknown;
  CHECK(code(segment::fit_forecast(bad)) == errc::not_finite);
  const std::vector<std::string> twice{"score", "score"};
  bad = w.examples();
  bad.names = twice;
  CHECK(code(segment::fit_forecast(bad)) == errc::invalid_argument);

  const segment::forecast_model model = segment::fit_forecast(w.examples()).value();
  CHECK(code(segment::forecast(model, std::span(w.columns).first(1))) == errc::missing_column);
  CHECK(code(segment::forecast(segment::forecast_model{}, w.columns)) == errc::not_fitted);
  for (auto spoil :
       {+[](segment::forecast_model& m) { m.coefficients.pop_back(); },
        +[](segment::forecast_model& m) { m.second.scale[0] = 0; },
        +[](segment::forecast_model& m) {
          m.first.columns[0].knots = {2, 1, 3};
        },
        +[](segment::forecast_model& m) { m.location[0] = missing; },
        +[](segment::forecast_model& m) { m.sharpness = 0; }, +[](segment::forecast_model& m) { m.shift = {1}; },
        +[](segment::forecast_model& m) { m.cuts.push_back(1); },
        +[](segment::forecast_model& m) { m.levels.pop_back(); }}) {
    segment::forecast_model broken = model;
    spoil(broken);
    CHECK(code(segment::forecast(broken, w.columns)) == errc::not_fitted);
  }
}
