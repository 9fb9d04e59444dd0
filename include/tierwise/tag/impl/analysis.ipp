#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tierwise/tag/analysis.hpp>

#include <tierwise/tag/impl/analysis_sources.ipp>
#include <tierwise/tag/impl/analysis_formulas.ipp>
#include <tierwise/tag/impl/analysis_contacts.ipp>
#include <tierwise/tag/impl/analysis_search.ipp>
#include <tierwise/tag/impl/analysis_witness.ipp>
#include <tierwise/tag/impl/analysis_words.ipp>
#include <tierwise/tag/impl/analysis_definitions.ipp>
#include <tierwise/tag/impl/analysis_parts.ipp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail::analysis {

/// Pairs that are both true, and whom no tag fits.
class group_analysis {
 public:
  group_analysis(analysed_rules& all, const analysis_input& what, const std::vector<bool>& pointless,
                 std::vector<finding>& out)
      : all_(all), what_(what), pointless_(pointless), out_(out) {}

  void study(const group& g) {
    std::vector<std::size_t> members;
    bool all_take_part = true;
    for (std::size_t tag = 0; tag < what_.definitions.size(); ++tag) {
      if (what_.definitions[tag].group != g.id) continue;
      members.push_back(tag);
      all_take_part = all_take_part && takes_part(tag);
    }
    for (std::size_t i = 0; g.exclusive && i < members.size(); ++i)
      for (std::size_t j = i + 1; j < members.size(); ++j)
        if (takes_part(members[i]) && takes_part(members[j]) && !pointless_[members[i]] && !pointless_[members[j]])
          ask(g, finding_kind::overlap, {members[i], members[j]});
    if (g.complete && all_take_part) ask(g, finding_kind::gap, members);
  }

 private:
  [[nodiscard]] bool takes_part(std::size_t tag) const {
    return all_.usable(tag) && what_.definitions[tag].source == source_kind::rule;
  }
  /// Whether the rules ask for a tag whose rule cannot be read: what is possible is then not known.
  [[nodiscard]] bool rests_on_broken(const search& question) const {
    return std::any_of(question.sources().begin(), question.sources().end(), [this](std::size_t s) {
      const analysed_source& source = all_.sources[s];
      return source.what == reads_what::free_truth && what_.definitions[source.tag].source == source_kind::rule;
    });
  }

  void ask(const group& g, finding_kind kind, const std::vector<std::size_t>& tags) {
    finding f{.kind = kind, .tags = tags, .group = g.id};
    if (tags.empty()) {
      put_in_words(f, what_.definitions);
      out_.push_back(std::move(f));
      return;
    }
    const bool overlap = kind == finding_kind::overlap;
    const std::size_t size = all_.formulas.size();
    std::vector<std::size_t> roots;
    std::vector<claim> claims;
    for (const std::size_t tag : tags) {
      roots.push_back(all_.roots[tag]);
      claims.emplace_back(tag, overlap ? truth::yes : truth::no);
    }
    const std::size_t root = all_.joined(overlap ? formula_kind::all_of : formula_kind::any_of, roots);
    search question(all_, what_, root);
    const outcome found = question.can_be(overlap ? may_yes : may_no);
    if (found != outcome::impossible && !rests_on_broken(question)) {
      witness_maker witness(all_, what_, claims);
      std::optional<std::vector<witness_value>> values;
      if (found == outcome::possible) values = witness.of_cells(question, question.smallest());
      if (!values) values = witness.by_trying();
      if (values) {
        f.values = std::move(*values);
        put_in_words(f, what_.definitions);
      } else {
        f.kind = finding_kind::undecided;
        put_in_words(f, what_.definitions,
                     overlap ? "whether both can be true, of the exclusive group '" + g.id + "'"
                             : "whether all can be no, of the complete group '" + g.id + "'",
                     overlap ? "互斥组“" + g.id + "”的标签能否同时成立" : "完备组“" + g.id + "”的标签能否都不成立");
      }
      out_.push_back(std::move(f));
    }
    all_.forget(size);
  }

