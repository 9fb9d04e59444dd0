// All rules of a registry as one program: each question to a column once, each combination of answers once, tags by the answer that
// they are. Equal parts of different rules, also of different spelling, become the same step.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include <tierwise/tag/tag.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

/// A question to a source of numbers. The bound in single precision is the smallest such number that is not less.
struct number_question {
  std::uint32_t step = 0, slot = 0;
  float single = 0;
  double bound = 0;

  template <class T>
  [[nodiscard]] T as() const noexcept {
    if constexpr (sizeof(T) == sizeof(float))
      return single;
    else
      return bound;
  }
};

/// Up to eight questions to a column of texts: bit k of a byte answers the k-th.
struct text_questions {
  std::vector<std::uint32_t> steps, slots;
  std::unordered_map<std::string, std::uint8_t, text_hash, std::equal_to<>> answers;  // of the texts that any names

  [[nodiscard]] std::uint8_t answer(std::string_view text) const {
    const auto found = answers.find(text);
    return found == answers.end() ? std::uint8_t{0} : found->second;
  }
};

/// Where values come from: a column, or two of which a share is made. All questions to it.
struct plan_source {
  value_type type = value_type::number;
  std::vector<std::string> reads = {};
  std::int64_t known_step = -1;  // has_value
  std::uint32_t known_slot = 0;
  std::vector<number_question> reaches = {}, equals = {};  // by bound
  std::vector<float> tree =
      {};  // the bounds of `reaches` to search in, node k above 2k and 2k + 1; empty where that does not pay
  std::vector<text_questions> texts = {};
};

TIERWISE_INLINE bool asks_any(const plan_source& source, const std::vector<bool>& of_steps) {
  const auto asked = [&](std::uint32_t step) { return of_steps[step]; };
  return (source.known_step >= 0 && asked(static_cast<std::uint32_t>(source.known_step))) ||
         std::any_of(source.reaches.begin(), source.reaches.end(), [&](const auto& q) { return asked(q.step); }) ||
         std::any_of(source.equals.begin(), source.equals.end(), [&](const auto& q) { return asked(q.step); }) ||
         std::any_of(source.texts.begin(), source.texts.end(),
                     [&](const auto& group) { return std::any_of(group.steps.begin(), group.steps.end(), asked); });
}

/// The smallest float that is at least `bound`, so that for floats v, v ≥ bound is v ≥ it.
TIERWISE_INLINE float reaches_as_float(double bound) noexcept {
  const auto near = static_cast<float>(bound);
  return static_cast<double>(near) < bound ? std::nextafter(near, std::numeric_limits<float>::infinity()) : near;
}

enum class step_kind : std::uint8_t {
  constant,  // yes
  nothing,  // neither yes nor no: of a tag without a rule
  has_value,  // of a source
  reaches,  // source ≥ bound
  equals,  // source = bound
  is_one_of,  // source, a column of texts, is one of `texts`
  other,  // what is not about one column as it is; node `node` of rule `rule`, the first that asks it
  known,  // of other answers, from here on
  all_of,
  any_of,
  same,
  tag,  // one answer and what is said besides, of the tag that is its `source`
};

/// An answer, or its opposite: 2 · step + 1 if it is turned around. In Kleene's logic that costs nothing.
using answer_ref = std::uint32_t;

/// One answer for each row, made of answers of steps before it.
struct plan_step {
  step_kind kind = step_kind::constant;
  std::uint32_t source = 0;
  double bound = 0;
  std::uint32_t rule = 0, node = 0;
  std::vector<std::string> texts = {};  // sorted; of `other`, its canonical spelling
  std::vector<answer_ref> of = {};
};

/// A step that combines answers, and whom it answers.
struct logic_step {
  step_kind kind = step_kind::constant;
  std::uint32_t slot = 0, tag = 0;
  std::uint32_t parts = 0;  // so many, from `first_part` of the program's on
  std::uint32_t first_part = 0;
  std::uint32_t answers = 0, first_answer = 0;  // likewise
};

/// A tag and the slot of its answer, 2 · slot + 1 if that is to be turned around.
struct tag_answer {
  std::uint32_t tag = 0;
  answer_ref root = 0;
};

/// What is done with the answers to questions, in lists that are gone through for each block.
struct tag_program {
  std::vector<logic_step> logic;
  std::vector<answer_ref> parts;  // by slot, as in `of` of a step
  std::vector<tag_answer> answers;  // of logic, step by step
  std::vector<tag_answer> of_questions;
};

/// Which steps are to be answered, so that some tags can be; in their order all sources, then all steps, if all are.
struct wanted_steps {
  std::vector<std::uint32_t> tags;
  std::vector<bool> steps;
};

}  // namespace detail

