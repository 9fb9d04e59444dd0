// Quality of tags against the formulas written out, published intervals, and simulation.
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/quality.hpp>

namespace {

using namespace tierwise;

tag::registry registry_of(const std::vector<std::string>& rules) {
  std::vector<tag::definition> definitions;
  for (std::size_t t = 0; t < rules.size(); ++t)
    definitions.push_back(
        {.id = std::string("t").append(std::to_string(t)), .name_en = {}, .name_zh = {}, .rule = rules[t]});
  return tag::compile(std::move(definitions),
                      {.columns = {{"x", tag::value_type::number}}, .channels = {}, .measures = {}, .tags = {}})
      .value();
}

}  // namespace

TEST_CASE("quality: information value is the sum over states, with half a doctor more only where a cell is empty") {
  const tag::outcome_quality whole = tag::quality_of({{30, 50, 20}, {100, 700, 200}});
  const double g[] = {.3, .5, .2}, h[] = {.1, .7, .2};
  double expected = 0;
  for (int s = 0; s < 3; ++s) expected += (g[s] - h[s]) * std::log(g[s] / h[s]);
  CHECK(std::abs(whole.information_value - expected) < 1e-12);
  CHECK_FALSE(whole.adjusted);
  CHECK(std::abs(whole.noise - 2 * (1 / 100. + 1 / 1000.)) < 1e-15);
  CHECK(std::abs(whole.lift - (30 / 130.) / (100 / 1100.)) < 1e-12);
  CHECK(std::abs(whole.risk_ratio - (30 / 130.) / (50 / 750.)) < 1e-12);
  CHECK(whole.stands_out);

  const tag::outcome_quality empty = tag::quality_of({{10, 90, 0}, {0, 100, 0}});
  CHECK(empty.adjusted);  // the third state has nobody and is no state
  const double a = 10.5 / 101, b = 90.5 / 101, c = .5 / 101, d = 100.5 / 101;
  CHECK(std::abs(empty.information_value - ((a - c) * std::log(a / c) + (b - d) * std::log(b / d))) < 1e-12);
  CHECK(std::abs(empty.noise - (1 / 100. + 1 / 100.)) < 1e-15);

  for (const tag::outcome_table& nothing :
       {tag::outcome_table{{0, 0, 0}, {5, 5, 5}}, tag::outcome_table{{5, 5, 5}, {0, 0, 0}}}) {
    const auto found = tag::quality_of(nothing);
    CHECK(std::isnan(found.information_value));
    CHECK(found.p_value == 1);
    CHECK_FALSE(found.stands_out);
  }
  const auto constant = tag::quality_of({{5, 0, 0}, {7, 0, 0}});
  CHECK(constant.information_value == 0);
  CHECK(constant.p_value == 1);
  CHECK(std::isnan(constant.risk_ratio));
  CHECK(std::abs(constant.lift - 1) < 1e-15);
}

TEST_CASE("quality: Koopman's interval is the published one, and holds what the score does not reject") {
  // P. A. R. Koopman, Biometrics 40 (1984), p. 516: 36 of 40 against 16 of 80.
  const auto published = tag::quality_of({{36, 16, 0}, {4, 64, 0}});
  CHECK(std::abs(published.risk_ratio_interval.low - 2.94) < 0.005);
  CHECK(std::abs(published.risk_ratio_interval.high - 7.15) < 0.005);
  const auto none_with = tag::quality_of({{0, 5, 0}, {20, 15, 0}});
  CHECK(none_with.risk_ratio_interval.low == 0);
  CHECK(none_with.risk_ratio_interval.high > 0.3);
  CHECK(none_with.risk_ratio_interval.high < 1);
  const auto none_without = tag::quality_of({{5, 0, 0}, {15, 20, 0}});
  CHECK(std::isinf(none_without.risk_ratio_interval.high));
  CHECK(none_without.risk_ratio_interval.low > 1);
  const auto all = tag::quality_of({{7, 9, 0}, {0, 0, 0}});
  CHECK(all.risk_ratio_interval.low < 1);
  CHECK(all.risk_ratio_interval.high > 1);
}

