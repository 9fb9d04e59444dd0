// Hysteresis: between the plain step and the old one, monotone, settled once and for all; and the rule itself, written out anew.
#include <algorithm>
#include <cmath>
#include <cstring>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/segment/settle.hpp>

#include "threads.hpp"

namespace {

using namespace tierwise;
using segment::unknown_level;

constexpr date today{19'000};

struct one {
  std::uint8_t had = unknown_level, had_plain = unknown_level;
  std::int32_t days = 1000;
};

segment::settled_steps settle_one(const segment::stability& how, segment::scale scale, double value,
                                  const std::vector<double>& floors, const one& before) {
  const std::uint8_t plain = std::isnan(value) ? unknown_level : segment::step_reached(value, floors);
  const date since = today - before.days;
  return segment::settle(how, scale, {&plain, 1}, {&value, 1}, {floors, {}, {}}, today,
                         {{&before.had, 1}, {&since, 1}, {&before.had_plain, 1}})
      .value();
}

struct world {
  segment::stability how;
  segment::scale scale = segment::scale::score;
  std::vector<double> floors;
  one before;
};

world any_world() {
  world w;
  w.how = {*rc::gen::inRange(0, 100) / 100., *rc::gen::inRange(0, 40) / 4., *rc::gen::inRange(0, 400),
           static_cast<std::uint8_t>(*rc::gen::inRange(1, 5))};
  w.scale = *rc::gen::element(segment::scale::volume, segment::scale::score);
  const auto steps = *rc::gen::inRange(1, 6);
  for (int i = 1; i < steps; ++i) w.floors.push_back(*rc::gen::inRange(0, 400) / 4.);
  std::ranges::sort(w.floors, std::greater{});
  const auto step = [&] { return static_cast<std::uint8_t>(*rc::gen::inRange(0, steps)); };
  w.before = {step(), *rc::gen::element(unknown_level, step()), *rc::gen::inRange(0, 500)};
  return w;
}

double any_value() { return *rc::gen::inRange(0, 420) / 4.; }

// The rule as one would tell it, from the old step: try each step in turn.
std::uint8_t told(const world& w, double value) {
  const auto plain = segment::step_reached(value, w.floors);
  const int n = plain, p = w.before.had, q = w.before.had_plain, large = w.how.large_move;
  if (std::abs(n - p) >= large) return plain;
  if (q != unknown_level && std::abs(q - p) < large && std::abs(n - q) >= large) return plain;
  if (w.before.days < w.how.minimum_stay_days) return w.before.had;
  const auto band = [&](double floor, int sign) {
    return w.scale == segment::scale::volume ? floor * (1 + sign * w.how.volume_band) : floor + sign * w.how.score_band;
  };
  int settled = p;
  if (n < p) {
    for (int step = p - 1; step >= n; --step)
      if (value >= band(w.floors[static_cast<std::size_t>(step)], +1)) settled = step;
  } else {
    while (settled < n && value < band(w.floors[static_cast<std::size_t>(settled)], -1)) ++settled;
  }
  return static_cast<std::uint8_t>(settled);
}

}  // namespace

TEST_CASE("settle: the rule as told, between the plain step and the old one") {
  CHECK(rc::check("as told", [] {
    const world w = any_world();
    const double value = any_value();
    const auto got = settle_one(w.how, w.scale, value, w.floors, w.before);
    const std::uint8_t plain = segment::step_reached(value, w.floors);
    RC_ASSERT(got.step[0] == told(w, value));
    RC_ASSERT(got.step[0] >= std::min(plain, w.before.had));
    RC_ASSERT(got.step[0] <= std::max(plain, w.before.had));
    RC_ASSERT(got.since[0] == (got.step[0] == w.before.had ? today - w.before.days : today));
    RC_CLASSIFY(got.step[0] != plain);
  }));
}

TEST_CASE("settle: a better value never gives a worse step") {
  CHECK(rc::check("monotone", [] {
    const world w = any_world();
    double low = any_value(), high = any_value();
    if (low > high) std::swap(low, high);
    RC_ASSERT(settle_one(w.how, w.scale, high, w.floors, w.before).step[0] <=
              settle_one(w.how, w.scale, low, w.floors, w.before).step[0]);
  }));
}

TEST_CASE("settle: twice on a day is once; without memory it is the plain step; two grades are always taken") {
  CHECK(rc::check("idempotent", [] {
    const world w = any_world();
    const double value = any_value();
    const std::uint8_t plain = segment::step_reached(value, w.floors);
    const auto first = settle_one(w.how, w.scale, value, w.floors, w.before);
    const auto again = settle_one(w.how, w.scale, value, w.floors, {first.step[0], plain, today - first.since[0]});
    RC_ASSERT(again.step == first.step);
    RC_ASSERT(again.since == first.since);
    const segment::stability none;
    RC_ASSERT(settle_one(none, w.scale, value, w.floors, w.before).step[0] == plain);
  }));
  CHECK(rc::check("over years", [] {
    const world w = any_world();
    one state;
    for (int year = 0; year < 8; ++year) {
      const double value = any_value();
      const std::uint8_t plain = segment::step_reached(value, w.floors);
      const auto got = settle_one(w.how, w.scale, value, w.floors, state);
      if (state.had_plain != unknown_level && std::abs(plain - state.had_plain) >= w.how.large_move)
        RC_ASSERT(got.step[0] == plain);
      RC_ASSERT(std::abs(got.step[0] - plain) < w.how.large_move);
      state = {got.step[0], plain, today - got.since[0] + 365};
    }
  }));
}

TEST_CASE("settle: the lines themselves") {
  const std::vector<double> floors{60, 30};
  const segment::stability how{.volume_band = .1, .score_band = 2, .minimum_stay_days = 90, .large_move = 2};
  const auto step = [&](segment::scale scale, double value, one before) {
    return int{settle_one(how, scale, value, floors, before).step[0]};
  };
  using enum segment::scale;
  CHECK(step(score, 61.75, {1}) == 1);
  CHECK(step(score, 62, {1}) == 0);
  CHECK(step(score, 58, {0}) == 0);
  CHECK(step(score, 57.75, {0}) == 1);
  CHECK(step(volume, 65.75, {1}) == 1);
  CHECK(step(volume, 66.25, {1}) == 0);
  CHECK(step(volume, 54, {0}) == 0);
  CHECK(step(volume, 53.75, {0}) == 1);
  CHECK(step(score, 29.75, {0}) == 2);  // two steps at once, inside the band
  CHECK(step(score, 29.75, {1}) == 1);
  CHECK(step(score, 29.75, {1, 0}) == 2);  // two plain steps
  CHECK(step(score, 99, {1, unknown_level, 89}) == 1);  // the stay
  CHECK(step(score, 99, {1, unknown_level, 90}) == 0);
  CHECK(step(score, 99, {2, unknown_level, 0}) == 0);  // large moves do not wait
  CHECK(step(score, missing, {1}) == unknown_level);
  CHECK(step(score, 61, {}) == 0);
}

TEST_CASE("settle: threads and strata") {
  const std::size_t n = 100'000;
  std::vector<double> value(n);
  std::vector<std::uint8_t> plain(n), had(n), had_plain(n);
  std::vector<date> since(n);
  std::vector<std::int32_t> stratum(n);
  const std::vector<double> all{60, 30}, strata{80, 40, 20, 10};
  const segment::floors_view floors{all, strata, stratum};
  for (std::size_t i = 0; i < n; ++i) {
    value[i] = static_cast<double>(i * 7919 % 1000) / 10;
    stratum[i] = static_cast<std::int32_t>(i % 3) - 1;
    plain[i] = segment::step_reached(value[i], floors.of(i));
    had[i] = static_cast<std::uint8_t>(i * 31 % 3);
    had_plain[i] = had[i];
    since[i] = today - static_cast<std::int32_t>(i % 200);
  }
  const segment::stability how{.score_band = 5, .minimum_stay_days = 60};
  const segment::previous_steps before{had, since, had_plain};
  const auto alone = segment::settle(how, segment::scale::score, plain, value, floors, today, before).value();
  tests::thread_executor crew(8);
  const auto threaded = segment::settle(how, segment::scale::score, plain, value, floors, today, before, &crew).value();
  CHECK(alone.step == threaded.step);
  CHECK(alone.since == threaded.since);
  std::size_t kept = 0, wrong = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto own = floors.of(i);
    const auto expected = settle_one(how, segment::scale::score, value[i], {own.begin(), own.end()},
                                     {had[i], had_plain[i], today - since[i]});
    wrong += alone.step[i] != expected.step[0];
    kept += alone.step[i] != plain[i];
  }
  CHECK(wrong == 0);
  CHECK(kept > n / 50);
}

