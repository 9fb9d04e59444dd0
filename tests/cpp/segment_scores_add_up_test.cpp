// Contributions add up to their score exactly: not nearly, and in any order.
#include <numeric>
#include <cmath>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "segment_doctors.hpp"

namespace {

using namespace tierwise;

/// Whether parts are multiples of score_step that add up to `score` forwards, backwards and by size.
bool add_up(std::vector<segment::contribution> parts, double score) {
  const auto sum = [&] {
    return std::accumulate(parts.begin(), parts.end(), 0.0, [](double s, const auto& part) { return s + part.value; });
  };
  const bool forwards = sum() == score;
  std::reverse(parts.begin(), parts.end());
  const bool backwards = sum() == score;
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  const bool whole = std::all_of(parts.begin(), parts.end(), [](const auto& part) {
    return std::floor(part.value / segment::score_step) == part.value / segment::score_step;
  });
  return forwards && backwards && sum() == score && whole;
}

}  // namespace

TEST_CASE("segment: contributions of all three scores add up") {
  const std::vector<tests::doctor> doctors = tests::some_doctors(3000, 1);
  const table given = tests::table_of(doctors);
  const segment::model model = segment::fit(segment::default_policy(), given.view()).value();
  const segment::assignment all = segment::assign(model, given.view()).value();
  int counted[3] = {};
  for (std::size_t row = 0; row < all.size(); ++row) {
    const auto check = [&](segment::score which, double score) {
      const auto parts = segment::contributions(model, given.view(), row, which);
      if (std::isnan(score)) {
        REQUIRE(parts.empty());
        return;
      }
      ++counted[static_cast<int>(which)];
      REQUIRE(add_up(parts, score));
      for (const auto& part : parts) REQUIRE((part.known || part.value == 0));
    };
    check(segment::score::identity, all.identity_score[row]);
    check(segment::score::engagement, all.engagement_score[row]);
    check(segment::score::potential,
          all.potential_basis[row] == segment::basis::scorecard ? all.potential[row] : missing);
  }
  for (const int n : counted) CHECK(n > 300);  // the loop has seen real scores
}

TEST_CASE("segment: contributions say what is known and what it weighs") {
  std::vector<tests::doctor> one(1);
  one[0].title = "attending_physician";
  one[0].trials = 5;
  one[0].publications = 0;
  one[0].teaching = 6;
  const table given = tests::table_of(one);
  const segment::model model = segment::fit(segment::default_policy(), given.view()).value();
  const auto parts = segment::contributions(model, given.view(), 0, segment::score::identity);
  REQUIRE(parts.size() == 6);
  CHECK(parts[0].column == "title");
  CHECK(parts[0].weight_share == 0.25);
  CHECK(parts[0].value == doctest::Approx(100 * 25 * 0.4 / 60));
  CHECK_FALSE(parts[1].known);
  CHECK(parts[1].weight_share == 0.2);
  CHECK(parts[3].value == doctest::Approx(25));
  CHECK(parts[4].value == 0);
  CHECK(parts[4].known);
}

TEST_CASE("segment: a rounding remainder goes to the largest part, the first of equals") {
  segment::policy policy = segment::default_policy();
  policy.identity.terms = {{"trials", 1, segment::transform::linear, 0, 3},
                           {"teaching", 1, segment::transform::linear, 0, 3},
                           {"publications", 1, segment::transform::linear, 0, 3}};
  std::vector<tests::doctor> one(1);
  one[0].trials = one[0].teaching = one[0].publications = 3;
  const table given = tests::table_of(one);
  const segment::model model = segment::fit(policy, given.view()).value();
  const auto parts = segment::contributions(model, given.view(), 0, segment::score::identity);
  REQUIRE(parts.size() == 3);
  const double third = std::rint(100.0 / 3 / segment::score_step) * segment::score_step;
  CHECK(parts[1].value == third);
  CHECK(parts[2].value == third);
  CHECK(parts[0].value == 100 - 2 * third);
  CHECK(parts[0].value != third);

  policy.identity.terms[1].weight = policy.identity.terms[2].weight =
      3;  // 1/7, 3/7, 3/7: now the second is the first of the largest
  const segment::model other = segment::fit(policy, given.view()).value();
  const auto sevenths = segment::contributions(other, given.view(), 0, segment::score::identity);
  const auto rounded = [](double value) { return std::rint(value / segment::score_step) * segment::score_step; };
  CHECK(sevenths[0].value == rounded(100.0 / 7));
  CHECK(sevenths[2].value == rounded(300.0 / 7));
  CHECK(sevenths[1].value == 100 - sevenths[0].value - sevenths[2].value);
  CHECK(sevenths[1].value != sevenths[2].value);
}

