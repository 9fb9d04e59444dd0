// Migration, drift, sensitivity and the nearest cut, each beside the obvious way to get it.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/segment/drift.hpp>
#include <tierwise/segment/migration.hpp>
#include <tierwise/segment/sensitivity.hpp>

namespace {

using namespace tierwise;

segment::tier_table default_table() {
  const segment::policy policy = segment::default_policy();
  segment::tier_table table{{}, {4, 3, 3}};
  for (const segment::cell& c : policy.scheme.cells) table.tiers.push_back(c.tier);
  return table;
}

segment::tier_table any_table() {
  segment::tier_table table;
  for (std::size_t& n : table.steps) n = static_cast<std::size_t>(*rc::gen::inRange(1, 5));
  table.tiers.resize(table.steps[0] * table.steps[1] * table.steps[2]);
  for (auto& t : table.tiers) t = static_cast<std::uint16_t>(*rc::gen::inRange(1, 7));
  return table;
}

}  // namespace

TEST_CASE("axis_sixths: all six orders, written out, and they add up") {
  CHECK(rc::check("Shapley", [] {
    const segment::tier_table table = any_table();
    std::array<std::uint8_t, 3> before{}, after{};
    for (std::size_t k = 0; k < 3; ++k) {
      before[k] = static_cast<std::uint8_t>(*rc::gen::inRange<std::size_t>(0, table.steps[k]));
      after[k] = static_cast<std::uint8_t>(*rc::gen::inRange<std::size_t>(0, table.steps[k]));
    }
    std::array<std::int32_t, 3> expected{};
    std::array<std::size_t, 3> order{0, 1, 2};
    do {
      auto at = before;
      for (const std::size_t k : order) {
        const int was = table.of(at[0], at[1], at[2]);
        at[k] = after[k];
        expected[k] += table.of(at[0], at[1], at[2]) - was;
      }
    } while (std::ranges::next_permutation(order).found);
    const auto got = segment::axis_sixths(table, before, after);
    RC_ASSERT(got == expected);
    RC_ASSERT(got[0] + got[1] + got[2] ==
              6 * (table.of(after[0], after[1], after[2]) - table.of(before[0], before[1], before[2])));
    for (std::size_t k = 0; k < 3; ++k)
      if (before[k] == after[k]) RC_ASSERT(got[k] == 0);
  }));
}

TEST_CASE("migrate: a matrix, those who came and those who left") {
  const std::vector<std::uint16_t> before{1, 2, 2, 3, 3}, after{2, 2, 1, 3, 1};
  const std::vector<std::int64_t> match{1, 2, 3, -1, 4};  // row 0 of before left, row 3 of after is new
  const auto m = segment::migrate(before, after, match, 3).value();
  CHECK(m.counts == std::vector<std::int64_t>{0, 0, 0, 0, 2, 0, 2, 0, 0});
  CHECK(m.newcomers == std::vector<std::int64_t>{0, 0, 1});
  CHECK(m.leavers == std::vector<std::int64_t>{1, 0, 0});
  CHECK((m.up == 2 && m.down == 0 && m.same == 2));
  const auto moved = segment::flows(m);
  REQUIRE(moved.size() == 1);
  CHECK((moved[0].from == 3 && moved[0].to == 1 && moved[0].doctors == 2 && moved[0].share == 1));

  const auto code = [&](std::vector<std::int64_t> rows, std::size_t tiers) {
    const auto got = segment::migrate(before, after, rows, tiers);
    REQUIRE_FALSE(got);
    return got.error().code();
  };
  CHECK(code({1, 1, 3, -1, 4}, 3) == errc::duplicate_hcp);
  CHECK(code({1, 2, 3, -1, 5}, 3) == errc::out_of_range);
  CHECK(code({1, 2, 3, -2, 4}, 3) == errc::out_of_range);
  CHECK(code(match, 2) == errc::out_of_range);
  CHECK(code({1}, 3) == errc::length_mismatch);
  CHECK(code(match, 0) == errc::invalid_argument);
}