TEST_CASE("settle: what is wrong is named") {
  const std::vector<double> floors{60, 30}, value{50};
  const std::vector<std::uint8_t> plain{1}, worse{3};
  const std::vector<date> since{today - 1}, later{today + 1};
  const auto code = [&](const segment::stability& how, const segment::floors_view& by, const auto& steps,
                        const auto& from) {
    const auto got = segment::settle(how, segment::scale::score, plain, value, by, today, {steps, from, {}});
    REQUIRE_FALSE(got);
    return std::pair(got.error().code(), got.error().where());
  };
  const segment::floors_view good{floors, {}, {}};
  CHECK(code({}, good, worse, since).first == errc::out_of_range);
  CHECK(code({}, good, plain, later).second.column == "before.since");
  CHECK(code({}, good, std::vector<std::uint8_t>{1, 1}, since).first == errc::length_mismatch);
  const std::vector<double> rising{30, 60};
  CHECK(code({}, {rising, {}, {}}, plain, since).second.column == "floors");
  const std::vector<std::int32_t> nowhere{0};
  CHECK(code({}, {floors, {}, nowhere}, plain, since).first == errc::invalid_argument);
  CHECK(code({.volume_band = 1}, good, plain, since).second.path == "/segment/stability/volume_band");
  CHECK(segment::check(segment::default_stability()).empty());
  CHECK(segment::check({.volume_band = -1, .score_band = 101, .minimum_stay_days = -1, .large_move = 0}).size() == 4);
  CHECK(segment::check({.volume_band = missing, .score_band = missing}).size() == 2);
}
