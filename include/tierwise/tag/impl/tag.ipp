#include <algorithm>
#include <functional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>

#include <tierwise/tag/tag.hpp>

#include <tierwise/tag/impl/plan.ipp>
#include <tierwise/tag/impl/plan_run.ipp>

namespace tierwise::inline TIERWISE_ABI::tag {

namespace detail {

/// For each tag, the tags it asks for.
TIERWISE_INLINE std::vector<std::vector<std::size_t>> asked_tags(const std::vector<rule>& rules) {
  std::vector<std::vector<std::size_t>> out(rules.size());
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const rule::node& n : rules[i].compiled().nodes)
      if (n.kind == node_kind::has_tag) out[i].push_back(n.tag);
    sort_unique(out[i]);
  }
  return out;
}

/// Every tag after those it asks for; of several that could be next, the first defined (Kahn 1962). Tags on or behind a
/// cycle are left out.
TIERWISE_INLINE std::vector<std::size_t> order_of(const std::vector<std::vector<std::size_t>>& asks) {
  std::vector<std::size_t> open(asks.size()), order;
  std::vector<std::vector<std::size_t>> asked_by(asks.size());
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < asks.size(); ++i) {
    open[i] = asks[i].size();
    if (open[i] == 0) ready.push(i);
    for (const std::size_t other : asks[i]) asked_by[other].push_back(i);
  }
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const std::size_t other : asked_by[order.back()])
      if (--open[other] == 0) ready.push(other);
  }
  return order;
}

/// The tags of one cycle, beginning with the first defined of them. Precondition: `order` leaves some out.
TIERWISE_INLINE std::vector<std::size_t> cycle_of(const std::vector<std::vector<std::size_t>>& asks,
                                                  const std::vector<std::size_t>& order) {
  std::vector<bool> done(asks.size());
  for (const std::size_t i : order) done[i] = true;
  // Each tag left over asks for another one left over; whoever follows them comes around.
  std::size_t at = static_cast<std::size_t>(std::find(done.begin(), done.end(), false) - done.begin());
  std::vector<std::size_t> path;
  std::vector<bool> seen(asks.size());
  while (!seen[at]) {
    seen[at] = true;
    path.push_back(at);
    at = *std::find_if(asks[at].begin(), asks[at].end(), [&done](std::size_t other) { return !done[other]; });
  }
  path.erase(path.begin(), std::find(path.begin(), path.end(), at));
  std::rotate(path.begin(), std::min_element(path.begin(), path.end()), path.end());
  return path;
}

TIERWISE_INLINE std::string pointer_to(std::size_t tag, std::string_view key) {
  return "/tags/" + std::to_string(tag) + "/" + std::string(key);
}

TIERWISE_INLINE std::optional<Error> check_definition(const std::vector<definition>& all, std::size_t at,
                                                      const std::vector<group>& groups) {
  const definition& d = all[at];
  const auto fault = [at](errc code, std::string what, std::string_view key) {
    return Error(code, std::move(what), {.path = pointer_to(at, key), .column = {}});
  };
  if (d.source != source_kind::rule && !d.rule.empty())
    return fault(errc::policy_out_of_range, "a tag of the source '" + std::string(name_of(d.source)) + "' has no rule",
                 "rule");
  if (d.lives_days < 0) return fault(errc::policy_out_of_range, "expected at least 0 days", "lives_days");
  if (d.version < 1) return fault(errc::policy_out_of_range, "versions count from 1", "version");
  const auto same = [&d](const group& g) { return g.id == d.group; };
  if (!d.group.empty() && std::none_of(groups.begin(), groups.end(), same))
    return fault(errc::policy_unknown_name, "there is no group of tags '" + d.group + "'", "group");
  return std::nullopt;
}

/// The error of the first rule that cannot read its columns.
TIERWISE_INLINE Error place_of(const Error& error, const registry& tags, const table_view& profiles) {
  for (const std::size_t tag : tags.order)
    for (const rule::node& n : tags.rules[tag].compiled().nodes)
      for (const std::string& name : n.reads)
        if (const auto column = column_for(n.reads_type(), name, profiles); !column)
          return Error(column.error().code(), column.error().message(),
                       {.path = pointer_to(tag, "rule"), .column = column.error().where().column});
  return error;
}

