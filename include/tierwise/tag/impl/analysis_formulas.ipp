// Rules as formulas over sources: what they ask of each, and which verdicts are left while some sources are still open.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tierwise/tag/analysis.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail::analysis {

/// Which truths are possible: a set of them as bits.
using truths = std::uint8_t;
inline constexpr truths may_no = 1, may_yes = 2, may_unknown = 4, may_any = 7;

constexpr truths opposite_of(truths a) noexcept {
  return static_cast<truths>(((a & may_no) << 1) | ((a & may_yes) >> 1) | (a & may_unknown));
}
/// Kleene's `and` of each pair of truths.
constexpr truths both_of(truths a, truths b) noexcept {
  const bool yes = (a & b & may_yes) != 0, no = ((a | b) & may_no) != 0;
  const bool unknown = ((a & may_unknown) != 0 && (b & (may_yes | may_unknown)) != 0) ||
                       ((b & may_unknown) != 0 && (a & (may_yes | may_unknown)) != 0);
  return static_cast<truths>((yes ? may_yes : 0) | (no ? may_no : 0) | (unknown ? may_unknown : 0));
}
constexpr truths either_of(truths a, truths b) noexcept { return opposite_of(both_of(opposite_of(a), opposite_of(b))); }
/// Kleene's `==`.
constexpr truths equal_of(truths a, truths b) noexcept {
  constexpr truths said = may_no | may_yes;
  const bool yes = (a & b & said) != 0, no = ((a & may_no) && (b & may_yes)) || ((a & may_yes) && (b & may_no));
  return static_cast<truths>((yes ? may_yes : 0) | (no ? may_no : 0) | (((a | b) & may_unknown) ? may_unknown : 0));
}
/// Whether two verdicts are one, which is never unknown.
constexpr truths identical_of(truths a, truths b) noexcept {
  const bool one = (a & (a - 1)) == 0 && (b & (b - 1)) == 0;
  return static_cast<truths>(((a & b) != 0 ? may_yes : 0) | (one && a == b ? 0 : may_no));
}

enum class formula_kind : std::uint8_t { constant, leaf, negation, all_of, any_of, equal, is_known, identical };

struct formula {
  formula_kind kind = formula_kind::constant;
  truths answer = may_yes;  // constant
  std::size_t source = 0;  // leaf
  std::vector<std::size_t> of = {};  // before it
  std::size_t rule = 0;  // leaf: where it stands
  std::uint32_t node = 0;
  std::uint8_t ask = 0;  // leaf: see answer_of
  std::vector<truths> answers = {};  // leaf: by cell
};

/// What a leaf asks, where the node alone does not tell.
enum ask : std::uint8_t { as_written, has_a_value, covers_all };

enum class feasible : std::uint8_t { no, yes, unsure };

class analysed_rules {
 public:
  /// Whether contacts can be in these cells, by source; filled by whoever asks.
  mutable std::map<std::vector<std::pair<std::size_t, std::int32_t>>, feasible> solved;

  /// `usable`: rules that can be read and are not behind a circle; `definitions` tells which have a rule.
  analysed_rules(const analysis_input& what, const std::vector<std::optional<rule>>& rules,
                 const std::vector<bool>& usable, const std::vector<std::size_t>& order)
      : roots(rules.size()), what_(what), usable_(usable) {
    for (const std::optional<rule>& one : rules) rules_.push_back(one ? &*one : nullptr);
    for (const std::size_t tag : order)
      if (usable[tag] && what.definitions[tag].source == source_kind::rule) {
        roots[tag] = condition(tag, rules_[tag]->compiled().root);
        tag_order.push_back(tag);
      }
    for (std::size_t i = 0; i < sources.size(); ++i) cut(i);
    for (formula& f : formulas)
      if (f.kind == formula_kind::leaf) answer(f);
  }

  std::vector<analysed_source> sources;
  std::vector<formula> formulas;  // what one is made of comes before it
  std::vector<std::size_t> roots;  // by tag, of those that take part
  std::vector<std::size_t> tag_order;  // of them, each after those it asks for

