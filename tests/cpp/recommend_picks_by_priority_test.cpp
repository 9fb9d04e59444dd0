// Picks fall in priority, ties go to the smaller id, one action once a day, and nothing outlives its approval.
#include <doctest/doctest.h>

#include "recommend_world.hpp"

namespace {

using namespace recommend_world;

recommend::action action_named(const char* id, double value, std::vector<std::string> channels = {"visit"}) {
  recommend::action a;
  a.id = id, a.value = value, a.channels = std::move(channels);
  return a;
}

/// One doctor, no consent needed, every rate 0.5.
struct scene {
  explicit scene(std::vector<recommend::action> actions) {
    w.channels.resize(2);
    w.channels[0].id = "visit", w.channels[1].id = "email";
    w.policy.actions = std::move(actions);
    w.policy.consent_not_required = {"visit", "email"};
    w.rates.by_channel = {0.5, 0.5};
    w.rates.estimates.assign(w.policy.actions.size() * 2, {0.5, 1, 2});
    w.doctors.resize(1);
    w.doctors[0].id = "x";
  }
  /// "a/visit a/email/k …" in order of rank, then the stops of the others by candidate.
  std::string decide() {
    const recommend::engine engine = engine_of(w);
    const tables t(w, {0});
    decided = recommend::decide(engine, t.given, w.as_of, {.trace = true, .threads = nullptr}).value();
    std::string out;
    for (const recommend::pick& p : decided.picks) {
      if (p.candidate < 0) continue;
      const recommend::candidate& c = engine.candidates[static_cast<std::size_t>(p.candidate)];
      out += (out.empty() ? "" : " ") + w.policy.actions[c.action].id + "/" + w.channels[c.channel].id +
             (c.content < 0 ? "" : "/" + w.policy.contents[static_cast<std::size_t>(c.content)].id);
    }
    for (const recommend::drop& d : decided.drops) out += " -" + engine.stops[static_cast<std::size_t>(d.stop)].id;
    return out;
  }

  world w;
  recommend::decisions decided;
};

TEST_CASE("picks: by falling priority; equal ones by action, channel and content as bytes") {
  scene s({action_named("b", 1), action_named("a10", 1), action_named("a2", 1), action_named("Z", 1),
           action_named("é", 1), action_named("c", 2)});
  s.w.policy.max_actions = 10;
  CHECK(s.decide() == "c/visit Z/visit a10/visit a2/visit b/visit é/visit");

  scene t({action_named("a", 1, {"visit", "email"})});
  t.w.policy.contents = {{"k2", {}, {}, {}}, {"k1", {}, {}, {}}};
  t.w.policy.actions[0].contents = {"k2", "k1"};
  CHECK(t.decide() == "a/email/k1 -arbitration/same_action -arbitration/same_action -arbitration/same_action");
}

TEST_CASE("picks: at most max_actions, and the same action once a day") {
  scene s({action_named("a", 3, {"visit", "email"}), action_named("b", 2, {"email"}), action_named("c", 1, {"visit"})});
  s.w.policy.max_actions = 2;
  CHECK(s.decide() == "a/email b/email -arbitration/same_action -arbitration/max_actions");
  s.w.policy.max_actions = 3;
  CHECK(s.decide() == "a/email b/email c/visit -arbitration/same_action");
}

TEST_CASE("picks: each counts towards the caps and gaps of the next, which say so") {
  scene s({action_named("a", 3, {"visit", "email"}), action_named("b", 2, {"email"}), action_named("c", 1, {"visit"})});
  s.w.policy.caps = {{"one_email", {"email", "", ""}, 1, 7}};
  // Where both a cap and the same action would stop, the cap comes first in the funnel.
  CHECK(s.decide() == "a/email c/visit -arbitration/same_action -cap/one_email");
  s.w.policy.gaps = {{"any", {}, 1}};
  CHECK(s.decide() == "a/email -gap/any -gap/any -gap/any");
}

TEST_CASE("picks: a priority below the floor is no pick, one on it is") {
  scene s({action_named("a", 1), action_named("b", 2)});
  s.w.policy.floor = 0.5;
  CHECK(s.decide() == "b/visit a/visit");
  s.w.policy.floor = 0.5000000001;
  CHECK(s.decide() == "b/visit -value_floor/floor");
  // A negative weight stops at nothing, not below.
  s.w.policy.floor = 0;
  s.w.policy.levers = {{recommend::lever::kind::action, "a", -250}};
  CHECK(s.decide() == "b/visit a/visit");
  CHECK(s.decided.picks[1].lever == 0);
  CHECK(s.decided.picks[1].priority == 0);
}

TEST_CASE("picks: expire after valid_days, or with the action or content") {
  scene s({action_named("a", 1)});
  s.w.policy.contents = {{"k", {}, {}, {}}};
  s.w.policy.actions[0].contents = {"k"};
  s.w.policy.valid_days = 10;
  const auto expires_in = [&] {
    (void)s.decide();
    return s.decided.picks.front().expires - s.w.as_of;
  };
  CHECK(expires_in() == 10);
  s.w.policy.actions[0].available.until = s.w.as_of + 6;
  CHECK(expires_in() == 6);
  s.w.policy.contents[0].approved.until = s.w.as_of + 3;
  CHECK(expires_in() == 3);
  s.w.policy.contents[0].approved.until = s.w.as_of;
  CHECK(expires_in() == 0);
  s.w.policy.contents[0].approved.until = s.w.as_of - 1;
  CHECK(expires_in() == 10);  // nothing to do: look again then
  CHECK(s.decided.picks.front().candidate == -1);
}

TEST_CASE("picks: what is in stock is so for all doctors of a batch, what is not for none") {
  scene s({action_named("a", 1)});
  s.w.doctors.resize(3, s.w.doctors[0]);
  s.w.doctors[1].id = "y", s.w.doctors[2].id = "z";
  const tables t(s.w, everybody(s.w));
  for (const bool in_stock : {true, false}) {
    s.w.policy.actions[0].in_stock = in_stock;
    const recommend::engine engine = engine_of(s.w);
    const auto picks = recommend::decide(engine, t.given, s.w.as_of).value().picks;
    CHECK(picks.size() == 3);
    for (const auto& p : picks) CHECK(p.candidate == (in_stock ? 0 : -1));
  }
}

}  // namespace
