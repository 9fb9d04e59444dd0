// The same doctors give the same bytes, however they come; and what could not be used is said.
#include <numeric>
#include <set>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "segment_doctors.hpp"
#include "threads.hpp"

namespace {

using namespace tierwise;

segment::policy with_quantile_cuts() {
  segment::policy policy = segment::default_policy();
  policy.identity_cuts = {segment::cuts::kind::quantile, {.8, .4}, 1};
  policy.engagement_cuts = {segment::cuts::kind::quantile, {.75, .25}, 2};
  return policy;
}

std::vector<std::size_t> range(std::size_t begin, std::size_t end) {
  std::vector<std::size_t> rows(end - begin);
  std::iota(rows.begin(), rows.end(), begin);
  return rows;
}

}  // namespace

TEST_CASE("segment: one thread, eight threads, batches of 1, 7 and all") {
  for (const segment::policy& policy : {segment::default_policy(), with_quantile_cuts()}) {
    const std::vector<tests::doctor> doctors = tests::some_doctors(30'000, 3);
    const table given = tests::table_of(doctors);
    const segment::model model = segment::fit(policy, given.view()).value();
    const segment::assignment all = segment::assign(model, given.view()).value();
    CHECK(std::set<int>(all.tier.begin(), all.tier.end()).size() == 9);

    tests::thread_executor crew(8);
    const segment::assignment threaded = segment::assign(model, given.view(), &crew).value();
    CHECK(tests::same_rows(all, threaded, range(0, doctors.size())));
    CHECK(all.rejected == threaded.rejected);

    for (const std::size_t batch : {1, 7}) {
      std::vector<bad_row> rejected;
      for (std::size_t begin = 0; begin < 2100; begin += batch) {
        const std::vector<std::size_t> rows = range(begin, begin + batch);
        const table part = gather(given.view(), rows);
        segment::assignment some = segment::assign(model, part.view()).value();
        REQUIRE(some.size() == batch);
        bool same = true;
        tests::for_columns(some, all, [&](const auto& x, const auto& y) {
          for (std::size_t i = 0; i < batch; ++i) same = same && std::memcmp(&x[i], &y[begin + i], sizeof x[i]) == 0;
        });
        REQUIRE(same);
        for (bad_row& bad : some.rejected) {
          bad.row += static_cast<std::int64_t>(begin);
          rejected.push_back(bad);
        }
      }
      std::vector<bad_row> expected;
      for (const bad_row& bad : all.rejected)
        if (bad.row < 2100) expected.push_back(bad);
      CHECK(expected.size() > 50);
      CHECK(rejected == expected);
    }
  }
}

TEST_CASE("segment: shuffled rows give the same model and the same bytes") {
  CHECK(rc::check("shuffled", [] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 300);
    const std::vector<tests::doctor> doctors = tests::some_doctors(count, *rc::gen::arbitrary<std::uint64_t>());
    std::vector<std::size_t> order = range(0, count);
    const auto keys = *rc::gen::container<std::vector<int>>(count, rc::gen::arbitrary<int>());
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
    const segment::policy policy = *rc::gen::element(segment::default_policy(), with_quantile_cuts());

    const table given = tests::table_of(doctors), shuffled = gather(given.view(), order);
    const segment::model model = segment::fit(policy, given.view()).value();
    const segment::model other = segment::fit(policy, shuffled.view()).value();
    RC_ASSERT(model == other);
    const segment::assignment a = segment::assign(model, shuffled.view()).value();
    const segment::assignment b = segment::assign(model, given.view()).value();
    RC_ASSERT(tests::same_rows(a, b, order));
    for (std::size_t i = 0; i < count; ++i)
      RC_ASSERT(segment::reason(model, a, i) == segment::reason(model, b, order[i]));
  }));
}

