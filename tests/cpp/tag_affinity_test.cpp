// Affinities against the likelihood written out with lgamma, against numeric integration, and against a population whose truth is
// known; and that no order, thread or later day changes a byte.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/affinity.hpp>

#include "threads.hpp"

namespace {

using namespace tierwise;

constexpr date today{20000};

/// Events as columns, with the views that the library takes.
struct log_of_events {
  std::vector<std::int32_t> doctor, key;
  std::vector<date> on;
  std::vector<std::int64_t> exposures, responses;

  void add(std::int32_t d, std::int32_t k, date day, std::int64_t n, std::int64_t r) {
    doctor.push_back(d), key.push_back(k), on.push_back(day), exposures.push_back(n), responses.push_back(r);
  }
  [[nodiscard]] tag::affinity_events rates() const { return {doctor, key, on, exposures, responses}; }
  [[nodiscard]] tag::affinity_events contacts() const { return {doctor, key, on, exposures, {}}; }
  [[nodiscard]] log_of_events in_order(const std::vector<std::size_t>& order) const {
    log_of_events out;
    for (const std::size_t i : order) out.add(doctor[i], key[i], on[i], exposures[i], responses[i]);
    return out;
  }
};

/// Gamma(shape) by Marsaglia and Tsang (2000), for shape ≥ 1; below by boosting.
double gamma_draw(random_stream& random, double shape) {
  if (shape < 1) return gamma_draw(random, shape + 1) * std::pow(random.uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double z = std::sqrt(-2 * std::log(1 - random.uniform())) * std::cos(6.283185307179586 * random.uniform());
    const double v = std::pow(1 + c * z, 3);
    if (v > 0 && std::log(1 - random.uniform()) < z * z / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

struct world {
  log_of_events log;
  std::vector<std::int32_t> segment;
  std::vector<double> truth;  // [doctor][key]
  static constexpr std::int32_t doctors = 1500, keys = 3;
};

/// Rates drawn around the segment's mean with strength 10.
world drawn(std::uint64_t seed) {
  constexpr double mean[2][world::keys] = {{0.1, 0.3, 0.5}, {0.4, 0.2, 0.5}};
  world out;
  for (std::int32_t i = 0; i < world::doctors; ++i) {
    random_stream random(seed, static_cast<std::uint64_t>(i), 5);
    out.segment.push_back(i % 2);
    for (std::int32_t k = 0; k < world::keys; ++k) {
      const double m = mean[i % 2][k], a = gamma_draw(random, 10 * m), b = gamma_draw(random, 10 * (1 - m));
      out.truth.push_back(a / (a + b));
      for (std::uint32_t e = random.below(30); e > 0; --e)
        out.log.add(i, k, today - static_cast<std::int32_t>(random.below(300)), 1,
                    random.uniform() < out.truth.back() ? 1 : 0);
    }
  }
  return out;
}

tag::affinity_options forever(double strength = 0) {
  tag::affinity_options out;
  out.half_life_days = std::numeric_limits<double>::infinity();
  out.strength = strength;
  return out;
}

double log_beta(double a, double b) { return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b); }

bool same_bytes(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

bool same_bytes(const std::vector<tag::affinity>& a, const std::vector<tag::affinity>& b) {
  return a.size() == b.size() && std::ranges::equal(a, b, [](const tag::affinity& x, const tag::affinity& y) {
           return x.mean == y.mean && x.sd == y.sd && x.low == y.low && x.high == y.high && x.evidence == y.evidence &&
                  x.group_mean == y.group_mean && x.probability == y.probability && x.prefers == y.prefers;
         });
}

}  // namespace

TEST_CASE("One doctor by hand: decay, and an exposure without response counts against") {
  log_of_events log;
  log.add(0, 0, today, 4, 3);
  log.add(0, 0, today - 100, 4, 1);  // one half-life: weighs half
  log.add(0, 0, today + 1, 9, 9);  // after the date: does not count
  log.add(0, 1, today, 1, 0);
  tag::affinity_options options;
  options.half_life_days = 100, options.strength = 2;
  const auto learnt = tag::fit_rates(log.rates(), {2, 2, {}}, today, options).value();
  CHECK(learnt.rejected.empty());
  // Weighted: n = 6, r = 3.5, squares 5. Effective: 36/5, of which one doctor's count for (S + 1)/(S + 36/5).
  const double n = 7.2 * 3 / 9.2, m = (3.5 / 6 * n + 0.5) / (n + 1);
  CHECK(learnt.mean[0] == doctest::Approx(m));
  const auto cells = tag::affinity_table(learnt);
  CHECK(cells[0].mean == doctest::Approx((2 * m + 3.5) / 8));
  CHECK(cells[0].evidence == 6);
  CHECK(cells[1].mean < cells[1].group_mean);  // asked once, no answer
  CHECK(cells[2].mean == doctest::Approx(m));  // of whom nothing is known: the group's
  CHECK(cells[2].evidence == 0);
  CHECK(!cells[2].prefers);
}

TEST_CASE("The strength is where the marginal likelihood is highest") {
  const world w = drawn(3);
  const auto learnt = tag::fit_rates(w.log.rates(), {w.doctors, w.keys, {w.segment}}, today, forever()).value();
  for (std::size_t k = 0; k < learnt.keys; ++k) {
    const auto likelihood = [&](double s) {
      double out = 0;
      for (std::size_t i = 0; i < learnt.doctors; ++i) {
        const double m = learnt.mean[static_cast<std::size_t>(learnt.group_of[i]) * learnt.keys + k];
        const double n = static_cast<double>(learnt.exposures[i * learnt.keys + k]) * tag::affinity_unit;
        const double r = static_cast<double>(learnt.responses[i * learnt.keys + k]) * tag::affinity_unit;
        out += log_beta(s * m + r, s * (1 - m) + n - r) - log_beta(s * m, s * (1 - m));
      }
      return out;
    };
    const double s = learnt.strength[k];
    CHECK(s > 7);  // the truth is 10
    CHECK(s < 14);
    const double best = likelihood(s);
    for (const double other : {0.5, 0.9, 0.99, 1.01, 1.1, 2.0}) CHECK(likelihood(s * other) < best);
  }
  // Nor does decay pass for agreement: the strength is about the same.
  tag::affinity_options half = forever();
  half.half_life_days = 150;
  const auto decayed = tag::fit_rates(w.log.rates(), {w.doctors, w.keys, {w.segment}}, today, half).value();
  for (const double s : decayed.strength) {
    CHECK(s > 7);
    CHECK(s < 14);
  }
  // Doctors of both segments differ less from their segment's mean than from the population's.
  const auto pooled = tag::fit_rates(w.log.rates(), {w.doctors, w.keys, {}}, today, forever()).value();
  CHECK(pooled.strength[0] < learnt.strength[0] / 1.5);
  CHECK(learnt.mean[1 * 3 + 0] == doctest::Approx(0.1).epsilon(0.15));
  CHECK(learnt.mean[2 * 3 + 0] == doctest::Approx(0.4).epsilon(0.1));
}

TEST_CASE("Intervals hold the truth as often as they say, and so do preferences") {
  std::size_t held = 0, cells = 0, preferred = 0;
  double claimed = 0, right = 0;
  for (const std::uint64_t seed : {11u, 12u}) {
    const world w = drawn(seed);
    const auto learnt = tag::fit_rates(w.log.rates(), {w.doctors, w.keys, {w.segment}}, today, forever()).value();
    const auto table = tag::affinity_table(learnt);
    for (std::size_t i = 0; i < table.size(); ++i, ++cells) {
      if (table[i].low <= w.truth[i] && w.truth[i] <= table[i].high) ++held;
      CHECK(table[i].prefers == (table[i].probability >= 0.9 && table[i].evidence >= 3));
      if (!table[i].prefers) continue;
      ++preferred, claimed += table[i].probability;
      if (w.truth[i] > table[i].group_mean + learnt.options.margin) ++right;
    }
  }
  CHECK(static_cast<double>(held) / static_cast<double>(cells) == doctest::Approx(0.9).epsilon(0.012));
  REQUIRE(preferred > 300);
  CHECK(std::abs(right - claimed) < 3 * std::sqrt(0.06 * static_cast<double>(preferred)));
}

TEST_CASE("Quantiles and probabilities are those of the beta distribution, integrated") {
  log_of_events log;
  log.add(0, 0, today, 20, 6);
  log.add(0, 1, today, 5, 0);
  const auto learnt = tag::fit_rates(log.rates(), {1, 2, {}}, today, forever(3)).value();
  const auto table = tag::affinity_table(learnt);
  for (std::size_t k = 0; k < 2; ++k) {
    const double n = k == 0 ? 20 : 5, r = k == 0 ? 6 : 0;
    const double a = 3 * learnt.mean[k] + r, b = 3 * (1 - learnt.mean[k]) + n - r;
    // Over u with x = u^8, which is smooth at 0 for a > ⅛.
    const auto below = [&](double x) {
      const int steps = 20000;
      const double end = std::pow(x, 0.125), h = end / steps;
      double sum = 0;
      for (int i = 0; i < steps; ++i) {
        const double u = (i + 0.5) * h;
        sum += 8 * std::exp((8 * a - 1) * std::log(u) + (b - 1) * std::log1p(-std::pow(u, 8)) - log_beta(a, b)) * h;
      }
      return sum;
    };
    CHECK(below(table[k].low) == doctest::Approx(0.05).epsilon(1e-5));
    CHECK(below(table[k].high) == doctest::Approx(0.95).epsilon(1e-5));
    CHECK(1 - below(learnt.mean[k] + 0.05) == doctest::Approx(table[k].probability).epsilon(1e-5));
    CHECK(table[k].sd == doctest::Approx(std::sqrt(a * b / ((a + b) * (a + b) * (a + b + 1)))));
  }
}

TEST_CASE("Any order of rows, any threads, any later day: the same bytes") {
  const world w = drawn(4);
  std::vector<std::int32_t> region;
  for (std::int32_t i = 0; i < w.doctors; ++i) region.push_back(i % 7 == 0 ? -1 : i % 5);
  const tag::affinity_population whom{w.doctors, w.keys, {region, w.segment}};
  tests::thread_executor threads(4);
  for (const bool shares : {false, true}) {
    const auto fit = [&](const log_of_events& log, executor* with) {
      return (shares ? tag::fit_shares(log.contacts(), whom, today, {}, with)
                     : tag::fit_rates(log.rates(), whom, today, {}, with))
          .value();
    };
    const auto once = fit(w.log, nullptr);
    std::vector<std::size_t> order(w.log.key.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [](std::size_t i) { return stable_hash(std::to_string(i)); });
    log_of_events other = w.log.in_order(order);
    other.add(1, 1, today + 1, 1000, 1000);
    const auto again = fit(other, &threads);
    CHECK(same_bytes(once.mean, again.mean));
    CHECK(same_bytes(once.strength, again.strength));
    CHECK(same_bytes(once.group_strength, again.group_strength));
    CHECK(same_bytes(tag::affinity_table(once), tag::affinity_table(again, &threads)));
    CHECK(once.level.back() == 2);
    CHECK(once.group_of[0] == 0);  // no region: stays with the population
  }
}

TEST_CASE("Doctors in another order have the same answers") {
  const world w = drawn(6);
  const auto once = tag::fit_rates(w.log.rates(), {w.doctors, w.keys, {w.segment}}, today).value();
  log_of_events turned = w.log;
  for (std::int32_t& d : turned.doctor) d = w.doctors - 1 - d;
  std::vector<std::int32_t> segment(w.segment.rbegin(), w.segment.rend());
  const auto again = tag::fit_rates(turned.rates(), {w.doctors, w.keys, {segment}}, today).value();
  CHECK(same_bytes(once.mean, again.mean));
  CHECK(same_bytes(once.strength, again.strength));
}

TEST_CASE("Shares add up to one, and lean to the segment where little is known") {
  log_of_events log;
  std::vector<std::int32_t> segment;
  for (std::int32_t i = 0; i < 200; ++i) {
    segment.push_back(i % 2);
    random_stream random(1, static_cast<std::uint64_t>(i), 2);
    const double own = gamma_draw(random, i % 2 == 0 ? 6 : 2), rest = gamma_draw(random, i % 2 == 0 ? 2 : 6);
    for (std::uint32_t e = i < 4 ? 0 : 1 + random.below(20); e > 0; --e)
      log.add(i, random.uniform() < own / (own + rest) ? 0 : 1 + static_cast<std::int32_t>(random.below(2)), today, 1,
              0);
  }
  const auto learnt = tag::fit_shares(log.contacts(), {200, 3, {segment}}, today, forever()).value();
  REQUIRE(learnt.strength.size() == 1);
  CHECK(learnt.strength[0] > 4);  // 8 on the first key, none on how the rest is shared out
  CHECK(learnt.strength[0] < 40);
  const auto likelihood = [&](double s) {
    double out = 0;
    for (std::size_t i = 0; i < 200; ++i) {
      double n = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        const double m = learnt.mean[static_cast<std::size_t>(learnt.group_of[i]) * 3 + k];
        const double x = static_cast<double>(learnt.exposures[i * 3 + k]) * tag::affinity_unit;
        out += std::lgamma(s * m + x) - std::lgamma(s * m);
        n += x;
      }
      out += std::lgamma(s) - std::lgamma(s + n);
    }
    return out;
  };
  for (const double other : {0.5, 0.95, 1.05, 2.0})
    CHECK(likelihood(learnt.strength[0] * other) < likelihood(learnt.strength[0]));
  const auto table = tag::affinity_table(learnt);
  for (std::size_t i = 0; i < 200; ++i)
    CHECK(table[3 * i].mean + table[3 * i + 1].mean + table[3 * i + 2].mean == doctest::Approx(1));
  CHECK(table[0].mean == doctest::Approx(learnt.mean[3]));  // doctor 0 has no contact
  CHECK(table[0].mean > 0.65);
  CHECK(table[3].mean < 0.35);
}

TEST_CASE("A population without differences has the highest strength, one without events a calm answer") {
  log_of_events log;
  for (std::int32_t i = 0; i < 300; ++i) log.add(i, 0, today, 10, 3);
  const auto learnt = tag::fit_rates(log.rates(), {300, 1, {}}, today, forever()).value();
  CHECK(learnt.strength[0] == doctest::Approx(tag::most_strength));
  const auto table = tag::affinity_table(learnt);
  CHECK(table[0].mean == doctest::Approx(0.3).epsilon(0.001));
  const auto nothing = tag::fit_rates({}, {2, 2, {}}, today).value();
  for (const tag::affinity& a : tag::affinity_table(nothing)) {
    CHECK(a.mean == 0.5);
    CHECK(a.evidence == 0);
    CHECK(!a.prefers);
  }
}

TEST_CASE("Rows that cannot be used are rejected with their reason; wrong arguments are errors") {
  log_of_events log;
  log.add(0, 0, today, 1, 1);
  log.add(-1, 0, today, 1, 1);
  log.add(0, -1, today, 1, 1);
  log.add(0, 5, today, 1, 1);
  log.add(0, 0, date{900000}, 1, 1);
  log.add(0, 0, today, 1, 2);
  log.add(0, 0, today, -1, 0);
  log.add(0, 0, today, 1 << 21, 0);
  const auto learnt = tag::fit_rates(log.rates(), {1, 2, {}}, today).value();
  std::vector<errc> codes;
  for (const bad_row& row : learnt.rejected) codes.push_back(row.code);
  CHECK(codes == std::vector<errc>{errc::unknown_hcp, errc::missing_value, errc::missing_value, errc::invalid_date,
                                   errc::out_of_range, errc::out_of_range, errc::out_of_range});
  CHECK(learnt.exposures[0] == std::uint64_t{1} << 30);

  const auto code_of = [](const auto& got) { return got ? errc::not_fitted : got.error().code(); };
  CHECK(code_of(tag::fit_rates(log.contacts(), {1, 2, {}}, today)) == errc::length_mismatch);
  CHECK(code_of(tag::fit_shares(log.rates(), {1, 2, {}}, today)) == errc::length_mismatch);
  CHECK(code_of(tag::fit_rates(log.rates(), {0, 2, {}}, today)) == errc::invalid_argument);
  CHECK(code_of(tag::fit_rates(log.rates(), {2, 2, {log.key}}, today)) == errc::length_mismatch);
  CHECK(code_of(tag::fit_rates(log.rates(), {1 << 30, 8, {}}, today)) == errc::invalid_argument);
  tag::affinity_options wrong;
  wrong.half_life_days = 0, wrong.coverage = 1, wrong.margin = -1, wrong.confidence = std::nan(""), wrong.strength = -1,
  wrong.least_evidence = -1;
  CHECK(tag::check(wrong).size() == 6);
  std::vector<tag::affinity> few(1);
  CHECK_THROWS_AS(tag::affinities_of(learnt, 0, few), Error);
}
