// The way up that is said leads up, and nothing cheaper on the whole grid of efforts does.
#include <cmath>

#include <doctest/doctest.h>

#include <tierwise/segment/change.hpp>

#include "segment_doctors.hpp"
#include "threads.hpp"

namespace {

using namespace tierwise;
using segment::way_up;

segment::policy policy_with_efforts() {
  segment::policy p = segment::default_policy();
  p.efforts = {{"visit", "points_visit", 10, 2, 5},
               {"email", "points_email", 3, .75, 4},
               {"teaching", "teaching", 1, 3, 3},
               {"webinar", "points_visit", 8, 1.75, 2}};
  return p;
}

/// Doctors with each effort made so many times, by the words of change.hpp and nothing else.
std::vector<tests::doctor> raised(std::vector<tests::doctor> doctors, const std::vector<segment::effort>& efforts,
                                  const std::vector<std::vector<int>>& times) {
  for (std::size_t row = 0; row < doctors.size(); ++row)
    for (std::size_t e = 0; e < efforts.size(); ++e)
      for (const tests::number_field& field : tests::number_fields)
        // What counts as missing stays so, and a negative volume does.
        if (efforts[e].column == field.name &&
            !(doctors[row].patient_volume < 0 && efforts[e].column == "patient_volume"))
          doctors[row].*field.value += times[row][e] * efforts[e].step;
  return doctors;
}

struct best {
  double cost = std::numeric_limits<double>::infinity();
  int count = 0;
  std::vector<int> times;
  std::uint16_t tier = 0;

