// Resampled contacts: exact probabilities where they can be written down, and the same bytes however the doctors come.
#include <algorithm>
#include <cmath>
#include <map>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/profile/profile.hpp>
#include <tierwise/segment/confidence.hpp>

#include "threads.hpp"

namespace {

using namespace tierwise;

double poisson(unsigned k, double mean = 1) { return std::exp(-mean + k * std::log(mean) - std::lgamma(k + 1.)); }

// Doctors for whom engagement alone decides: tier 1 from floor[0], tier 2 from floor[1], else 3.
struct crowd {
  std::vector<std::uint64_t> id;
  std::vector<double> points;
  std::vector<std::size_t> begin{0};
  std::vector<std::uint8_t> none, engagement, known;
  std::vector<double> floors{60, 30};
  segment::tier_table table{{1, 2, 3}, {1, 1, 3}};

  void add(std::uint64_t who, const std::vector<double>& events, std::uint8_t level, bool is_known = true) {
    id.push_back(who);
    points.insert(points.end(), events.begin(), events.end());
    begin.push_back(points.size());
    none.push_back(0);
    engagement.push_back(level);
    known.push_back(is_known ? 1 : 0);
  }
  segment::confidence resample(const segment::resampling& how, executor* threads = nullptr) const {
    return segment::resample({id, points, begin, none, none, engagement, known, {floors, {}, {}}, 10}, table, how,
                             threads)
        .value();
  }
};

}  // namespace

TEST_CASE("poisson_weight: the distribution, by a chi-square over two million draws") {
  std::map<std::uint32_t, double> seen;
  double draws = 0, sum = 0, product = 0;
  std::uint32_t last = 0;
  for (std::uint64_t id = 0; id < 200; ++id)
    for (std::uint32_t event = 0; event < 50; ++event)
      for (std::uint32_t replicate = 0; replicate < 200; ++replicate) {
        const auto w = segment::poisson_weight(7, stable_hash(std::to_string(id)), event, replicate);
        seen[std::min(w, 7u)] += 1;
        sum += w;
        product += (w - 1.) * (last - 1.);
        last = w;
        draws += 1;
      }
  double chi = 0, rest = 1;
  for (unsigned k = 0; k < 7; ++k) {
    rest -= poisson(k);
    chi += std::pow(seen[k] - draws * poisson(k), 2) / (draws * poisson(k));
  }
  chi += std::pow(seen[7] - draws * rest, 2) / (draws * rest);
  CHECK(chi < 24.3);  // 7 degrees of freedom, 1 in 1,000
  CHECK(std::abs(sum / draws - 1) < 4 / std::sqrt(draws));
  CHECK(std::abs(product / draws) < 4 / std::sqrt(draws));  // neighbours are not correlated
}

