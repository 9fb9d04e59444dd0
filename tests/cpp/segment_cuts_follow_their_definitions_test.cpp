// Each kind of cut against the sentence that defines it, and strata against a fit of their own.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "segment_doctors.hpp"

namespace {

using namespace tierwise;
using segment::cuts;
using kind = segment::cuts::kind;

/// A policy that grades by the column `v` alone.
segment::policy by_volume(cuts how, std::vector<std::string> grades) {
  segment::policy p;
  p.potential.volume = "v";
  p.potential.cuts = std::move(how);
  p.potential.unknown_as = static_cast<std::uint8_t>(grades.size() - 1);
  p.engagement.used = false;
  p.scheme.grades = std::move(grades);
  p.scheme.identity_levels = p.scheme.engagement_levels = {"any"};
  p.scheme.profile_types = {"any"};
  for (std::size_t i = 0; i < p.scheme.grades.size(); ++i) {
    p.scheme.resources.push_back("r" + std::to_string(i));
    p.scheme.cells.push_back({0, static_cast<std::uint16_t>(i + 1)});
  }
  return p;
}

segment::assignment grades_of(const segment::policy& policy, const std::vector<double>& volumes) {
  table given;
  given.add("v", std::vector<double>(volumes));
  return segment::assign(segment::fit(policy, given.view()).value(), given.view()).value();
}

/// First share that is above the part of heads (or of the sum) that those with more have, in whole numbers; −1: none.
std::size_t obvious_step(const std::vector<int>& volumes, std::size_t me, const std::vector<int>& percent, bool heads) {
  long long before = 0, all = 0;
  for (const int v : volumes) {
    all += heads ? 1 : v;
    if (v > volumes[me]) before += heads ? 1 : v;
  }
  for (std::size_t i = 0; i < percent.size(); ++i)
    if (100 * before < percent[i] * all && (heads || volumes[me] > 0)) return i;
  return percent.size();
}

}  // namespace

TEST_CASE("cuts: shares of heads and of volume are those of the definition") {
  CHECK(rc::check("equal to the oracle", [] {
    const auto volumes = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<int>>(rc::gen::oneOf(rc::gen::inRange(0, 5), rc::gen::inRange(0, 2000))));
    std::vector<int> percent;
    for (int i = 0, share = 0; i < 3; ++i) percent.push_back(share += *rc::gen::inRange(1, 34));
    if (*rc::gen::arbitrary<bool>()) percent.back() = 100;
    std::vector<double> floors;
    for (const int p : percent) floors.push_back(p / 100.0);
    for (const bool heads : {true, false}) {
      const auto all =
          grades_of(by_volume({heads ? kind::head_share : kind::volume_share, floors}, {"a", "b", "c", "d"}),
                    {volumes.begin(), volumes.end()});
      for (std::size_t i = 0; i < volumes.size(); ++i)
        RC_ASSERT(std::size_t{all.grade[i]} == obvious_step(volumes, i, percent, heads));
    }
  }));
}

TEST_CASE("cuts: Pareto by hand") {
  // 50 %, then 80 %, then 95 % of the volume: 40 30 10 10 5 5 of 100
  const auto all = grades_of(by_volume({kind::volume_share, {.5, .8, .95}}, {"A", "B", "C", "D"}),
                             {40, 30, 10, 10, 5, 5, 0, missing});
  CHECK(std::vector<int>(all.grade.begin(), all.grade.end()) == std::vector{0, 0, 1, 1, 2, 2, 3, 255});
  // Heads do not ask for the volume.
  const auto heads = grades_of(by_volume({kind::head_share, {.25, .5}}, {"A", "B", "C"}), {9, 8, 7, 7, 7, 1, 0, 0});
  CHECK(std::vector<int>(heads.grade.begin(), heads.grade.end()) == std::vector{0, 0, 1, 1, 1, 2, 2, 2});
}

