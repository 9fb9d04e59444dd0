// classify() against the obvious loop: every tier and every count, at every edge.
#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/core/random.hpp>
#include <tierwise/segment/classify.hpp>

namespace {

using namespace tierwise;
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

struct scores {
  std::vector<float> potential, identity, engagement;
};

std::size_t obvious_step(const std::vector<float>& floors, std::uint8_t unknown_as, float value) {
  if (std::isnan(value)) return unknown_as;
  for (std::size_t i = 0; i < floors.size(); ++i)
    if (value >= floors[i]) return i;
  return floors.size();
}

/// A scheme of any size whose cells have distinguishable tiers.
segment::scheme scheme_of(std::size_t grades, std::size_t identities, std::size_t engagements) {
  segment::scheme s;
  s.grades.resize(grades);
  s.identity_levels.resize(identities);
  s.engagement_levels.resize(engagements);
  for (std::size_t i = 0; i < grades * identities * engagements; ++i)
    s.cells.push_back({0, static_cast<std::uint16_t>(1 + (i * 7) % 255)});
  return s;
}

float one_score(random_stream& random, const std::vector<float>& floors) {
  switch (random.below(12)) {
    case 0: return not_a_number;
    case 1: return infinity;
    case 2: return -infinity;
    case 3: return 0.0f;
    case 4: return -0.0f;
    case 5:
    case 6: return floors.empty() ? 1 : floors[random.below(static_cast<std::uint32_t>(floors.size()))];  // on a cut
    case 7:
      return floors.empty()
                 ? 1
                 : std::nextafter(floors[random.below(static_cast<std::uint32_t>(floors.size()))], -infinity);
    default: return static_cast<float>(random.uniform() * 120 - 10);
  }
}

scores random_scores(std::size_t rows, const segment::float_cuts& cuts, std::uint64_t seed) {
  random_stream random(seed, 1, 2);
  scores s;
  for (std::size_t i = 0; i < rows; ++i) {
    s.potential.push_back(one_score(random, cuts.potential));
    s.identity.push_back(one_score(random, cuts.identity));
    s.engagement.push_back(one_score(random, cuts.engagement));
  }
  return s;
}

void check_all(const segment::scheme& scheme, const segment::float_cuts& cuts, const scores& s) {
  const std::size_t rows = s.potential.size();
  // one byte more, to see that nothing is written behind the end
  std::vector<std::uint8_t> tiers(rows + 1, 77), wanted;
  std::vector<std::int64_t> counts(scheme.cells.size());
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t cell = scheme.index(obvious_step(cuts.potential, cuts.unknown_grade_as, s.potential[i]),
                                          obvious_step(cuts.identity, cuts.unknown_identity_as, s.identity[i]),
                                          obvious_step(cuts.engagement, cuts.unknown_engagement_as, s.engagement[i]));
    wanted.push_back(static_cast<std::uint8_t>(scheme.cells[cell].tier));
    ++counts[cell];
  }
  wanted.push_back(77);
  REQUIRE(segment::classify(scheme, cuts, s.potential, s.identity, s.engagement, std::span(tiers).first(rows)) ==
          counts);
  REQUIRE(tiers == wanted);
}

const segment::float_cuts default_cuts{{70, 45, 20}, {60, 30}, {60, 30}, 2, 2, 2};

}  // namespace

TEST_CASE("classify: the default table at lengths around every block") {
  for (const std::size_t rows : {0, 1, 2, 7, 1023, 1024, 1025, 8191, 8192, 8193, 8206, 9215, 9216, 9217, 20001, 65537})
    check_all(segment::default_policy().scheme, default_cuts, random_scores(rows, default_cuts, rows));
}

TEST_CASE("classify: unknowns may count as any step") {
  for (int unknown = 0; unknown < 4 * 3 * 3; ++unknown) {
    segment::float_cuts cuts = default_cuts;
    cuts.unknown_grade_as = static_cast<std::uint8_t>(unknown / 9);
    cuts.unknown_identity_as = static_cast<std::uint8_t>(unknown / 3 % 3);
    cuts.unknown_engagement_as = static_cast<std::uint8_t>(unknown % 3);
    check_all(segment::default_policy().scheme, cuts, random_scores(8193, cuts, 5));
  }
}

TEST_CASE("classify: a whole column of one value") {
  for (const float value : {not_a_number, infinity, -infinity, 0.0f, 60.0f, 59.99999f})
    check_all(
        segment::default_policy().scheme, default_cuts,
        {std::vector<float>(30'001, value), std::vector<float>(30'001, value), std::vector<float>(30'001, value)});
}

TEST_CASE("classify: any numbers of grades, levels and cuts") {
  CHECK(rc::check("equal to the oracle", [] {
    const auto grades = *rc::gen::inRange<std::size_t>(1, 12), identities = *rc::gen::inRange<std::size_t>(1, 8),
               engagements = *rc::gen::inRange<std::size_t>(1, 8);
    const auto floors = [](std::size_t steps) {
      auto f = *rc::gen::container<std::vector<float>>(
          steps - 1, rc::gen::map(rc::gen::inRange(-5, 110), [](int v) { return static_cast<float>(v); }));
      std::sort(f.rbegin(), f.rend());
      return f;
    };
    const auto step = [](std::size_t steps) {
      return static_cast<std::uint8_t>(*rc::gen::inRange<int>(0, static_cast<int>(steps)));
    };
    const segment::float_cuts cuts{floors(grades), floors(identities), floors(engagements),
                                   step(grades),   step(identities),   step(engagements)};
    const auto rows = *rc::gen::element<std::size_t>(3, 8192, 8193, 10'007);
    check_all(scheme_of(grades, identities, engagements), cuts,
              random_scores(rows, cuts, *rc::gen::arbitrary<std::uint64_t>()));
  }));
}

TEST_CASE("classify: broken contracts throw and write nothing") {
  const segment::scheme scheme = segment::default_policy().scheme;
  const std::vector<float> three(3), four(4);
  std::vector<std::uint8_t> tiers(3, 77);
  const auto code = [&](const segment::scheme& s, const segment::float_cuts& cuts, std::span<const float> engagement) {
    try {
      (void)segment::classify(s, cuts, three, three, engagement, tiers);
    } catch (const Error& e) {
      return e.code();
    }
    return errc{};
  };
  CHECK(code(scheme, default_cuts, four) == errc::length_mismatch);
  segment::float_cuts cuts = default_cuts;
  cuts.potential = {70, 45};
  CHECK(code(scheme, cuts, three) == errc::invalid_argument);
  cuts.potential = {45, 70, 20};
  CHECK(code(scheme, cuts, three) == errc::invalid_argument);
  cuts.potential = {70, not_a_number, 20};
  CHECK(code(scheme, cuts, three) == errc::invalid_argument);
  cuts = default_cuts;
  cuts.unknown_engagement_as = 3;
  CHECK(code(scheme, cuts, three) == errc::invalid_argument);
  segment::scheme other = scheme;
  other.cells[35].tier = 256;
  CHECK(code(other, default_cuts, three) == errc::invalid_argument);
  other.cells.pop_back();
  CHECK(code(other, default_cuts, three) == errc::invalid_argument);
  CHECK(tiers == std::vector<std::uint8_t>(3, 77));
  CHECK(code(scheme, default_cuts, three) == errc{});
}