  analysed_rules& all_;
  const analysis_input& what_;
  const std::vector<bool>& pointless_;
  std::vector<finding>& out_;
};

/// Pairs of tags with one verdict, among those that read the same.
TIERWISE_INLINE void find_same(analysed_rules& all, const analysis_input& what, const std::vector<bool>& pointless,
                               std::vector<finding>& out) {
  // Tags that differ in one of a few cells picked at random are not the same. Where several sources are about contacts, cells may not go together.
  std::vector<assignment> probes(48, assignment(all.sources.size()));
  random_stream roll(0, 0, stable_hash("tag.analysis.same"));
  for (assignment& probe : probes)
    for (std::size_t s = 0; s < probe.size(); ++s)
      probe[s] = static_cast<std::int32_t>(roll.below(static_cast<std::uint32_t>(all.sources[s].cells.size())));
  std::map<std::pair<std::vector<std::size_t>, std::vector<truths>>, std::vector<std::size_t>> by_sources;
  std::vector<std::size_t> tags = all.tag_order;
  std::sort(tags.begin(), tags.end());
  for (const std::size_t tag : tags) {
    if (pointless[tag]) continue;
    search rule(all, what, all.roots[tag]);
    const auto bound = std::count_if(rule.sources().begin(), rule.sources().end(), [&all](std::size_t s) {
      const reads_what kind = all.sources[s].what;
      return (kind >= reads_what::count && kind <= reads_what::coverage) || kind == reads_what::order ||
             kind == reads_what::computed;
    });
    std::vector<truths> verdicts;
    if (bound <= 1)
      for (const assignment& probe : probes) verdicts.push_back(rule.verdict(probe));
    by_sources[{rule.sources(), std::move(verdicts)}].push_back(tag);
  }
  for (const auto& [alike, group] : by_sources) {
    std::vector<bool> taken(group.size());
    for (std::size_t i = 0; i < group.size(); ++i)
      for (std::size_t j = i + 1; j < group.size() && !taken[i]; ++j) {
        if (taken[j]) continue;
        const std::size_t size = all.formulas.size();
        search question(all, what, all.joined(formula_kind::identical, {all.roots[group[i]], all.roots[group[j]]}));
        if (question.can_be(may_no) == outcome::impossible) {
          taken[j] = true;
          finding f{.kind = finding_kind::same, .tags = {group[i], group[j]}};
          put_in_words(f, what.definitions);
          out.push_back(std::move(f));
        }
        all.forget(size);
      }
  }
}

}  // namespace detail

TIERWISE_INLINE std::vector<finding> analyse(const analysis_input& given) {
  std::vector<finding> out;
  analysis_input what = given;
  what.known.tags.clear();
  for (const definition& d : what.definitions) what.known.tags.push_back(d.id);
  const detail::analysis::read_definitions read = detail::analysis::read_all(what, out);
  detail::analysis::find_forbidden(what, read, out);
  if (what.used) detail::analysis::find_unused(what, read, out);

  detail::analysis::analysed_rules all(what, read.rules, read.usable, read.order);
  std::vector<bool> pointless(what.definitions.size());
  for (std::size_t tag = 0; tag < what.definitions.size(); ++tag)
    if (read.usable[tag] && what.definitions[tag].source == source_kind::rule)
      pointless[tag] = detail::analysis::rule_analysis(all, what, tag, out).study();
  detail::analysis::group_analysis groups(all, what, pointless, out);
  for (const group& g : what.groups) groups.study(g);
  detail::analysis::find_same(all, what, pointless, out);

  std::stable_sort(out.begin(), out.end(), [](const finding& a, const finding& b) {
    if (a.kind != b.kind) return a.kind < b.kind;
    if (a.tags != b.tags) return a.tags < b.tags;
    return (a.part ? a.part->begin : 0) < (b.part ? b.part->begin : 0);
  });
  return out;
}

}  // namespace tierwise