struct registry::plan {
  std::vector<detail::plan_source> sources;
  std::vector<detail::plan_step> steps;
  std::vector<detail::answer_ref> roots;  // by tag
  std::vector<std::uint32_t> others;  // the steps of that kind
  std::vector<std::uint32_t> slots;  // by step: where its answer is kept while a block is answered
  std::uint32_t slot_count = 0;
  detail::tag_program program;
};

namespace detail {

TIERWISE_INLINE bool is_logic(step_kind kind) noexcept {
  return kind == step_kind::constant || kind >= step_kind::known;
}

/// Gives each answer a place. Questions have one each; a combination gets that of one which no later step asks for, so that
/// the answers of a block stay in cache. Steps that are left out change nothing, as long as the others keep their order.
TIERWISE_INLINE void give_slots(registry::plan& plan) {
  const std::size_t n = plan.steps.size();
  std::vector<std::size_t> last(n, 0);
  for (std::size_t step = 0; step < n; ++step)
    for (const answer_ref part : plan.steps[step].of) last[part / 2] = step;
  plan.slots.assign(n, 0);
  for (std::size_t step = 0; step < n; ++step)
    if (!is_logic(plan.steps[step].kind)) plan.slots[step] = plan.slot_count++;
  std::vector<std::uint32_t> free;
  for (std::size_t step = 0; step < n; ++step) {
    if (!is_logic(plan.steps[step].kind)) continue;
    if (free.empty()) free.push_back(plan.slot_count++);
    plan.slots[step] = free.back();
    free.pop_back();
    std::vector<answer_ref> parts = plan.steps[step].of;
    for (answer_ref& part : parts) part /= 2;
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    for (const std::uint32_t part : parts)
      if (is_logic(plan.steps[part].kind) && last[part] == step) free.push_back(plan.slots[part]);
    if (last[step] == 0) free.push_back(plan.slots[step]);  // nobody asks: it was only handed over
  }
}

/// The part of a plan that answers some tags.
TIERWISE_INLINE tag_program program_of(const registry::plan& plan, const wanted_steps& only) {
  tag_program out;
  const auto slot_of = [&plan](answer_ref step) { return 2 * plan.slots[step / 2] + step % 2; };
  std::vector<std::vector<std::uint32_t>> tags_of(plan.steps.size());
  for (const std::uint32_t tag : only.tags) {
    const answer_ref root = plan.roots[tag];
    if (is_logic(plan.steps[root / 2].kind))
      tags_of[root / 2].push_back(tag);
    else
      out.of_questions.push_back({tag, slot_of(root)});
  }
  for (std::size_t at = 0; at < plan.steps.size(); ++at) {
    const plan_step& step = plan.steps[at];
    if (!is_logic(step.kind) || !only.steps[at]) continue;
    out.logic.push_back({.kind = step.kind,
                         .slot = plan.slots[at],
                         .tag = step.source,
                         .parts = static_cast<std::uint32_t>(step.of.size()),
                         .first_part = static_cast<std::uint32_t>(out.parts.size()),
                         .answers = static_cast<std::uint32_t>(tags_of[at].size()),
                         .first_answer = static_cast<std::uint32_t>(out.answers.size())});
    for (const answer_ref part : step.of) out.parts.push_back(slot_of(part));
    for (const std::uint32_t tag : tags_of[at]) out.answers.push_back({tag, slot_of(plan.roots[tag])});
  }
  return out;
}

/// Bounds as a search tree of 15 or 31 nodes, those to spare above all numbers.
TIERWISE_INLINE std::vector<float> search_tree(const std::vector<number_question>& bounds) {
  if (bounds.size() < 4 || bounds.size() > 31) return {};
  const std::size_t nodes = bounds.size() > 15 ? 32 : 16;
  std::vector<float> out(nodes, std::numeric_limits<float>::infinity());
  std::size_t next = 0;
  const auto fill = [&](const auto& self, std::size_t node) -> void {
    if (node >= nodes || next == bounds.size()) return;
    self(self, 2 * node);
    if (next < bounds.size()) out[node] = bounds[next++].single;
    self(self, 2 * node + 1);
  };
  fill(fill, 1);
  return out;
}

class planner {
 public:
  explicit planner(const std::vector<rule>& rules) : rules_(rules) { plan_.roots.resize(rules.size()); }

