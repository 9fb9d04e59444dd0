// What a summary says of a column, and what the exact routines say, against the sorted column.
#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/core/quantiles.hpp>
#include <tierwise/core/random.hpp>

namespace {

using namespace tierwise;

constexpr double infinity = std::numeric_limits<double>::infinity();

summary summary_of(const std::vector<double>& values) {
  summary out;
  out.add(std::span<const double>(values));
  return out;
}

std::vector<double> sorted_known(std::vector<double> values) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  std::sort(values.begin(), values.end());
  return values;
}

/// Type 7 by its definition.
double obvious_quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return missing;
  const double at = static_cast<double>(sorted.size() - 1) * q;
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

/// Class of a volume and smallest volume of each class, with whole numbers. `volumes` are whole numbers in some unit.
std::vector<double> obvious_floors(const std::vector<double>& values, const std::vector<int>& percents) {
  std::vector<double> floors(percents.size() + 1, infinity), falling = sorted_known(values);
  std::reverse(falling.begin(), falling.end());
  __extension__ typedef __int128 wide;
  wide total = 0, before = 0;
  for (const double v : falling)
    if (v > 0) total += static_cast<wide>(v);
  for (std::size_t i = 0; i < falling.size() && falling[i] > 0;) {
    std::size_t k = 0;
    while (k < percents.size() && before * 100 >= total * percents[k]) ++k;
    floors[k] = falling[i];
    for (const double v = falling[i]; i < falling.size() && falling[i] == v; ++i) before += static_cast<wide>(v);
  }
  return floors;
}

std::vector<double> as_shares(const std::vector<int>& percents) {
  std::vector<double> out;
  for (const int p : percents) out.push_back(p / 100.0);
  return out;
}

const std::vector<double> asked = {0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.99, 1};
const std::vector<int> tenths = {10, 20, 30, 40, 50, 60, 70, 80, 90}, pareto = {50, 80, 95};

/// Populations that break things, each of many rows.
std::vector<std::vector<double>> populations(std::size_t rows) {
  random_stream random(3, 4, 5);
  std::vector<std::vector<double>> out(9, std::vector<double>(rows));
  for (std::size_t i = 0; i < rows; ++i) {
    const double u = random.uniform();
    out[0][i] = std::floor(u * 0x1p40);  // all different
    out[1][i] = std::floor(1000 / (u + 0.001));  // many ties
    out[2][i] = i % 2 == 0 ? 77777 : std::floor(u * 0x1p30);  // half are equal, half all different
    out[3][i] = 5;
    out[4][i] = i == 17 ? 0x1p52 : std::floor(u * 1000);  // a giant
    out[5][i] = 0x1p50 + std::floor(u * 0x1p20);  // all within a millionth
    out[6][i] = u < 0.1   ? missing
                : u < 0.2 ? infinity
                : u < 0.3 ? -infinity
                : u < 0.4 ? 0
                : u < 0.5 ? -0.0
                          : std::floor((u - 0.6) * 0x1p45);
    out[7][i] = i == 0 ? 1 : missing;
    out[8][i] = 0x1p45 + static_cast<double>(i % 3 == 0 ? 1 : i % 30'000);  // ties beyond the histogram's first levels
  }
  return out;
}

}  // namespace

TEST_CASE("summary: exact answers are those of the sorted column") {
  CHECK(rc::check("equal to the oracle", [] {
    const auto raw = *rc::gen::container<std::vector<int>>(
        rc::gen::oneOf(rc::gen::inRange(-20, 20), rc::gen::inRange(-100'000, 100'000)));
    std::vector<double> values;
    for (const int v : raw) values.push_back(v == 3 ? missing : v == 4 ? infinity : v);
    const std::vector<double> sorted = sorted_known(values);
    const summary s = summary_of(values);
    RC_ASSERT(s.known() == sorted.size());
    RC_ASSERT(s.rows() == values.size());
    for (const double q : asked) RC_ASSERT(same(s.quantile(q), obvious_quantile(sorted, q)));
    for (const std::vector<int>* percents : {&tenths, &pareto})
      RC_ASSERT(s.floors_by_volume(as_shares(*percents)) == obvious_floors(values, *percents));
    double sum = 0, squares = 0, positive = 0;  // small whole numbers: no rounding
    for (const double v : sorted) {
      sum += v;
      squares += v * v;
      positive += v > 0 ? v : 0;
    }
    RC_ASSERT(s.sum() == sum);
    RC_ASSERT(s.sum_of_squares() == squares);
    if (sorted.empty()) return;
    RC_ASSERT((s.min() == sorted.front() && s.max() == sorted.back()));
    const auto n = static_cast<double>(sorted.size());
    RC_ASSERT(s.mean() == sum / n);
    for (const double at : {sorted.front(), sorted[sorted.size() / 2], 0.5, -1.0}) {
      const auto first = std::upper_bound(sorted.begin(), sorted.end(), at);
      double before = 0, volume = 0;
      for (auto v = first; v != sorted.end(); ++v) {
        before += *v;
        volume += *v > 0 ? *v : 0;
      }
      RC_ASSERT(s.heads_before(at) == static_cast<std::uint64_t>(sorted.end() - first));
      RC_ASSERT(s.sum_before(at) == before);
      RC_ASSERT(s.share_before(at) == (positive > 0 ? volume / positive : 0));
    }
  }));
}

