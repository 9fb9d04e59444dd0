// Broken policies: each fault is found, alone, at its place.
#include <algorithm>
#include <functional>
#include <limits>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/segment/segment.hpp>

namespace {

using namespace tierwise;
using segment::policy;

struct broken {
  const char* about;
  std::function<void(policy&)> change;
  errc code;
  const char* path;
};

const double not_a_number = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

const broken broken_policies[] = {
    {"weight 0", [](policy& p) { p.identity.terms[2].weight = 0; }, errc::policy_out_of_range,
     "/segment/identity/terms/2/weight"},
    {"weight NaN", [](policy& p) { p.identity.terms[0].weight = not_a_number; }, errc::policy_out_of_range,
     "/segment/identity/terms/0/weight"},
    {"weight infinite", [](policy& p) { p.potential.card.terms[1].weight = infinity; }, errc::policy_out_of_range,
     "/segment/potential/card/terms/1/weight"},
    {"no column", [](policy& p) { p.identity.terms[3].column.clear(); }, errc::policy_out_of_range,
     "/segment/identity/terms/3/column"},
    {"column twice", [](policy& p) { p.identity.terms[3].column = "teaching"; }, errc::policy_duplicate_name,
     "/segment/identity/terms/5/column"},
    {"empty range", [](policy& p) { p.identity.terms[3].high = 0; }, errc::policy_out_of_range,
     "/segment/identity/terms/3/linear"},
    {"infinite range", [](policy& p) { p.identity.terms[4].high = infinity; }, errc::policy_out_of_range,
     "/segment/identity/terms/4/log"},
    {"range too wide", [](policy& p) { p.identity.terms[3].low = -1e308, p.identity.terms[3].high = 1e308; },
     errc::policy_out_of_range, "/segment/identity/terms/3/linear"},
    {"empty lookup", [](policy& p) { p.identity.terms[0].lookup.clear(); }, errc::policy_out_of_range,
     "/segment/identity/terms/0/lookup"},
    {"share above 1", [](policy& p) { p.identity.terms[1].lookup[2].second = 1.5; }, errc::policy_out_of_range,
     "/segment/identity/terms/1/lookup/tier_2"},
    {"text twice",
     [](policy& p) {
       p.identity.terms[1].lookup.push_back({"below", 0});
     },
     errc::policy_duplicate_name, "/segment/identity/terms/1/lookup/below"},
    {"a name to escape",
     [](policy& p) {
       p.identity.terms[1].lookup.push_back({"a/b~c", -1});
     },
     errc::policy_out_of_range, "/segment/identity/terms/1/lookup/a~1b~0c"},
    {"coverage 2", [](policy& p) { p.identity.min_coverage = 2; }, errc::policy_out_of_range,
     "/segment/identity/min_coverage"},
    {"coverage NaN", [](policy& p) { p.potential.card.min_coverage = not_a_number; }, errc::policy_out_of_range,
     "/segment/potential/card/min_coverage"},
    {"65 terms",
     [](policy& p) {
       for (int i = 0; i < 59; ++i)
         p.identity.terms.push_back({"c" + std::to_string(i), 1, segment::transform::linear, 0, 1});
     },
     errc::policy_out_of_range, "/segment/identity/terms"},
    {"two decile floors",
     [](policy& p) {
       p.potential.cuts.floors = {8, 5};
     },
     errc::policy_out_of_range, "/segment/potential/cuts/floors"},
    {"decile 11", [](policy& p) { p.potential.cuts.floors[0] = 11; }, errc::policy_out_of_range,
     "/segment/potential/cuts/floors/A"},
    {"decile −1", [](policy& p) { p.potential.cuts.floors[2] = -1; }, errc::policy_out_of_range,
     "/segment/potential/cuts/floors/C"},
    {"rising deciles",
     [](policy& p) {
       p.potential.cuts.floors = {8, 8, 2};
     },
     errc::policy_out_of_range, "/segment/potential/cuts/floors/B"},
    {"rising card",
     [](policy& p) {
       p.potential.card_cuts.floors = {70, 75, 20};
     },
     errc::policy_out_of_range, "/segment/potential/card_cuts/floors/B"},
    {"no card floors", [](policy& p) { p.potential.card_cuts.floors.clear(); }, errc::policy_out_of_range,
     "/segment/potential/card_cuts/floors"},
    {"floor above 100", [](policy& p) { p.identity_cuts.floors[0] = 101; }, errc::policy_out_of_range,
     "/segment/identity/cuts/floors/high"},
    {"floor NaN",
     [](policy& p) {
       p.engagement_cuts.floors = {60, not_a_number};
     },
     errc::policy_out_of_range, "/segment/engagement/cuts/floors/medium"},
    {"quantile above 1",
     [](policy& p) {
       p.engagement_cuts = {segment::cuts::kind::quantile, {60, .3}, 2};
     },
     errc::policy_out_of_range, "/segment/engagement/cuts/floors/high"},
    {"three floors",
     [](policy& p) {
       p.engagement_cuts.floors = {60, 30, 10};
     },
     errc::policy_out_of_range, "/segment/engagement/cuts/floors"},
    {"unknown grade", [](policy& p) { p.potential.unknown_as = 4; }, errc::policy_out_of_range,
     "/segment/potential/unknown_as"},
    {"unknown level", [](policy& p) { p.identity_cuts.unknown_as = 3; }, errc::policy_out_of_range,
     "/segment/identity/cuts/unknown_as"},
    {"negative s0", [](policy& p) { p.engagement.s0 = -1; }, errc::policy_out_of_range, "/segment/engagement/s0"},
    {"infinite s0", [](policy& p) { p.engagement.s0 = infinity; }, errc::policy_out_of_range, "/segment/engagement/s0"},
    {"quantile of s0", [](policy& p) { p.engagement.s0_quantile = 75; }, errc::policy_out_of_range,
     "/segment/engagement/s0_quantile"},
    {"coverage below 0", [](policy& p) { p.engagement.min_coverage = -.1; }, errc::policy_out_of_range,
     "/segment/engagement/min_coverage"},
    {"grade twice", [](policy& p) { p.scheme.grades[3] = "A"; }, errc::policy_duplicate_name,
     "/segment/tiers/grades/3"},
    {"level without a name", [](policy& p) { p.scheme.engagement_levels[1].clear(); }, errc::policy_out_of_range,
     "/segment/tiers/levels/engagement/1"},
    {"a type named unknown", [](policy& p) { p.scheme.profile_types[0] = "unknown"; }, errc::policy_duplicate_name,
     "/segment/tiers/profile_types/0"},
    {"35 cells", [](policy& p) { p.scheme.cells.pop_back(); }, errc::policy_incomplete_table, "/segment/tiers/table"},
    {"37 cells",
     [](policy& p) {
       p.scheme.cells.push_back({0, 9});
     },
     errc::policy_incomplete_table, "/segment/tiers/table"},
    {"a tier without resources", [](policy& p) { p.scheme.cells[35].tier = 10; }, errc::policy_out_of_range,
     "/segment/tiers/table"},
    {"a type that is not there", [](policy& p) { p.scheme.cells[35].profile_type = 4; }, errc::policy_unknown_name,
     "/segment/tiers/table"},
    {"a tier that nobody reaches", [](policy& p) { p.scheme.resources.push_back("none"); },
     errc::policy_incomplete_table, "/segment/tiers/resources/9"},
    {"a better doctor in a worse tier", [](policy& p) { p.scheme.cells[25].tier = 9; }, errc::policy_not_monotone,
     "/segment/tiers/table"},
    {"nothing to waive",
     [](policy& p) {
       p.scheme.waived.push_back({35, 0});
     },
     errc::policy_out_of_range, "/segment/tiers/waive/0"},
    {"waiving no cell",
     [](policy& p) {
       p.scheme.waived.push_back({0, 36});
     },
     errc::policy_out_of_range, "/segment/tiers/waive/0"},
};

bool is_better(std::size_t a, std::size_t b) {
  return a != b && a / 9 <= b / 9 && a / 3 % 3 <= b / 3 % 3 && a % 3 <= b % 3;
}

}  // namespace

