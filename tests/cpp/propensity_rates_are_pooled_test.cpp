// Pooled rates: by hand, by the closed formula, and what must hold for any history.
#include <cmath>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/propensity/pooled.hpp>

namespace {

using namespace tierwise;
using propensity::outcome;

propensity::history of(const std::vector<std::tuple<int, int, outcome>>& rows) {
  propensity::history past;
  for (const auto& [action, channel, became] : rows)
    past.items.push_back({0, {0}, static_cast<std::uint16_t>(action), static_cast<std::uint16_t>(channel), became});
  past.begin = {0, past.items.size()};
  return past;
}

TEST_CASE("propensity: an example worked by hand") {
  // 4 offers, 2 accepted. Channel 0: 2 of 3; channel 1: 0 of 1. Action 0 by channel 0: 2 of 2.
  const auto rates = propensity::fit_pooled(
      {.prior_rate = 0.5, .whole_strength = 4, .channel_strength = 1, .action_strength = 2}, 2, 2,
      of({{0, 0, outcome::accepted},
          {0, 0, outcome::completed},
          {1, 0, outcome::dismissed},
          {0, 1, outcome::ignored}}));
  CHECK(rates.whole == 0.5);                            // (2 + 4 · 0.5) / (4 + 4)
  CHECK(rates.by_channel[0] == 0.625);                  // (2 + 1 · 0.5) / (3 + 1)
  CHECK(rates.by_channel[1] == 0.25);                   // (0 + 1 · 0.5) / (1 + 1)
  CHECK(rates.of(0, 0) == propensity::estimate{0.8125, 2, 2});      // (2 + 2 · 0.625) / (2 + 2)
  CHECK(rates.of(1, 0).probability == doctest::Approx(1.25 / 3));   // (0 + 2 · 0.625) / (1 + 2)
  CHECK(rates.of(0, 1).probability == doctest::Approx(0.5 / 3));    // (0 + 2 · 0.25) / (1 + 2)
  CHECK(rates.of(1, 1) == propensity::estimate{0.25, 0, 0});        // no offer: the channel's rate
}

TEST_CASE("propensity: without any evidence every rate is the prior, exactly") {
  const auto rates = propensity::fit_pooled(
      {.prior_rate = 0.125, .whole_strength = 3, .channel_strength = 0, .action_strength = 0}, 3, 2, {});
  CHECK(rates.whole == 0.125);
  for (const auto& e : rates.estimates) CHECK(e == propensity::estimate{0.125, 0, 0});
  CHECK(propensity::fit_pooled({}, 0, 0, {}).estimates.empty());
}

TEST_CASE("propensity: without pooling a rate is accepted / offered") {
  const auto rates = propensity::fit_pooled(
      {.prior_rate = 0.1, .whole_strength = 0, .channel_strength = 0, .action_strength = 0}, 1, 1,
      of({{0, 0, outcome::accepted}, {0, 0, outcome::ignored}, {0, 0, outcome::ignored}, {0, 0, outcome::completed}}));
  CHECK(rates.of(0, 0) == propensity::estimate{0.5, 2, 4});
}

TEST_CASE("propensity: random histories obey the closed formula, whatever their order") {
  CHECK(rc::check("closed formula", [] {
    const int actions = *rc::gen::inRange(1, 5), channels = *rc::gen::inRange(1, 4);
    const auto rows = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
        rc::gen::tuple(rc::gen::inRange(0, actions), rc::gen::inRange(0, channels), rc::gen::inRange(0, 4)));
    propensity::options how{.prior_rate = *rc::gen::inRange(0, 11) / 10.0,
                            .whole_strength = *rc::gen::inRange(1, 40) * 1.0,
                            .channel_strength = *rc::gen::inRange(1, 40) * 1.0,
                            .action_strength = *rc::gen::inRange(1, 40) * 1.0};
    std::vector<std::tuple<int, int, outcome>> past;
    for (const auto& [a, c, o] : rows) past.emplace_back(a, c, static_cast<outcome>(o));
    const auto rates =
        propensity::fit_pooled(how, static_cast<std::size_t>(actions), static_cast<std::size_t>(channels), of(past));

    const auto rate = [&](int action, int channel, double strength, double parent) {
      double yes = 0, all = 0;
      for (const auto& [a, c, o] : rows)
        if ((action < 0 || a == action) && (channel < 0 || c == channel)) yes += o <= 1, all += 1;
      return std::pair((yes + strength * parent) / (all + strength), std::pair(yes, all));
    };
    const double whole = rate(-1, -1, how.whole_strength, how.prior_rate).first;
    RC_ASSERT(std::abs(rates.whole - whole) < 1e-14);
    for (int c = 0; c < channels; ++c) {
      const double channel = rate(-1, c, how.channel_strength, whole).first;
      RC_ASSERT(std::abs(rates.by_channel[static_cast<std::size_t>(c)] - channel) < 1e-14);
      for (int a = 0; a < actions; ++a) {
        const auto [p, seen] = rate(a, c, how.action_strength, channel);
        const auto& e = rates.of(static_cast<std::size_t>(a), static_cast<std::size_t>(c));
        RC_ASSERT(std::abs(e.probability - p) < 1e-14);
        RC_ASSERT(e.probability >= 0 && e.probability <= 1);
        RC_ASSERT(std::pair(double(e.accepted), double(e.offered)) == seen);
      }
    }
    std::reverse(past.begin(), past.end());
    RC_ASSERT(propensity::fit_pooled(how, static_cast<std::size_t>(actions), static_cast<std::size_t>(channels),
                                     of(past)) == rates);
  }));
}

TEST_CASE("propensity: options out of range and strange histories are refused by name") {
  const auto refused = [](const propensity::options& how, const propensity::history& past, const char* what) {
    try {
      (void)propensity::fit_pooled(how, 1, 1, past);
      FAIL("not refused");
    } catch (const Error& error) {
      CHECK(error.code() == errc::invalid_argument);
      CHECK(error.where().column == what);
    }
  };
  for (const double bad : {-0.1, 1.1, missing}) refused({.prior_rate = bad}, {}, "prior_rate");
  for (const double bad : {-1.0, 2e9, missing}) {
    refused({.whole_strength = bad}, {}, "whole_strength");
    refused({.channel_strength = bad}, {}, "channel_strength");
    refused({.action_strength = bad}, {}, "action_strength");
  }
  refused({}, of({{1, 0, outcome::accepted}}), "past");
  refused({}, of({{0, 1, outcome::accepted}}), "past");
}

}  // namespace