TEST_CASE("migrate: everybody is counted once, and flows are sorted") {
  CHECK(rc::check("counts", [] {
    const auto n = *rc::gen::inRange<std::size_t>(0, 60);
    const auto tier = [] { return static_cast<std::uint16_t>(*rc::gen::inRange(1, 5)); };
    std::vector<std::uint16_t> before, after;
    std::vector<std::int64_t> match;
    std::array<std::array<std::int64_t, 5>, 5> expected{};  // row or column 4: not there
    for (std::size_t i = 0; i < n; ++i) {
      const auto kind = *rc::gen::inRange(0, 4);
      const std::uint16_t from = tier(), to = tier();
      if (kind != 0) before.push_back(from);
      if (kind != 1)
        after.push_back(to), match.push_back(kind == 0 ? -1 : static_cast<std::int64_t>(before.size()) - 1);
      ++expected[kind == 0 ? 4 : from - 1u][kind == 1 ? 4 : to - 1u];
    }
    const auto m = segment::migrate(before, after, match, 4).value();
    for (std::size_t i = 0; i < 4; ++i) {
      RC_ASSERT(m.newcomers[i] == expected[4][i]);
      RC_ASSERT(m.leavers[i] == expected[i][4]);
      for (std::size_t j = 0; j < 4; ++j) RC_ASSERT(m.counts[i * 4 + j] == expected[i][j]);
    }
    const auto all = segment::flows(m);
    std::int64_t moved = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      moved += all[i].doctors;
      if (i > 0)
        RC_ASSERT(std::tuple(-all[i - 1].doctors, all[i - 1].from, all[i - 1].to) <
                  std::tuple(-all[i].doctors, all[i].from, all[i].to));
    }
    RC_ASSERT(moved == m.up + m.down);
  }));
}

TEST_CASE("part_changes: sorted by size, and they add up exactly") {
  CHECK(rc::check("parts", [] {
    const auto n = *rc::gen::inRange<std::size_t>(0, 20);
    std::vector<double> before, after;
    for (std::size_t i = 0; i < n; ++i) {
      before.push_back(*rc::gen::inRange(-5, 100'000'000) * segment::score_step);
      after.push_back(*rc::gen::inRange(0, 3) == 0 ? before.back()
                                                   : *rc::gen::inRange(-5, 100'000'000) * segment::score_step);
    }
    const auto changes = segment::part_changes(before, after);
    double sum = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      sum += changes[i].by;
      RC_ASSERT(changes[i].by == after[changes[i].part] - before[changes[i].part]);
      RC_ASSERT(changes[i].by != 0);
      if (i > 0)
        RC_ASSERT(std::pair(-std::abs(changes[i - 1].by), changes[i - 1].part) <
                  std::pair(-std::abs(changes[i].by), changes[i].part));
    }
    RC_ASSERT(sum ==
              std::accumulate(after.begin(), after.end(), 0.) - std::accumulate(before.begin(), before.end(), 0.));
  }));
  CHECK_THROWS_AS((void)segment::part_changes(std::vector<double>{1}, {}), Error);
}