  /// Tags must come in an order in which has_tag() finds its tag done.
  void add(std::size_t tag, bool has_rule) {
    rule_ = static_cast<std::uint32_t>(tag);
    plan_.roots[tag] = has_rule ? condition(rules_[tag].compiled().root) : enter({.kind = step_kind::nothing});
  }
  [[nodiscard]] registry::plan take() && {
    for (std::uint32_t at = 0; at < plan_.steps.size(); ++at) {
      const plan_step& step = plan_.steps[at];
      if (step.kind == step_kind::other) plan_.others.push_back(at);
      if (step.kind < step_kind::has_value || step.kind > step_kind::is_one_of) continue;
      plan_source& source = plan_.sources[step.source];
      if (step.kind == step_kind::has_value)
        source.known_step = at;
      else if (step.kind == step_kind::is_one_of)
        add_texts(step, at, source);
      else
        (step.kind == step_kind::equals ? source.equals : source.reaches)
            .push_back({.step = at, .single = reaches_as_float(step.bound), .bound = step.bound});
    }
    give_slots(plan_);
    for (plan_source& source : plan_.sources) {
      for (std::vector<number_question>* list : {&source.reaches, &source.equals}) {
        std::sort(list->begin(), list->end(), [](const auto& a, const auto& b) { return a.bound < b.bound; });
        for (number_question& q : *list) q.slot = plan_.slots[q.step];
      }
      source.tree = search_tree(source.reaches);
      for (text_questions& group : source.texts)
        for (const std::uint32_t step : group.steps) group.slots.push_back(plan_.slots[step]);
      if (source.known_step >= 0) source.known_slot = plan_.slots[static_cast<std::size_t>(source.known_step)];
    }
    wanted_steps all{{}, std::vector<bool>(plan_.steps.size(), true)};
    for (std::uint32_t tag = 0; tag < plan_.roots.size(); ++tag) all.tags.push_back(tag);
    plan_.program = program_of(plan_, all);
    return std::move(plan_);
  }

 private:
  static void add_texts(const plan_step& step, std::uint32_t at, plan_source& to) {
    if (to.texts.empty() || to.texts.back().steps.size() == 8) to.texts.emplace_back();
    text_questions& group = to.texts.back();
    const auto bit = static_cast<std::uint8_t>(1u << group.steps.size());
    for (const std::string& text : step.texts) group.answers[text] |= bit;
    group.steps.push_back(at);
  }

  [[nodiscard]] const rule::node& at(std::uint32_t n) const { return rules_[rule_].compiled().nodes[n]; }

  /// The answer of a step, which may be there already. The key says all that it is.
  answer_ref enter(plan_step step) {
    std::string key(1, static_cast<char>(step.kind));
    const auto write = [&key](const auto& value) { key.append(reinterpret_cast<const char*>(&value), sizeof value); };
    write(step.source);
    write(step.bound == 0 ? 0.0 : step.bound);  // −0 is 0
    for (const answer_ref other : step.of) write(other);
    for (const std::string& text : step.texts) write(text.size()), key += text;
    const auto [found, fresh] = step_of_.try_emplace(std::move(key), static_cast<std::uint32_t>(plan_.steps.size()));
    if (fresh) plan_.steps.push_back(std::move(step));
    return 2 * found->second;
  }

  std::uint32_t source_of(const rule::node& n) {
    std::string key(1, static_cast<char>(n.type));
    for (const std::string& column : n.reads) key += column + '\0';
    const auto [found, fresh] =
        source_of_.try_emplace(std::move(key), static_cast<std::uint32_t>(plan_.sources.size()));
    if (fresh) plan_.sources.push_back({.type = n.type, .reads = n.reads});
    return found->second;
  }

  static answer_ref negated(answer_ref what) noexcept { return what ^ 1; }
  answer_ref constant(bool yes) { return enter({.kind = step_kind::constant}) ^ (yes ? 0u : 1u); }
  answer_ref about(step_kind kind, const rule::node& value, double bound) {
    return enter({.kind = kind, .source = source_of(value), .bound = bound});
  }
  answer_ref other(std::uint32_t n) {
    std::string spelling;
    format_node(rules_[rule_].compiled(), n, 0, spelling);
    return enter({.kind = step_kind::other, .rule = rule_, .node = n, .texts = {std::move(spelling)}});
  }

  /// Kleene's `and` and `or` ask neither for an order nor how often.
  answer_ref joined(step_kind kind, const std::vector<answer_ref>& answers) {
    std::vector<answer_ref> of;
    for (const answer_ref one : answers)
      if (const plan_step& step = plan_.steps[one / 2]; one % 2 == 0 && step.kind == kind)
        of.insert(of.end(), step.of.begin(), step.of.end());
      else
        of.push_back(one);
    sort_unique(of);
    if (of.size() == 1) return of[0];
    return enter({.kind = kind, .of = std::move(of)});
  }