  [[nodiscard]] bool beaten_by(double c, int n, const std::vector<int>& t) const {
    return c != cost ? c < cost : n != count ? n < count : t > times;
  }
};

/// Tries every number of times of every effort.
std::vector<best> by_brute_force(const segment::model& model, const std::vector<tests::doctor>& doctors) {
  const std::vector<segment::effort>& efforts = model.policy.efforts;
  const segment::assignment now = segment::assign(model, tests::table_of(doctors).view()).value();
  std::vector<best> out(doctors.size());
  std::vector<int> times(efforts.size());
  for (bool more = true; more;) {
    const auto changed = tests::table_of(raised(doctors, efforts, {doctors.size(), times}));
    const segment::assignment then = segment::assign(model, changed.view()).value();
    double cost = 0;
    int count = 0;
    for (std::size_t e = 0; e < efforts.size(); ++e) cost += times[e] * efforts[e].cost, count += times[e];
    for (std::size_t row = 0; row < doctors.size(); ++row) {
      // An effort on a missing column does nothing, so it is never worth its cost.
      if (then.tier[row] < now.tier[row] && out[row].beaten_by(cost, count, times))
        out[row] = {cost, count, times, then.tier[row]};
    }
    more = false;
    for (std::size_t e = 0; e < efforts.size() && !more; ++e) {
      more = times[e] < efforts[e].most;
      times[e] = more ? times[e] + 1 : 0;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("segment: no change on the grid is smaller, for 10,000 doctors") {
  const std::vector<tests::doctor> doctors = tests::some_doctors(10'000, 11);
  const table given = tests::table_of(doctors);
  const segment::model model = segment::fit(policy_with_efforts(), given.view()).value();
  const std::vector<segment::change> changes = segment::smallest_changes(model, given.view()).value();
  const segment::assignment now = segment::assign(model, given.view()).value();
  const std::vector<best> expected = by_brute_force(model, doctors);

  std::vector<std::vector<int>> times(doctors.size(), std::vector<int>(model.policy.efforts.size()));
  int outcomes[3] = {}, several = 0;
  for (std::size_t row = 0; row < doctors.size(); ++row) {
    const segment::change& c = changes[row];
    ++outcomes[static_cast<int>(c.outcome)];
    REQUIRE(c.now.tier == now.tier[row]);
    REQUIRE((c.outcome == way_up::best_tier) == (now.tier[row] == 1));
    REQUIRE((c.outcome == way_up::found) == !expected[row].times.empty());
    if (c.outcome != way_up::found) {
      REQUIRE(c.efforts.empty());
      REQUIRE(c.then.tier == c.now.tier);
      continue;
    }
    for (const segment::effort_count& e : c.efforts) times[row][e.effort] = e.times;
    several += c.efforts.size() > 1 ? 1 : 0;
    REQUIRE(c.cost == expected[row].cost);
    REQUIRE(times[row] == expected[row].times);
    REQUIRE(c.then.tier == expected[row].tier);
  }
  CHECK(outcomes[static_cast<int>(way_up::found)] > 1000);
  CHECK(outcomes[static_cast<int>(way_up::best_tier)] > 100);
  CHECK(outcomes[static_cast<int>(way_up::out_of_reach)] > 1000);
  CHECK(several > 100);

  // Made so, the efforts give the very scores that were said.
  const table then_table = tests::table_of(raised(doctors, model.policy.efforts, times));
  const segment::assignment then = segment::assign(model, then_table.view()).value();
  for (std::size_t row = 0; row < doctors.size(); ++row) {
    const segment::standing& said = changes[row].then;
    const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
    REQUIRE(said.tier == then.tier[row]);
    REQUIRE(same(said.potential, then.potential[row]));
    REQUIRE(same(said.identity, then.identity_score[row]));
    REQUIRE(same(said.engagement, then.engagement_score[row]));
    REQUIRE(said.grade == then.grade[row]);
    REQUIRE(said.identity_level == then.identity_level[row]);
    REQUIRE(said.engagement_level == then.engagement_level[row]);
  }
}

TEST_CASE("segment: a term that falls again, and a volume, may be raised") {
  segment::policy p = policy_with_efforts();
  segment::term& publications = p.identity.terms[4];
  publications.how = segment::transform::piecewise;
  publications.knots = {{0, 0}, {4, 1}, {9, .1}};
  publications.weight = 60;
  p.efforts = {{"publication", "publications", 2, 1, 6},
               {"visit", "points_visit", 10, 2, 3},
               {"referral", "patient_volume", 900, 4, 3}};
  const std::vector<tests::doctor> doctors = tests::some_doctors(1000, 12);
  const table given = tests::table_of(doctors);
  const segment::model model = segment::fit(p, given.view()).value();
  const std::vector<segment::change> changes = segment::smallest_changes(model, given.view()).value();
  const std::vector<best> expected = by_brute_force(model, doctors);
  int used[3] = {};
  for (std::size_t row = 0; row < doctors.size(); ++row) {
    REQUIRE((changes[row].outcome == way_up::found) == !expected[row].times.empty());
    if (expected[row].times.empty()) continue;
    REQUIRE(changes[row].cost == expected[row].cost);
    REQUIRE(changes[row].then.tier == expected[row].tier);
    for (const segment::effort_count& e : changes[row].efforts) ++used[e.effort];
  }
  for (const int n : used) CHECK(n > 3);  // the cheapest way is seldom the dearest effort
}

TEST_CASE("segment: changes are the same for one doctor, many and threads") {
  const table given = tests::table_of(tests::some_doctors(1500, 13));
  const segment::model model = segment::fit(policy_with_efforts(), given.view()).value();
  const std::vector<segment::change> all = segment::smallest_changes(model, given.view()).value();
  tests::thread_executor threads(4);
  const std::vector<segment::change> by_threads = segment::smallest_changes(model, given.view(), &threads).value();
  const auto same = [&](const segment::change& a, const segment::change& b) {
    return a.outcome == b.outcome && a.cost == b.cost && a.efforts == b.efforts &&
           segment::words(model, a) == segment::words(model, b);
  };
  for (std::size_t row = 0; row < all.size(); ++row) {
    REQUIRE(same(all[row], by_threads[row]));
    if (row % 50 != 0) continue;
    const table one = gather(given.view(), std::vector<std::size_t>{row});
    REQUIRE(same(all[row], segment::smallest_changes(model, one.view()).value().front()));
  }
}

TEST_CASE("segment: a change in words") {
  std::vector<tests::doctor> one(1);
  one[0] = {.patient_volume = 100,
            .title = "chief_physician",
            .hospital_level = "tier_3_large",
            .society_offices = 3,
            .trials = 5,
            .publications = 50,
            .teaching = 12,
            .points_visit = 10,
            .points_email = 0,
            .contact_coverage = 1};
  segment::policy p = policy_with_efforts();
  p.engagement.s0 = 40;
  const table given = tests::table_of(one);
  const segment::model model = segment::fit(p, given.view()).value();
  const segment::change c = segment::smallest_changes(model, given.view()).value().front();
  CHECK(segment::words(model, c) ==
        "2 × visit, 1 × webinar (cost 5.75): engagement from 22.1 (low) to 61.3 (high), tier 2 → tier 1");
  CHECK(segment::words(model, c, segment::language::chinese) ==
        "2次拜访、1次网络会议（成本5.75）：互动22.1（低）→61.3（高），第2层→第1层");
}

TEST_CASE("segment: efforts that cannot be are refused") {
  const table given = tests::table_of(tests::some_doctors(50, 14));
  const auto first_fault = [](const std::vector<segment::effort>& efforts) {
    segment::policy p = segment::default_policy();
    p.efforts = efforts;
    const std::vector<Error> faults = segment::check(p);
    return faults.empty() ? std::string() : faults.front().where().path;
  };
  CHECK(first_fault({{"visit", "points_visit", 10, 2, 5}}).empty());
  CHECK(first_fault({{"", "points_visit", 10, 2, 5}}) == "/segment/efforts/0/id");
  CHECK(first_fault({{"a", "teaching", 1, 2, 5}, {"a", "trials", 1, 2, 5}}) == "/segment/efforts/1/id");
  CHECK(first_fault({{"a", "", 1, 2, 5}}) == "/segment/efforts/0/column");
  CHECK(first_fault({{"a", "title", 1, 2, 5}}) == "/segment/efforts/0/column");
  CHECK(first_fault({{"a", "teaching", 0, 2, 5}}) == "/segment/efforts/0/step");
  CHECK(first_fault({{"a", "teaching", missing, 2, 5}}) == "/segment/efforts/0/step");
  CHECK(first_fault({{"a", "teaching", 1, 0, 5}}) == "/segment/efforts/0/cost");
  CHECK(first_fault({{"a", "teaching", 1, 2, 0}}) == "/segment/efforts/0/most");
  CHECK(first_fault(std::vector<segment::effort>{
            {"a", "teaching", 1, 2, 999}, {"b", "trials", 1, 2, 999}, {"c", "points", 1, 2, 999}}) ==
        "/segment/efforts");

  segment::policy p = segment::default_policy();
  p.efforts = {{"fax", "points_fax", 1, 1, 1}};
  const segment::model model = segment::fit(p, given.view()).value();
  CHECK(segment::smallest_changes(model, given.view()).error().code() == errc::missing_column);
}
