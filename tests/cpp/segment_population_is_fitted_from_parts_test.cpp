// A fit from merged summaries is the fit of the whole population.
#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include <tierwise/segment/population.hpp>

#include "segment_doctors.hpp"

namespace {

using namespace tierwise;
using kind = segment::cuts::kind;

segment::population_summary summary_of(const segment::policy& what, const std::vector<tests::doctor>& doctors) {
  return segment::summarise(what, tests::table_of(doctors).view()).value();
}

/// Policies that ask for every kind of cut, with and without strata.
std::vector<segment::policy> policies() {
  std::vector<segment::policy> out = {segment::default_policy()};
  const auto add = [&](kind volume, std::vector<double> volume_floors, kind level, std::vector<double> level_floors) {
    segment::policy p = segment::default_policy();
    p.potential.cuts.how = volume;
    p.potential.cuts.floors = std::move(volume_floors);
    for (segment::cuts* c : {&p.identity_cuts, &p.engagement_cuts}) {
      c->how = level;
      c->floors = level_floors;
    }
    p.potential.card_cuts.how = kind::quantile;
    p.potential.card_cuts.floors = {0.9, 0.5, 0.1};
    out.push_back(p);
    for (segment::cuts* c : {&p.potential.cuts, &p.identity_cuts, &p.engagement_cuts, &p.potential.card_cuts}) {
      c->strata = {{"title", "hospital_level"}, {"hospital_level"}};
      c->min_stratum = 20;
    }
    out.push_back(p);
  };
  add(kind::decile, {8, 5, 2}, kind::quantile, {0.8, 0.4});
  add(kind::volume_share, {0.5, 0.8, 0.95}, kind::head_share, {0.1, 0.4});
  add(kind::head_share, {0.1, 0.2, 0.9}, kind::volume_share, {0.3, 1});
  add(kind::natural_breaks, {}, kind::natural_breaks, {});
  return out;
}

/// Whole volumes, so that a sum of doubles in `fit` has no rounding either.
std::vector<tests::doctor> doctors_with_whole_volumes(std::size_t count, std::uint64_t seed) {
  std::vector<tests::doctor> out = tests::some_doctors(count, seed);
  for (tests::doctor& d : out)
    if (std::isfinite(d.patient_volume)) d.patient_volume = std::floor(d.patient_volume);
  return out;
}

}  // namespace

TEST_CASE("segment: a fit from the merged summaries of any parts is the fit of the whole") {
  for (const segment::policy& what : policies()) {
    for (const Error& fault : segment::check(what)) FAIL(std::string(fault.what()));
    for (const std::size_t count : {0u, 1u, 5u, 700u}) {
      std::vector<tests::doctor> doctors = doctors_with_whole_volumes(count, count + 3);
      const segment::model whole = segment::fit(what, tests::table_of(doctors).view()).value();
      const segment::population_summary all = summary_of(what, doctors);
      CHECK((segment::fit(what, all).value() == whole));
      random_stream random(count, 1, 1);
      for (int way = 0; way < 3; ++way) {
        for (std::size_t i = doctors.size(); i > 1; --i)
          std::swap(doctors[i - 1], doctors[random.below(static_cast<std::uint32_t>(i))]);
        std::vector<std::vector<tests::doctor>> parts(4);
        for (const tests::doctor& d : doctors) parts[random.below(4)].push_back(d);
        segment::population_summary left = summary_of(what, parts[0]), right = summary_of(what, parts[2]);
        CHECK(left.merge(summary_of(what, parts[1])).has_value());
        CHECK(right.merge(summary_of(what, parts[3])).has_value());
        CHECK(right.merge(left).has_value());
        CHECK((right.to_bytes() == all.to_bytes()));
        CHECK((segment::fit(what, right).value() == whole));
      }
      const auto back = segment::population_summary::from_bytes(all.to_bytes());
      REQUIRE(back.has_value());
      CHECK((back.value() == all));
    }
  }
}

TEST_CASE("segment: with more distinct volumes than are kept, deciles are off by less than a bucket") {
  std::vector<tests::doctor> doctors = tests::some_doctors(40'000, 9);
  random_stream random(1, 1, 1);
  for (tests::doctor& d : doctors) d.patient_volume = 1 / (0.01 + random.uniform());
  const segment::policy what = segment::default_policy();
  const segment::population_summary population = summary_of(what, doctors);
  CHECK_FALSE(population.volume.all.is_exact());
  const auto exact = segment::fit(what, tests::table_of(doctors).view()).value().volume,
             rough = segment::fit(what, population).value().volume;
  for (std::size_t d = 1; d <= 10; ++d)
    CHECK(std::abs(rough.decile_volumes[d] / exact.decile_volumes[d] - 1) < 4 * summary::relative_error);
}

TEST_CASE("segment: summaries of other channels or other strata are refused") {
  const segment::policy plain = policies()[1], strata = policies()[2];
  segment::population_summary one = summary_of(plain, tests::some_doctors(50, 1));
  segment::population_summary other = one;
  other.channels.push_back("fax");
  CHECK(one.merge(other).error().code() == errc::invalid_argument);
  CHECK((one == summary_of(plain, tests::some_doctors(50, 1))));
  CHECK(segment::fit(plain, summary_of(strata, tests::some_doctors(50, 1))).error().code() == errc::invalid_argument);
  CHECK(segment::fit(strata, one).has_value());  // every doctor is then cut among all
  const segment::population_summary twice_of = one;
  CHECK(one.merge(one).has_value());
  CHECK(one.points.known() == 2 * twice_of.points.known());
  table none;
  none.add("title", std::vector<double>{1});
  CHECK(segment::summarise(plain, none.view()).error().code() == errc::missing_column);
}

TEST_CASE("segment: bytes of a population that were changed give a summary or an error") {
  const std::vector<std::uint8_t> good = summary_of(policies()[2], tests::some_doctors(200, 4)).to_bytes();
  random_stream random(5, 5, 5);
  std::size_t refused = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<std::uint8_t> bad = good;
    for (std::uint32_t change = 1 + random.below(3); change-- > 0;)
      bad[random.below(static_cast<std::uint32_t>(random.below(2) == 0 ? 100 : bad.size()))] =
          static_cast<std::uint8_t>(random.next());
    if (random.below(4) == 0) bad.resize(random.below(static_cast<std::uint32_t>(bad.size())));
    const auto read = segment::population_summary::from_bytes(bad);
    if (read)
      CHECK((read.value().to_bytes() == bad));
    else
      ++refused;
  }
  CHECK(refused > 500);
  CHECK_FALSE(segment::population_summary::from_bytes({}));
}