TEST_CASE("cuts: deciles are shares of volume (11 − d) / 10") {
  CHECK(rc::check("equal", [] {
    const auto whole = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<int>>(rc::gen::oneOf(rc::gen::inRange(0, 5), rc::gen::inRange(0, 100'000))));
    const std::vector<double> volumes(whole.begin(), whole.end());
    const auto by_decile =
        grades_of(by_volume({kind::decile, {9, 7, 4, 2, 1}}, {"a", "b", "c", "d", "e", "f"}), volumes);
    const auto by_share =
        grades_of(by_volume({kind::volume_share, {.2, .4, .7, .9, 1}}, {"a", "b", "c", "d", "e", "f"}), volumes);
    RC_ASSERT(by_decile.grade == by_share.grade);
    RC_ASSERT(by_decile.decile == by_share.decile);  // a decile is told whatever the cuts
    for (std::size_t i = 0; i < volumes.size(); ++i) RC_ASSERT((by_decile.grade[i] == 5) == (volumes[i] == 0));
  }));
}

TEST_CASE("cuts: deciles above a floor are the volumes above the floor that was fitted") {
  CHECK(rc::check("equal", [] {
    const auto whole = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 3000)));
    const auto policy = by_volume({kind::decile, {10, 8, 5, 1, 0}}, {"a", "b", "c", "d", "Z", "N"});
    table fitted, asked;
    fitted.add("v", std::vector<double>(whole.begin(), whole.end()));
    std::vector<double> others{0, 1e-300, 0.5, 1e12};
    for (const int v : whole) others.push_back(v * .9), others.push_back(v + .5);
    asked.add("v", std::move(others));
    const auto model = segment::fit(policy, fitted.view()).value();
    const auto all = segment::assign(model, asked.view()).value();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const int d = all.decile[i];
      RC_ASSERT(int{all.grade[i]} == (d >= 10 ? 0 : d >= 8 ? 1 : d >= 5 ? 2 : d >= 1 ? 3 : 4));
    }
    RC_ASSERT(std::is_sorted(model.volume.floors.rbegin(), model.volume.floors.rend()));
  }));
}

TEST_CASE("cuts: natural breaks of a volume, with few distinct numbers too") {
  const auto grades = [](std::vector<double> volumes, std::size_t steps) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < steps; ++i) names.push_back(std::string(1, static_cast<char>('a' + i)));
    const auto all = grades_of(by_volume({kind::natural_breaks}, names), volumes);
    return std::vector<int>(all.grade.begin(), all.grade.end());
  };
  CHECK(grades({1, 2, 10, 11, 50, 2, 1}, 3) == std::vector{2, 2, 1, 1, 0, 2, 2});
  CHECK(grades({1, 1, 5, 5}, 4) == std::vector{3, 3, 0, 0});  // two classes: the best and the last
  CHECK(grades({1, 3, 9}, 4) == std::vector{3, 1, 0});
  CHECK(grades({4, 4, 4}, 3) == std::vector{2, 2, 2});  // nothing tells them apart, so nobody is above the last
  CHECK(grades({missing}, 3) == std::vector{255});
}

TEST_CASE("cuts: fixed volumes and quantiles") {
  const auto fixed = grades_of(by_volume({kind::fixed, {1000, 10}}, {"a", "b", "c"}), {1000, 999, 10, 9.99, 0});
  CHECK(std::vector<int>(fixed.grade.begin(), fixed.grade.end()) == std::vector{0, 1, 1, 2, 2});
  const auto quantile = grades_of(by_volume({kind::quantile, {.75, .5}}, {"a", "b", "c"}), {1, 2, 3, 4, 5});
  CHECK(std::vector<int>(quantile.grade.begin(), quantile.grade.end()) == std::vector{2, 2, 1, 0, 0});
}

namespace {

struct stratified {
  std::vector<double> volumes;
  std::vector<std::string> specialty, territory;  // "": missing