  /// The rule again, with some of its nodes made constants.
  std::size_t with_constants(std::size_t tag, const std::map<std::uint32_t, bool>& put) {
    const std::size_t before = formulas.size();
    replaced_ = &put;
    const std::size_t root = condition(tag, rules_[tag]->compiled().root);
    replaced_ = nullptr;
    answer_from(before);
    return root;
  }
  /// One node of a rule as a formula.
  std::size_t part(std::size_t tag, std::uint32_t node) {
    const std::size_t before = formulas.size();
    const std::size_t root = condition(tag, node);
    answer_from(before);
    return root;
  }
  std::size_t joined(formula_kind kind, std::vector<std::size_t> of) {
    formulas.push_back({.kind = kind, .of = std::move(of)});
    return formulas.size() - 1;
  }
  void forget(std::size_t size) { formulas.resize(size); }

  [[nodiscard]] const rule& rule_of(std::size_t tag) const { return *rules_[tag]; }
  [[nodiscard]] bool usable(std::size_t tag) const { return usable_[tag]; }

  /// What a column of the profile holds, by its name alone, so that columns named directly are the functions' sources.
  [[nodiscard]] analysed_source of_column(const std::string& column, value_type type) const {
    analysed_source out{.type = type, .name = column, .column = column};
    if (type != value_type::number && type != value_type::duration) {
      out.whole = type == value_type::date;
      return out;
    }
    const auto rest_after = [&column](std::string_view prefix) {
      return column.starts_with(prefix) ? std::optional(column.substr(prefix.size())) : std::nullopt;
    };
    const auto is_channel = [this](const std::string& name) {
      return std::find(what_.known.channels.begin(), what_.known.channels.end(), name) != what_.known.channels.end();
    };
    // "_visit_90d" or "_90d"
    const auto take_window = [&](const std::string& rest) {
      const std::size_t cut = rest.rfind('_');
      if (cut == rest.npos || rest.size() < cut + 3 || rest.back() != 'd' || rest.size() - cut > 8 ||
          rest[cut + 1] == '0')
        return false;
      for (std::size_t i = cut + 1; i + 1 < rest.size(); ++i)
        if (rest[i] < '0' || rest[i] > '9') return false;
      if (cut != 0 && (rest[0] != '_' || !is_channel(rest.substr(1, cut - 1)))) return false;
      out.channel = cut == 0 ? "" : rest.substr(1, cut - 1);
      out.window = std::stoi(rest.substr(cut + 1));
      return true;
    };
    if (column == "contact_coverage") {
      out.what = reads_what::coverage;
      out.least = 0;
      out.most = 1;
    } else if (const auto since = rest_after("days_since_"); since && (*since == "contact" || is_channel(*since))) {
      out.what = reads_what::last;
      out.channel = *since == "contact" ? "" : *since;
      out.whole = true;
      out.least = 0;
    } else if (const auto counted = rest_after("contacts"); counted && take_window(*counted)) {
      out.what = reads_what::count;
      out.whole = true;
      out.least = 0;
    } else if (const auto trend = rest_after("trend"); trend && take_window(*trend)) {
      out.what = reads_what::trend;
    }
    return out;
  }

 private:
  void answer_from(std::size_t before) {
    for (; before < formulas.size(); ++before)
      if (formulas[before].kind == formula_kind::leaf) answer(formulas[before]);
  }
  std::size_t constant(truths answer) {
    formulas.push_back({.kind = formula_kind::constant, .answer = answer});
    return formulas.size() - 1;
  }
  std::size_t leaf(std::size_t source, std::size_t tag, std::uint32_t node, std::uint8_t ask = as_written) {
    formulas.push_back({.kind = formula_kind::leaf, .source = source, .rule = tag, .node = node, .ask = ask});
    return formulas.size() - 1;
  }
  std::size_t joined_at(formula_kind kind, std::vector<std::size_t> of, std::size_t tag, std::uint32_t n) {
    formulas.push_back({.kind = kind, .of = std::move(of), .rule = tag, .node = n});
    return formulas.size() - 1;
  }
  [[nodiscard]] const rule::node& at(std::size_t tag, std::uint32_t n) const {
    return rules_[tag]->compiled().nodes[n];
  }
  [[nodiscard]] std::string spelled(std::size_t tag, std::uint32_t n) const {
    std::string out;
    format_node(rules_[tag]->compiled(), n, 0, out);
    return out;
  }