TEST_CASE("segment: the default policy is sound and is the table of the design") {
  const policy p = segment::default_policy();
  CHECK(segment::check(p).empty());
  // grade × identity × engagement, row by row as the design prints them
  const int tiers[4][9] = {{1, 2, 2, 3, 4, 4, 3, 4, 4},
                           {1, 2, 2, 3, 4, 4, 3, 4, 4},
                           {5, 6, 6, 7, 8, 8, 7, 8, 8},
                           {9, 9, 9, 9, 9, 9, 9, 9, 9}};
  const int types[9] = {0, 1, 1, 2, 3, 3, 2, 3, 3};
  for (std::size_t i = 0; i < 36; ++i) {
    CHECK(p.scheme.cells[i].tier == tiers[i / 9][i % 9]);
    CHECK(p.scheme.cells[i].profile_type == types[i % 9]);
  }
}

TEST_CASE("segment: each fault is found, alone, at its place") {
  for (const broken& b : broken_policies) {
    policy p = segment::default_policy();
    b.change(p);
    const std::string about = b.about;
    CAPTURE(about);
    const std::vector<Error> found = segment::check(p);
    REQUIRE(found.size() == 1);
    CHECK(found[0].code() == b.code);
    CHECK(found[0].where().path == b.path);
    CHECK(segment::fit(p, table_view()).error().where().path == b.path);  // and it is refused
  }
}