  [[nodiscard]] table rows() const {
    table out;
    out.add("v", std::vector<double>(volumes));
    for (const auto& [name, texts] : {std::pair{"specialty", &specialty}, std::pair{"territory", &territory}}) {
      std::vector<std::string> names{"unused"};
      std::vector<std::int32_t> codes;
      for (const std::string& text : *texts) {
        auto at = std::find(names.begin(), names.end(), text);
        if (at == names.end() && !text.empty()) at = names.insert(names.end(), text);
        codes.push_back(text.empty() ? -1 : static_cast<std::int32_t>(at - names.begin()));
      }
      out.add(name, std::move(codes), std::move(names));
    }
    return out;
  }
};

stratified some(std::size_t count, std::uint64_t seed) {
  random_stream random(seed, 5, 9);
  const char* specialties[] = {"Oncology", "Cardiology", "Rare", ""};
  const char* territories[] = {"North", "South", ""};
  stratified out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t s = random.below(20);
    out.specialty.push_back(specialties[s < 9 ? 0 : s < 17 ? 1 : s < 19 ? 2 : 3]);
    out.territory.push_back(territories[random.below(20) == 0 ? 2 : random.below(2)]);
    out.volumes.push_back(random.below(10) == 0 ? missing : std::floor((s < 9 ? 100 : 10) / (.01 + random.uniform())));
  }
  return out;
}

}  // namespace

TEST_CASE("strata: each doctor is cut as if his stratum were all there is, or the next coarser that is large enough") {
  const stratified given = some(900, 4);
  const std::vector<std::string> grades{"a", "b", "c"};
  for (const cuts& how : {cuts{kind::decile, {7, 3}}, cuts{kind::quantile, {.8, .4}}, cuts{kind::head_share, {.2, .5}},
                          cuts{kind::volume_share, {.5, .8}}, cuts{kind::natural_breaks}}) {
    segment::policy policy = by_volume(how, grades);
    policy.potential.cuts.strata = {{"specialty", "territory"}, {"specialty"}};
    policy.potential.cuts.min_stratum = 50;
    const table rows = given.rows();
    const segment::model model = segment::fit(policy, rows.view()).value();
    const segment::assignment all = segment::assign(model, rows.view()).value();
    std::set<std::int32_t> used;
    for (std::size_t i = 0; i < given.volumes.size(); ++i) {
      // Those who share the texts of the finest set that is known and has fifty known volumes.
      std::vector<double> mine;
      int set = 0;
      for (; set < 3; ++set) {
        mine.clear();
        if (set < 2 && (given.specialty[i].empty() || (set == 0 && given.territory[i].empty()))) continue;
        for (std::size_t j = 0; j < given.volumes.size(); ++j)
          if (!std::isnan(given.volumes[j]) && (set == 2 || given.specialty[j] == given.specialty[i]) &&
              (set > 0 || given.territory[j] == given.territory[i]))
            mine.push_back(given.volumes[j]);
        if (set == 2 || mine.size() >= 50) break;
      }
      const std::int32_t index = all.potential_stratum[i];
      if (std::isnan(given.volumes[i])) {
        CHECK(index == segment::no_stratum);
        continue;
      }
      used.insert(index);
      CHECK((index == segment::no_stratum) == (set == 2));
      if (index != segment::no_stratum) {
        const segment::stratum& in = model.volume.strata[static_cast<std::size_t>(index)];
        CHECK(int{in.set} == set);
        CHECK(in.doctors == mine.size());
        CHECK(in.key ==
              (set == 0 ? std::vector{given.specialty[i], given.territory[i]} : std::vector{given.specialty[i]}));
      }
      mine.push_back(given.volumes[i]);  // a second time, to be asked; its first is among them already
      const std::vector<double> population(mine.begin(), mine.end() - 1);
      table alone, one;
      alone.add("v", std::vector<double>(population));
      one.add("v", std::vector<double>{given.volumes[i]});
      const auto oracle =
          segment::assign(segment::fit(by_volume(how, grades), alone.view()).value(), one.view()).value();
      REQUIRE(int{all.grade[i]} == int{oracle.grade[0]});
      REQUIRE(int{all.decile[i]} == int{oracle.decile[0]});
    }
    CHECK(used.size() == 8);  // four fine ones, three specialties where the territory is missing or too small, and all
  }
}

