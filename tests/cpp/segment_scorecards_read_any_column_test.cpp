// Every transform by hand, what counts where a column is missing, and cards on all three axes.
#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

#include "segment_doctors.hpp"

namespace {

using namespace tierwise;
using segment::grid_cell;
using segment::term;
using segment::transform;

table text_column(const char* name, const std::vector<std::string>& texts) {
  table out;
  std::vector<std::string> names;
  std::vector<std::int32_t> codes;
  for (const std::string& text : texts) {
    codes.push_back(text.empty() ? -1 : static_cast<std::int32_t>(names.size()));
    if (!text.empty()) names.push_back(text);
  }
  out.add(name, std::move(codes), std::move(names));
  return out;
}

/// A policy whose engagement is a card of these terms and which scores nothing else.
segment::policy by_card(std::vector<term> terms, double out_of = 100, double min_coverage = 0.5) {
  segment::policy p;
  p.engagement.used = false;
  p.engagement_card = {std::move(terms), min_coverage, out_of};
  p.engagement_cuts = {segment::cuts::kind::fixed, {out_of / 2}, 1};
  p.scheme.grades = p.scheme.identity_levels = {"any"};
  p.scheme.engagement_levels = {"up", "down"};
  p.scheme.profile_types = {"any"};
  p.scheme.resources = {"a", "b"};
  p.scheme.cells = {{0, 1}, {0, 2}};
  return p;
}

std::vector<double> scores(const segment::policy& policy, const table_view& given) {
  return segment::assign(segment::fit(policy, given).value(), given).value().engagement_score;
}

std::vector<double> of_numbers(term t, std::vector<double> values) {
  t.column = "v";
  table given;
  given.add("v", std::move(values));
  return scores(by_card({std::move(t)}), given.view());
}

bool are(const std::vector<double>& found, const std::vector<double>& wanted) {
  bool same = found.size() == wanted.size();
  for (std::size_t i = 0; i < found.size() && same; ++i)
    same = std::isnan(wanted[i]) ? std::isnan(found[i]) : std::abs(found[i] - wanted[i]) <= segment::score_step;
  return same;
}

}  // namespace

TEST_CASE("scorecard: a coverage that is the least in decimals is enough, whatever the sum of weights rounds to") {
  constexpr int tenths[] = {3, 21, 19, 17};  // of 60
  int on_the_line = 0, last_bit_short = 0;
  for (unsigned known = 1; known < 16; ++known) {
    int covered = 0;
    double sum = 0;
    table given;
    std::vector<term> terms;
    for (int k = 0; k < 4; ++k) {
      term t;
      t.column = std::string(1, static_cast<char>('a' + k));
      t.weight = tenths[k] / 10.0;
      const bool has = (known >> k & 1) != 0;
      covered += has ? tenths[k] : 0;
      sum += has ? t.weight : 0;
      given.add(t.column, std::vector<double>{has ? 1 : missing});
      terms.push_back(std::move(t));
    }
    for (int least = 0; least <= 20; ++least) {  // twentieths
      const double found = scores(by_card(terms, 100, least / 20.0), given.view())[0];
      CHECK(std::isnan(found) == (covered < 3 * least));
      on_the_line += covered == 3 * least;
      last_bit_short += covered == 3 * least && sum / 6 < least / 20.0;
    }
  }
  CHECK(on_the_line > 4);
  CHECK(last_bit_short > 0);  // so that a plain comparison would fail here
}

TEST_CASE("scorecard: counts up to a cap") {
  term t;
  t.how = transform::capped, t.high = 8;
  CHECK(are(of_numbers(t, {-3, 0, 2, 8, 9, missing}), {0, 0, 25, 100, 100, missing}));
}

TEST_CASE("scorecard: knots, flat outside and straight between, up or down") {
  term t;
  t.how = transform::piecewise, t.knots = {{0, 2}, {10, 7}, {20, 10}, {40, 4}}, t.out_of = 10;
  CHECK(
      are(of_numbers(t, {-5, 0, 5, 10, 15, 20, 30, 40, 1e9, missing}), {20, 20, 45, 70, 85, 100, 70, 40, 40, missing}));
}

TEST_CASE("scorecard: a text by its own entry first, then by its dictionary, else missing") {
  term t{"v", 1, transform::lookup, 0, 1, {{"chief_physician", 1}, {"主任医师", .9}, {"院士", .95}}};
  const std::vector<std::string> texts{"主任医师", "主任医师、教授", "Chief Physician", "院士", "副主任医师", "科主任",
                                       ""};
  const table given = text_column("v", texts);
  CHECK(are(scores(by_card({t}), given.view()), {90, missing, missing, 95, missing, missing, missing}));
  t.dict = segment::dictionary::title;
  CHECK(are(scores(by_card({t}), given.view()), {90, 100, 100, 95, missing, missing, missing}));
}

TEST_CASE("scorecard: a grid of two texts, some pairs of which are not listed") {
  term t;
  t.column = "a", t.by = "b", t.how = transform::grid, t.out_of = 9;
  t.grid = {{"x", "p", 9}, {"x", "q", 8}, {"y", "p", 7}};
  table given = text_column("a", {"x", "x", "y", "y", "z", "", "x"});
  given.add("b", std::vector<std::int32_t>{0, 1, 0, 1, 0, 0, -1}, std::vector<std::string>{"p", "q"});
  CHECK(are(scores(by_card({t}, 9), given.view()), {9, 8, 7, missing, missing, missing, missing}));
}

