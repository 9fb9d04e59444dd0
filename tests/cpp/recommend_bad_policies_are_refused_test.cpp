// Each fault of a policy of decisions is an error with its code and the JSON pointer to it.
#include <tuple>

#include <doctest/doctest.h>

#include "recommend_world.hpp"

namespace {

using namespace recommend_world;

world sound() {
  world w;
  w.channels.resize(2);
  w.channels[0].id = "visit", w.channels[1].id = "email";
  recommend::action a, b;
  a.id = "a", a.issue = "i", a.group = "g", a.channels = {"visit", "email"}, a.contents = {"k"};
  b.id = "b", b.channels = {"email"};
  recommend::policy& p = w.policy;
  p.contents = {{"k", {}, {}, {}}, {"l", {}, {}, {}}};
  p.actions = {a, b};
  p.consent_not_required = {"visit"};
  p.caps = {{"c", {"visit", "a", "g"}, 1, 7}, {"d", {}, 1, 7}};
  p.gaps = {{"c", {}, 7}, {"d", {}, 7}};
  p.contexts = {{"x", "tier == 1", {"a"}, 10}, {"y", "tier == 2", {}, 10}};
  p.levers = {{recommend::lever::kind::issue, "i", 1},
              {recommend::lever::kind::group, "g", 1},
              {recommend::lever::kind::action, "a", 1}};
  w.rates = {0.5, {0.5, 0.5}, std::vector<propensity::estimate>(4, {0.5, 1, 2})};
  return w;
}

TEST_CASE("policy of decisions: a sound one is taken, each fault is refused at its place") {
  CHECK(recommend::make_engine(sound().policy, sound().channels, schema(), sound().rates).has_value());
  using edit = void (*)(recommend::policy&);
  const std::vector<std::tuple<edit, errc, std::string>> faults = {
      {[](recommend::policy& p) { p.contents[1].id = "k"; }, errc::policy_duplicate_name, "/contents/1/id"},
      {[](recommend::policy& p) { p.contents[1].id = ""; }, errc::policy_missing_key, "/contents/1/id"},
      {[](recommend::policy& p) {
         p.contents[0].approved = {date{10}, date{9}};
       },
       errc::policy_out_of_range, "/contents/0/approved"},
      {[](recommend::policy& p) { p.actions[1].id = "a"; }, errc::policy_duplicate_name, "/actions/1/id"},
      {[](recommend::policy& p) { p.actions[1].channels.clear(); }, errc::policy_missing_key, "/actions/1/channels"},
      {[](recommend::policy& p) { p.actions[1].channels = {"fax"}; }, errc::policy_unknown_name,
       "/actions/1/channels/0"},
      {[](recommend::policy& p) {
         p.actions[1].channels = {"email", "email"};
       },
       errc::policy_duplicate_name, "/actions/1/channels/1"},
      {[](recommend::policy& p) { p.actions[0].contents = {"m"}; }, errc::policy_unknown_name, "/actions/0/contents/0"},
      {[](recommend::policy& p) {
         p.actions[0].contents = {"k", "k"};
       },
       errc::policy_duplicate_name, "/actions/0/contents/1"},
      {[](recommend::policy& p) { p.actions[0].value = 0; }, errc::policy_out_of_range, "/actions/0/value"},
      {[](recommend::policy& p) { p.actions[0].value = missing; }, errc::policy_out_of_range, "/actions/0/value"},
      {[](recommend::policy& p) { p.actions[0].value = 2e9; }, errc::policy_out_of_range, "/actions/0/value"},
      {[](recommend::policy& p) {
         p.actions[0].available = {date{10'000'000}, {}};
       },
       errc::policy_out_of_range, "/actions/0/available"},
      {[](recommend::policy& p) { p.actions[0].eligible = "tier =="; }, errc::rule_syntax, "/actions/0/eligible"},
      {[](recommend::policy& p) { p.actions[1].applicable = "rank == 1"; }, errc::rule_unknown_name,
       "/actions/1/applicable"},
      {[](recommend::policy& p) { p.actions[1].suitable = "tier + 1"; }, errc::rule_type, "/actions/1/suitable"},
      {[](recommend::policy& p) { p.consent_purpose = ""; }, errc::policy_missing_key, "/consent/purpose"},
      {[](recommend::policy& p) { p.consent_not_required = {"fax"}; }, errc::policy_unknown_name,
       "/consent/not_required/0"},
      {[](recommend::policy& p) { p.caps[1].id = "c"; }, errc::policy_duplicate_name, "/caps/1/id"},
      {[](recommend::policy& p) { p.caps[0].of.channel = "fax"; }, errc::policy_unknown_name, "/caps/0/of/channel"},
      {[](recommend::policy& p) { p.caps[0].of.action = "z"; }, errc::policy_unknown_name, "/caps/0/of/action"},
      {[](recommend::policy& p) { p.caps[0].of.group = "z"; }, errc::policy_unknown_name, "/caps/0/of/group"},
      {[](recommend::policy& p) { p.caps[0].max = -1; }, errc::policy_out_of_range, "/caps/0/max"},
      {[](recommend::policy& p) { p.caps[0].days = 0; }, errc::policy_out_of_range, "/caps/0/days"},
      {[](recommend::policy& p) { p.caps[0].days = 2'000'000'000; }, errc::policy_out_of_range, "/caps/0/days"},
      {[](recommend::policy& p) { p.gaps[1].id = "c"; }, errc::policy_duplicate_name, "/gaps/1/id"},
      {[](recommend::policy& p) { p.gaps[0].of.channel = "fax"; }, errc::policy_unknown_name, "/gaps/0/of/channel"},
      {[](recommend::policy& p) { p.gaps[0].days = -5; }, errc::policy_out_of_range, "/gaps/0/days"},
      {[](recommend::policy& p) { p.contexts[1].id = "x"; }, errc::policy_duplicate_name, "/contexts/1/id"},
      {[](recommend::policy& p) { p.contexts[1].when = ""; }, errc::policy_missing_key, "/contexts/1/when"},
      {[](recommend::policy& p) { p.contexts[1].when = "("; }, errc::rule_syntax, "/contexts/1/when"},
      {[](recommend::policy& p) { p.contexts[0].actions = {"z"}; }, errc::policy_unknown_name, "/contexts/0/actions/0"},
      {[](recommend::policy& p) { p.contexts[0].weight = missing; }, errc::policy_out_of_range, "/contexts/0/weight"},
      {[](recommend::policy& p) { p.levers[0].name = "z"; }, errc::policy_unknown_name, "/levers/0/name"},
      {[](recommend::policy& p) { p.levers[1].name = "i"; }, errc::policy_unknown_name, "/levers/1/name"},
      {[](recommend::policy& p) { p.levers[2].percent = 1e7; }, errc::policy_out_of_range, "/levers/2/percent"},
      {[](recommend::policy& p) { p.levers.push_back(p.levers[1]); }, errc::policy_duplicate_name, "/levers/3/name"},
      {[](recommend::policy& p) { p.floor = -1; }, errc::policy_out_of_range, "/floor"},
      {[](recommend::policy& p) { p.max_actions = 0; }, errc::policy_out_of_range, "/max_actions"},
      {[](recommend::policy& p) { p.valid_days = -1; }, errc::policy_out_of_range, "/valid_days"},
  };
  for (const auto& [change, code, path] : faults) {
    world w = sound();
    change(w.policy);
    const auto answer = recommend::make_engine(w.policy, w.channels, schema(), w.rates);
    CAPTURE(path);
    REQUIRE_FALSE(answer.has_value());
    CHECK(name_of(answer.error().code()) == name_of(code));
    CHECK(answer.error().where().path == "/recommend" + path);
  }
}

TEST_CASE("engine: rates of other actions or channels are refused") {
  const auto refused = [](auto&& change) {
    world w = sound();
    change(w.rates);
    const auto answer = recommend::make_engine(w.policy, w.channels, schema(), w.rates);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code() == errc::invalid_argument);
    CHECK(answer.error().where().column == "rates");
  };
  refused([](propensity::pooled& r) { r.by_channel.push_back(0.5); });
  refused([](propensity::pooled& r) { r.estimates.pop_back(); });
  refused([](propensity::pooled& r) { r.estimates[1].probability = 1.5; });
  refused([](propensity::pooled& r) { r.estimates[1].probability = missing; });
}

}  // namespace