TEST_CASE("summary: shares of heads") {
  const double shares[] = {0.1, 0.5};
  CHECK((summary_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}).floors_by_heads(shares) == std::vector<double>{10, 6, 1}));
  CHECK((summary_of({7, 7, 7, 0}).floors_by_heads(shares) == std::vector<double>{7, infinity, 0}));
  CHECK((summary_of({}).floors_by_heads(shares) == std::vector<double>(3, infinity)));
  const double falling[] = {0.5, 0.1}, beyond[] = {1.0};
  CHECK_THROWS_AS((void)summary_of({1}).floors_by_heads(falling), Error);
  CHECK_THROWS_AS((void)summary_of({1}).floors_by_volume(beyond), Error);
  CHECK_THROWS_AS((void)summary_of({1}).quantile(1.5), Error);
}

TEST_CASE("summary: sums, mean and variance at the ends of the range of numbers") {
  const summary huge = summary_of({1.7e308, 1.7e308, -1.7e308});
  CHECK(huge.sum() == 1.7e308);
  CHECK(std::isinf(summary_of({1.7e308, 1.7e308}).sum()));
  CHECK(summary_of({1.7e308, 1.7e308}).mean() == 1.7e308);
  CHECK(summary_of({1.7e308, 1.7e308, 1.7e308}).share_before(1) == 1);
  CHECK(summary_of({5e-324, 5e-324, 5e-324}).sum() == 15e-324);
  CHECK(summary_of({5e-324, 5e-324, 1e-323}).share_before(5e-324) == 0.5);
  CHECK(summary_of({1e100, 1, -1e100}).sum() == 1);  // no rounding on the way
  CHECK(summary_of({1e16, 1, 1}).sum() == 1e16 + 2);
  CHECK(summary_of({1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4}).variance() == 1.25);
  CHECK(summary_of({0.1, 0.1, 0.1}).variance() == 0);
  CHECK((summary_of({-0.0}).min() == 0 && !std::signbit(summary_of({-0.0}).min())));
  CHECK(summary_of({-1.7e308, 1.7e308}).quantile(0.5) == 0);
  const summary none = summary_of({missing, infinity, -infinity});
  CHECK((none.known() == 0 && none.missing_rows() == 1 && none.rejected() == 2));
  CHECK((std::isnan(none.quantile(0.5)) && std::isnan(none.mean()) && std::isnan(none.min()) && none.sum() == 0));
}