TEST_CASE("segment: a score is the nearest multiple of the step, not the next below") {
  segment::policy policy = segment::default_policy();
  policy.identity.terms = {{"trials", 1, segment::transform::linear, 0, 3}};
  policy.efforts.clear();
  std::vector<tests::doctor> two(2);
  two[0].trials = 1, two[1].trials = 2;
  const table given = tests::table_of(two);
  const auto scores = segment::assign(segment::fit(policy, given.view()).value(), given.view()).value().identity_score;
  CHECK(scores[0] == std::rint(100.0 / 3 / segment::score_step) * segment::score_step);
  CHECK(scores[1] == std::rint(200.0 / 3 / segment::score_step) * segment::score_step);
  CHECK(scores[0] < 100.0 / 3);  // one of them is rounded down, the other up
  CHECK(scores[1] > 200.0 / 3);
}

TEST_CASE("segment: any points add up, even where channels nearly cancel out") {
  CHECK(rc::check("exact", [] {
    std::vector<tests::doctor> doctors(1);
    const double scale = *rc::gen::element(1e-6, 1.0, 1e9, 1e300);
    const auto number = rc::gen::map(rc::gen::inRange(-1000000, 1000000), [](int v) { return v / 1000.0; });
    doctors[0].points_visit = *number * scale;
    doctors[0].points_email = *rc::gen::oneOf(number, rc::gen::just(-doctors[0].points_visit / scale + 1e-9)) * scale;
    doctors[0].contact_coverage = 1;
    const table given = tests::table_of(doctors);
    segment::policy policy = segment::default_policy();
    policy.engagement.s0 = *rc::gen::element(0.0, 1e-3, 40.0, 1e12);
    const segment::model model = segment::fit(policy, given.view()).value();
    const segment::assignment all = segment::assign(model, given.view()).value();
    const double score = all.engagement_score[0];
    RC_ASSERT(score >= 0);
    RC_ASSERT(score <= 100);
    RC_ASSERT(add_up(segment::contributions(model, given.view(), 0, segment::score::engagement), score));
  }));
}

TEST_CASE("segment: without channels there is one contribution named points") {
  table given;
  for (const tests::number_field& field : tests::number_fields)
    if (!std::string_view(field.name).starts_with("points_")) given.add(field.name, std::vector<double>{1, 1});
  for (const tests::text_field& field : tests::text_fields)
    given.add(field.name, std::vector<std::int32_t>{-1, -1}, std::vector<std::string>());
  CHECK(segment::fit(segment::default_policy(), given.view()).error().code() == errc::missing_column);
  given.add("points", std::vector<double>{8, 2});
  const segment::model model = segment::fit(segment::default_policy(), given.view()).value();
  CHECK(model.channels.empty());
  CHECK(model.s0 == 6.5);
  const auto parts = segment::contributions(model, given.view(), 1, segment::score::engagement);
  REQUIRE(parts.size() == 1);
  CHECK(parts[0].column == "points");
  CHECK(parts[0].value == segment::assign(model, given.view()).value().engagement_score[1]);
  CHECK(parts[0].value == doctest::Approx(100 * (1 - std::exp(-2 / 6.5))));
}

TEST_CASE("segment: the reason of a row that is not there is an error") {
  const table given = tests::table_of(tests::some_doctors(3, 2));
  const segment::model model = segment::fit(segment::default_policy(), given.view()).value();
  const segment::assignment all = segment::assign(model, given.view()).value();
  CHECK_THROWS_AS((void)segment::reason(model, all, 3), Error);
}
