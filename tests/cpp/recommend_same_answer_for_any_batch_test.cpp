// One by one, in a batch, in any order, on any number of threads: each doctor gets the same bytes.
#include <doctest/doctest.h>

#include "recommend_world.hpp"
#include "threads.hpp"

namespace {

using namespace recommend_world;

using line = std::vector<recommend::pick>;

/// Picks by doctor, without the row number.
std::vector<line> by_doctor(const recommend::decisions& all, std::size_t doctors) {
  std::vector<line> out(doctors);
  for (recommend::pick p : all.picks) {
    line& own = out[static_cast<std::size_t>(p.hcp)];
    p.hcp = 0;
    own.push_back(p);
  }
  return out;
}

TEST_CASE("recommend: one thread and eight give the same bytes") {
  tests::thread_executor eight(8);
  for (std::uint64_t seed : {5u, 6u, 7u}) {
    const world w = random_world(seed, 20'000);  // several blocks
    const recommend::engine engine = engine_of(w);
    const tables t(w, everybody(w));
    const auto one = recommend::decide(engine, t.given, w.as_of, {.trace = true, .threads = nullptr}).value();
    const auto many = recommend::decide(engine, t.given, w.as_of, {.trace = true, .threads = &eight}).value();
    CHECK(one.picks == many.picks);
    CHECK(one.drops == many.drops);
    CHECK(one.funnel == many.funnel);
    CHECK(one.main_stop == many.main_stop);
    CHECK(one.nothing == many.nothing);
    CHECK(one.nothing_begin == many.nothing_begin);
    CHECK(one.nothing_begin.size() == 20'001);
  }
}

TEST_CASE("recommend: a batch of one, of seven and of all, in any order, give the same picks") {
  for (std::uint64_t seed = 10; seed < 40; ++seed) {
    const world w = random_world(seed, 150);
    const recommend::engine engine = engine_of(w);
    const tables t(w, everybody(w));
    const auto whole = by_doctor(recommend::decide(engine, t.given, w.as_of).value(), 150);

    dice roll(seed);
    const std::vector<std::size_t> shuffled = roll.some_of(everybody(w), 150);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{150}})
      for (std::size_t begin = 0; begin < 150; begin += size) {
        const std::vector<std::size_t> who(
            shuffled.begin() + static_cast<std::ptrdiff_t>(begin),
            shuffled.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(150, begin + size)));
        const tables part(w, who);
        const auto own = by_doctor(recommend::decide(engine, part.given, w.as_of).value(), who.size());
        for (std::size_t i = 0; i < who.size(); ++i) REQUIRE(own[i] == whole[who[i]]);
      }
  }
}

TEST_CASE("recommend: nothing dated after the day is looked at") {
  for (std::uint64_t seed = 1; seed < 100; ++seed) {
    world w = random_world(seed, 30);
    const recommend::engine engine = engine_of(w);
    const tables with(w, everybody(w));
    const auto known = recommend::decide(engine, with.given, w.as_of).value();
    for (doctor& d : w.doctors) {
      std::erase_if(d.contacts, [&](const auto& c) { return c.on > w.as_of; });
      std::erase_if(d.suggestions, [&](const auto& s) { return s.on > w.as_of; });
      std::erase_if(d.statements, [&](const auto& s) { return s.from && *s.from > w.as_of; });
    }
    const tables without(w, everybody(w));
    CHECK(known.picks == recommend::decide(engine, without.given, w.as_of).value().picks);
  }
}

TEST_CASE("recommend: an empty batch, and logs of other doctors") {
  const world w = random_world(1, 5);
  const recommend::engine engine = engine_of(w);
  const tables none(w, {});
  const auto empty = recommend::decide(engine, none.given, w.as_of).value();
  CHECK(empty.picks.empty());
  CHECK(empty.nothing_begin == std::vector<std::size_t>{0});

  const tables all(w, everybody(w));
  recommend::inputs given = all.given;
  given.contacts = none.given.contacts;
  const auto refused = [&](const recommend::inputs& inputs, date as_of, const char* what) {
    const auto answer = recommend::decide(engine, inputs, as_of);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == errc::invalid_argument);
    CHECK(answer.error().where().column == what);
  };
  refused(given, w.as_of, "contacts");
  given = all.given;
  propensity::history strange = *given.history;
  strange.items.push_back({4, w.as_of, 999, 0, propensity::outcome::accepted});
  strange.begin.back() = strange.items.size();
  given.history = &strange;
  refused(given, w.as_of, "history");
  refused({}, w.as_of, "profiles");
  refused(all.given, {10'000'000}, "as_of");

  table no_tier;
  no_tier.add("hcp_id", std::vector<std::int32_t>{0}, std::vector<std::string>{"x"});
  world needy = random_world(1, 0);
  needy.policy.actions[0].eligible = "tier <= 2";
  const auto missing_column =
      recommend::decide(engine_of(needy), {&no_tier.view(), nullptr, nullptr, nullptr, nullptr}, w.as_of);
  REQUIRE_FALSE(missing_column);
  CHECK(missing_column.error().code() == errc::missing_column);
}

}  // namespace
