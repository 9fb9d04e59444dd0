// Findings in words.
#include <string>
#include <string_view>
#include <vector>

#include <tierwise/tag/analysis.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

TIERWISE_INLINE std::string_view name_of(finding_kind kind) noexcept {
  constexpr std::string_view names[] = {"rule_error",   "circle",         "forbidden_purpose", "never_true",
                                        "always_true",  "never_false",    "never_known",       "contradiction",
                                        "always_holds", "redundant_part", "overlap",           "gap",
                                        "same",         "unused",         "undecided"};
  return names[static_cast<std::size_t>(kind)];
}

TIERWISE_INLINE std::string_view name_of(finding_severity severity) noexcept {
  constexpr std::string_view names[] = {"error", "warning", "note"};
  return names[static_cast<std::size_t>(severity)];
}

namespace detail::analysis {

TIERWISE_INLINE finding_severity severity_of(finding_kind kind) noexcept {
  switch (kind) {
    case finding_kind::rule_error:
    case finding_kind::circle:
    case finding_kind::forbidden_purpose:
    case finding_kind::never_true:
    case finding_kind::never_known:
    case finding_kind::contradiction:
    case finding_kind::overlap:
    case finding_kind::gap: return finding_severity::error;
    case finding_kind::always_true:
    case finding_kind::never_false:
    case finding_kind::always_holds:
    case finding_kind::redundant_part:
    case finding_kind::same: return finding_severity::warning;
    case finding_kind::unused:
    case finding_kind::undecided: break;
  }
  return finding_severity::note;
}

/// What sentences are made of: {t} the first tag, {u} the second, {p} the part, {b} the conditions, {v} the values, {g} the group, {c}
/// the column, {o} the purpose, {l} the tags in a row.
struct sentence {
  std::string_view en, zh;
};

TIERWISE_INLINE sentence sentence_of(finding_kind kind) noexcept {
  switch (kind) {
    case finding_kind::rule_error:
      return {"The definition of '{t}' cannot be used: {x}", "标签“{t}”的定义不能使用：{x}"};
    case finding_kind::circle: return {"Tags ask for each other in a circle: {l}.", "标签相互引用成环：{l}。"};
    case finding_kind::forbidden_purpose:
      return {"'{t}' reads {c}, which is held for the forbidden purpose '{o}' ({l}).",
              "标签“{t}”读取了{c}，其用途“{o}”已被禁止（{l}）。"};
    case finding_kind::never_true:
      return {"Nobody can have '{t}': there are no values for which {b}.",
              "没有人能拥有标签“{t}”：以下条件不可能成立：{b}。"};
    case finding_kind::always_true:
      return {"Everybody has '{t}', whatever is known of them: always {a}.",
              "所有人都拥有标签“{t}”：以下条件总有一个成立：{a}。"};
    case finding_kind::never_false:
      return {
          "Nobody can be without '{t}': where the values are known, always {a}; it asks no more than whether they are "
          "known.",
          "没有人会被判定为没有标签“{t}”：只要数值已知，总有：{a}；它只判断数值是否已知。"};
    case finding_kind::never_known:
      return {"Whether somebody has '{t}' is never known.", "标签“{t}”的结果永远是未知。"};
    case finding_kind::contradiction:
      return {"A part of '{t}' can never hold, {p}: there are no values for which {b}.",
              "标签“{t}”中的条件{p}永远不可能成立：以下条件不可能成立：{b}。"};
    case finding_kind::always_holds:
      return {"A part of '{t}' never fails, {p}: where the values are known, always {a}.",
              "标签“{t}”中的条件{p}永远不会不成立：只要数值已知，总有：{a}。"};
    case finding_kind::redundant_part:
      return {"A part of '{t}' changes nothing, {p}.", "标签“{t}”中的条件{p}不起任何作用。"};
    case finding_kind::overlap:
      return {"'{t}' and '{u}' of the exclusive group '{g}' are both true if {v}.",
              "互斥组“{g}”中的标签“{t}”与“{u}”同时成立：{v}。"};
    case finding_kind::gap:
      return {"No tag of the complete group '{g}' is true if {v}.", "完备组“{g}”中没有一个标签成立：{v}。"};
    case finding_kind::same:
      return {"'{t}' and '{u}' have always the same verdict.", "标签“{t}”与“{u}”的结果总是相同。"};
    case finding_kind::unused: return {"Nothing uses '{t}'.", "标签“{t}”没有被任何规则、决策或报告使用。"};
    case finding_kind::undecided: break;
  }
  return {"It could not be decided {x} ({l}).", "无法判定{x}（{l}）。"};
}

TIERWISE_INLINE std::string joined_texts(const std::vector<std::string>& texts, std::string_view between) {
  std::string out;
  for (std::size_t i = 0; i < texts.size(); ++i) out.append(i == 0 ? "" : between).append(texts[i]);
  return out;
}

/// Fills the sentence of a finding. `extra_en` and `extra_zh` are what the kind alone does not say.
TIERWISE_INLINE void put_in_words(finding& f, const std::vector<definition>& tags, const std::string& extra_en = {},
                                  const std::string& extra_zh = {}) {
  const auto write = [&](std::string_view pattern, bool english) {
    const std::string_view both = english ? " and " : "，且 ", either = english ? " or " : "，或 ";
    const auto conditions = [&](std::string_view between) {
      std::vector<std::string> texts;
      for (const rule_part& p : f.because) {
        std::string text = p.denied ? "not (" + p.text + ")" : p.text;
        if (!f.tags.empty() && p.tag != f.tags.front())
          text.append(english ? " (of '" : "（“").append(tags[p.tag].id).append(english ? "')" : "”）");
        texts.push_back(std::move(text));
      }
      if (texts.empty()) texts.emplace_back(english ? "the rule holds" : "规则成立");
      return joined_texts(texts, between);
    };
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] != '{') {
        out += pattern[i];
        continue;
      }
      switch (pattern[i + 1]) {
        case 't': out += tags[f.tags.front()].id; break;
        case 'u': out += tags[f.tags.back()].id; break;
        case 'p': out += f.part ? "`" + f.part->text + "`" : std::string(); break;
        case 'b': out += conditions(both); break;
        case 'a': out += conditions(either); break;
        case 'g': out += f.group; break;
        case 'c': out += f.column; break;
        case 'o': out += f.purpose; break;
        case 'x': out += english ? extra_en : extra_zh; break;
        case 'v': {
          std::vector<std::string> texts;
          for (const witness_value& v : f.values)
            texts.push_back(v.is_missing ? v.name + (english ? " is missing" : " 缺失") : v.name + " == " + v.shown);
          out += texts.empty() ? (english ? "nothing is known" : "一切未知") : joined_texts(texts, both);
          break;
        }
        default: {
          std::vector<std::string> names;
          for (const std::size_t tag : f.tags) names.push_back("'" + tags[tag].id + "'");
          if (f.kind == finding_kind::circle) names.push_back(names.front());
          out += joined_texts(names, f.kind == finding_kind::undecided ? ", " : english ? " asks for " : " 引用 ");
        }
      }
      i += 2;
    }
    return out;
  };
  const sentence words = sentence_of(f.kind);
  f.severity = severity_of(f.kind);
  f.message_en = write(words.en, true);
  f.message_zh = write(words.zh, false);
}

}  // namespace detail

}  // namespace tierwise
