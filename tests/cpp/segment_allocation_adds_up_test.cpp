// Planned contacts and costs add up, for any counts; and a plan with a fault is refused where it is.
#include <cmath>
#include <functional>
#include <numeric>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/segment/allocation.hpp>

using namespace tierwise;
using segment::allocation;
using segment::no_limit;

namespace {

const std::vector<std::string> channel_ids = {"visit", "remote", "wechat"};

allocation three_tiers() {
  allocation a;
  a.period_days = 30;
  a.channels = {{"visit", 200, 150}, {"remote", 40.5, no_limit}, {"wechat", 0, 0}};
  a.tiers = {{8, {{"visit", .75}, {"remote", .25}}, 1000}, {3, {{"visit", 1}}, no_limit}, {0, {}, 0}};
  return a;
}

std::int64_t millionths(double v) { return std::llround(v * 1e6); }

}  // namespace

TEST_CASE("allocation: a plan worked out by hand") {
  const auto s = segment::summarise(three_tiers(), std::vector<std::int64_t>{20, 15, 400}).value();
  REQUIRE(s.tiers.size() == 3);
  // Tier 1: 20 doctors × (6 visits + 2 remote calls); a doctor costs 6 · 200 + 2 · 40.5 = 1,281.
  CHECK(s.tiers[0] == segment::tier_load{20, 160, {120, 40, 0}, 25'620, 20'000, 5'620});
  CHECK(s.tiers[1] == segment::tier_load{15, 45, {45, 0, 0}, 9'000, no_limit, 0});
  CHECK(s.tiers[2] == segment::tier_load{400, 0, {0, 0, 0}, 0, 0, 0});
  CHECK(s.channels[0] == segment::channel_load{"visit", 165, 33'000, 150, 1.1, 15});
  CHECK(s.channels[1] == segment::channel_load{"remote", 40, 1'620, no_limit, 0, 0});
  CHECK(s.channels[2] == segment::channel_load{"wechat", 0, 0, 0, 0, 0});  // nothing planned fits no capacity
  CHECK((s.period_days == 30 && s.doctors == 435 && s.contacts == 205 && s.cost == 34'620));
  CHECK((s.budget == no_limit && s.over_budget == 5'620 && s.short_by == 15));
}

TEST_CASE("allocation: a tier without doctors limits nothing and spends nothing") {
  const auto s = segment::summarise(three_tiers(), std::vector<std::int64_t>{20, 0, 1}).value();
  CHECK(s.budget == 20'000);
  CHECK(s.channels[0].load == .8);
  CHECK(s.short_by == 0);
}

TEST_CASE("allocation: a capacity of nothing is over by any contact") {
  allocation a = three_tiers();
  a.channels[0].capacity = 0;
  const auto s = segment::summarise(a, std::vector<std::int64_t>{0, 1, 0}).value();
  CHECK(std::isinf(s.channels[0].load));
  CHECK(s.channels[0].short_by == 3);
}

TEST_CASE("allocation: decimals as people write them come out as they would on paper") {
  allocation a;
  a.channels = {{"visit", .1, no_limit}, {"remote", 35.7, 840}, {"wechat", 0, no_limit}};
  a.tiers = {{24, {{"visit", .35}, {"remote", .1}, {"wechat", .55}}, .3}};
  const auto s = segment::summarise(a, std::vector<std::int64_t>{10'000}).value();
  CHECK(s.tiers[0].by_channel == std::vector<double>{84'000, 24'000, 132'000});  // .35 · 24 is not 8.4 in binary64
  CHECK(s.tiers[0].cost == 865'200);  // 8,400 + 24,000 · 35.7
  CHECK(s.tiers[0].budget == 3'000);
  CHECK(s.channels[1].short_by == 23'160);
}

TEST_CASE("allocation: thirds of ten contacts are ten contacts") {
  allocation a;
  a.channels = {{"visit", 1, no_limit}, {"remote", 1, no_limit}, {"wechat", 1, no_limit}};
  a.tiers = {{10, {{"visit", 1. / 3}, {"remote", 1. / 3}, {"wechat", 1. / 3}}, no_limit}};
  const auto s = segment::summarise(a, std::vector<std::int64_t>{1'000'000}).value();
  CHECK(s.tiers[0].by_channel == std::vector<double>{3'333'334, 3'333'333, 3'333'333});
  CHECK(s.tiers[0].contacts == 10'000'000);
}

TEST_CASE("allocation: as many doctors as there can be, at the highest prices") {
  allocation a;
  a.channels = {{"visit", 1e9, 1e12}};
  a.tiers = {{10'000, {{"visit", 1}}, 1e9}, {10'000, {{"visit", 1}}, 1e9}};
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const auto s = segment::summarise(a, std::vector<std::int64_t>{most - 1, 1}).value();
  CHECK(s.doctors == most);
  CHECK(s.cost == 0x1p63 * 1e13);
  CHECK(s.contacts == 0x1p63 * 1e4);
  const auto too_many = segment::summarise(a, std::vector<std::int64_t>{most, 1});
  REQUIRE(!too_many);
  CHECK(too_many.error().code() == errc::out_of_range);
  CHECK(too_many.error().where() == place{"", "doctors", 1});
}

TEST_CASE("allocation: agrees with counting in whole numbers") {
  rc::check([] {
    // Contacts in hundredths, shares in twentieths, costs in hundredths: every product is a whole number of millionths.
    const std::size_t tiers = *rc::gen::inRange<std::size_t>(1, 12);
    allocation a;
    std::vector<std::int64_t> cost, doctors, planned(3), spent(3);
    for (const std::string& id : channel_ids) {
      cost.push_back(*rc::gen::inRange(0, 100'000));
      a.channels.push_back({id, static_cast<double>(cost.back()) / 100, no_limit});
    }
    std::int64_t all_contacts = 0, all_cost = 0, over = 0;
    for (std::size_t t = 0; t < tiers; ++t) {
      const std::int64_t contacts = *rc::gen::inRange(1, 3'000), n = *rc::gen::inRange(0, 20'000);
      const std::int64_t first = *rc::gen::inRange(1, 19), second = *rc::gen::inRange<std::int64_t>(1, 20 - first);
      const std::int64_t shares[] = {first, second, 20 - first - second}, budget = *rc::gen::inRange(0, 50'000);
      segment::tier_plan plan{static_cast<double>(contacts) / 100, {}, static_cast<double>(budget)};
      std::int64_t tier_cost = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        if (shares[c] > 0) plan.mix.push_back({channel_ids[c], static_cast<double>(shares[c]) / 20});
        planned[c] += n * contacts * shares[c] * 500;
        spent[c] += n * contacts * shares[c] * cost[c] * 5;
        tier_cost += n * contacts * shares[c] * cost[c] * 5;
      }
      all_contacts += n * contacts * 10'000;
      all_cost += tier_cost;
      over += std::max<std::int64_t>(0, tier_cost - n * budget * 1'000'000);
      a.tiers.push_back(std::move(plan));
      doctors.push_back(n);
    }
    const auto s = segment::summarise(a, doctors).value();
    const auto close = [](double found, std::int64_t wanted) {  // one rounding, to binary64
      return std::abs(found - static_cast<double>(wanted) / 1e6) <= std::abs(found) * 3e-16;
    };
    for (std::size_t c = 0; c < 3; ++c) {
      RC_ASSERT(close(s.channels[c].contacts, planned[c]));
      RC_ASSERT(close(s.channels[c].cost, spent[c]));
    }
    RC_ASSERT(close(s.contacts, all_contacts));
    RC_ASSERT(close(s.cost, all_cost));
    RC_ASSERT(close(s.over_budget, over));
    RC_ASSERT(s.doctors == std::accumulate(doctors.begin(), doctors.end(), std::int64_t{0}));
  });
}

TEST_CASE("allocation: parts are never negative and add up, for any mix of many channels") {
  rc::check([] {
    const std::size_t n = *rc::gen::inRange<std::size_t>(1, 65);
    allocation a;
    segment::tier_plan plan;
    plan.contacts = *rc::gen::inRange(10'000, 5'000'000) / 1e6;
    std::vector<double> weights;
    for (std::size_t i = 0; i < n; ++i) weights.push_back(*rc::gen::inRange(1, 1000));
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      a.channels.push_back({std::string("c").append(std::to_string(i)), 0, no_limit});
      plan.mix.push_back({a.channels.back().channel, weights[i] / sum});
    }
    a.tiers = {plan};
    const auto s = segment::summarise(a, std::vector<std::int64_t>{1}).value();
    std::int64_t total = 0;
    for (const double part : s.tiers[0].by_channel) {
      RC_ASSERT(part >= 0);
      total += millionths(part);
    }
    RC_ASSERT(total == millionths(plan.contacts));
  });
}

TEST_CASE("allocation: counting doctors by tier") {
  const std::vector<std::uint16_t> tier = {3, 1, 3, 3};
  CHECK(segment::doctors_by_tier(tier, 4).value() == std::vector<std::int64_t>{1, 0, 3, 0});
  CHECK(segment::doctors_by_tier({}, 2).value() == std::vector<std::int64_t>{0, 0});
  for (const std::uint16_t bad : {std::uint16_t{0}, std::uint16_t{5}}) {
    const auto refused = segment::doctors_by_tier(std::vector<std::uint16_t>{1, bad}, 4);
    REQUIRE(!refused);
    CHECK(refused.error().code() == errc::out_of_range);
    CHECK(refused.error().where() == place{"", "tier", 1});
  }
}

namespace {

struct broken {
  const char* about;
  std::function<void(allocation&)> change;
  errc code;
  const char* path;
};

const broken broken_plans[] = {
    {"no days", [](allocation& a) { a.period_days = 0; }, errc::policy_out_of_range, "/period_days"},
    {"a tier without plan", [](allocation& a) { a.tiers.pop_back(); }, errc::policy_incomplete_table, "/tiers"},
    {"a plan without tier", [](allocation& a) { a.tiers.push_back({}); }, errc::policy_incomplete_table, "/tiers"},
    {"contacts below 0", [](allocation& a) { a.tiers[1].contacts = -1; }, errc::policy_out_of_range,
     "/tiers/1/contacts"},
    {"hardly any contacts", [](allocation& a) { a.tiers[1].contacts = .001; }, errc::policy_out_of_range,
     "/tiers/1/contacts"},
    {"contacts NaN", [](allocation& a) { a.tiers[2].contacts = std::nan(""); }, errc::policy_out_of_range,
     "/tiers/2/contacts"},
    {"too many contacts", [](allocation& a) { a.tiers[1].contacts = 10'001; }, errc::policy_out_of_range,
     "/tiers/1/contacts"},
    {"a share of 0",
     [](allocation& a) {
       a.tiers[1].mix.push_back({"remote", 0});
     },
     errc::policy_out_of_range, "/tiers/1/mix/remote"},
    {"shares above 1", [](allocation& a) { a.tiers[0].mix[1].share = .26; }, errc::policy_out_of_range, "/tiers/0/mix"},
    {"shares below 1", [](allocation& a) { a.tiers[0].mix.pop_back(); }, errc::policy_out_of_range, "/tiers/0/mix"},
    {"contacts by no channel", [](allocation& a) { a.tiers[0].mix.clear(); }, errc::policy_out_of_range,
     "/tiers/0/mix"},
    {"a share of a channel without cost", [](allocation& a) { a.tiers[0].mix[1].channel = "fax"; },
     errc::policy_unknown_name, "/tiers/0/mix/fax"},
    {"a channel shared twice",
     [](allocation& a) {
       a.tiers[1].mix = {{"visit", .5}, {"visit", .5}};
     },
     errc::policy_duplicate_name, "/tiers/1/mix/visit"},
    {"a budget below 0", [](allocation& a) { a.tiers[0].budget = -1; }, errc::policy_out_of_range, "/tiers/0/budget"},
    {"a budget NaN", [](allocation& a) { a.tiers[0].budget = std::nan(""); }, errc::policy_out_of_range,
     "/tiers/0/budget"},
    {"a channel nobody knows",
     [](allocation& a) {
       a.channels.push_back({"a/b", 1, no_limit});
     },
     errc::policy_unknown_name, "/channels/a~1b"},
    {"a channel twice", [](allocation& a) { a.channels.push_back(a.channels[1]); }, errc::policy_duplicate_name,
     "/channels/remote"},
    {"a negative cost", [](allocation& a) { a.channels[0].cost = -.5; }, errc::policy_out_of_range,
     "/channels/visit/cost"},
    {"an infinite cost", [](allocation& a) { a.channels[0].cost = no_limit; }, errc::policy_out_of_range,
     "/channels/visit/cost"},
    {"a negative capacity", [](allocation& a) { a.channels[0].capacity = -1; }, errc::policy_out_of_range,
     "/channels/visit/capacity"},
};

}  // namespace

TEST_CASE("allocation: each fault is found, alone, at its place") {
  CHECK(segment::check(three_tiers(), 3, channel_ids).empty());
  for (const broken& b : broken_plans) {
    CAPTURE(b.about);
    allocation a = three_tiers();
    b.change(a);
    const auto faults = segment::check(a, 3, channel_ids);
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].where().path == std::string("/segment/allocation").append(b.path));
    CHECK(faults[0].code() == b.code);
  }
}

TEST_CASE("allocation: summaries refuse unsound plans and counts that do not fit") {
  allocation a = three_tiers();
  CHECK(segment::summarise(a, std::vector<std::int64_t>{1, 2}).error().code() == errc::length_mismatch);
  CHECK(segment::summarise(a, std::vector<std::int64_t>{1, -2, 3}).error().where() == place{"", "doctors", 1});
  a.tiers[0].mix[0].share = 1;
  CHECK(segment::summarise(a, std::vector<std::int64_t>{1, 2, 3}).error().where().path ==
        "/segment/allocation/tiers/0/mix");
}