  std::size_t enter(const std::string& key, analysed_source source) {
    const auto [found, fresh] = source_of_.try_emplace(key, sources.size());
    if (fresh) {
      sources.push_back(std::move(source));
    } else if (sources[found->second].name == sources[found->second].column) {
      sources[found->second].name = source.name;  // a function says more than its column
    }
    return found->second;
  }

  std::size_t column_source(const std::string& column, value_type type, const std::string& name) {
    analysed_source source = of_column(column, type);
    source.name = name;
    return enter("c" + column, std::move(source));
  }

  /// The source of a value that is no condition.
  std::size_t value(std::size_t tag, std::uint32_t n) {
    const rule::node& what = at(tag, n);
    if (what.kind == node_kind::share) {
      analysed_source share{.what = reads_what::share,
                            .name = spelled(tag, n),
                            .column = {},
                            .channel = what.text,
                            .window = what.window_days,
                            .least = 0,
                            .most = 1};
      return enter("s" + what.reads[0] + "/" + what.reads[1], std::move(share));
    }
    if (is_source(what.kind)) return column_source(what.reads[0], what.type, spelled(tag, n));
    analysed_source source{.what = reads_what::computed, .type = what.type, .name = spelled(tag, n)};
    source.constant = constant_of(tag, n);
    if (what.kind == node_kind::length) source.whole = true, source.least = 0;
    return enter("e" + source.name, source);
  }
  /// What is the same for everybody: a number, or missing. Anything else is nothing.
  [[nodiscard]] std::optional<double> constant_of(std::size_t tag, std::uint32_t n) const {
    const rule::node& what = at(tag, n);
    if (what.kind == node_kind::literal) return what.number;
    if (!is_arithmetic(what.kind)) return std::nullopt;
    std::optional<double> out = constant_of(tag, what.children[0]);
    bool lost = out && std::isnan(*out);
    if (out && what.kind == node_kind::opposite) out = -*out;
    if (out && what.kind == node_kind::magnitude) out = std::fabs(*out);
    for (std::size_t i = 1; i < what.children.size(); ++i) {
      const std::optional<double> next = constant_of(tag, what.children[i]);
      const char sign = what.kind == node_kind::least ? '<' : what.kind == node_kind::greatest ? '>' : what.text[i - 1];
      lost = lost || (next && std::isnan(*next)) || (sign == '/' && next && *next == 0);
      if (!out || !next) {
        out.reset();
        continue;
      }
      const double a = *out, b = *next;
      out = sign == '+'   ? a + b
            : sign == '-' ? a - b
            : sign == '*' ? a * b
            : sign == '/' ? a / b
            : sign == '<' ? std::min(a, b)
                          : std::max(a, b);
      lost = lost || !std::isfinite(*out);
    }
    return lost ? std::optional(missing) : out;
  }
  [[nodiscard]] std::uint32_t column_below(std::size_t tag, std::uint32_t n) const {
    while (at(tag, n).kind != node_kind::column) n = at(tag, n).children.front();
    return n;
  }

  std::size_t text_asked(std::size_t tag, std::uint32_t n, std::uint32_t of) {
    const std::size_t source = value(tag, column_below(tag, of));
    sources[source].questions.emplace_back(tag, n);
    return leaf(source, tag, n);
  }

