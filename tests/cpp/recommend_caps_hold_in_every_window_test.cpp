// Day by day, following the engine's picks: no window of any length and place, calendar or not, breaks a cap or a gap.
#include <doctest/doctest.h>

#include "recommend_oracle.hpp"

namespace {

using namespace recommend_oracle;

/// Two months of a doctor who does all that is suggested: each pick becomes a contact and a suggestion of that day.
void live_on(world& w, const std::vector<recommend::pick>& picks, const recommend::engine& engine) {
  for (const recommend::pick& p : picks) {
    if (p.candidate < 0) continue;
    const recommend::candidate& c = engine.candidates[static_cast<std::size_t>(p.candidate)];
    doctor& d = w.doctors[static_cast<std::size_t>(p.hcp)];
    d.contacts.push_back({w.as_of, c.channel, 0, 1});
    d.suggestions.push_back({p.hcp, w.as_of, c.action, c.channel, propensity::outcome::accepted});
  }
}

TEST_CASE("recommend: caps and gaps hold in every window over sixty days of decisions") {
  std::int64_t picks = 0, windows = 0, full = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    world w = random_world(seed, 6);
    for (doctor& d : w.doctors) {
      d.contacts.clear(), d.suggestions.clear(), d.statements.clear(), d.unplaced.clear();
      d.unplaced_suggestions.clear();
      for (const auto& channel : w.channels) d.statements.push_back({channel.id, "promotion", true, {}, {}});
    }
    for (auto& a : w.policy.actions) a.available = {}, a.in_stock = true;
    for (auto& k : w.policy.contents) k.approved = {};
    const recommend::engine engine = engine_of(w);
    const date start = w.as_of;
    for (int day = 0; day < 60; ++day, w.as_of = w.as_of + 1) {
      const tables t(w, everybody(w));
      const auto today = recommend::decide(engine, t.given, w.as_of).value();
      for (const recommend::pick& p : today.picks) picks += p.candidate >= 0;
      live_on(w, today.picks, engine);
    }
    for (const doctor& d : w.doctors) {
      const std::vector<event> events = events_of(w, d);
      for (const auto& c : w.policy.caps)
        for (date first = start - c.days; first < start + 60; first = first + 1, ++windows) {
          const int n = count_days(events, c.of, first, first + (c.days - 1));
          REQUIRE(n <= c.max);
          full += n == c.max && n > 0;
        }
      for (const auto& g : w.policy.gaps)
        for (date first = start - g.days; first < start + 60; first = first + 1, ++windows)
          REQUIRE(count_days(events, g.of, first, first + (g.days - 1)) <= 1);
    }
  }
  MESSAGE("picks " << picks << ", windows looked at " << windows << ", of them full " << full);
  CHECK(picks > 10'000);
  CHECK(full > 1'000);  // the caps did bind
}

TEST_CASE("recommend: a window of d days ends today and begins after the day d days ago") {
  for (int days : {1, 2, 7, 30}) {
    for (int ago = 0; ago <= days + 1; ++ago) {
      world w = random_world(3, 0);
      w.channels = {{.id = "email", .name_en = {}, .name_zh = {}, .depths = {{"done", 1, true}}}};
      w.policy = {};
      w.policy.actions = {{.id = "a",
                           .name_en = {},
                           .name_zh = {},
                           .issue = {},
                           .group = {},
                           .channels = {"email"},
                           .contents = {},
                           .value = 1,
                           .available = {},
                           .in_stock = true,
                           .eligible = {},
                           .applicable = {},
                           .suitable = {}}};
      w.policy.consent_not_required = {"email"};
      w.rates = {0.5, {0.5}, {{0.5, 1, 2}}};
      doctor d;
      d.id = "x";
      d.contacts = {{w.as_of - ago, 0, 0, 1}};
      w.doctors = {d};
      const auto allowed = [&](auto&& change) {
        world changed = w;
        change(changed.policy);
        const tables t(changed, {0});
        return recommend::decide(engine_of(changed), t.given, w.as_of).value().picks.front().candidate == 0;
      };
      CAPTURE(days);
      CAPTURE(ago);
      // The next is allowed on day d + days, not before.
      CHECK(allowed([&](recommend::policy& p) { p.caps = {{"c", {}, 1, days}}; }) == (ago >= days));
      CHECK(allowed([&](recommend::policy& p) { p.gaps = {{"g", {}, days}}; }) == (ago >= days));
      CHECK(allowed([&](recommend::policy& p) { p.caps = {{"c", {}, 2, days}}; }));
      CHECK_FALSE(allowed([&](recommend::policy& p) { p.caps = {{"c", {}, 0, days}}; }));
    }
  }
}

}  // namespace
