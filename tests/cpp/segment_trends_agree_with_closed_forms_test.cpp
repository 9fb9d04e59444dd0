// A trend is the textbook's line, with the textbook's error; one and two dates, gaps and wild scores have answers too.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/core/column.hpp>
#include <tierwise/segment/movers.hpp>

#include "threads.hpp"

namespace {

using namespace tierwise;
using segment::trend_options;

/// Doctors' scores with the memory that a history views.
struct diary {
  std::vector<std::size_t> begin{0};
  std::vector<date> on;
  std::vector<double> score;

  void add(const std::vector<std::pair<int, double>>& items) {
    for (const auto& [day, value] : items) {
      on.push_back({day});
      score.push_back(value);
    }
    begin.push_back(on.size());
  }
  [[nodiscard]] segment::score_history view() const { return {begin, on, score}; }
};

const date now{20000};

trend_options plain() {
  trend_options what;
  what.unit_days = 1;
  what.noise_strength = 0;
  return what;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("segment: a trend is the least-squares line with its standard error") {
  diary d;
  d.add({{19996, 1}, {19997, 3}, {19998, 2}, {19999, 5}, {20000, 4}});
  const segment::trend_table t = segment::trends(plain(), d.view(), now).value();
  // By hand: Sxx = 10, Sxy = 8, Syy = 10, so b = 0.8, RSS = 3.6, se² = 3.6 / 3 / 10.
  CHECK(t.slope[0] == doctest::Approx(0.8));
  CHECK(t.standard_error[0] == doctest::Approx(std::sqrt(0.12)));
  CHECK(t.high[0] - t.slope[0] == doctest::Approx(2.3533634348018264 * std::sqrt(0.12)));  // t(0.95; 3), by tables
  CHECK(t.slope[0] - t.low[0] == doctest::Approx(t.high[0] - t.slope[0]));
  CHECK(t.first[0] == 1);
  CHECK(t.last[0] == 4);
  CHECK(t.best[0] == 5);
  CHECK(t.points[0] == 5);
}

TEST_CASE("segment: no, one and two dates") {
  diary d;
  d.add({});
  d.add({{19990, 7}});
  d.add({{19990, 7}, {20000, 17}});
  d.add({{19990, missing}, {20001, 3}, {20000 - 730, 3}});  // unknown, later, before the window
  trend_options what = plain();
  segment::trend_table t = segment::trends(what, d.view(), now).value();
  CHECK(t.points == std::vector<std::int32_t>{0, 1, 2, 0});
  CHECK(t.age_days == std::vector<std::int32_t>{-1, 10, 0, -1});
  CHECK(std::isnan(t.last[0]));
  CHECK(t.last[1] == 7);
  CHECK(std::isnan(t.slope[1]));
  CHECK(t.slope[2] == doctest::Approx(1));
  CHECK(std::isnan(t.standard_error[2]));
  CHECK(t.low[2] == -std::numeric_limits<double>::infinity());
  CHECK(t.high[2] == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(t.slope[3]));
  // With a guess at the noise, two dates have an error: noise / √Sxx, Sxx = 50.
  what.noise_strength = 2;
  what.noise = 5;
  t = segment::trends(what, d.view(), now).value();
  CHECK(t.standard_error[2] == doctest::Approx(5 / std::sqrt(50.0)));
}

TEST_CASE("segment: Student's quantiles") {
  // Tables, and the two closed forms: ν = 1 is tan(π(p − ½)), ν = 2 is (2p − 1)/√(2p(1 − p)).
  CHECK(segment::student_quantile(0.975, 10) == doctest::Approx(2.2281388519862735).epsilon(1e-12));
  CHECK(segment::student_quantile(0.95, 3) == doctest::Approx(2.3533634348018264).epsilon(1e-12));
  CHECK(segment::student_quantile(0.975, 100000) == doctest::Approx(1.9599877070).epsilon(1e-9));
  for (const double p : {0.001, 0.2, 0.5, 0.9, 0.9999}) {
    CHECK(segment::student_quantile(p, 1) ==
          doctest::Approx(std::tan(3.14159265358979323846 * (p - 0.5))).epsilon(1e-10));
    CHECK(segment::student_quantile(p, 2) == doctest::Approx((2 * p - 1) / std::sqrt(2 * p * (1 - p))).epsilon(1e-10));
  }
  CHECK_THROWS_AS((void)segment::student_quantile(1, 3), Error);
}

TEST_CASE("segment: weights are what repeating a score would be") {
  // A score twice as heavy pulls the line as two scores would.
  diary d;
  d.add({{19980, 10}, {19990, 40}, {20000, 30}});
  trend_options what = plain();
  what.half_life_days = 10;
  const double slope = segment::trends(what, d.view(), now).value().slope[0];
  double w = 0, st = 0, sy = 0, stt = 0, sty = 0;
  for (const auto& [weight, t, y] : {std::tuple{1.0, -20.0, 10.0}, {2.0, -10.0, 40.0}, {4.0, 0.0, 30.0}}) {
    w += weight, st += weight * t, sy += weight * y, stt += weight * t * t, sty += weight * t * y;
  }
  CHECK(slope == doctest::Approx((w * sty - st * sy) / (w * stt - st * st)));
}

TEST_CASE("segment: one wild score does not move Theil and Sen's line") {
  diary d;
  d.add({{19960, 0}, {19970, 10}, {19980, 20}, {19990, 500}, {20000, 40}});
  trend_options what = plain();
  what.method = segment::trend_method::theil_sen;
  CHECK(segment::trends(what, d.view(), now).value().slope[0] == doctest::Approx(1));
  CHECK(segment::trends(plain(), d.view(), now).value().slope[0] > 4);
}

TEST_CASE("segment: a trend depends on neither the order of a doctor's scores, nor other doctors, nor threads") {
  rc::check([] {
    diary all, turned;
    const int doctors = *rc::gen::inRange(1, 40);
    std::vector<std::vector<std::pair<int, double>>> each;
    for (int i = 0; i < doctors; ++i) {
      const auto days = *rc::gen::container<std::vector<int>>(rc::gen::inRange(19000, 20020));
      std::vector<std::pair<int, double>> items;
      for (const int day : days) items.emplace_back(day, (*rc::gen::inRange(0, 1000)) / 10.0);
      all.add(items);
      std::reverse(items.begin(), items.end());
      turned.add(items);
      each.push_back(items);
    }
    segment::mover_policy what;
    what.trend.method = *rc::gen::element(segment::trend_method::least_squares, segment::trend_method::theil_sen);
    tests::thread_executor threads(3);
    const segment::mover_table a = segment::movers(what, all.view(), now).value();
    const segment::mover_table b = segment::movers(what, turned.view(), now, &threads).value();
    for (std::size_t i = 0; i < a.size(); ++i) {
      diary alone;
      alone.add(each[i]);
      const segment::mover_table one = segment::movers(what, alone.view(), now).value();
      for (const segment::mover_table* other : {&b, &one}) {
        const std::size_t at = other == &b ? i : 0;
        RC_ASSERT(same(a.trend.slope[i], other->trend.slope[at]));
        RC_ASSERT(same(a.trend.standard_error[i], other->trend.standard_error[at]));
        RC_ASSERT(same(a.trend.low[i], other->trend.low[at]));
        RC_ASSERT(a.label[i] == other->label[at]);
      }
    }
  });
}

TEST_CASE("segment: every mover has a label, and each label is what it says") {
  diary d;
  d.add({{19727, 10}, {19818, 30}, {19909, 52}, {20000, 70}});  // from low, surely up
  d.add({{19727, 40}, {19818, 55}, {19909, 72}, {20000, 90}});  // from medium, surely up
  d.add({{19727, 90}, {19818, 70}, {19909, 55}, {20000, 40}});  // surely down
  d.add({{19727, 60}, {19818, 40}, {19909, 15}, {20000, 2}});   // gone
  d.add({{19727, 50}, {19818, 52}, {19909, 49}, {20000, 51}});
  d.add({{19727, 20}, {19818, 80}, {19909, 10}, {20000, 75}});  // up, but not surely
  d.add({{19909, 15}, {20000, 60}});                            // too few
  d.add({{19600, 10}, {19650, 30}, {19700, 52}});               // too old
  d.add({});
  using enum segment::movement;
  const segment::mover_table all = segment::movers({}, d.view(), now).value();
  CHECK(all.label == std::vector<segment::movement>{rising_star, grower, fading, switched_out, steady, steady, unknown,
                                                    unknown, unknown});
  for (std::size_t k = 0; k < segment::movements; ++k) {
    const auto m = static_cast<segment::movement>(k);
    CHECK_FALSE(segment::name_of(m).empty());
    CHECK_FALSE(segment::title_of(m).empty());
    CHECK_FALSE(segment::title_of(m, true).empty());
  }
}

TEST_CASE("segment: a rising line turned upside down falls") {
  rc::check([] {
    const auto steps = *rc::gen::container<std::vector<int>>(6, rc::gen::inRange(-200, 201));
    std::vector<std::pair<int, double>> up, down;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      up.emplace_back(19500 + static_cast<int>(i) * 100, steps[i] / 10.0);
      down.emplace_back(up.back().first, -up.back().second);
    }
    diary d;
    d.add(up);
    d.add(down);
    const segment::trend_table t = segment::trends({}, d.view(), now).value();
    RC_ASSERT(t.slope[0] == -t.slope[1]);
    RC_ASSERT(t.standard_error[0] == t.standard_error[1]);
    RC_ASSERT(t.low[0] == -t.high[1]);
  });
}

TEST_CASE("segment: pooled noise and latest scores") {
  diary d;
  d.add({{19998, 0}, {19999, 3}, {20000, 0}});  // residuals −1, 2, −1
  d.add({{19998, 5}, {20000, 5}});              // two dates tell nothing
  d.add({{19997, 0}, {19998, 1}, {19999, 2}, {20000, 3}});
  CHECK(segment::pooled_noise(plain(), d.view(), now).value() == doctest::Approx(std::sqrt(6.0 / 3)));
  const std::vector<double> latest = segment::latest_scores(d.view(), date{19999}, 1).value();
  CHECK(latest[0] == 3);
  CHECK(std::isnan(latest[1]));
  CHECK(latest[2] == 2);
}

TEST_CASE("segment: what is wrong with movers is said") {
  diary d;
  d.add({{20000, 1}});
  const auto column_of = [&](const segment::mover_policy& what) {
    const auto out = segment::movers(what, d.view(), now);
    return out ? std::string("none") : out.error().where().column;
  };
  segment::mover_policy what;
  CHECK(column_of(what) == "none");
  what.trend.unit_days = 0;
  CHECK(column_of(what) == "unit_days");
  what = {};
  what.trend.confidence = 1;
  CHECK(column_of(what) == "confidence");
  what = {};
  what.trend.noise = missing;
  CHECK(column_of(what) == "noise");
  what = {};
  what.least_points = 1;
  CHECK(column_of(what) == "least_points");
  what = {};
  what.nothing = 31;
  CHECK(column_of(what) == "nothing");
  what = {};
  what.least_slope = missing;
  CHECK(column_of(what) == "least_slope");

  CHECK(segment::trends({}, d.view(), date{-99999}).error().code() == errc::invalid_date);
  diary bad = d;
  bad.score[0] = std::numeric_limits<double>::infinity();
  CHECK(segment::trends({}, bad.view(), now).error().code() == errc::not_finite);
  bad = d;
  bad.begin = {0, 2};
  CHECK(segment::trends({}, bad.view(), now).error().code() == errc::length_mismatch);
  bad = d;
  bad.score.clear();
  CHECK(segment::trends({}, bad.view(), now).error().code() == errc::length_mismatch);
}
