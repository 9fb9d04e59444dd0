// Every combination of stages that would stop a candidate: the first of them does, and no other is blamed.
#include <doctest/doctest.h>

#include "recommend_world.hpp"

namespace {

using namespace recommend_world;

// One doctor, two actions: "a" is what we look at; "b" is worth more and is picked first where arbitration is to stop "a".
enum fault : unsigned {
  period = 1,
  content = 2,
  stock = 4,
  consent = 8,
  eligible = 16,
  applicable = 32,
  suitable = 64,
  gap = 128,
  cap = 256,
  floor_ = 512,
  outdone = 1024,
  all = 2048
};
constexpr const char* stop_ids[] = {"available/a",
                                    "available/content/k",
                                    "available/stock/a",
                                    "consent/email",
                                    "eligible/a",
                                    "applicable/a",
                                    "suitable/a",
                                    "gap/g",
                                    "cap/c",
                                    "value_floor/floor",
                                    "arbitration/max_actions"};

std::string stop_of_a(unsigned faults) {
  world w;
  w.channels.resize(2);
  w.channels[0].id = "visit", w.channels[1].id = "email";
  recommend::policy& p = w.policy;
  recommend::action a;
  a.id = "a", a.group = "ga", a.channels = {"email"}, a.contents = {"k"};
  p.contents = {{"k", {}, {}, {}}};
  if (faults & period) a.available.until = w.as_of - 1;
  if (faults & content) p.contents[0].approved.from = w.as_of + 1;
  a.in_stock = !(faults & stock);
  // tier is missing: the rule is unknown, which is not met either
  a.eligible = faults & eligible ? "tier == 1" : "score > 0";
  a.applicable = faults & applicable ? "score > 1" : "";
  a.suitable = faults & suitable ? "not (score > 0)" : "known(score)";
  recommend::action b;
  b.id = "b", b.channels = {"visit"}, b.value = 10;
  p.actions = {a, b};
  p.consent_not_required = {"visit"};
  p.gaps = {{"g", {"email", "", ""}, 5}};
  p.caps = {{"c", {"", "", "ga"}, 2, 5}};
  p.floor = faults & floor_ ? 1 : 0.25;  // a is worth 0.5, b 5
  p.max_actions = faults & outdone ? 1 : 2;
  w.rates = {0.5, {0.5, 0.5}, {{0.5, 1, 2}, {0.5, 1, 2}, {0.5, 1, 2}, {0.5, 1, 2}}};
  doctor d;
  d.id = "x", d.score = 0.5;
  d.statements = {{"email", "promotion", (faults & consent) == 0, {}, {}}};
  if (faults & gap) d.contacts = {{w.as_of - 4, 1, 0, 1}};
  for (int i = 0; i < (faults & cap ? 2 : 1); ++i)
    d.suggestions.push_back({0, w.as_of - 4, 0, 0, propensity::outcome::accepted});
  w.doctors = {d};

  const recommend::engine engine = engine_of(w);
  const tables t(w, {0});
  const auto decided = recommend::decide(engine, t.given, w.as_of, {.trace = true, .threads = nullptr}).value();
  REQUIRE(decided.picks.front().candidate >= 0);
  for (const recommend::drop& one : decided.drops)
    if (engine.policy.actions[engine.candidates[static_cast<std::size_t>(one.candidate)].action].id == "a")
      return engine.stops[static_cast<std::size_t>(one.stop)].id;
  return "";
}

TEST_CASE("recommend: each of the 2,048 combinations of faults is stopped by its first") {
  for (unsigned faults = 0; faults < all; ++faults) {
    std::string first;
    for (unsigned i = 0; (1u << i) < all && first.empty(); ++i)
      if (faults & (1u << i)) first = stop_ids[i];
    CAPTURE(faults);
    REQUIRE(stop_of_a(faults) == first);
  }
}

TEST_CASE("recommend: stops are listed in the order they are tried, each once") {
  for (std::uint64_t seed = 1; seed < 200; ++seed) {
    const recommend::engine engine = engine_of(random_world(seed, 0));
    for (std::size_t i = 1; i < engine.stops.size(); ++i) CHECK(engine.stops[i - 1].at <= engine.stops[i].at);
    for (std::size_t i = 0; i < engine.stops.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) CHECK(engine.stops[i].id != engine.stops[j].id);
  }
}

}  // namespace
