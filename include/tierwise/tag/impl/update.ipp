#include <algorithm>
#include <atomic>

#include <tierwise/tag/update.hpp>

namespace tierwise::inline TIERWISE_ABI::tag {
namespace detail {

/// What a node and those below it read.
TIERWISE_INLINE std::vector<std::string> columns_below(const rule::program& program, std::uint32_t node) {
  std::vector<std::string> out = program.nodes[node].reads;
  for (const std::uint32_t child : program.nodes[node].children) {
    const std::vector<std::string> more = columns_below(program, child);
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

/// The tags that ask for any of these columns, directly or through another tag, and the steps that answer them.
TIERWISE_INLINE wanted_steps steps_asking(const registry& tags, const std::vector<std::string>& columns) {
  const registry::plan& plan = *tags.compiled;
  const auto reads_any = [&](const std::vector<std::string>& reads) {
    return std::any_of(reads.begin(), reads.end(), [&](const std::string& name) {
      return std::binary_search(columns.begin(), columns.end(), name);
    });
  };
  std::vector<bool> changed(plan.steps.size());
  for (std::size_t at = 0; at < plan.steps.size(); ++at) {
    const plan_step& step = plan.steps[at];
    if (step.kind >= step_kind::has_value && step.kind <= step_kind::is_one_of)
      changed[at] = reads_any(plan.sources[step.source].reads);
    else if (step.kind == step_kind::other)
      changed[at] = reads_any(columns_below(tags.rules[step.rule].compiled(), step.node));
    for (const answer_ref one : step.of) changed[at] = changed[at] || changed[one / 2];
  }
  wanted_steps out;
  out.steps.assign(plan.steps.size(), false);
  for (std::uint32_t tag = 0; tag < plan.roots.size(); ++tag)
    if (changed[plan.roots[tag] / 2]) {
      out.tags.push_back(tag);
      out.steps[plan.roots[tag] / 2] = true;
    }
  for (std::size_t at = plan.steps.size(); at-- > 0;)
    if (out.steps[at])
      for (const answer_ref one : plan.steps[at].of) out.steps[one / 2] = true;
  return out;
}

TIERWISE_INLINE bit_set grown(const bit_set& from, std::size_t size) {
  bit_set out(size);
  std::copy(from.words().begin(), from.words().end(), out.words().begin());
  return out;
}

TIERWISE_INLINE bool any_bit(const bit_set& set, std::size_t begin, std::size_t end) noexcept {
  for (std::size_t w = begin / 64; w * 64 < end && w < set.words().size(); ++w)
    if (set.words()[w] != 0) return true;
  return false;
}

}  // namespace detail

TIERWISE_INLINE result<updated> update(const registry& tags, const table_view& profiles, const changes& what,
                                       tag_bits& answers, executor* threads, const overrides* said) {
  const std::size_t rows = profiles.rows();
  const auto refuse = [](const char* why, std::string column) {
    return Error(errc::invalid_argument, why, {.path = {}, .column = std::move(column)});
  };
  if (answers.yes.size() != tags.rules.size() || answers.known.size() != tags.rules.size())
    return refuse("these are answers of another registry", "answers");
  const std::size_t before = tags.rules.empty() ? rows : answers.yes.front().size();
  for (const std::vector<bit_set>* sets : {&answers.yes, &answers.known})
    for (const bit_set& one : *sets)
      if (one.size() != before || before > rows)
        return refuse("these are answers for more rows than the table has; evaluate from scratch", "answers");
  if (what.rows.size() != 0 && what.rows.size() != rows)
    return refuse("expected one bit for each row of the table, or none", "rows");
  for (const std::string& name : what.columns)
    if (profiles.find(name) == nullptr) return refuse("the table has no such column", name);
  std::vector<std::string> columns = what.columns;
  detail::sort_unique(columns);

  const detail::wanted_steps asking = detail::steps_asking(tags, columns);
  const result<detail::bound_plan> part = detail::bind_checked(tags, profiles, said, &asking),
                                   whole = detail::bind_checked(tags, profiles, said);
  if (!whole) return whole.error();
  for (std::vector<bit_set>* sets : {&answers.yes, &answers.known})
    for (bit_set& one : *sets)
      if (one.size() != rows) one = detail::grown(one, rows);

  std::atomic<std::size_t> again{0};
  for_blocks(threads, rows, 16 * detail::block_rows, [&](std::size_t begin, std::size_t end) {
    std::vector<detail::sides> at(tags.compiled->slot_count);
    for (; begin < end; begin += detail::block_rows) {
      const std::size_t count = std::min(detail::block_rows, end - begin);
      const bool all = begin + count > before || detail::any_bit(what.rows, begin, begin + count);
      if (all) again += count;
      if (all || !asking.tags.empty()) detail::run_block(all ? whole.value() : part.value(), begin, count, at, answers);
    }
  });
  return updated{asking.tags.size(), again};
}

TIERWISE_INLINE result<changes> due(const registry& tags, const table_view& profiles, const history& past,
                                    date before) {
  const std::size_t rows = profiles.rows();
  const auto refuse = [](const char* why, const char* column) {
    return Error(errc::invalid_argument, why, {.path = {}, .column = column});
  };
  if (before > past.as_of) return refuse("lies after the day that time has moved on to", "before");
  if (past.contacts.begin.size() != rows + 1 || past.contacts.begin.back() > past.contacts.items.size())
    return refuse("are not those of the profiles", "contacts");
  if (!past.contacts.is_of(past.channels.channels)) return refuse("were read with other channels", "contacts");
  changes out;
  out.rows = bit_set(rows);
  detail::since_plan plan;
  for (std::size_t tag = 0; tag < tags.rules.size(); ++tag) detail::add_needs(tags, tag, past, plan);
  plan.settle();
  out.columns = plan.others;
  const detail::since_walker walker(tags, plan, profiles, past);
  for (std::size_t row = 0; row < rows; ++row)
    if (walker.changes_within(row, before)) out.rows.set(row);
  return out;
}

}  // namespace tierwise
