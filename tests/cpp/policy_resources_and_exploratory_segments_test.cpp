// Sections segment.allocation and segment.exploratory: read as they are written, written as they were read.
#include "policy_files.hpp"

#include <cmath>

#include <rapidcheck.h>

#include <tierwise/policy/policy.hpp>

using namespace tierwise;

namespace {

policy::policy with(const std::string& section) {
  return policy::parse(
             std::string(R"({"policy": "tierwise/1", "name": "x", "segment": {)").append(section).append("}}"))
      .value();
}

}  // namespace

TEST_CASE("policy: an allocation is read") {
  const auto p = with(R"("allocation": {"channels": {"visit": {"cost": 100, "capacity": 4500}, "wechat": {"cost": 0.5}},
      "tiers": [{"contacts": 8, "mix": {"wechat": 0.25, "visit": 0.75}, "budget": 900}, {"contacts": 1, "mix": {"visit": 1}},
                {"contacts": 0, "budget": 0}, {"contacts": 0}, {"contacts": 0}, {"contacts": 0}, {"contacts": 0},
                {"contacts": 0}, {"contacts": 0}]})");
  REQUIRE(p.segment.allocation.has_value());
  const segment::allocation& a = *p.segment.allocation;
  CHECK(a.period_days == 90);
  CHECK(a.channels == std::vector<segment::channel_capacity>{{"visit", 100, 4500}, {"wechat", .5, segment::no_limit}});
  CHECK(a.tiers[0] == segment::tier_plan{8, {{"wechat", .25}, {"visit", .75}}, 900});
  CHECK(a.tiers[1] == segment::tier_plan{1, {{"visit", 1}}, segment::no_limit});
  CHECK(a.tiers[2] == segment::tier_plan{0, {}, 0});
  CHECK(policy::parse(policy::format(p)).value() == p);
}

TEST_CASE("policy: exploratory segments are read") {
  const auto p = with(R"("exploratory": {"kind": "gaussian_mixture", "features": [{"column": "trials"},
      {"column": "publications", "mean": 5, "scale": 2}], "components": [
      {"name": "a", "weight": 0.5, "centre": [1, 2], "covariance": [[1], [0.5, 2]]},
      {"name": "b", "weight": 0.5, "centre": [0, -1], "variances": [3, 4]}]})");
  REQUIRE(p.segment.exploratory.has_value());
  const segment::exploratory& e = *p.segment.exploratory;
  CHECK(e.how == segment::exploratory::kind::gaussian_mixture);
  CHECK(e.features == std::vector<segment::feature>{{"trials", 0, 1}, {"publications", 5, 2}});
  CHECK(e.components == std::vector<segment::component>{{"a", .5, {1, 2}, {1, .5, 2}}, {"b", .5, {0, -1}, {3, 4}}});
  CHECK(policy::parse(policy::format(p)).value() == p);
  CHECK(!policy::parse(policy::default_json()).value().segment.exploratory);
}

TEST_CASE("policy: parse(format(p)) == p for any allocation and any exploratory segments") {
  const auto sound = policy::load(policy_test::path_of("examples/policies/resources.json")).value();
  rc::check([&sound] {
    const auto number = [](double low, double high) {
      return low + (high - low) * (*rc::gen::inRange(1, 1'000'003)) / 1'000'003.0;
    };
    auto p = sound;
    p.segment.allocation->period_days = *rc::gen::inRange(1, 3660);
    for (auto& c : p.segment.allocation->channels) {
      c.cost = number(0, 1e6);
      c.capacity = *rc::gen::arbitrary<bool>() ? segment::no_limit : number(0, 1e9);
    }
    for (auto& t : p.segment.allocation->tiers) {
      const double part = number(.01, .99);
      t = {number(.01, 99), {{"wechat", part}, {"visit", 1 - part}}, number(0, 1e5)};
      if (*rc::gen::arbitrary<bool>()) t = {};
    }
    segment::exploratory e;
    const std::size_t d = *rc::gen::inRange<std::size_t>(1, 4), k = *rc::gen::inRange<std::size_t>(1, 4);
    const bool mixture = *rc::gen::arbitrary<bool>();
    e.how = mixture ? segment::exploratory::kind::gaussian_mixture : segment::exploratory::kind::k_means;
    const char* const columns[] = {"trials", "publications", "teaching"};
    for (std::size_t f = 0; f < d; ++f) e.features.push_back({columns[f], number(-9, 9), number(.1, 9)});
    for (std::size_t c = 0; c < k; ++c) {
      segment::component one{std::string("s").append(std::to_string(c)), 1, {}};
      if (mixture) one.weight = 1 / static_cast<double>(k);
      const bool full = *rc::gen::arbitrary<bool>();
      for (std::size_t f = 0; f < d; ++f) {
        one.centre.push_back(number(-2, 2));
        if (!mixture) continue;
        if (full)
          for (std::size_t g = 0; g < f; ++g) one.covariance.push_back(number(-.2, .2));
        one.covariance.push_back(number(1, 3));
      }
      e.components.push_back(std::move(one));
    }
    p.segment.exploratory = e;
    RC_ASSERT(segment::check(p.segment).empty());
    const auto again = policy::parse(policy::format(p));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again.value() == p);
  });
}

TEST_CASE("policy: an allocation is checked with the rest of the segment's policy") {
  auto p = policy::load(policy_test::path_of("examples/policies/resources.json")).value().segment;
  p.allocation->tiers[2].budget = -1;
  p.exploratory.emplace();
  const auto faults = segment::check(p);
  REQUIRE(faults.size() == 3);
  CHECK(faults[0].where().path == "/segment/allocation/tiers/2/budget");
  CHECK(faults[1].where().path == "/segment/exploratory/features");
  CHECK(faults[2].where().path == "/segment/exploratory/components");
}

TEST_CASE("policy: exploratory segments may not read a forbidden purpose") {
  const auto faults = policy::check(R"({"policy": "tierwise/1", "name": "x", "forbidden_purposes": ["secret"],
      "attributes": {"age": {"type": "number", "purpose": "secret"}}, "segment": {"exploratory": {"kind": "k_means",
      "features": [{"column": "age"}], "components": [{"name": "a", "centre": [0]}]}}})");
  bool found = false;
  for (const Error& f : faults)
    found = found ||
            (f.code() == errc::policy_forbidden_purpose && f.where().path == "/segment/exploratory/features/0/column");
  CHECK(found);
}