  std::size_t known(std::size_t tag, std::uint32_t n) {
    const std::uint32_t child = at(tag, n).children[0];
    const rule::node& what = at(tag, child);
    if (what.kind == node_kind::literal) return constant(may_yes);
    if (what.type == value_type::boolean && what.kind != node_kind::column)
      return joined_at(formula_kind::is_known, {condition(tag, child)}, tag, n);
    const bool is_text = what.type == value_type::text;
    return leaf(value(tag, is_text ? column_below(tag, child) : child), tag, n, has_a_value);
  }

  /// x == null: yes where x is missing and no contact is at fault, unknown where one is.
  std::size_t is_null(std::size_t tag, std::uint32_t n) {
    const std::size_t has = leaf(value(tag, at(tag, n).children[0]), tag, n, has_a_value);
    const std::size_t absent = joined(formula_kind::negation, {has});
    const std::size_t coverage = column_source("contact_coverage", value_type::number, "contact_coverage");
    sources[coverage].bounds.push_back(1);
    const std::size_t sure = leaf(coverage, tag, n, covers_all);
    const std::size_t none_known = joined(formula_kind::all_of, {absent, sure});
    return at(tag, n).relation == relation::unequal ? joined(formula_kind::negation, {none_known}) : none_known;
  }

  std::size_t comparison(std::size_t tag, std::uint32_t n) {
    const rule::node& what = at(tag, n);
    const std::uint32_t left = what.children[0], right = what.children[1];
    const rule::node &first = at(tag, left), &second = at(tag, right);
    if (first.type == value_type::boolean) {
      const std::size_t a = condition(tag, left), b = condition(tag, right);
      const std::size_t same = joined_at(formula_kind::equal, {a, b}, tag, n);
      return what.relation == relation::unequal ? joined(formula_kind::negation, {same}) : same;
    }
    const bool left_literal = first.kind == node_kind::literal, right_literal = second.kind == node_kind::literal;
    if (left_literal && right_literal) {
      const double a = first.number, b = second.number;
      if (first.type == value_type::text)
        return constant((first.text == second.text) == (what.relation == relation::equal) ? may_yes : may_no);
      return constant(holds(what.relation, a < b ? -1 : a > b ? 1 : 0) ? may_yes : may_no);
    }
    if (first.type == value_type::text) {
      if (left_literal || right_literal) return text_asked(tag, n, left_literal ? right : left);
      return order(tag, n, left, right, true);
    }
    if (left_literal || right_literal) {
      const std::size_t source = value(tag, left_literal ? right : left);
      sources[source].bounds.push_back(left_literal ? first.number : second.number);
      return leaf(source, tag, n);
    }
    return order(tag, n, left, right, false);
  }

  /// Two values compared: a source of its own, which says which is the greater.
  std::size_t order(std::size_t tag, std::uint32_t n, std::uint32_t left, std::uint32_t right, bool texts) {
    std::string one = spelled(tag, left), other = spelled(tag, right);
    if (other < one) std::swap(one, other), std::swap(left, right);
    const std::size_t a = value(tag, texts ? column_below(tag, left) : left),
                      b = value(tag, texts ? column_below(tag, right) : right);
    analysed_source source{
        .what = reads_what::order, .type = texts ? value_type::text : value_type::number, .name = one + " ? " + other};
    source.left = a;
    source.right = b;
    // Of texts that functions change first, nothing is known.
    if (texts && (at(tag, left).kind != node_kind::column || at(tag, right).kind != node_kind::column))
      source.window = 1;
    return leaf(enter("o" + source.name, source), tag, n);
  }

  static bool holds(relation r, int order) noexcept {
    switch (r) {
      case relation::equal: return order == 0;
      case relation::unequal: return order != 0;
      case relation::less: return order < 0;
      case relation::less_equal: return order <= 0;
      case relation::greater: return order > 0;
      case relation::greater_equal: break;
    }
    return order >= 0;
  }