TEST_CASE("segment: every cell that is not covered is named") {
  policy p = segment::default_policy();
  p.scheme.cells[4].tier = 0;
  p.scheme.cells[33].tier = 0;
  const std::vector<Error> found = segment::check(p);
  REQUIRE(found.size() == 2);
  CHECK(found[0].code() == errc::policy_incomplete_table);
  CHECK(found[0].message() == "grade A, identity medium, engagement medium has no tier");
  CHECK(found[1].message() == "grade D, identity low, engagement high has no tier");
}

TEST_CASE("segment: each pair that breaks monotonicity is named, and waiving it is enough") {
  CHECK(rc::check("all pairs", [] {
    policy p = segment::default_policy();
    for (int changes = *rc::gen::inRange(0, 4); changes > 0; --changes)
      p.scheme.cells[*rc::gen::inRange<std::size_t>(0, 36)].tier = *rc::gen::inRange<std::uint16_t>(1, 10);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t a = 0; a < 36; ++a)
      for (std::size_t b = 0; b < 36; ++b)
        if (is_better(a, b) && p.scheme.cells[a].tier > p.scheme.cells[b].tier) pairs.push_back({a, b});
    const auto breaks = [&] {
      const std::vector<Error> found = segment::check(p);
      return static_cast<std::size_t>(std::count_if(
          found.begin(), found.end(), [](const Error& e) { return e.code() == errc::policy_not_monotone; }));
    };
    RC_ASSERT(breaks() == pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      p.scheme.waived.push_back(pairs[i]);
      RC_ASSERT(breaks() == pairs.size() - i - 1);
    }
  }));
}

TEST_CASE("segment: all faults come at once, those of the table's shape first") {
  policy p = segment::default_policy();
  p.engagement.s0 = not_a_number;
  p.identity.terms[0].weight = -1;
  p.scheme.cells[0].tier = 0;
  const std::vector<Error> found = segment::check(p);
  REQUIRE(found.size() == 3);
  CHECK(found[0].code() == errc::policy_incomplete_table);
}

TEST_CASE("segment: other tables are policy: two grades, two levels, three tiers") {
  policy p = segment::default_policy();
  p.scheme = {{"key", "other"}, {"up", "down"}, {"up", "down"}, {"core", "rest"}, {"much", "some", "none"}, {}, {}};
  for (int i = 0; i < 8; ++i)
    p.scheme.cells.push_back({static_cast<std::uint8_t>(i < 4 ? 0 : 1), static_cast<std::uint16_t>(i == 0  ? 1
                                                                                                   : i < 4 ? 2
                                                                                                           : 3)});
  p.potential.cuts.floors = {6};
  p.potential.card_cuts.floors = {50};
  p.potential.unknown_as = 1;
  p.identity_cuts = p.engagement_cuts = {segment::cuts::kind::fixed, {50}, 1};
  CHECK(segment::check(p).empty());
  p.scheme.cells[0].tier = 0;
  CHECK(segment::check(p).size() == 2);  // not covered, and nobody reaches tier 1
  p.scheme.identity_levels.clear();
  CHECK(segment::check(p).size() >= 3);
  p.scheme.identity_levels.assign(70, "x");
  CHECK_FALSE(segment::check(p).empty());
  CHECK_FALSE(segment::check(policy{}).empty());
}