/// The statistic with the likeliest rates found by search, not by formula.
double score_by_search(double ratio, double x, double n, double y, double m) {
  const auto log_of = [](double count, double rate) { return count > 0 ? count * std::log(rate) : 0; };
  const auto likelihood = [&](double q) {
    const double p = ratio * q;
    return log_of(x, p) + log_of(n - x, 1 - p) + log_of(y, q) + log_of(m - y, 1 - q);
  };
  double low = 0, high = std::min(1.0, 1 / ratio);
  for (int i = 0; i < 300; ++i) {
    const double third = low + (high - low) / 3, other = high - (high - low) / 3;
    const double a = likelihood(third), b = likelihood(other);
    if (a < b || std::isnan(a))
      low = third;
    else
      high = other;
  }
  const double q = (low + high) / 2, p = ratio * q, difference = x / n - ratio * y / m;
  return difference * difference / (p * (1 - p) / n + ratio * ratio * q * (1 - q) / m);
}

TEST_CASE("quality: ends of the risk ratio's interval are where the score rejects, also of lopsided tables") {
  random_stream random(2, 7, 1);
  constexpr double limit = 3.841458820694124;
  int lopsided = 0;
  for (int run = 0; run < 500; ++run) {
    const auto n = 3 + random.below(60), m = 3 + random.below(300);
    const auto x = random.below(4) == 0 ? n : random.below(n + 1), y = random.below(3) == 0 ? 0 : random.below(m + 1);
    if (x + y == 0 || (x == n && y == m)) continue;
    lopsided += x == n || y == 0;
    const auto found =
        tag::quality_of({{std::int64_t{x}, std::int64_t{y}, 0}, {std::int64_t{n - x}, std::int64_t{m - y}, 0}});
    const tag::interval in = found.risk_ratio_interval;
    CAPTURE(x);
    CAPTURE(n);
    CAPTURE(y);
    CAPTURE(m);
    const auto rejects = [&](double ratio) { return score_by_search(ratio, x, n, y, m) > limit; };
    if (x > 0) {
      CHECK(rejects(in.low * .999));
      CHECK_FALSE(rejects(in.low * 1.001));
    } else {
      CHECK(in.low == 0);
    }
    if (y > 0) {
      CHECK(rejects(in.high * 1.001));
      CHECK_FALSE(rejects(in.high * .999));
    } else {
      CHECK(std::isinf(in.high));
    }
  }
  CHECK(lopsided > 100);
  // x/n, y/m and both ends, computed apart from this library.
  const double known[][6] = {{12, 17, 0, 6, 1.734, INFINITY}, {3, 5, 0, 29, 4.851, INFINITY},
                             {6, 6, 4, 24, 2.632, 14.972},    {9, 9, 7, 35, 2.786, 9.956},
                             {18, 18, 5, 9, 1.233, 3.750},    {6, 6, 4, 400, 38.81, 256.7}};
  for (const auto& [x, n, y, m, low, high] : known) {
    const auto whole = [](double v) { return static_cast<std::int64_t>(v); };
    const auto in = tag::quality_of({{whole(x), whole(y), 0}, {whole(n - x), whole(m - y), 0}}).risk_ratio_interval;
    CHECK(std::abs(in.low / low - 1) < 5e-4);
    CHECK((std::isinf(high) ? std::isinf(in.high) : std::abs(in.high / high - 1) < 5e-4));
  }
}