TEST_CASE("stability_index: by hand, with and without empty bins") {
  const auto psi = [](std::vector<double> e, std::vector<double> a, double s = .5) {
    return segment::stability_index(e, a, s).value();
  };
  // shares .5 .5 and .25 .75
  const double expected = -.25 * std::log(.5) + .25 * std::log(1.5);
  CHECK(psi({50, 50}, {10, 30}).psi == doctest::Approx(expected).epsilon(1e-15));
  CHECK_FALSE(psi({50, 50}, {10, 30}).smoothed);
  CHECK(psi({3, 4, 0}, {3, 4, 0}).psi == 0);
  CHECK(psi({50, 0, 50}, {10, 0, 30}).psi == doctest::Approx(expected).epsilon(1e-15));
  // (0 + ½) / (10 + 1), (10 + ½) / 11 against (5 + ½) / 11 twice
  const auto smoothed = psi({0, 10, 0}, {5, 5, 0});
  CHECK(smoothed.smoothed);
  CHECK(smoothed.psi == doctest::Approx(5 / 11. * std::log(11.) + (5.5 - 10.5) / 11 * std::log(5.5 / 10.5)));
  CHECK(smoothed.parts[2] == 0);
  CHECK(std::isinf(psi({0, 10}, {5, 5}, 0).psi));
  CHECK(segment::stability_index(std::vector<double>{0}, std::vector<double>{1}).error().where().column == "before");
  CHECK(segment::stability_index(std::vector<double>{1}, std::vector<double>{missing}).error().where().column ==
        "after");
  CHECK(segment::stability_index(std::vector<double>{1}, {}).error().code() == errc::length_mismatch);
  CHECK(segment::stability_index(std::vector<double>{1}, std::vector<double>{1}, -1).error().where().column ==
        "smoothing");
  const std::vector<double> values{0, 1, 1, 1.5, 2, 9, missing}, edges{1, 2};
  CHECK(segment::bin_counts(values, edges) == std::vector<double>{1, 3, 2, 1});
  CHECK_THROWS_AS((void)segment::bin_counts(values, std::vector<double>{2, 2}), Error);
}

namespace {

// Three axes of some doctors, in up to two strata; floors and values on a coarse grid, so that many lie on the line.
struct crowd {
  std::array<std::vector<double>, 3> value, all, strata;
  std::array<std::vector<std::uint8_t>, 3> step;
  std::array<std::vector<std::int32_t>, 3> stratum;
  segment::tier_table table;

  segment::cut_axes axes() const {
    segment::cut_axes out{{}, table};
    for (std::size_t a = 0; a < 3; ++a) out.of[a] = {value[a], step[a], {all[a], strata[a], stratum[a]}};
    return out;
  }
};

crowd any_crowd() {
  crowd c;
  c.table = any_table();
  const auto n = *rc::gen::inRange<std::size_t>(0, 40);
  const auto number = [] { return static_cast<double>(*rc::gen::inRange(0, 20)); };
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t cuts = c.table.steps[a] - 1;
    const auto floors = [&] {
      std::vector<double> some;
      for (std::size_t i = 0; i < cuts; ++i) some.push_back(number());
      std::ranges::sort(some, std::greater{});
      if (cuts > 0 && *rc::gen::inRange(0, 5) == 0) some[0] = std::numeric_limits<double>::infinity();
      return some;
    };
    c.all[a] = floors();
    for (int s = 0; s < 2; ++s)
      for (const double f : floors()) c.strata[a].push_back(f);
    for (std::size_t i = 0; i < n; ++i) {
      c.value[a].push_back(*rc::gen::inRange(0, 6) == 0 ? missing : number());
      c.step[a].push_back(static_cast<std::uint8_t>(*rc::gen::inRange<std::size_t>(0, c.table.steps[a])));
      c.stratum[a].push_back(*rc::gen::inRange(-1, 2));
    }
  }
  return c;
}

std::array<std::size_t, 3> steps_of(const crowd& c, std::size_t row) {
  std::array<std::size_t, 3> out{};
  const segment::cut_axes axes = c.axes();
  for (std::size_t a = 0; a < 3; ++a)
    out[a] = std::isnan(c.value[a][row]) ? c.step[a][row]
                                         : segment::step_reached(c.value[a][row], axes.of[a].floors.of(row));
  return out;
}

void move_cut(std::span<double> floors, std::size_t cut, double move, bool by_share) {
  if (!std::isfinite(floors[cut])) return;
  double then = by_share ? floors[cut] * (1 + move) : floors[cut] + move;
  if (cut > 0) then = std::min(then, floors[cut - 1]);
  if (cut + 1 < floors.size()) then = std::max(then, floors[cut + 1]);
  floors[cut] = then;
}

}  // namespace