TEST_CASE("resample: one and two events, where the shares can be written down") {
  crowd c;
  // Points 10 · ln 2.5 score 60, so levels 1 and 2 begin at 9.163 and 3.567 points.
  c.add(stable_hash("a"), {5}, 1);         // 1 event: tier 1 from weight 2, tier 2 at 1, tier 3 at 0
  c.add(stable_hash("b"), {5, 3}, 1);      // 2 events, by a double sum
  c.add(stable_hash("c"), {}, 2);          // no events: nothing can change
  c.add(stable_hash("d"), {5}, 2, false);  // not known
  c.add(stable_hash("e"), {20, -20}, 2);   // one takes away what the other gives
  const segment::resampling how{11, 40'000};
  const auto got = c.resample(how);
  const auto near = [&](std::size_t row, std::size_t tier, double expected) {
    const double share = got.counts[row * 3 + tier - 1] / 40'000.;
    CHECK(std::abs(share - expected) < 4 * std::sqrt(expected * (1 - expected) / 40'000) + 1e-12);
  };
  const double e1 = std::exp(-1.);
  near(0, 1, 1 - 2 * e1), near(0, 2, e1), near(0, 3, e1);
  std::array<double, 3> two{}, against{};
  for (unsigned x = 0; x < 30; ++x)
    for (unsigned y = 0; y < 30; ++y) {
      const double p = poisson(x) * poisson(y);
      const auto tier = [](double points) {
        return points >= 10 * std::log(2.5) ? 0u : points >= -10 * std::log(.7) ? 1u : 2u;
      };
      two[tier(5. * x + 3. * y)] += p;
      against[tier(20. * x - 20. * y)] += p;
    }
  for (std::size_t t = 0; t < 3; ++t) near(1, t + 1, two[t]), near(4, t + 1, against[t]);
  CHECK(got.share[2] == 1);
  CHECK((got.second[2] == 0 && got.second_share[2] == 0));
  CHECK((std::isnan(got.share[3]) && std::isnan(got.second_share[3]) && got.second[3] == 0));
  CHECK(got.share[1] == got.counts[3 + 1] / 40'000.);
  CHECK(got.second[1] == 1);
  CHECK(got.second_share[1] == got.counts[3] / 40'000.);
  CHECK(got.second[4] == 1);
}

TEST_CASE("resample: the weights are those of poisson_weight, and the tier those of its points") {
  crowd c;
  const std::vector<double> events{2, 1.5, 4, -.5, 3};
  c.add(stable_hash("a"), events, 1);
  std::array<std::int32_t, 3> expected{};
  for (std::uint32_t r = 0; r < 203; ++r) {
    double points = 0;
    for (std::uint32_t e = 0; e < events.size(); ++e) points += segment::poisson_weight(5, c.id[0], e, r) * events[e];
    const double score = points > 0 ? 100 * (1 - std::exp(-points / 10)) : 0;
    ++expected[score >= 60 ? 0 : score >= 30 ? 1 : 2];
  }
  const auto got = c.resample({5, 203});
  CHECK(std::ranges::equal(got.counts, expected));
  CHECK(c.resample({6, 203}).counts != got.counts);
}

TEST_CASE("resample: any order of doctors, any threads") {
  crowd c, backwards;
  const auto events = [](std::size_t i) { return std::vector<double>(i % 7, 1 + static_cast<double>(i % 5)); };
  const std::size_t n = 3000;
  for (std::size_t i = 0; i < n; ++i)
    c.add(stable_hash(std::to_string(i)), events(i), static_cast<std::uint8_t>(i % 3));
  for (std::size_t i = n; i-- > 0;)
    backwards.add(stable_hash(std::to_string(i)), events(i), static_cast<std::uint8_t>(i % 3));
  tests::thread_executor crew(8);
  const auto alone = c.resample({1, 30}), threaded = c.resample({1, 30}, &crew), other = backwards.resample({1, 30});
  CHECK(alone.counts == threaded.counts);
  CHECK(alone.share == threaded.share);
  CHECK(alone.second == threaded.second);
  bool same = true;
  for (std::size_t i = 0; i < n; ++i) {
    same = same && alone.share[i] == other.share[n - 1 - i] && alone.second[i] == other.second[n - 1 - i];
    same = same && alone.counts[3 * i] + alone.counts[3 * i + 1] + alone.counts[3 * i + 2] == 30;
  }
  CHECK(same);
  const auto refused = [&](crowd bad, const segment::resampling& how) {
    return segment::resample(
               {bad.id, bad.points, bad.begin, bad.none, bad.none, bad.engagement, bad.known, {bad.floors, {}, {}}, 10},
               bad.table, how)
        .error()
        .where()
        .column;
  };
  CHECK(refused(c, {1, 0}) == "replicates");
  crowd bad = c;
  bad.engagement[7] = 3;
  CHECK(refused(bad, {}) == "grade, identity, engagement");
  bad = c;
  bad.begin.back() += 1;
  CHECK(refused(bad, {}) == "begin");
  bad = c;
  bad.floors = {60};
  CHECK(refused(bad, {}) == "engagement_floors");
  bad = c;
  bad.points[0] = missing;
  CHECK(refused(bad, {}) == "points");
}

TEST_CASE("earned_points: the events behind the points of a profile") {
  profile::options what;
  what.channels = {{"visit", "", "", 90, 2, {{"done", 10}}},
                   {"mail", "", "", 30, 0, {{"delivered", 0}, {"opened", 1}, {"unsubscribed", -20, false}}}};
  table hcps;
  hcps.add("hcp_id", std::vector<std::int64_t>{7, 8, 9, 9, 5});
  table rows;
  rows.add("hcp_id", std::vector<std::int64_t>{7, 7, 7, 8, 7, 7, 9, 4, 7, 8});
  rows.add("channel", std::vector<std::int32_t>{0, 0, 0, 1, 1, 1, 0, 0, 0, 1},
           std::vector<std::string>{"visit", "mail"});
  rows.add("depth", std::vector<std::int32_t>{0, 0, 0, 2, 1, 3, 0, 0, 0, 1},
           std::vector<std::string>{"done", "delivered", "opened", "unsubscribed"});
  rows.add("date", std::vector<date>{{100}, {100}, {100}, {90}, {130}, {95}, {99}, {99}, {200}, {99}});
  rows.add("quality", std::vector<double>{.5, 1, .8, 1, 1, 1, 1, 1, 1, 1});
  const date as_of{190};
  const auto log = profile::earned_points(what, hcps.view(), &rows.view(), as_of).value();
  // Doctor 7: unsubscribed on 95, visits of 10 and 8 on 100 (the third is over the limit); delivered earns nothing; 200 is later.
  REQUIRE(log.begin == std::vector<std::size_t>{0, 3, 4, 4, 4, 4});
  CHECK(log.items[0] == profile::earned{{95}, 1, -20 * std::exp2(-95 / 30.)});
  CHECK(log.items[1] == profile::earned{{100}, 0, 5});
  CHECK(log.items[2] == profile::earned{{100}, 0, 4});
  CHECK(log.items[3] == profile::earned{{90}, 1, std::exp2(-100 / 30.)});

  table one;
  one.add("hcp_id", std::vector<std::int64_t>{7, 8});
  const auto built = profile::build(what, one.view(), &rows.view(), as_of).value();
  const auto& points = *built.rows.view().find("points");
  for (std::size_t row = 0; row < 2; ++row) {
    double sum = 0;
    for (std::size_t i = log.begin[row]; i < log.begin[row + 1]; ++i) sum += log.items[i].points;
    CHECK(sum == doctest::Approx(points.number(row)).epsilon(1e-14));
  }
  // Any order of rows.
  const std::vector<std::size_t> mixed{9, 2, 4, 0, 8, 6, 3, 7, 5, 1};
  const table shuffled = gather(rows.view(), mixed);
  CHECK(profile::earned_points(what, hcps.view(), &shuffled.view(), as_of).value().items == log.items);
  CHECK(profile::earned_points(what, hcps.view(), nullptr, as_of).value().items.empty());
  CHECK(profile::earned_points(what, rows.view(), &hcps.view(), as_of).error().code() == errc::missing_column);
}