TEST_CASE("summary: from buckets, a quantile is within the stated error, and sums are exact") {
  for (const int spread : {1, 8, 60, 900}) {
    random_stream random(1, static_cast<std::uint64_t>(spread), 0);
    std::vector<double> values(60'000);
    exact_sum all;
    for (double& v : values) {
      v = std::ldexp(0.5 + random.uniform(),
                     static_cast<int>(random.below(static_cast<std::uint32_t>(spread))) - spread / 2) *
          (random.below(3) == 0 ? -1 : 1);
      all.add(v);
    }
    const summary s = summary_of(values);
    REQUIRE_FALSE(s.is_exact());
    const std::vector<double> sorted = sorted_known(values);
    for (int i = 0; i <= 1000; ++i) {
      const double q = i / 1000.0, at = static_cast<double>(sorted.size() - 1) * q;
      const auto below = static_cast<std::size_t>(at);
      const double a = sorted[below], b = sorted[std::min(below + 1, sorted.size() - 1)];
      const double part = at - static_cast<double>(below);
      // each neighbour is off by at most relative_error of itself; a little for rounding
      const double most = summary::relative_error * ((1 - part) * std::abs(a) + part * std::abs(b)) * (1 + 1e-12);
      CHECK(std::abs(s.quantile(q) - obvious_quantile(sorted, q)) <= most);
    }
    CHECK(s.quantile(0) == sorted.front());
    CHECK(s.quantile(1) == sorted.back());
    CHECK(s.sum() == all.value());
    CHECK(s.mean() == all.divided(values.size()));
    // the same sum bucket by bucket
    double sum = 0, magnitude = 0;
    for (const summary::counted& v : s.values()) {
      sum += v.sum;
      magnitude += std::abs(v.sum);
    }
    CHECK(std::abs(sum - s.sum()) <= 1e-12 * magnitude);
    // floors are at most a bucket below those of the sorted column
    const std::vector<double> shares = as_shares(tenths), rough = s.floors_by_volume(shares),
                              fine = floors_by_volume(column_view(std::span<const double>(values)), shares);
    if (spread > 8) continue;  // where a few numbers are all the volume, classes are empty
    for (std::size_t k = 0; k < fine.size(); ++k) CHECK(std::abs(rough[k] / fine[k] - 1) < 4 * summary::relative_error);
  }
}

TEST_CASE("summary: the variance from buckets has no rounding but the last") {
  std::vector<double> values(50'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1e9 + static_cast<double>(i) / 1024;
  const summary s = summary_of(values);
  REQUIRE_FALSE(s.is_exact());
  CHECK(s.variance() == (50'000.0 * 50'000.0 - 1) / 12 / 1024 / 1024);
}

TEST_CASE("quantiles and floors_by_volume: equal to the sorted column, whatever its shape") {
  for (const std::size_t rows : {1u, 2u, 100u, 20'000u, 150'000u})
    for (const std::vector<double>& values : populations(rows)) {
      const column_view column{std::span<const double>(values)};
      const std::vector<double> sorted = sorted_known(values), found = quantiles(column, asked);
      REQUIRE(found.size() == asked.size());
      for (std::size_t i = 0; i < asked.size(); ++i) CHECK(same(found[i], obvious_quantile(sorted, asked[i])));
      for (const std::vector<int>* percents : {&tenths, &pareto})
        CHECK((floors_by_volume(column, as_shares(*percents)) == obvious_floors(values, *percents)));
    }
  const std::vector<double> nothing, text_shares = {0.5}, outside = {2};
  CHECK(std::isnan(quantiles(column_view(std::span<const double>(nothing)), text_shares)[0]));
  CHECK_THROWS_AS((void)quantiles(column_view(std::span<const double>(nothing)), outside), Error);
  const std::vector<std::int32_t> codes = {0};
  const std::vector<std::string_view> names = {"x"};
  CHECK_THROWS_AS((void)quantiles(column_view::categories(codes, names), text_shares), Error);
}

TEST_CASE("quantiles and floors_by_volume: random shapes") {
  CHECK(rc::check("equal to the oracle", [](std::uint64_t seed) {
    random_stream random(seed, 1, 1);
    std::vector<double> values(17'000 + random.below(20'000));
    const auto range = static_cast<int>(1 + random.below(46));
    const std::uint32_t ties = random.below(3);
    for (double& v : values) {
      v = std::floor(random.uniform() *
                     std::ldexp(1, static_cast<int>(random.below(static_cast<std::uint32_t>(range))) + 6));
      if (random.below(3) < ties) v = std::floor(std::sqrt(v));
    }
    const column_view column{std::span<const double>(values)};
    const std::vector<double> sorted = sorted_known(values), found = quantiles(column, asked);
    for (std::size_t i = 0; i < asked.size(); ++i) RC_ASSERT(found[i] == obvious_quantile(sorted, asked[i]));
    RC_ASSERT(floors_by_volume(column, as_shares(tenths)) == obvious_floors(values, tenths));
    const std::vector<float> floats(values.begin(), values.end());
    const std::vector<double> again(floats.begin(), floats.end());
    RC_ASSERT(floors_by_volume(column_view(std::span<const float>(floats)), as_shares(tenths)) ==
              obvious_floors(again, tenths));
  }));
}
