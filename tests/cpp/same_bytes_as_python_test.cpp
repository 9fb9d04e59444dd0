// C++ and Python make the same bytes: both write this text about one simulated territory, and compare its digest with
// tests/cases/same_bytes.json. The Python side is test_the_bytes_that_cpp_makes in tests/python/test_determinism.py.
#include <bit>
#include <cmath>
#include <cstdio>
#include <fstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <tierwise/core/random.hpp>
#include <tierwise/model/engine.hpp>
#include <tierwise/simulate/territory.hpp>
#include <tierwise/tag/since.hpp>

namespace {

using namespace tierwise;

std::string hex(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}
std::string bits(double value) { return std::isnan(value) ? "nan" : hex(std::bit_cast<std::uint64_t>(value)); }

std::string written(const model::engine& engine, const model::answer& all) {
  const recommend::engine& e = engine.recommender();
  const auto id = [&](std::int64_t row) {
    return std::string(all.rows.find("hcp_id")->text(static_cast<std::size_t>(row)));
  };
  std::string text;
  for (std::size_t row = 0; row < all.rows.rows(); ++row) {
    const segment::assignment& s = all.segments;
    text += id(static_cast<std::int64_t>(row)) + ' ' + std::to_string(s.tier[row]) + ' ' + bits(s.potential[row]) +
            ' ' + bits(s.identity_score[row]) + ' ' + bits(s.engagement_score[row]) + ' ' +
            reason(engine.fitted().segments, s, row) + '\n';
  }
  for (std::size_t i = 0; i < all.decisions.picks.size(); ++i) {
    const recommend::pick& p = all.decisions.picks[i];
    std::string what = "nothing", priority = "nan";
    if (p.candidate >= 0) {
      const recommend::candidate& c = e.candidates[static_cast<std::size_t>(p.candidate)];
      what = e.policy.actions[c.action].id + '/' + e.channels[c.channel].id + '/' +
             (c.content < 0 ? std::string("none") : e.policy.contents[static_cast<std::size_t>(c.content)].id);
      priority = bits(p.priority);
    }
    text += id(p.hcp) + ' ' + std::to_string(p.rank) + ' ' + what + ' ' + priority + ' ' + format_date(p.expires) +
            ' ' + reason(e, all.given(), all.decisions, i) + '\n';
  }
  for (const recommend::drop& d : all.decisions.drops)
    text += id(d.hcp) + ' ' + e.stops[static_cast<std::size_t>(d.stop)].id + '\n';

  const policy::policy& policy = engine.fitted().policy;
  std::vector<std::string> attributes;
  for (const policy::attribute& a : policy.attributes) attributes.push_back(a.name);
  const tag::history past{.attributes = attributes,
                          .channels = policy.profile,
                          .contacts = all.profile.contacts,
                          .as_of = all.profile.as_of};
  std::vector<std::vector<std::optional<date>>> since;
  for (std::size_t t = 0; t < policy.tags.size(); ++t)
    since.push_back(tag::since(engine.tags(), t, all.tags, all.rows, past).value());
  for (std::size_t row = 0; row < all.rows.rows(); ++row)
    for (std::size_t t = 0; t < policy.tags.size(); ++t)
      if (all.tags.yes[t].test(row))
        text += id(static_cast<std::int64_t>(row)) + ' ' + policy.tags[t].id + ' ' +
                (since[t][row] ? format_date(*since[t][row]) : std::string("unknown")) + '\n';
  return text;
}

}  // namespace

TEST_CASE("C++ and Python make the same bytes") {
  std::ifstream file(TIERWISE_TEST_ROOT "/tests/cases/same_bytes.json");
  const auto wanted = nlohmann::json::parse(file);
  simulate::options what;
  what.hcps = wanted.at("hcps");
  what.seed = wanted.at("seed");
  const simulate::territory t = simulate::make_territory(what).value();
  const policy::policy policy = policy::parse(policy::default_json()).value();
  const table_view &hcps = t.hcps.view(), &interactions = t.interactions.view(), &consents = t.consents.view(),
                   &history = t.history.view();
  auto profile = model::build_profile(policy, hcps, &interactions, what.to).value();
  const auto engine = model::engine::make(model::fit(policy, profile, &history).value()).value();
  const auto answer =
      engine.decide(std::move(profile), &consents, &history, {.trace = true, .threads = nullptr}).value();
  CHECK(hex(stable_hash(written(engine, answer))) == wanted.at("digest").get<std::string>());
}
