// One rule: which verdicts it can have, and which of its parts matter.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tierwise/tag/analysis.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail::analysis {

class rule_analysis {
 public:
  rule_analysis(analysed_rules& all, const analysis_input& what, std::size_t tag, std::vector<finding>& out)
      : all_(all), what_(what), tag_(tag), out_(out), nodes_(all.rule_of(tag).compiled().nodes) {}

  /// Whether a finding makes pairs with it pointless: it is never yes, or never anything else.
  bool study() {
    const std::size_t root = all_.roots[tag_];
    const verdicts can = verdicts_of(root, true);
    finding f{.tags = {tag_}};
    if (can.yes == outcome::impossible) {
      f.kind = can.no == outcome::impossible ? finding_kind::never_known : finding_kind::never_true;
      if (f.kind == finding_kind::never_true) f.because = core_of(root, false);
    } else if (can.no == outcome::impossible) {
      f.kind = can.unknown == outcome::impossible ? finding_kind::always_true : finding_kind::never_false;
      f.because = core_of(root, true, f.kind == finding_kind::always_true);
    } else {
      if (can.yes == outcome::unsure)
        undecided("whether anybody can have it", "是否有人能拥有该标签");
      else if (can.no == outcome::unsure)
        undecided("whether anybody can be without it", "是否有人会没有该标签");
      parts(all_.rule_of(tag_).compiled().root);
      return false;
    }
    put_in_words(f, what_.definitions);
    out_.push_back(std::move(f));
    return true;
  }

 private:
  struct verdicts {
    outcome yes, no, unknown = outcome::possible;
  };
  [[nodiscard]] verdicts verdicts_of(std::size_t root, bool by_trying) {
    verdicts out{search(all_, what_, root).can_be(may_yes), search(all_, what_, root).can_be(may_no)};
    if (out.no == outcome::impossible) out.unknown = search(all_, what_, root).can_be(may_unknown);
    if (!by_trying) return out;
    if (out.yes == outcome::unsure && witness_maker(all_, what_, {{tag_, truth::yes}}).by_trying())
      out.yes = outcome::possible;
    if (out.no == outcome::unsure && witness_maker(all_, what_, {{tag_, truth::no}}).by_trying())
      out.no = outcome::possible;
    return out;
  }

  void undecided(const std::string& en, const std::string& zh) {
    finding f{.kind = finding_kind::undecided, .tags = {tag_}};
    put_in_words(f, what_.definitions, en, zh);
    out_.push_back(std::move(f));
  }