TEST_CASE("segment: refused cells are reported once and count as missing") {
  const double infinity = std::numeric_limits<double>::infinity();
  std::vector<tests::doctor> doctors(5), repaired(5);
  for (tests::doctor& d : doctors) d.points_visit = d.points_email = d.contact_coverage = d.patients_per_week = 1;
  repaired = doctors;
  doctors[1].patient_volume = -0.5;
  doctors[2].patients_per_week = infinity;
  doctors[3].contact_coverage = -0.1;
  doctors[3].points_email = -infinity;
  doctors[4].patient_volume = infinity;
  doctors[4].trials = infinity;
  repaired[2].patients_per_week = repaired[3].contact_coverage = repaired[3].points_email = missing;

  segment::policy policy = segment::default_policy();
  policy.potential.card.terms.push_back(
      {"trials", 1, segment::transform::linear, 0, 1, {}});  // read twice, reported once
  const table bad = tests::table_of(doctors), good = tests::table_of(repaired);
  const segment::model model = segment::fit(policy, bad.view()).value();
  CHECK(model == segment::fit(policy, good.view()).value());
  const segment::assignment all = segment::assign(model, bad.view()).value(),
                            clean = segment::assign(model, good.view()).value();
  const std::vector<bad_row> wanted{
      {"hcps", 1, "patient_volume", errc::out_of_range},   {"hcps", 2, "patients_per_week", errc::not_finite},
      {"hcps", 3, "contact_coverage", errc::out_of_range}, {"hcps", 3, "points_email", errc::not_finite},
      {"hcps", 4, "patient_volume", errc::not_finite},     {"hcps", 4, "trials", errc::not_finite}};
  CHECK(all.rejected == wanted);
  CHECK(clean.rejected.empty());
  CHECK(tests::same_rows(all, clean, range(0, 5)));
}

TEST_CASE("segment: a table that lacks a column or has the wrong type is refused by name") {
  const table whole = tests::table_of(tests::some_doctors(10, 5));
  const segment::model model = segment::fit(segment::default_policy(), whole.view()).value();
  for (const named_column& left_out : whole.view().columns()) {
    table_view lacking, wrong;
    const std::vector<double> numbers(10);
    const std::vector<std::int32_t> codes(10);
    const std::string_view names[] = {"x"};
    for (const named_column& column : whole.view().columns()) {
      const bool here = column.name == left_out.name;
      if (!here) lacking.add(column.name, column.values);
      const bool is_text = column.values.type() == column_type::category;
      wrong.add(column.name, !here     ? column.values
                             : is_text ? column_view(numbers)
                                       : column_view::categories(codes, names));
    }
    CAPTURE(left_out.name);
    const auto wrongly_typed = segment::assign(model, wrong);
    REQUIRE_FALSE(wrongly_typed);
    CHECK(wrongly_typed.error().code() == errc::wrong_type);
    CHECK(wrongly_typed.error().where().column == left_out.name);
    CHECK_FALSE(segment::fit(segment::default_policy(), wrong));

    const auto lacks = segment::assign(model, lacking);
    if (left_out.name == "contact_coverage") {  // the one that may be absent: engagement is unknown then
      for (const std::uint8_t level : lacks.value().engagement_level) CHECK(level == segment::unknown_level);
      continue;
    }
    REQUIRE_FALSE(lacks);
    CHECK(lacks.error().code() == errc::missing_column);
    CHECK(lacks.error().where().column == left_out.name);
    CHECK_THROWS_AS((void)segment::contributions(model, lacking, 0, segment::score::identity), Error);
  }
  CHECK(segment::assign(segment::model{}, whole.view()).error().code() == errc::not_fitted);
}

TEST_CASE("segment: s0 is the 75th percentile of points, of the positive ones, or 1") {
  const auto s0_of = [](const std::vector<double>& points, double policy_s0 = 0) {
    std::vector<tests::doctor> doctors(points.size());
    for (std::size_t i = 0; i < points.size(); ++i)
      doctors[i].points_visit = points[i], doctors[i].points_email = 0,
      doctors[i].contact_coverage = i == 4 ? missing : 1;
    segment::policy policy = segment::default_policy();
    policy.engagement.s0 = policy_s0;
    return segment::fit(policy, tests::table_of(doctors).view()).value().s0;
  };
  CHECK(s0_of({10, 30, 20, 0}) == 22.5);       // as NumPy: quantile([0, 10, 20, 30], .75)
  CHECK(s0_of({10, 30, 20, 0, 9000}) == 22.5);  // coverage of the fifth is unknown
  CHECK(s0_of({0, 0, 0, 8}) == 2);
  CHECK(s0_of({0, 0, 0, 0, 5, 8}) == 8);
  CHECK(s0_of({-20, -3, 0, 0}) == 1);
  CHECK(s0_of({}) == 1);
  CHECK(s0_of({10, 30}, 12) == 12);
}