  answer_ref known(std::uint32_t n) {
    const std::uint32_t child = at(n).children[0];
    const rule::node& what = at(child);
    if (what.type == value_type::boolean && what.kind != node_kind::column)
      return enter({.kind = step_kind::known, .of = {condition(child) & ~1u}});
    if (what.kind == node_kind::literal) return constant(true);
    return is_source(what.kind) ? about(step_kind::has_value, what, 0) : other(n);
  }

  answer_ref compare_number(const rule::node& value, relation how, double with) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    switch (how) {
      case relation::equal: return about(step_kind::equals, value, with);
      case relation::unequal: return negated(about(step_kind::equals, value, with));
      case relation::less: return negated(about(step_kind::reaches, value, with));
      case relation::greater_equal: return about(step_kind::reaches, value, with);
      case relation::less_equal: return negated(about(step_kind::reaches, value, std::nextafter(with, infinity)));
      case relation::greater: break;
    }
    return about(step_kind::reaches, value, std::nextafter(with, infinity));
  }

  answer_ref one_of(const rule::node& value, std::vector<std::string> texts) {
    sort_unique(texts);
    return enter({.kind = step_kind::is_one_of, .source = source_of(value), .texts = std::move(texts)});
  }

  answer_ref comparison(std::uint32_t n) {
    const rule::node& what = at(n);
    const rule::node *left = &at(what.children[0]), *right = &at(what.children[1]);
    if (left->type == value_type::boolean) {
      const answer_ref first = condition(what.children[0]), second = condition(what.children[1]);
      const answer_ref same =
          enter({.kind = step_kind::same, .of = {std::min(first, second) & ~1u, std::max(first, second) & ~1u}});
      return same ^ (first & 1) ^ (second & 1) ^ (what.relation == relation::unequal ? 1u : 0u);
    }
    relation how = what.relation;
    if (left->kind == node_kind::literal) {
      constexpr relation turned[] = {relation::equal,         relation::unequal, relation::greater,
                                     relation::greater_equal, relation::less,    relation::less_equal};
      std::swap(left, right);
      how = turned[static_cast<std::size_t>(how)];
    }
    if (!is_source(left->kind) || right->kind != node_kind::literal) return other(n);
    if (left->type != value_type::text) return compare_number(*left, how, right->number);
    const answer_ref same = one_of(*left, {right->text});
    return how == relation::unequal ? negated(same) : same;
  }

  answer_ref membership(std::uint32_t n) {
    const rule::node& what = at(n);
    const rule::node& value = at(what.children[0]);
    std::vector<answer_ref> found;
    if (value.type == value_type::boolean) {
      const answer_ref truth = condition(what.children[0]);
      for (std::size_t i = 1; i < what.children.size(); ++i)
        found.push_back(at(what.children[i]).number != 0 ? truth : negated(truth));
      return joined(step_kind::any_of, found);
    }
    if (!is_source(value.kind)) return other(n);
    if (value.type == value_type::text) {
      std::vector<std::string> texts;
      for (std::size_t i = 1; i < what.children.size(); ++i) texts.push_back(at(what.children[i]).text);
      return one_of(value, std::move(texts));
    }
    constexpr std::size_t most = 16;  // a longer set is looked up
    if (what.children.size() > most) return other(n);
    for (std::size_t i = 1; i < what.children.size(); ++i)
      found.push_back(about(step_kind::equals, value, at(what.children[i]).number));
    return joined(step_kind::any_of, found);
  }

  answer_ref condition(std::uint32_t n) {
    const rule::node& what = at(n);
    switch (what.kind) {
      case node_kind::literal: return constant(what.number != 0);
      case node_kind::column: return about(step_kind::reaches, what, 1);
      case node_kind::has_tag:
        return enter({.kind = step_kind::tag, .source = what.tag, .of = {plan_.roots[what.tag]}});
      case node_kind::known: return known(n);
      case node_kind::is_null:
      case node_kind::contains:
      case node_kind::starts_with:
      case node_kind::ends_with: return other(n);
      case node_kind::negation: return negated(condition(what.children[0]));
      case node_kind::all_of:
      case node_kind::any_of: {
        std::vector<answer_ref> of;
        for (const std::uint32_t child : what.children) of.push_back(condition(child));
        return joined(what.kind == node_kind::all_of ? step_kind::all_of : step_kind::any_of, of);
      }
      case node_kind::comparison: return comparison(n);
      case node_kind::membership: return membership(n);
      default: break;  // never boolean
    }
    return constant(false);
  }

  const std::vector<rule>& rules_;
  std::uint32_t rule_ = 0;
  registry::plan plan_;
  std::unordered_map<std::string, std::uint32_t> step_of_, source_of_;
};

}  // namespace detail

}  // namespace tierwise