TEST_CASE("quality: intervals hold the truth about as often as they say, and noise is noise") {
  random_stream random(3, 1, 4);
  const auto simulated = [&](double with, double without) {  // a tag of 30 %, unknown of 10 %
    tag::outcome_table counts;
    for (int doctor = 0; doctor < 1500; ++doctor) {
      const std::size_t state = random.uniform() < .1 ? 2 : random.uniform() < .3 ? 0 : 1;
      const double p = state == 0 ? with : state == 1 ? without : .7 * without + .3 * with;
      ++(random.uniform() < p ? counts.events : counts.others)[state];
    }
    return tag::quality_of(counts);
  };
  const double p[] = {.9 * .3, .9 * .7, .1};
  const auto truth = [&](double with, double without) {
    const double rate[] = {with, without, .7 * without + .3 * with};
    double all = 0, value = 0;
    for (int s = 0; s < 3; ++s) all += p[s] * rate[s];
    for (int s = 0; s < 3; ++s) {
      const double g = p[s] * rate[s] / all, h = p[s] * (1 - rate[s]) / (1 - all);
      value += (g - h) * std::log(g / h);
    }
    return value;
  };
  constexpr int runs = 2000;
  int information = 0, ratio = 0;
  for (int run = 0; run < runs; ++run) {
    const auto found = simulated(.5, .2);
    information += found.information_interval.low <= truth(.5, .2) && truth(.5, .2) <= found.information_interval.high;
    ratio += found.risk_ratio_interval.low <= 2.5 && 2.5 <= found.risk_ratio_interval.high;
  }
  CHECK(information > .93 * runs);
  CHECK(information < .97 * runs);
  CHECK(ratio > .935 * runs);
  CHECK(ratio < .965 * runs);
  double sum = 0, noise = 0;
  int significant = 0;
  for (int run = 0; run < runs; ++run) {
    const auto found = simulated(.3, .3);
    sum += found.information_value, noise += found.noise;
    significant += found.p_value <= .05;
  }
  CHECK(std::abs(sum / noise - 1) < .05);
  CHECK(significant > .035 * runs);
  CHECK(significant < .065 * runs);
}

TEST_CASE("quality: likeness, drift and sufficiency are those of counting doctor by doctor") {
  random_stream random(9, 9, 9);
  for (int run = 0; run < 60; ++run) {
    const std::size_t rows = random.below(300) + 1;
    const auto r = registry_of({"x > 1", "has_tag(\"t0\") and x < 5", "x > 3", "true", "has_tag(\"t2\")"});
    tag::tag_bits one, two;
    for (tag::tag_bits* bits : {&one, &two})
      for (std::size_t t = 0; t < 5; ++t) {
        bits->yes.emplace_back(rows), bits->known.emplace_back(rows);
        for (std::size_t row = 0; row < rows; ++row) {
          if (random.below(5) == 0) continue;
          bits->known[t].set(row);
          if (random.below(2 + static_cast<std::uint32_t>(t)) == 0) bits->yes[t].set(row);
        }
      }
    const auto state = [](const tag::tag_bits& bits, std::size_t t, std::size_t row) {
      return bits.yes[t].test(row) ? 0u : bits.known[t].test(row) ? 1u : 2u;
    };
    const std::vector<std::int64_t> used = {0, 3, 0, 0, 0};
    const auto found = tag::quality(r, one, used, 2).value();
    double held = 0, complete = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      int n = 0;
      for (std::size_t t = 0; t < 5; ++t) n += one.yes[t].test(row);
      held += std::min(1.0, n / 2.0);
    }
    for (std::size_t t = 0; t < 5; ++t)
      complete += static_cast<double>(one.known[t].count()) / static_cast<double>(rows);
    CHECK(std::abs(found.whole.count - held / static_cast<double>(rows)) < 1e-12);
    CHECK(std::abs(found.whole.completeness - complete / 5) < 1e-12);
    CHECK(found.whole.use == 3 / 5.);  // t0 and t2 are asked for, t1 is used elsewhere
    CHECK(found.whole.figure() == found.whole.count * found.whole.completeness * found.whole.use);
    for (std::size_t i = 0; i < found.repairs.size(); ++i) {
      CHECK(found.repairs[i].figure > found.whole.figure());
      if (i > 0) CHECK(found.repairs[i].figure <= found.repairs[i - 1].figure);
    }

    std::array<std::array<double, 3>, 3> joint{};
    for (std::size_t row = 0; row < rows; ++row) ++joint[state(one, 1, row)][state(one, 2, row)];
    const auto alike = tag::likeness(one.yes[1], one.known[1], one.yes[2], one.known[2]);
    double information = 0;
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = 0; b < 3; ++b) {
        CHECK(static_cast<double>(alike.joint[a][b]) == joint[a][b]);
        double row_sum = 0, column_sum = 0;
        for (std::size_t s = 0; s < 3; ++s) row_sum += joint[a][s], column_sum += joint[s][b];
        if (joint[a][b] > 0)
          information += joint[a][b] / static_cast<double>(rows) *
                         std::log(joint[a][b] * static_cast<double>(rows) / (row_sum * column_sum));
      }
    CHECK(std::abs(alike.mutual_information - information) < 1e-9);
    CHECK(alike.normalised >= 0);
    CHECK(alike.normalised <= 1);
    const auto same = tag::likeness(one.yes[1], one.known[1], one.yes[1], one.known[1]);
    CHECK((same.normalised > 1 - 1e-12 || same.joint[0][0] + same.joint[2][2] == 0 || same.mutual_information == 0));

    const auto moved = tag::drift(one, two).value();
    std::int64_t kept = 0, gained = 0;
    for (std::size_t row = 0; row < rows; ++row) {
      kept += one.yes[0].test(row) && two.yes[0].test(row);
      gained += !one.yes[0].test(row) && two.yes[0].test(row);
    }
    CHECK(moved[0].kept == kept);
    CHECK(moved[0].gained == gained);
    CHECK(tag::drift(one, one).value()[0].stability_index == 0);
  }
  const auto r = registry_of({"x > 1"});
  tag::tag_bits bits{{bit_set(3)}, {bit_set(3)}};
  CHECK(tag::quality(r, bits, {}, 0).error().code() == errc::invalid_argument);
  CHECK(tag::outcome_of(bits, bit_set(2), bit_set(2)).error().code() == errc::invalid_argument);
  bits.known.emplace_back(3);
  CHECK(tag::quality(r, bits).error().code() == errc::invalid_argument);
  CHECK(tag::drift(bits, bits).error().code() == errc::invalid_argument);
  CHECK(tag::quality(registry_of({}), {}).value().whole.figure() == 0);
}