TEST_CASE("sensitivity: as if everybody were assigned again") {
  CHECK(rc::check("brute force", [] {
    const crowd c = any_crowd();
    const auto a = *rc::gen::inRange<std::size_t>(0, 3);
    const bool by_share = *rc::gen::arbitrary<bool>();
    const std::vector<double> moves{-1, -.25, 0, .3, 3};
    const auto got = segment::sensitivity(c.axes(), static_cast<segment::axis>(a), moves, by_share).value();
    const std::size_t cuts = c.table.steps[a] - 1;
    RC_ASSERT(got.size() == cuts * moves.size());
    for (std::size_t k = 0; k < got.size(); ++k) {
      RC_ASSERT(got[k].cut == k / moves.size());
      RC_ASSERT(got[k].move == moves[k % moves.size()]);
      crowd other = c;
      move_cut(other.all[a], got[k].cut, got[k].move, by_share);
      for (std::size_t s = 0; s < 2; ++s)
        move_cut(std::span(other.strata[a]).subspan(s * cuts, cuts), got[k].cut, got[k].move, by_share);
      std::int64_t crossed = 0, better = 0, worse = 0;
      for (std::size_t row = 0; row < c.value[0].size(); ++row) {
        const auto x = steps_of(c, row), y = steps_of(other, row);
        const auto was = c.table.of(x[0], x[1], x[2]), is = c.table.of(y[0], y[1], y[2]);
        crossed += x != y, better += is<was, worse += is> was;
      }
      RC_ASSERT(std::tuple(got[k].crossed, got[k].better, got[k].worse) == std::tuple(crossed, better, worse));
      RC_CLASSIFY(better + worse > 0);
    }
  }));
}

TEST_CASE("nearest: no other cut is nearer, and going there does what it says") {
  CHECK(rc::check("brute force", [] {
    const crowd c = any_crowd();
    const auto a = *rc::gen::inRange<std::size_t>(0, 3);
    const auto got = segment::nearest(c.axes(), static_cast<segment::axis>(a)).value();
    const segment::cut_axes axes = c.axes();
    for (std::size_t row = 0; row < c.value[0].size(); ++row) {
      auto at = steps_of(c, row);
      RC_ASSERT(got.tier[row] == c.table.of(at[0], at[1], at[2]));
      const double value = c.value[a][row];
      double least = std::numeric_limits<double>::infinity();
      if (!std::isnan(value))
        for (const double f : axes.of[a].floors.of(row)) least = std::min(least, std::abs(f - value));
      if (std::isinf(least)) {
        RC_ASSERT(got.cut[row] == segment::no_cut);
        RC_ASSERT(std::isnan(got.distance[row]));
        RC_ASSERT(got.across[row] == got.tier[row]);
        continue;
      }
      const double floor = axes.of[a].floors.of(row)[got.cut[row]];
      RC_ASSERT(got.distance[row] == floor - value);
      RC_ASSERT(std::abs(got.distance[row]) == least);
      at[a] = segment::step_reached(got.distance[row] > 0 ? floor : floor - .5, axes.of[a].floors.of(row));
      RC_ASSERT(got.across[row] == c.table.of(at[0], at[1], at[2]));
    }
  }));
}

TEST_CASE("sensitivity: what is wrong is named") {
  crowd c;
  c.table = default_table();
  c.all = {std::vector<double>{8, 5, 2}, {60, 30}, {60, 30}};
  c.value = {std::vector<double>{9}, {50}, {61}};
  c.step = {std::vector<std::uint8_t>{0}, {1}, {0}};
  const std::vector<double> moves{1, std::numeric_limits<double>::infinity()}, below{-2};
  const auto which = segment::axis::engagement;
  CHECK(segment::sensitivity(c.axes(), which, moves).error().where().row == 1);
  CHECK(segment::sensitivity(c.axes(), which, below, true).error().where().column == "moves");
  CHECK(segment::nearest(c.axes(), which).value().distance == std::vector<double>{-1});
  crowd d = c;
  d.all[1] = {60};
  CHECK(segment::nearest(d.axes(), which).error().where().column == "identity");
  d = c;
  d.value[2] = {missing};
  d.step[2] = {3};
  CHECK(segment::nearest(d.axes(), which).error().code() == errc::out_of_range);
  d = c;
  d.table.tiers[3] = 0;
  CHECK(segment::nearest(d.axes(), which).error().where().column == "table");
}
