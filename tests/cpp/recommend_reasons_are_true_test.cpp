// What is said of a decision is what was decided.
#include <doctest/doctest.h>

#include "recommend_world.hpp"

namespace {

using namespace recommend_world;
using segment::language;

/// A webinar by email (31 of 240 accepted) or WeChat (never offered), and a visit.
struct scene {
  scene() {
    w.channels.resize(3);
    w.channels[0] = {.id = "email", .name_en = "email", .name_zh = "邮件", .depths = {}};
    w.channels[1] = {.id = "wechat", .name_en = "WeChat", .name_zh = "微信", .depths = {}};
    w.channels[2] = {.id = "visit", .name_en = "", .name_zh = "", .depths = {}};
    recommend::action webinar, visit;
    webinar.id = "invite_webinar", webinar.name_en = "invite to a webinar", webinar.name_zh = "邀请参加线上会议",
    webinar.group = "education";
    webinar.channels = {"email", "wechat"}, webinar.value = 1.5;
    visit.id = "visit", visit.channels = {"visit"}, visit.contents = {"aid"}, visit.eligible = "tier == 1";
    w.policy.actions = {webinar, visit};
    w.policy.contents = {{"aid", "detail aid", "产品资料", {}}};
    w.policy.contexts = {
        {"engagement_high", "score > 0.5", {}, 20}, {"never", "score > 9", {}, 50}, {"nought", "score > 0", {}, 0}};
    w.policy.levers = {{recommend::lever::kind::group, "education", 10}};
    w.policy.max_actions = 1;
    w.rates = {
        0.1, {0.1, 0.1, 0.1}, {{0.142, 31, 240}, {0.1, 0, 0}, {0.1, 0, 0}, {0.1, 0, 0}, {0.1, 0, 0}, {0.2, 1, 3}}};
    doctor d;
    d.id = "secret", d.score = 0.8;
    w.doctors = {d};
  }
  std::string say(language in = language::english) {
    const recommend::engine engine = engine_of(w);
    const tables t(w, {0});
    const auto decided = recommend::decide(engine, t.given, w.as_of).value();
    const std::string said = recommend::reason(engine, t.given, decided, 0, in);
    CHECK(said.find("secret") == std::string::npos);
    return said;
  }
  void consent(const std::string& channel) { w.doctors[0].statements.push_back({channel, "promotion", true, {}, {}}); }