  std::size_t membership(std::size_t tag, std::uint32_t n) {
    const rule::node& what = at(tag, n);
    const std::uint32_t asked = what.children[0];
    if (at(tag, asked).type == value_type::boolean) {
      const std::size_t truth = condition(tag, asked);
      std::vector<std::size_t> found;
      for (std::size_t i = 1; i < what.children.size(); ++i)
        found.push_back(at(tag, what.children[i]).number != 0 ? truth : joined(formula_kind::negation, {truth}));
      return joined(formula_kind::any_of, std::move(found));
    }
    if (at(tag, asked).kind == node_kind::literal) {
      bool found = false;
      for (std::size_t i = 1; i < what.children.size(); ++i) {
        const rule::node &item = at(tag, what.children[i]), &literal = at(tag, asked);
        found = found || (literal.type == value_type::text ? item.text == literal.text : item.number == literal.number);
      }
      return constant(found ? may_yes : may_no);
    }
    if (at(tag, asked).type == value_type::text) return text_asked(tag, n, asked);
    const std::size_t source = value(tag, asked);
    for (std::size_t i = 1; i < what.children.size(); ++i)
      sources[source].bounds.push_back(at(tag, what.children[i]).number);
    return leaf(source, tag, n);
  }

  std::size_t has_tag(std::size_t tag, std::size_t by, std::uint32_t n) {
    if (usable_[tag] && what_.definitions[tag].source == source_kind::rule) return roots[tag];
    analysed_source source{.what = reads_what::free_truth,
                           .type = value_type::boolean,
                           .name = "has_tag(" + quote(what_.definitions[tag].id) + ")",
                           .tag = tag};
    return leaf(enter(std::string("t").append(std::to_string(tag)), std::move(source)), by, n);
  }

  std::size_t condition(std::size_t tag, std::uint32_t n) {
    if (replaced_ != nullptr)
      if (const auto put = replaced_->find(n); put != replaced_->end()) return constant(put->second ? may_yes : may_no);
    const rule::node& what = at(tag, n);
    switch (what.kind) {
      case node_kind::literal: return constant(what.number != 0 ? may_yes : may_no);
      case node_kind::column: return leaf(value(tag, n), tag, n);
      case node_kind::has_tag: return has_tag(what.tag, tag, n);
      case node_kind::known: return known(tag, n);
      case node_kind::is_null: return is_null(tag, n);
      case node_kind::contains:
      case node_kind::starts_with:
      case node_kind::ends_with: return text_asked(tag, n, what.children[0]);
      case node_kind::negation: return joined(formula_kind::negation, {condition(tag, what.children[0])});
      case node_kind::all_of:
      case node_kind::any_of: {
        std::vector<std::size_t> of;
        for (const std::uint32_t child : what.children) of.push_back(condition(tag, child));
        return joined(what.kind == node_kind::all_of ? formula_kind::all_of : formula_kind::any_of, std::move(of));
      }
      case node_kind::comparison: return comparison(tag, n);
      case node_kind::membership: return membership(tag, n);
      default: break;
    }
    return constant(may_any);
  }

  [[nodiscard]] text_question question_of(std::size_t tag, std::uint32_t n) const {
    const rule::node& what = at(tag, n);
    text_question out{.kind = is_text_question(what.kind) ? what.kind : node_kind::membership};
    std::uint32_t of = what.children[0];
    if (what.kind == node_kind::membership) {
      for (std::size_t i = 1; i < what.children.size(); ++i) out.parts.push_back(at(tag, what.children[i]).text);
    } else if (what.kind == node_kind::comparison) {
      const bool left_literal = at(tag, of).kind == node_kind::literal;
      out.parts = {at(tag, what.children[left_literal ? 0 : 1]).text};
      if (left_literal) of = what.children[1];
    } else {
      out.parts = {what.text};
    }
    for (; at(tag, of).kind != node_kind::column; of = at(tag, of).children.front())
      out.functions.insert(out.functions.begin(), at(tag, of).kind);
    return out;
  }

