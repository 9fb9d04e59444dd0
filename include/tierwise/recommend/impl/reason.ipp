// Decisions in words. Numbers are written without a locale, so that a host program's settings change nothing.
#include <algorithm>
#include <charconv>
#include <string>

#include <tierwise/recommend/impl/programs.hpp>
#include <tierwise/recommend/recommend.hpp>

namespace tierwise::inline TIERWISE_ABI::recommend {

namespace detail {

TIERWISE_INLINE std::string written(double value, std::chars_format format, int precision) {
  char buffer[400];  // the longest binary64 has 309 digits before the point
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format, precision).ptr;
  return std::string(buffer, end);
}

TIERWISE_INLINE std::string factor_text(double value) { return written(value, std::chars_format::general, 4); }

/// What is said in one language.
struct words {
  const char *colon, *comma, *open, *close, *more;
  const char* stages[8];
};

TIERWISE_INLINE const words& words_in(segment::language in) noexcept {
  static constexpr words english{": ",
                                 ", ",
                                 " (",
                                 ")",
                                 ", …",
                                 {"not available", "without consent", "not eligible", "not applicable", "not suitable",
                                  "stopped by a cap or gap", "below the value floor", "outdone by others"}};
  static constexpr words chinese{"：",
                                 "，",
                                 "（",
                                 "）",
                                 "，…",
                                 {"不可用", "无授权同意", "不符合准入条件", "不适用", "不适宜", "受频次上限或间隔限制",
                                  "低于价值门槛", "让位于其他建议"}};
  return in == segment::language::chinese ? chinese : english;
}

template <class Named>
const std::string& name_in(const Named& what, segment::language in) {
  const std::string& name = in == segment::language::chinese ? what.name_zh : what.name_en;
  return name.empty() ? what.id : name;
}

/// "invite to a webinar by email with webinar invitation"; what the action's name says already is not said again.
TIERWISE_INLINE std::string offer_text(const engine& engine, const candidate& what, segment::language in) {
  const std::string& action = name_in(engine.policy.actions[what.action], in);
  const std::string& channel = name_in(engine.channels[what.channel], in);
  const std::string* content =
      what.content < 0 ? nullptr : &name_in(engine.policy.contents[static_cast<std::size_t>(what.content)], in);
  if (in == segment::language::chinese)
    return action + "（渠道：" + channel + (content ? "，内容：" + *content : "") + "）";
  std::string out = action;
  if (action.find(channel) == std::string::npos) out.append(" by ").append(channel);
  if (content && action.find(*content) == std::string::npos) out.append(" with ").append(*content);
  return out;
}

TIERWISE_INLINE std::string evidence_text(const engine& engine, const candidate& what, segment::language in) {
  const bool zh = in == segment::language::chinese;
  if (!engine.policy.use.propensity) return zh ? "不计接受率" : "propensity switched off";
  const propensity::estimate& seen = engine.propensity.of(what.action, what.channel);
  const std::string percent = written(100 * seen.probability, std::chars_format::fixed, 1);
  const std::string accepted = std::to_string(seen.accepted), offered = std::to_string(seen.offered);
  if (seen.offered == 0)
    return zh ? "尚无同类建议，合并估计接受率 " + percent + "%" : "no such offer so far, pooled to " + percent + " %";
  return zh ? "同类建议 " + offered + " 次中接受 " + accepted + " 次，合并估计接受率 " + percent + "%"
            : "accepted " + accepted + " of " + offered + " such offers, pooled to " + percent + " %";
}

/// The contexts of an action that hold for a doctor: " (webinar_habit, event_lover)"
TIERWISE_INLINE std::string contexts_text(const engine& engine, const inputs& given, const action_program& action,
                                          std::size_t hcp, const words& say) {
  std::string out;
  for (std::size_t k = action.contexts.begin; k < action.contexts.end; ++k) {
    const used_context& used = engine.compiled->contexts[k];
    const tag::rule& rule = engine.compiled->rules[static_cast<std::size_t>(used.rule)];
    if (tag::evaluate_one(rule, *given.profiles, given.tags, hcp).value() != tag::truth::yes) continue;
    out += (out.empty() ? say.open : say.comma) + engine.policy.contexts[static_cast<std::size_t>(used.context)].id;
  }
  return out.empty() ? out : out + say.close;
}

TIERWISE_INLINE std::string pick_text(const engine& engine, const inputs& given, const pick& one,
                                      segment::language in) {
  const bool zh = in == segment::language::chinese;
  const words& say = words_in(in);
  const candidate& what = engine.candidates[static_cast<std::size_t>(one.candidate)];
  std::string out = offer_text(engine, what, in) + say.colon + evidence_text(engine, what, in) + (zh ? "；" : ";");
  const auto times = [&](double value, const char* en, const char* chinese) {
    out += zh ? std::string(" × ") + chinese + " " + factor_text(value) : " × " + factor_text(value) + " " + en;
  };
  const std::string held =
      contexts_text(engine, given, engine.compiled->actions[what.action], static_cast<std::size_t>(one.hcp), say);
  if (!held.empty()) {
    times(one.context, "context", "情境");
    out += held;
  }
  if (engine.policy.use.value) times(one.value, "value", "价值");
  if (one.lever != 1) times(one.lever, "levers", "杠杆");
  return out + (zh ? " ＝ 优先级 " : " = priority ") + factor_text(one.priority);
}

/// What one stage stopped, and by which rules.
struct stage_count {
  stage at = stage::available;
  std::int64_t candidates = 0;
  std::vector<stopped> rules;
};

TIERWISE_INLINE std::string stage_text(const engine& engine, stage_count& what, bool zh, const words& say) {
  constexpr std::size_t most = 3;  // rules named for one stage
  std::string out =
      std::to_string(what.candidates) + (zh ? " 个" : " ") + say.stages[static_cast<std::size_t>(what.at)];
  std::stable_sort(what.rules.begin(), what.rules.end(),
                   [](const stopped& a, const stopped& b) { return a.candidates > b.candidates; });
  for (std::size_t i = 0; i < std::min(most, what.rules.size()); ++i)
    out += (i == 0 ? say.open : say.comma) + engine.stops[static_cast<std::size_t>(what.rules[i].stop)].id + " " +
           std::to_string(what.rules[i].candidates);
  return out + (what.rules.size() > most ? say.more : "") + say.close;
}

TIERWISE_INLINE std::string nothing_text(const engine& engine, const decisions& all, std::size_t hcp,
                                         segment::language in) {
  const bool zh = in == segment::language::chinese;
  const words& say = words_in(in);
  std::vector<stage_count> stages;
  std::int64_t total = 0;
  for (std::size_t i = all.nothing_begin[hcp]; i < all.nothing_begin[hcp + 1]; ++i) {
    const stopped& what = all.nothing[i];
    const stage at = engine.stops[static_cast<std::size_t>(what.stop)].at;
    if (stages.empty() || stages.back().at != at) stages.push_back({at, 0, {}});  // stops are in the order of stages
    stages.back().candidates += what.candidates;
    stages.back().rules.push_back(what);
    total += what.candidates;
  }
  if (stages.empty()) return zh ? "无建议：策略中没有候选行动" : "nothing to do: the policy has no candidates";
  std::stable_sort(stages.begin(), stages.end(),
                   [](const stage_count& a, const stage_count& b) { return a.candidates > b.candidates; });
  std::string out = zh ? "无建议：" + std::to_string(total) + " 个候选行动中，"
                       : "nothing to do: of " + std::to_string(total) + " candidates ";
  for (std::size_t i = 0; i < stages.size(); ++i)
    out += (i == 0 ? "" : say.comma) + stage_text(engine, stages[i], zh, say);
  return out;
}

}  // namespace detail

TIERWISE_INLINE std::string reason(const engine& engine, const inputs& given, const decisions& all, std::size_t pick,
                                   segment::language in) {
  const auto broken = [](const char* message, const char* name) {
    throw Error(errc::invalid_argument, message, {.path = {}, .column = name});
  };
  if (!engine.compiled) broken("was not made by make_engine", "engine");
  if (pick >= all.picks.size()) broken("there is no such pick", "pick");
  const auto& one = all.picks[pick];
  if (one.candidate >= static_cast<std::int32_t>(engine.candidates.size())) broken("are of another engine", "all");
  if (one.candidate >= 0 &&
      (given.profiles == nullptr || one.hcp < 0 || static_cast<std::size_t>(one.hcp) >= given.profiles->rows()))
    broken("are not what was decided on", "profiles");
  if (one.candidate < 0 && (one.hcp < 0 || static_cast<std::size_t>(one.hcp) + 1 >= all.nothing_begin.size()))
    broken("tell of no such doctor", "all");
  return one.candidate < 0 ? detail::nothing_text(engine, all, static_cast<std::size_t>(one.hcp), in)
                           : detail::pick_text(engine, given, one, in);
}

}  // namespace tierwise