TEST_CASE("scorecard: missing gives its weight away, or counts as the policy says; coverage tells either way") {
  table given;
  given.add("v", std::vector<double>{1, 1, missing, missing});
  given.add("w", std::vector<double>{0, missing, 1, missing});
  const auto assigned = [&](std::optional<double> missing_as) {
    const term v{"v", 3}, w{"w", 1};
    segment::policy policy = by_card({v, w}, 100, 0.25);
    policy.engagement_card.terms[1].missing_as = missing_as;
    return segment::assign(segment::fit(policy, given.view()).value(), given.view()).value();
  };
  const segment::assignment left_out = assigned(std::nullopt), counted = assigned(.2);
  CHECK(are(left_out.engagement_score, {75, 100, 100, missing}));
  CHECK(are(counted.engagement_score, {75, 80, 100, missing}));  // 0.2 of a weight of 1 beside a full weight of 3
  CHECK(left_out.engagement_coverage == counted.engagement_coverage);
  CHECK(counted.engagement_coverage == std::vector<double>{1, .75, .25, 0});
  CHECK(counted.engagement_missing == std::vector<std::uint64_t>{0, 2, 1, 3});
}

TEST_CASE("scorecard: contributions add up, out of any number and with missing parts that count") {
  random_stream random(5, 5, 5);
  std::vector<double> v, w;
  for (int i = 0; i < 500; ++i) {
    v.push_back(random.below(5) == 0 ? missing : random.uniform() * 9);
    w.push_back(random.below(3) == 0 ? missing : random.uniform());
  }
  table given;
  given.add("v", std::move(v));
  given.add("w", std::move(w));
  for (const double out_of : {12.0, 100.0, 7.3, 10000.0}) {
    term first{"v", .7, transform::capped, 0, 6}, second{"w", .3};
    second.missing_as = .4;
    const segment::policy policy = by_card({first, second}, out_of, 0.2);
    const segment::model model = segment::fit(policy, given.view()).value();
    const segment::assignment all = segment::assign(model, given.view()).value();
    std::size_t absent = 0;
    for (std::size_t row = 0; row < all.size(); ++row) {
      const auto parts = segment::contributions(model, given.view(), row, segment::score::engagement);
      REQUIRE(parts.empty() == std::isnan(all.engagement_score[row]));
      if (parts.empty()) continue;
      REQUIRE(parts[0].value + parts[1].value == all.engagement_score[row]);
      if (parts[1].known || !parts[0].known) continue;
      ++absent;
      REQUIRE(parts[1].value == doctest::Approx(out_of * .3 * .4).epsilon(1e-5));
    }
    CHECK(absent > 50);
  }
}

TEST_CASE("scorecard: engagement by a card asks for no points, and reasons speak only of what is scored") {
  table given;
  given.add("v", std::vector<double>{9, 1, missing});
  const segment::policy policy = by_card({{"v", 1, transform::capped, 0, 10}}, 12);
  const segment::model model = segment::fit(policy, given.view()).value();
  const segment::assignment all = segment::assign(model, given.view()).value();
  CHECK(all.tier == std::vector<std::uint16_t>{1, 2, 2});
  CHECK(segment::reason(model, all, 0) == "Tier 1 (any): engagement 10.8 (up)");
  CHECK(segment::reason(model, all, 2) == "Tier 2 (any): engagement unknown, counted as down (v unknown)");
  CHECK(segment::reason(model, all, 1, segment::language::chinese) == "第2层（any）：互动1.2分（down）");
  // With nothing scored at all, everybody is in the one tier.
  segment::policy nothing = policy;
  nothing.engagement_card = {};
  nothing.engagement_cuts = {};
  nothing.scheme.engagement_levels = {"any"};
  nothing.scheme.resources = {"a"};
  nothing.scheme.cells = {{0, 1}};
  CHECK(segment::check(nothing).empty());
  const segment::model plain = segment::fit(nothing, given.view()).value();
  CHECK(segment::reason(plain, segment::assign(plain, given.view()).value(), 0) == "Tier 1 (any)");
}

TEST_CASE("scorecard: a floor that no doctor can reach is found, and one that some can is not") {
  const auto faults = [](std::vector<term> terms, double min_coverage, double floor) {
    segment::policy p = by_card(std::move(terms), 100, min_coverage);
    p.engagement_cuts.floors = {floor};
    return segment::check(p).size();
  };
  const term best60{"a", 1, transform::lookup, 0, 1, {{"x", .6}, {"y", .1}}}, full{"b", 1};
  CHECK(faults({best60}, .5, 60) == 0);
  CHECK(faults({best60}, .5, 60.1) == 1);
  CHECK(faults({best60, full}, .5, 100) == 0);  // known by b alone
  CHECK(faults({best60, full}, .9, 100) == 1);  // a must be known, at least in part
  CHECK(faults({best60, full}, 1, 80) == 0);
  CHECK(faults({best60, full}, 1, 80.1) == 1);
  term counted = best60;
  counted.missing_as = .9;
  CHECK(faults({counted, full}, .5, 95) == 0);  // missing counts for more than any text
  CHECK(faults({counted, full}, .5, 95.1) == 1);
}