  world w;
};

TEST_CASE("reason: the factors of a pick with the evidence behind them") {
  scene s;
  s.consent("email");
  CHECK(s.say() ==
        "invite to a webinar by email: accepted 31 of 240 such offers, pooled to 14.2 %;"
        " × 1.2 context (engagement_high) × 1.5 value × 1.1 levers = priority 0.2812");
  CHECK(s.say(language::chinese) ==
        "邀请参加线上会议（渠道：邮件）：同类建议 240 次中接受 31 次，合并估计接受率 14.2%；"
        " × 情境 1.2（engagement_high） × 价值 1.5 × 杠杆 1.1 ＝ 优先级 0.2812");
}

TEST_CASE("reason: no offer so far is said, and a factor that is off is not claimed") {
  scene s;
  s.consent("wechat");
  s.w.doctors[0].score = 0.2;
  CHECK(s.say() ==
        "invite to a webinar by WeChat: no such offer so far, pooled to 10.0 %; × 1.5 value × 1.1 levers = priority "
        "0.165");
  s.w.policy.use = {false, false, false, false};
  CHECK(s.say() == "invite to a webinar by WeChat: propensity switched off; = priority 1");
  scene visit;
  visit.consent("visit");
  visit.w.doctors[0].tier = 1;
  CHECK(visit.say() ==
        "visit with detail aid: accepted 1 of 3 such offers, pooled to 20.0 %; × 1.2 context "
        "(engagement_high) × 1 value = priority 0.24");
}

TEST_CASE("reason: why nothing is to be done, the stage that stopped most first") {
  scene s;
  CHECK(s.say() ==
        "nothing to do: of 3 candidates 3 without consent (consent/email 1, consent/wechat 1, consent/visit 1)");
  s.consent("visit");
  CHECK(s.say() ==
        "nothing to do: of 3 candidates 2 without consent (consent/email 1, consent/wechat 1), 1 not eligible "
        "(eligible/visit 1)");
  CHECK(s.say(language::chinese) ==
        "无建议：3 个候选行动中，2 个无授权同意（consent/email 1，consent/wechat 1），1 "
        "个不符合准入条件（eligible/visit 1）");
  s.w.policy.actions.clear(), s.w.policy.levers.clear();
  s.w.rates.estimates.clear();
  CHECK(s.say() == "nothing to do: the policy has no candidates");
}

TEST_CASE("reason: a pick that does not exist, or of other tables, is an error and not a crash") {
  const world w = random_world(3, 20);
  const recommend::engine engine = engine_of(w);
  const tables t(w, everybody(w)), nobody(w, {});
  const auto all = recommend::decide(engine, t.given, w.as_of).value();
  const auto refused = [&](const recommend::engine& by, const recommend::inputs& given,
                           const recommend::decisions& decided, std::size_t pick) {
    try {
      (void)recommend::reason(by, given, decided, pick);
    } catch (const Error& error) {
      return error.code() == errc::invalid_argument;
    }
    return false;
  };
  std::size_t first = 0;
  while (first < all.picks.size() && all.picks[first].candidate < 0) ++first;
  REQUIRE(first < all.picks.size());
  CHECK_FALSE(refused(engine, t.given, all, first));
  CHECK(refused(engine, t.given, all, all.picks.size()));
  CHECK(refused(engine, t.given, {}, 0));
  CHECK(refused({}, t.given, all, first));
  CHECK(refused(engine, {}, all, first));
  recommend::inputs fewer = t.given;
  fewer.profiles = nobody.given.profiles;
  CHECK(refused(engine, fewer, all, first));
  auto odd = all;
  odd.picks[first].candidate = static_cast<std::int32_t>(engine.candidates.size());
  CHECK(refused(engine, t.given, odd, first));
  odd.picks[first].candidate = -1, odd.picks[first].hcp = 20;
  CHECK(refused(engine, t.given, odd, first));
}

TEST_CASE("reason: in random worlds the numbers add up and no id of a doctor is said") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const world w = random_world(seed, 20);
    const recommend::engine engine = engine_of(w);
    const tables t(w, everybody(w));
    const auto all = recommend::decide(engine, t.given, w.as_of).value();
    for (std::size_t p = 0; p < all.picks.size(); ++p) {
      const std::string en = recommend::reason(engine, t.given, all, p),
                        zh = recommend::reason(engine, t.given, all, p, language::chinese);
      const recommend::pick& one = all.picks[p];
      if (one.candidate < 0) {
        REQUIRE(en.rfind("nothing to do: of " + std::to_string(engine.candidates.size()) + " candidates ", 0) == 0);
        REQUIRE(zh.rfind("无建议：", 0) == 0);
        const std::string& main =
            engine.stops[static_cast<std::size_t>(all.main_stop[static_cast<std::size_t>(one.hcp)])].id;
        REQUIRE(en.find(main) != std::string::npos);
        continue;
      }
      const doctor& d = w.doctors[static_cast<std::size_t>(one.hcp)];
      const recommend::action& a = w.policy.actions[engine.candidates[static_cast<std::size_t>(one.candidate)].action];
      for (const recommend::context& c : w.policy.contexts) {
        const bool for_it = c.actions.empty() || std::find(c.actions.begin(), c.actions.end(), a.id) != c.actions.end();
        const bool named = en.find("(" + c.id) != std::string::npos || en.find(", " + c.id) != std::string::npos;
        REQUIRE(named == (w.policy.use.context && for_it && c.weight != 0 && met(c.when, d)));
      }
    }
  }
}

}  // namespace