TEST_CASE("strata: no order of rows or of texts, and no batch, changes a byte") {
  stratified given = some(300, 8);
  segment::policy policy = by_volume({kind::quantile, {.8, .4}}, {"a", "b", "c"});
  policy.potential.cuts.strata = {{"specialty", "territory"}, {"territory"}};
  policy.potential.cuts.min_stratum = 20;
  const table rows = given.rows();
  const segment::model model = segment::fit(policy, rows.view()).value();
  const segment::assignment all = segment::assign(model, rows.view()).value();
  stratified backwards = given;
  std::reverse(backwards.volumes.begin(), backwards.volumes.end());
  std::reverse(backwards.specialty.begin(), backwards.specialty.end());
  std::reverse(backwards.territory.begin(), backwards.territory.end());
  CHECK(segment::fit(policy, backwards.rows().view()).value() == model);
  for (std::size_t i = 0; i < given.volumes.size(); ++i) {
    const stratified one{{given.volumes[i]}, {given.specialty[i]}, {given.territory[i]}};
    const segment::assignment alone = segment::assign(model, one.rows().view()).value();
    REQUIRE(alone.grade[0] == all.grade[i]);
    REQUIRE(alone.potential_stratum[0] == all.potential_stratum[i]);
  }
  // A text that nobody had in the fitted population falls back.
  const stratified stranger{{50}, {"Dermatology"}, {"North"}};
  const segment::assignment fallen = segment::assign(model, stranger.rows().view()).value();
  REQUIRE(fallen.potential_stratum[0] != segment::no_stratum);
  CHECK(model.volume.strata[static_cast<std::size_t>(fallen.potential_stratum[0])].key ==
        std::vector<std::string>{"North"});
}

TEST_CASE("strata: a reason says whom a doctor was compared with, and when there were too few") {
  stratified given;
  for (int i = 1; i <= 40; ++i) {
    given.volumes.push_back(i);
    given.specialty.push_back(i <= 30 ? "Oncology" : "Rare");
    given.territory.push_back(i % 10 == 0 ? "South" : "North");
  }
  segment::policy policy = by_volume({kind::decile, {8}}, {"A", "B"});
  policy.potential.cuts.strata = {{"specialty", "territory"}, {"specialty"}};
  policy.potential.cuts.min_stratum = 20;
  const table rows = given.rows();
  const segment::model model = segment::fit(policy, rows.view()).value();
  const segment::assignment all = segment::assign(model, rows.view()).value();
  const auto reason = [&](std::size_t row, segment::language in) { return segment::reason(model, all, row, in); };
  CHECK(reason(28, segment::language::english) ==
        "Tier 1 (any): grade A (volume decile 10; among specialty Oncology, territory North)");
  CHECK(reason(29, segment::language::english) ==
        "Tier 1 (any): grade A (volume decile 10; among specialty Oncology, as "
        "too few are known to share the same specialty and territory)");
  CHECK(reason(39, segment::language::english) ==
        "Tier 1 (any): grade A (volume decile 10; among all doctors, as too few "
        "are known to share the same specialty and territory)");
  CHECK(reason(28, segment::language::chinese) ==
        "第1层（any）：A级（潜力第10十分位；在专科 Oncology、辖区 North中比较）");
  CHECK(reason(39, segment::language::chinese) ==
        "第1层（any）：A级（潜力第10十分位；已知同专科、辖区者过少，在全体医生中比较）");
}

TEST_CASE("grade table: heads and volume add up, unknowns have their row") {
  const auto policy = by_volume({kind::volume_share, {.5, .8, .95}}, {"A", "B", "C", "D"});
  table given;
  given.add("v", std::vector<double>{40, 30, 10, 10, 5, 5, 0, missing});
  const auto model = segment::fit(policy, given.view()).value();
  const auto rows = segment::grade_table(model, segment::assign(model, given.view()).value());
  REQUIRE(rows.size() == 5);
  const std::size_t doctors[] = {2, 2, 2, 1, 1};
  const double volumes[] = {70, 20, 10, 0, 0};
  for (std::size_t g = 0; g < 5; ++g) {
    CHECK(rows[g].grade == (g == 4 ? segment::unknown_level : g));
    CHECK(rows[g].doctors == doctors[g]);
    CHECK(rows[g].doctors_share == static_cast<double>(doctors[g]) / 8);
    CHECK(rows[g].volume == volumes[g]);
    CHECK(rows[g].volume_share == volumes[g] / 100);
  }
  CHECK(segment::grade_table(model, segment::assignment())[0].doctors_share == 0);
}
