// Random policies × doctors × pasts: the engine decides as the checker does, and each candidate goes exactly one way.
#include <set>

#include <doctest/doctest.h>

#include "recommend_oracle.hpp"

namespace {

using namespace recommend_oracle;

option option_of(const recommend::engine& e, std::int32_t index) {
  const recommend::candidate& c = e.candidates[static_cast<std::size_t>(index)];
  return {e.policy.actions[c.action].id, e.channels[c.channel].id,
          c.content < 0 ? "" : e.policy.contents[static_cast<std::size_t>(c.content)].id};
}

TEST_CASE("recommend: 120,000 random decisions are those of the checker") {
  std::int64_t decided = 0, picks = 0, nothing = 0;
  std::map<std::string, std::int64_t> stages;
  for (std::uint64_t seed = 1; seed <= 4'000; ++seed) {
    const world w = random_world(seed, 30);
    const recommend::engine engine = engine_of(w);
    const tables t(w, everybody(w));
    const auto decisions = recommend::decide(engine, t.given, w.as_of, {.trace = true, .threads = nullptr}).value();
    REQUIRE((decisions.rejected.empty() || w.policy.other_purposes.empty()));
    for (const bad_row& bad : decisions.rejected) REQUIRE(bad.code == errc::unknown_purpose);

    std::vector<option> listed;
    for (std::size_t c = 0; c < engine.candidates.size(); ++c)
      listed.push_back(option_of(engine, static_cast<std::int32_t>(c)));
    REQUIRE(listed == options_of(w));

    std::size_t pick = 0, drop = 0;
    for (std::size_t h = 0; h < w.doctors.size(); ++h, ++decided) {
      CAPTURE(seed);
      CAPTURE(h);
      const verdict expected = decide(w, w.doctors[h]);
      std::int32_t rank = 0;
      for (; pick < decisions.picks.size() && decisions.picks[pick].hcp == static_cast<std::int64_t>(h); ++pick) {
        const recommend::pick& p = decisions.picks[pick];
        REQUIRE(p.rank == ++rank);
        if (p.candidate < 0) {
          REQUIRE(expected.picks.empty());
          REQUIRE(p.priority == 0);
          ++nothing;
          continue;
        }
        const chosen& e = expected.picks.at(static_cast<std::size_t>(rank - 1));
        REQUIRE(option_of(engine, p.candidate) == e.what);
        REQUIRE(std::tuple(p.priority, p.propensity, p.context, p.value, p.lever, p.expires) ==
                std::tuple(e.priority, e.propensity, e.context, e.value, e.lever, e.expires));
        REQUIRE(p.priority == p.propensity * p.context * p.value * p.lever);
        ++picks;
      }
      REQUIRE(rank == static_cast<std::int32_t>(std::max<std::size_t>(1, expected.picks.size())));

      std::map<option, std::string> dropped;
      std::map<std::int32_t, std::int32_t> by_stop;
      for (; drop < decisions.drops.size() && decisions.drops[drop].hcp == static_cast<std::int64_t>(h); ++drop) {
        const recommend::drop& one = decisions.drops[drop];
        const recommend::stop& stop = engine.stops[static_cast<std::size_t>(one.stop)];
        REQUIRE(dropped.emplace(option_of(engine, one.candidate), stop.id).second);
        ++by_stop[one.stop];
        ++stages[std::string(name_of(stop.at))];
      }
      REQUIRE(dropped == expected.dropped);
      REQUIRE(dropped.size() + expected.picks.size() == engine.candidates.size());

      // What is said of a doctor with nothing to do is what was dropped.
      std::map<std::int32_t, std::int32_t> said;
      for (std::size_t i = decisions.nothing_begin[h]; i < decisions.nothing_begin[h + 1]; ++i)
        said[decisions.nothing[i].stop] = decisions.nothing[i].candidates;
      std::int32_t main_stop = -1;
      for (const auto& [stop, n] : by_stop)
        if (main_stop < 0 || n > by_stop[main_stop]) main_stop = stop;
      REQUIRE(said == (expected.picks.empty() ? by_stop : std::map<std::int32_t, std::int32_t>{}));
      REQUIRE(decisions.main_stop[h] == (expected.picks.empty() ? main_stop : -1));
    }
    REQUIRE(pick == decisions.picks.size());
    REQUIRE(drop == decisions.drops.size());
  }
  MESSAGE("decisions " << decided << ", picks " << picks << ", nothing to do " << nothing);
  CHECK(decided == 120'000);
  CHECK(picks > 30'000);
  CHECK(nothing > 10'000);
  CHECK(stages.size() == 8);
  for (const auto& [stage, n] : stages) {
    CAPTURE(stage);
    CHECK(n > 5'000);  // the worlds reach every stage often
  }
}

TEST_CASE("recommend: every candidate of every doctor is a pick or in one line of the funnel") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const world w = random_world(seed, 40);
    const recommend::engine engine = engine_of(w);
    const tables t(w, everybody(w));
    const auto plain = recommend::decide(engine, t.given, w.as_of).value();
    CHECK(plain.drops.empty());
    const auto traced = recommend::decide(engine, t.given, w.as_of, {.trace = true, .threads = nullptr}).value();
    REQUIRE(traced.funnel == plain.funnel);
    REQUIRE(traced.picks == plain.picks);

    std::map<std::int32_t, std::pair<std::int64_t, std::set<std::int64_t>>> by_stop;
    for (const recommend::drop& d : traced.drops) ++by_stop[d.stop].first, by_stop[d.stop].second.insert(d.hcp);
    std::int64_t total = 0;
    std::int32_t before = -1;
    REQUIRE(by_stop.size() == plain.funnel.size());
    for (const recommend::funnel_line& line : plain.funnel) {
      CHECK(line.stop > before);
      before = line.stop;
      CHECK(line.candidates == by_stop.at(line.stop).first);
      CHECK(line.hcps == static_cast<std::int64_t>(by_stop.at(line.stop).second.size()));
      total += line.candidates;
    }
    for (const recommend::pick& p : plain.picks) total += p.candidate >= 0;
    REQUIRE(total == static_cast<std::int64_t>(engine.candidates.size() * w.doctors.size()));
  }
}

}  // namespace