  /// Cells of one source, once all rules have said what they ask of it.
  void cut(std::size_t index) {
    analysed_source& source = sources[index];
    if (source.constant) {
      source.least = source.most = *source.constant;
      source.cells.push_back({.missing = std::isnan(*source.constant),
                              .number = *source.constant,
                              .low = *source.constant,
                              .high = *source.constant});
      return;
    }
    if (source.what == reads_what::order) {
      if (source.type != value_type::text) source.cells.push_back({.uncertain = true, .number = -1});
      source.cells.push_back({.uncertain = true, .number = 0});
      source.cells.push_back({.uncertain = true, .number = 1});
    } else if (source.type == value_type::boolean) {
      source.cells.push_back({.number = 1, .low = 1, .high = 1});
      source.cells.push_back({.number = 0, .low = 0, .high = 0});
    } else if (source.type == value_type::text) {
      std::vector<text_question> questions;
      for (const auto& [tag, n] : source.questions) {
        questions.push_back(question_of(tag, n));
        if (questions.back().functions.empty() && questions.back().kind == node_kind::membership)
          source.texts.insert(source.texts.end(), questions.back().parts.begin(), questions.back().parts.end());
      }
      cells_of_texts(source, questions);
    } else {
      cells_of_numbers(source);
    }
    if (source.what == reads_what::computed)
      for (cell& c : source.cells) c.uncertain = true;
    const bool computed = source.what == reads_what::order || source.what == reads_what::computed;
    source.cells.push_back({.missing = true, .uncertain = computed});
  }

  /// What a leaf answers in each cell of its source.
  void answer(formula& f) const {
    const analysed_source& source = sources[f.source];
    f.answers.clear();
    for (const cell& c : source.cells) f.answers.push_back(answer_in(f, source, c));
  }
  [[nodiscard]] truths answer_in(const formula& f, const analysed_source& source, const cell& c) const {
    const auto as = [](bool yes) { return yes ? may_yes : may_no; };
    if (f.ask == has_a_value) return as(!c.missing);
    if (f.ask == covers_all) return !c.missing && c.number >= 1 ? may_yes : may_unknown;
    if (c.missing) return may_unknown;
    if (source.what == reads_what::free_truth) return as(c.number != 0);
    const rule::node& n = at(f.rule, f.node);
    if (n.kind == node_kind::column) return as(c.number != 0);
    if (source.what == reads_what::order) {
      // Operands are kept in the order of their spelling.
      const bool turned = spelled(f.rule, n.children[1]) < spelled(f.rule, n.children[0]);
      return as(holds(n.relation, static_cast<int>(turned && source.type != value_type::text ? -c.number : c.number)));
    }
    if (source.type == value_type::text) {
      const std::pair<std::size_t, std::uint32_t> asked(f.rule, f.node);
      const auto place = static_cast<std::size_t>(std::find(source.questions.begin(), source.questions.end(), asked) -
                                                  source.questions.begin());
      const std::uint8_t answered = c.answers[place];
      const truths found = answered == 2 ? static_cast<truths>(may_yes | may_no) : as(answered == 1);
      return n.kind == node_kind::comparison && n.relation == relation::unequal ? opposite_of(found) : found;
    }
    if (n.kind == node_kind::membership) {
      for (std::size_t i = 1; i < n.children.size(); ++i)
        if (at(f.rule, n.children[i]).number == c.number) return may_yes;
      return may_no;
    }
    const bool left_literal = at(f.rule, n.children[0]).kind == node_kind::literal;
    const double bound = at(f.rule, n.children[left_literal ? 0 : 1]).number;
    const int order = c.number < bound ? -1 : c.number > bound ? 1 : 0;
    return as(holds(n.relation, left_literal ? -order : order));
  }

  const analysis_input& what_;
  std::vector<const rule*> rules_;
  const std::vector<bool>& usable_;
  std::map<std::string, std::size_t> source_of_;
  const std::map<std::uint32_t, bool>* replaced_ = nullptr;
};

}  // namespace tierwise