TEST_CASE("quality: what is older than a tag lives, or has no evidence, is stale") {
  bit_set yes(5);
  for (const std::size_t row : {0u, 1u, 2u, 3u}) yes.set(row);
  const std::vector<date> days = {date{100}, date{70}, date{69}, date{0}, date{0}};
  const std::uint8_t valid = 0b10111;
  const column_view evidence(days, {&valid, 0});
  CHECK(tag::stale_share(yes, evidence, date{100}, 30).value() == 0.75);  // that of day 70 has lived 30 days
  CHECK(tag::stale_share(yes, evidence, date{99}, 30).value() == 0.75);  // that of day 100 is none yet, that of 70 is
  CHECK(std::isnan(tag::stale_share(yes, evidence, date{100}, 0).value()));
  CHECK(std::isnan(tag::stale_share(bit_set(5), evidence, date{100}, 30).value()));
  CHECK(tag::stale_share(bit_set(4), evidence, date{100}, 30).error().code() == errc::invalid_argument);
  const std::vector<double> numbers(5);
  CHECK(tag::stale_share(yes, column_view(std::span<const double>(numbers)), date{100}, 30).error().code() ==
        errc::wrong_type);
}

TEST_CASE("quality: of many tags that tell nothing few stand out, and one that tells does") {
  random_stream random(2, 7, 1);
  constexpr std::size_t rows = 2000, tags = 100;
  tag::tag_bits bits;
  bit_set event(rows), seen(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    if (random.below(10) > 0) seen.set(row);
    if (random.below(4) == 0) event.set(row);
  }
  for (std::size_t t = 0; t < tags; ++t) {
    bits.yes.emplace_back(rows), bits.known.emplace_back(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      bits.known[t].set(row);
      if (random.below(3) == 0 || (t == 0 && event.test(row) && random.below(4) == 0)) bits.yes[t].set(row);
    }
  }
  const auto found = tag::outcome_of(bits, event, seen).value();
  CHECK(found[0].stands_out);
  std::size_t others = 0;
  for (std::size_t t = 1; t < tags; ++t) others += found[t].stands_out;
  CHECK(others <= 2);
  CHECK(found[0].counts.event_count() + found[0].counts.other_count() == static_cast<std::int64_t>(seen.count()));
}
