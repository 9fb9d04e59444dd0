// Sections segment.stability and segment.movers: read as they are written, written as they were read, and the shipped numbers where a
// policy says nothing.
#include "policy_files.hpp"

#include <limits>

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

TEST_CASE("policy: stability and movers left out are the shipped ones") {
  for (const std::string& file : policy_test::examples) {
    CAPTURE(file);
    const auto p = policy::load(policy_test::path_of(file)).value();
    CHECK(p.segment.stability == segment::default_stability());
    CHECK(p.segment.movers == segment::mover_policy{});
  }
  CHECK(segment::default_policy().stability == segment::default_stability());
}

TEST_CASE("policy: a key that is left out has the shipped number") {
  const auto p = with(R"("stability": {"score_band": 5}, "movers": {"method": "theil_sen", "half_life_days": 180})");
  auto stability = segment::default_stability();
  stability.score_band = 5;
  CHECK(p.segment.stability == stability);
  segment::mover_policy movers;
  movers.trend.method = segment::trend_method::theil_sen;
  movers.trend.half_life_days = 180;
  CHECK(p.segment.movers == movers);
  CHECK(policy::parse(policy::format(p)).value() == p);
  // No memory at all can be said.
  const auto none = with(R"("stability": {"volume_band": 0, "score_band": 0, "minimum_stay_days": 0})");
  CHECK(none.segment.stability == segment::stability{});
}

TEST_CASE("policy: parse(format(p)) == p for any stability and movers") {
  const auto sound = policy::parse(policy::default_json()).value();
  rc::check([&sound] {
    const auto number = [](double low, double high) {
      return low + (high - low) * (*rc::gen::inRange(1, 1'000'003)) / 1'000'003.0;
    };
    auto p = sound;
    p.segment.stability = {number(0, 1), number(0, 100), *rc::gen::inRange(0, 3661),
                           static_cast<std::uint8_t>(*rc::gen::inRange(1, 256))};
    segment::mover_policy& m = p.segment.movers;
    m.trend = {*rc::gen::element(segment::trend_method::least_squares, segment::trend_method::theil_sen),
               number(0, 400),
               *rc::gen::inRange(1, 10'000),
               *rc::gen::arbitrary<bool>() ? std::numeric_limits<double>::infinity() : number(0, 1e6),
               number(0, 1),
               number(0, 50),
               *rc::gen::inRange(0, 100)};
    m.least_slope = number(0, 20);
    m.least_points = *rc::gen::inRange(2, 50);
    m.stale_days = *rc::gen::inRange(0, 5000);
    m.once_had = number(0, 100);
    m.nothing = m.once_had * number(0, 1);
    m.low_below = number(-10, 110);
    RC_ASSERT(segment::check(p.segment).empty());
    RC_ASSERT(policy::parse(policy::format(p)).value() == p);
  });
}

TEST_CASE("policy: faults of stability and movers made in C++ have their pointers") {
  auto p = segment::default_policy();
  p.stability = {1, 101, -1, 0};
  p.movers.trend.confidence = 1;
  p.movers.nothing = 40;
  std::vector<std::string> pointers;
  for (const Error& fault : segment::check(p)) {
    CHECK(fault.code() == errc::policy_out_of_range);
    pointers.push_back(fault.where().path);
  }
  CHECK(pointers == std::vector<std::string>{"/segment/stability/volume_band", "/segment/stability/score_band",
                                             "/segment/stability/minimum_stay_days", "/segment/stability/large_move",
                                             "/segment/movers/confidence", "/segment/movers/nothing"});
}