/// Joins rules, a table and what is said besides.
TIERWISE_INLINE result<bound_plan> bind_checked(const registry& tags, const table_view& profiles, const overrides* said,
                                                const wanted_steps* only = nullptr) {
  result<bound_plan> bound = bind(tags, profiles, only);
  if (!bound) return place_of(bound.error(), tags, profiles);
  if (said != nullptr)
    for (const std::vector<bit_set>* sets : {&said->set, &said->veto})
      for (const bit_set& one : *sets)
        if (sets->size() > tags.rules.size() || (one.size() != 0 && one.size() != profiles.rows()))
          return Error(errc::invalid_argument, "what is said must be of the registry's tags and the table's rows",
                       {.path = {}, .column = "said"});
  bound.value().said = said;
  return bound;
}

}  // namespace detail

TIERWISE_INLINE std::string_view name_of(layer l) noexcept {
  constexpr std::string_view names[] = {"basic", "behaviour", "preference"};
  return names[static_cast<std::size_t>(l)];
}

TIERWISE_INLINE std::string_view name_of(source_kind s) noexcept {
  constexpr std::string_view names[] = {"rule", "model", "person", "import"};
  return names[static_cast<std::size_t>(s)];
}

TIERWISE_INLINE std::string_view name_of(subject s) noexcept {
  constexpr std::string_view names[] = {"doctor", "content", "both"};
  return names[static_cast<std::size_t>(s)];
}

TIERWISE_INLINE result<registry> compile(std::vector<definition> definitions, schema known, std::vector<group> groups) {
  known.tags.clear();
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    const auto [at, fresh] = first.try_emplace(definitions[i].id, i);
    if (!fresh)
      return Error(errc::policy_duplicate_name,
                   "tag '" + definitions[i].id + "' is already defined at " + detail::pointer_to(at->second, "id"),
                   {.path = detail::pointer_to(i, "id"), .column = {}});
    known.tags.push_back(definitions[i].id);
  }
  registry out;
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    if (const auto fault = detail::check_definition(definitions, i, groups)) return *fault;
    const bool has_rule = definitions[i].source == source_kind::rule;
    result<rule> parsed = parse_rule(has_rule ? definitions[i].rule : "false", known);
    if (!parsed)
      return Error(parsed.error().code(), parsed.error().message(),
                   {.path = detail::pointer_to(i, "rule"), .column = {}});
    for (const std::string& asked : parsed.value().uses().tags)
      if (definitions[first.at(asked)].of == subject::content)
        return Error(errc::rule_type, "has_tag() asks doctors, but the tag '" + asked + "' is of contents",
                     {.path = detail::pointer_to(i, "rule"), .column = {}});
    out.rules.push_back(std::move(parsed.value()));
  }
  const auto asks = detail::asked_tags(out.rules);
  out.order = detail::order_of(asks);
  if (out.order.size() < definitions.size()) {
    const std::vector<std::size_t> cycle = detail::cycle_of(asks, out.order);
    std::string names;
    for (const std::size_t i : cycle) names += "'" + definitions[i].id + "' asks for ";
    return Error(errc::rule_type,
                 "tags ask for each other in a circle: " + names + "'" + definitions[cycle.front()].id + "'",
                 {.path = detail::pointer_to(cycle.front(), "rule"), .column = {}});
  }
  detail::planner planner(out.rules);
  for (const std::size_t tag : out.order) planner.add(tag, definitions[tag].source == source_kind::rule);
  out.compiled = shared_value<registry::plan>(std::move(planner).take());
  out.definitions = std::move(definitions);
  out.groups = std::move(groups);
  out.schema = std::move(known);
  return out;
}

TIERWISE_INLINE result<bool> evaluate(const registry& tags, const table_view& profiles, tag_bits& out,
                                      executor* threads, const overrides* said) {
  const std::size_t rows = profiles.rows();
  const result<detail::bound_plan> plan = detail::bind_checked(tags, profiles, said);
  if (!plan) return plan.error();
  for (std::vector<bit_set>* sets : {&out.yes, &out.known}) {
    sets->resize(tags.rules.size());
    for (bit_set& set : *sets)
      if (set.size() != rows) set = bit_set(rows);
  }
  for_blocks(threads, rows, 16 * detail::block_rows, [&](std::size_t begin, std::size_t end) {
    std::vector<detail::sides> at(plan.value().what->slot_count);
    for (; begin < end; begin += detail::block_rows)
      detail::run_block(plan.value(), begin, std::min(detail::block_rows, end - begin), at, out);
  });
  return true;
}

TIERWISE_INLINE result<tag_bits> evaluate(const registry& tags, const table_view& profiles, executor* threads,
                                          const overrides* said) {
  tag_bits out;
  if (auto done = evaluate(tags, profiles, out, threads, said); !done) return done.error();
  return out;
}

}  // namespace tierwise
