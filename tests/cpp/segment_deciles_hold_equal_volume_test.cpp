// Deciles against the sentence that defines them, one doctor at a time.
#include <cmath>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "segment_doctors.hpp"

namespace {

using namespace tierwise;

/// 10 − ⌊10 · share of volume before this doctor⌋ with whole numbers; a doctor of zero volume has 0, an unknown one −1.
std::vector<int> obvious_deciles(const std::vector<std::optional<int>>& volumes) {
  long long total = 0;
  for (const auto& v : volumes) total += v.value_or(0);
  std::vector<int> out;
  for (const auto& mine : volumes) {
    long long before = 0;  // of all who have more; those who have as much do not come before
    for (const auto& v : volumes)
      if (mine && v && *v > *mine) before += *v;
    out.push_back(!mine ? -1 : *mine == 0 ? 0 : std::max(10 - static_cast<int>(10 * before / total), 1));
  }
  return out;
}

std::vector<int> deciles(const std::vector<std::optional<int>>& volumes, double unit = 1) {
  std::vector<tests::doctor> doctors(volumes.size());
  for (std::size_t i = 0; i < volumes.size(); ++i)
    if (volumes[i]) doctors[i].patient_volume = *volumes[i] * unit;
  const table given = tests::table_of(doctors);
  const segment::model model = segment::fit(segment::default_policy(), given.view()).value();
  const segment::assignment all = segment::assign(model, given.view()).value();
  return {all.decile.begin(), all.decile.end()};
}

}  // namespace

TEST_CASE("segment: deciles of small populations, counted by hand") {
  CHECK(deciles({5}) == std::vector{10});  // one doctor
  CHECK(deciles({0}) == std::vector{0});  // one doctor, nothing
  CHECK(deciles({std::nullopt}) == std::vector{-1});  // one doctor, not known
  CHECK(deciles({7, 7, 7, 7}) == std::vector{10, 10, 10, 10});  // all equal: nobody comes before anybody
  CHECK(deciles({0, 0, 0}) == std::vector{0, 0, 0});  // all zero
  CHECK(deciles({std::nullopt, std::nullopt}) == std::vector{-1, -1});  // all missing
  CHECK(deciles({1000000, 1, 1, 0}) == std::vector{10, 1, 1, 0});  // a giant: 99.9998 % come before the rest
  CHECK(deciles({1, 1, 1, 1, 1, 1, 1, 1, 1, 2}) == std::vector{9, 9, 9, 9, 9, 9, 9, 9, 9, 10});
  CHECK(deciles({10, 9, 8, 7, 6, 5, 4, 3, 2, 1}) == std::vector{10, 9, 7, 6, 4, 3, 2, 2, 1, 1});
  CHECK(deciles({}) == std::vector<int>{});
  CHECK(deciles({1, 2}, 1e308 / 2) == std::vector{4, 10});  // sums beyond the range of numbers
  CHECK(deciles({1, 2}, 5e-324) == std::vector{4, 10});  // the smallest there are
}

TEST_CASE("segment: deciles are those of the definition") {
  CHECK(rc::check("equal to the oracle", [] {
    const auto volumes = *rc::gen::container<std::vector<std::optional<int>>>(
        rc::gen::oneOf(rc::gen::just(std::optional<int>()),
                       rc::gen::map(rc::gen::inRange(0, 6), [](int v) { return std::optional(v); }),
                       rc::gen::map(rc::gen::inRange(0, 2000), [](int v) { return std::optional(v); })));
    RC_ASSERT(deciles(volumes) == obvious_deciles(volumes));
    RC_ASSERT(deciles(volumes, 0.25) == obvious_deciles(volumes));
  }));
}

TEST_CASE("segment: a doctor outside the fitted population has the decile of the next smaller one") {
  std::vector<tests::doctor> doctors(4), others(8);
  const double fitted[] = {50, 30, 15, 5}, asked[] = {1e12, 50, 49, 30, 29.9, 15, 5, 0.5};
  for (std::size_t i = 0; i < 4; ++i) doctors[i].patient_volume = fitted[i];
  for (std::size_t i = 0; i < 8; ++i) others[i].patient_volume = asked[i];
  const segment::model model = segment::fit(segment::default_policy(), tests::table_of(doctors).view()).value();
  const auto found = segment::assign(model, tests::table_of(others).view()).value().decile;
  CHECK(std::vector<int>(found.begin(), found.end()) == std::vector{10, 10, 5, 5, 2, 2, 1, 1});
}

TEST_CASE("segment: a decile that nobody is in has no smallest volume") {
  std::vector<tests::doctor> doctors(4);
  for (tests::doctor& d : doctors) d.patient_volume = 7;
  const segment::model model = segment::fit(segment::default_policy(), tests::table_of(doctors).view()).value();
  CHECK(model.volume.decile_volumes[10] == 7);
  for (std::size_t decile = 1; decile < 10; ++decile) CHECK(std::isinf(model.volume.decile_volumes[decile]));
}

TEST_CASE("segment: without any fitted volume the scorecard decides, never a silent D") {
  std::vector<tests::doctor> nobody(2), one(1);
  one[0].patient_volume = 900;
  one[0].patients_per_week = 80;
  const segment::model model = segment::fit(segment::default_policy(), tests::table_of(nobody).view()).value();
  CHECK_FALSE(model.volume_known);
  const segment::assignment all = segment::assign(model, tests::table_of(one).view()).value();
  CHECK(all.potential_basis[0] == segment::basis::scorecard);
  CHECK(int{all.decile[0]} == -1);
  CHECK(all.grade[0] == 0);
}