  /// The conditions for which a formula is never yes or, `opposite`, never no; `unknown_too`, nor unknown.
  std::vector<rule_part> core_of(std::size_t root, bool opposite, bool unknown_too = false) {
    const std::size_t size = all_.formulas.size();
    if (opposite) root = all_.joined(formula_kind::negation, {root});
    std::vector<rule_part> out;
    for (const auto& [at, asked] : search(all_, what_, root).core(unknown_too))
      if (const std::optional<rule_part> part = part_of(at, asked == opposite)) out.push_back(*part);
    all_.forget(size);
    std::sort(out.begin(), out.end(), [this](const rule_part& a, const rule_part& b) {
      if ((a.tag == tag_) != (b.tag == tag_)) return a.tag == tag_;
      return a.tag != b.tag ? a.tag < b.tag : a.begin != b.begin ? a.begin < b.begin : a.denied < b.denied;
    });
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  /// The condition behind a formula; `denied` as it stands in its rule.
  [[nodiscard]] std::optional<rule_part> part_of(std::size_t at, bool denied) const {
    const formula& f = all_.formulas[at];
    if (f.rule >= what_.definitions.size()) return std::nullopt;
    rule_part out = place_of(f.rule, f.node);
    out.denied = denied;
    const rule::node& n = all_.rule_of(f.rule).compiled().nodes[f.node];
    if (n.kind == node_kind::is_null)  // two conditions in one, of which one stands under a `not`
      out.denied = denied != ((f.ask == has_a_value) == (n.relation == relation::equal));
    return out;
  }

  /// A node as it is written, found by reading what stands there.
  [[nodiscard]] rule_part place_of(std::size_t tag, std::uint32_t node) const {
    const rule& of = all_.rule_of(tag);
    rule_part out{.tag = tag};
    format_node(of.compiled(), node, 0, out.text);
    const std::string_view text = of.text();
    std::size_t begin = of.compiled().nodes[node].at;
    for (bool more = true; more; --begin) {
      for (std::size_t end = begin + 1; end <= text.size(); ++end) {
        const std::string_view piece = text.substr(begin, end - begin);
        if (piece.back() == ' ' || piece.size() + 64 < out.text.size()) continue;
        const result<rule> read = parse_rule(piece, what_.known);
        if (!read || read.value().format() != out.text) continue;
        out.begin = begin;
        out.end = end;
        return out;
      }
      more = begin > 0 &&
             (text[begin - 1] == '(' || text[begin - 1] == ' ');  // what it begins with may stand in parentheses
      if (!more) break;
    }
    out.begin = out.end = of.compiled().nodes[node].at;
    return out;
  }

  void parts(std::uint32_t node);
  bool part_is_at_fault(std::uint32_t node);
  bool is_redundant(std::uint32_t parent, std::uint32_t node);
  std::vector<rule_part> what_makes_redundant(std::uint32_t parent, std::uint32_t node);

  analysed_rules& all_;
  const analysis_input& what_;
  std::size_t tag_;
  std::vector<finding>& out_;
  const std::vector<rule::node>& nodes_;
  std::map<std::uint32_t, bool> removed_;
};

/// Goes down from a node whose own truth matters. Each part with a fault is reported, and what is below it is not.
TIERWISE_INLINE void rule_analysis::parts(std::uint32_t node) {
  const rule::node& n = nodes_[node];
  if (n.kind == node_kind::negation) return parts(n.children[0]);
  if (n.kind != node_kind::all_of && n.kind != node_kind::any_of) return;
  std::vector<std::uint32_t> sound;
  for (const std::uint32_t child : n.children)
    if (!part_is_at_fault(child)) sound.push_back(child);
  for (std::size_t i = sound.size(); i-- > 0;)  // of two that say the same, the later one goes
    if (is_redundant(node, sound[i])) sound.erase(sound.begin() + static_cast<std::ptrdiff_t>(i));
  for (const std::uint32_t child : sound) parts(child);
}

TIERWISE_INLINE bool rule_analysis::part_is_at_fault(std::uint32_t node) {
  if (nodes_[node].kind == node_kind::has_tag) return false;  // that is the other tag's affair
  const std::size_t size = all_.formulas.size();
  const std::size_t root = all_.part(tag_, node);
  const verdicts can = verdicts_of(root, false);
  finding f{.tags = {tag_}};
  const bool fault = can.yes == outcome::impossible || can.no == outcome::impossible;
  if (fault) {
    f.kind = can.yes == outcome::impossible ? finding_kind::contradiction : finding_kind::always_holds;
    f.part = place_of(tag_, node);
    f.because = core_of(root, f.kind == finding_kind::always_holds);
    put_in_words(f, what_.definitions);
    out_.push_back(std::move(f));
  }
  all_.forget(size);
  return fault;
}

/// Whether the rule's verdict is always the same without it, unknown included: alone, and with all that were found before it.
TIERWISE_INLINE bool rule_analysis::is_redundant(std::uint32_t parent, std::uint32_t node) {
  const auto changes_nothing = [this](const std::map<std::uint32_t, bool>& put) {
    const std::size_t size = all_.formulas.size();
    const std::size_t without = all_.with_constants(tag_, put);
    const std::size_t root = all_.joined(formula_kind::identical, {all_.roots[tag_], without});
    const bool nothing = search(all_, what_, root).can_be(may_no) == outcome::impossible;
    all_.forget(size);
    return nothing;
  };
  const bool neutral = nodes_[parent].kind == node_kind::all_of;
  std::map<std::uint32_t, bool> together = removed_;
  together[node] = neutral;
  if (!changes_nothing({{node, neutral}}) || (!removed_.empty() && !changes_nothing(together))) return false;
  removed_ = std::move(together);
  finding f{.kind = finding_kind::redundant_part, .tags = {tag_}, .part = place_of(tag_, node)};
  f.because = what_makes_redundant(parent, node);
  put_in_words(f, what_.definitions);
  out_.push_back(std::move(f));
  return true;
}

/// The fewest of its neighbours with which it says nothing more; none if it takes more of the rule.
TIERWISE_INLINE std::vector<rule_part> rule_analysis::what_makes_redundant(std::uint32_t parent, std::uint32_t node) {
  const formula_kind kind = nodes_[parent].kind == node_kind::all_of ? formula_kind::all_of : formula_kind::any_of;
  const std::size_t size = all_.formulas.size();
  std::vector<std::pair<std::uint32_t, std::size_t>> kept;
  for (const std::uint32_t child : nodes_[parent].children)
    if (child != node && !removed_.contains(child)) kept.emplace_back(child, all_.part(tag_, child));
  const std::size_t self = all_.part(tag_, node);
  const auto enough = [&](const std::vector<std::pair<std::uint32_t, std::size_t>>& of) {
    if (of.empty()) return false;
    std::vector<std::size_t> roots;
    for (const auto& [child, root] : of) roots.push_back(root);
    const std::size_t alone = all_.joined(kind, roots);
    roots.push_back(self);
    const std::size_t with = all_.joined(kind, roots);
    const std::size_t same = all_.joined(formula_kind::identical, {alone, with});
    return search(all_, what_, same).can_be(may_no) == outcome::impossible;
  };
  std::vector<rule_part> out;
  if (enough(kept)) {
    for (const auto& one : std::vector(kept)) {
      auto fewer = kept;
      std::erase(fewer, one);
      if (enough(fewer)) kept = std::move(fewer);
    }
    for (const auto& [child, root] : kept) out.push_back(place_of(tag_, child));
  }
  all_.forget(size);
  return out;
}

}  // namespace tierwise
