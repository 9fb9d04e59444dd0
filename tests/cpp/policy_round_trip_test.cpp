// A policy that is written and read again is the same policy.
#include "policy_files.hpp"

#include <rapidcheck.h>

#include <tierwise/policy/policy.hpp>

using namespace tierwise;

namespace {

double number(double low, double high) { return low + (high - low) * (*rc::gen::inRange(0, 1'000'003)) / 1'000'003.0; }

}  // namespace

TEST_CASE("policy: parse(format(p)) == p for the examples") {
  for (const std::string& file : policy_test::examples) {
    CAPTURE(file);
    const auto p = policy::load(policy_test::path_of(file));
    REQUIRE(p.has_value());
    const std::string text = policy::format(p.value());
    CHECK(policy::parse(text).value() == p.value());
    CHECK(policy::format(policy::parse(text).value()) == text);
  }
}

TEST_CASE("policy: parse(format(p)) == p for any numbers and any sound table") {
  const auto sound = policy::parse(policy::default_json()).value();
  rc::check([&sound] {
    auto p = sound;
    for (auto& c : p.profile.channels) {
      c.half_life_days = number(1, 1000);
      c.daily_limit = *rc::gen::inRange(0, 9);
      for (auto& d : c.depths)
        d.weight = number(-50, 50), d.is_contact = *rc::gen::arbitrary<bool>(),
        d.revokes_consent = *rc::gen::arbitrary<bool>();
    }
    for (auto& t : p.segment.identity.terms) {
      t.weight = number(0.001, 1000);
      if (t.how != segment::transform::lookup) t.low = number(-10, 10), t.high = t.low + number(0.5, 10);
      if (*rc::gen::arbitrary<bool>()) t.missing_as = number(0, 1);
    }
    p.segment.identity.terms[2].how = segment::transform::capped;
    p.segment.identity.terms[2].low = 0, p.segment.identity.terms[2].high = number(1, 50);
    p.segment.identity.terms[3].how = segment::transform::piecewise;
    p.segment.identity.terms[3].low = 0, p.segment.identity.terms[3].high = 1;
    p.segment.identity.terms[3].out_of = number(2, 9);
    p.segment.identity.terms[3].knots = {{number(-9, 0), 0}, {number(1, 2), number(0, 2)}, {number(3, 9), 1}};
    p.segment.identity.out_of = number(1, 10'000);
    p.segment.identity_cuts = {
        segment::cuts::kind::quantile, {number(0.5, 1), number(0.1, 0.4)}, 2, {{"specialty"}}, 7};
    p.segment.potential.cuts = {*rc::gen::element(segment::cuts::kind::head_share, segment::cuts::kind::volume_share),
                                {number(0.1, 0.3), number(0.4, 0.6), number(0.7, 1)}};
    p.segment.potential.cuts.strata = {{"specialty", "territory"}, {"city"}};
    p.segment.potential.cuts.min_stratum = *rc::gen::inRange<std::size_t>(1, 1000);
    p.segment.potential.card_cuts = {segment::cuts::kind::natural_breaks};
    p.segment.identity.min_coverage = number(0, 1);
    p.segment.engagement.s0 = *rc::gen::arbitrary<bool>() ? number(1, 100) : 0;
    p.segment.engagement_cuts.how = segment::cuts::kind::quantile;
    p.segment.engagement_cuts.floors = {number(0.5, 1), number(0.1, 0.4)};
    p.segment.potential.unknown_as = static_cast<std::uint8_t>(*rc::gen::inRange(0, 4));
    // Any table whose tiers come in the order of the cells is monotone; profile types are free.
    auto& s = p.segment.scheme;
    s.resources.clear();
    for (auto& cell : s.cells) {
      cell.profile_type = static_cast<std::uint8_t>(*rc::gen::inRange(0, 4));
      if (s.resources.empty() || *rc::gen::arbitrary<bool>())
        s.resources.push_back("r" + std::to_string(s.resources.size() / 2));
      cell.tier = static_cast<std::uint16_t>(s.resources.size());
    }
    for (auto& a : p.recommend.actions) {
      a.value = number(0.01, 10);
      a.available = {};
      if (*rc::gen::arbitrary<bool>()) a.available.from = date{*rc::gen::inRange(0, 20000)};
      if (a.available.from && *rc::gen::arbitrary<bool>())
        a.available.until = *a.available.from + *rc::gen::inRange(0, 900);
    }
    for (auto& l : p.recommend.levers) l.percent = number(-100, 100);
    p.recommend.use.value = *rc::gen::arbitrary<bool>();
    p.mapping.first_month = *rc::gen::arbitrary<bool>() ? "2000-01" : "";
    p.mapping.count = *rc::gen::arbitrary<bool>() ? "n" : "";
    if (!p.mapping.count.empty() && *rc::gen::arbitrary<bool>()) p.mapping.count_purpose = "spend";
    p.mapping.channel_values = {{"F2F / 面访", "visit"}, {"~", "email"}};
    const auto again = policy::parse(policy::format(p));
    if (!again) RC_FAIL(again.error().what());
    RC_ASSERT(again.value() == p);
  });
}

TEST_CASE("policy: text that is not UTF-8 cannot be written") {
  auto p = policy::parse(policy::default_json()).value();
  p.name = "\xff";
  try {
    (void)policy::format(p);
    FAIL("expected an error");
  } catch (const Error& e) {
    CHECK(e.code() == errc::invalid_argument);
  }
}
