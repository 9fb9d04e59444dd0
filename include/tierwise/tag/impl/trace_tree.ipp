// One doctor's verdicts, condition by condition.
#include <map>
#include <string>
#include <vector>

#include <tierwise/tag/trace.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

TIERWISE_INLINE truth truth_of(const tag_bits& bits, std::size_t tag, std::size_t row) {
  if (!bits.known[tag].test(row)) return truth::unknown;
  return bits.yes[tag].test(row) ? truth::yes : truth::no;
}

/// What is said of one row.
TIERWISE_INLINE overrides said_of(const overrides* all, std::size_t tags, std::size_t row) {
  overrides out;
  out.set.assign(tags, bit_set(1));
  out.veto.assign(tags, bit_set(1));
  for (std::size_t tag = 0; all != nullptr && tag < tags; ++tag) {
    if (tag < all->set.size() && all->set[tag].size() > row && all->set[tag].test(row)) out.set[tag].set(0);
    if (tag < all->veto.size() && all->veto[tag].size() > row && all->veto[tag].test(row)) out.veto[tag].set(0);
  }
  return out;
}

/// The row as a table of its own, with the answers to all tags.
struct one_doctor {
  one_doctor(const registry& all, std::size_t asked, const table_view& profiles, std::size_t row,
             const overrides* all_said)
      : tags(all), said(said_of(all_said, all.rules.size(), row)) {
    // Only what the rules read, so that a wide table costs nothing.
    table_view read;
    std::set<std::string> names;
    for (const rule& one : all.rules) names.insert(one.uses().columns.begin(), one.uses().columns.end());
    for (const std::string& name : names)
      if (const column_view* column = profiles.find(name)) read.add(name, *column);
    if (read.columns().empty()) read.add(profiles.columns().front().name, profiles.columns().front().values);
    const std::size_t rows[] = {row};
    values = gather(read, rows);
    bits = evaluate(all, values.view(), nullptr, &said).value();
    behind = tags_behind(all, asked);
  }

  [[nodiscard]] truth verdict(std::size_t tag) const { return truth_of(bits, tag, 0); }
  [[nodiscard]] bool is_said(std::size_t tag) const { return said.set[tag].test(0) || said.veto[tag].test(0); }

  const registry& tags;
  overrides said;
  table values;
  tag_bits bits;
  std::vector<std::size_t> behind;  // the tags asked for, and the tag itself last
};

TIERWISE_INLINE reading reading_of(const rule::node& n) {
  using enum reading::kind;
  reading out{.what = column, .of = n.text, .window_days = n.window_days, .of_topic = n.of_topic, .type = n.type};
  if (n.kind == node_kind::count) out.what = count;
  if (n.kind == node_kind::last) out.what = last;
  if (n.kind == node_kind::share) out.what = share;
  if (n.kind == node_kind::sum) out.what = sum;
  if (n.kind == node_kind::trend) out.what = trend;
  if (n.kind == node_kind::engagement_trend) out.what = engagement_trend;
  return out;
}

TIERWISE_INLINE read_value value_of(const rule::node& n, const table_view& one) {
  read_value out{.from = reading_of(n)};
  const column_view& column = *one.find(n.reads.front());
  out.known = column.has(0);
  out.number = column.number(0);
  if (n.type == value_type::text) out.text = std::string(column.text(0));
  if (n.kind == node_kind::share) {
    const double whole = one.find(n.reads[1])->number(0);
    out.known = out.known && whole > 0;
    out.number /= whole;
  }
  const column_view* coverage = one.find("contact_coverage");
  out.null = !out.known && reads_contacts(n.kind) && coverage != nullptr && coverage->number(0) >= 1;
  if (!out.known) out.number = missing;
  return out;
}

class tracer {
 public:
  tracer(const registry& tags, const one_doctor& doctor, trace& out) : tags_(tags), doctor_(doctor), out_(out) {}

  /// The rule of a tag, once; the position of its first step.
  std::size_t add(std::size_t tag) {
    if (const auto found = at_.find(tag); found != at_.end()) return found->second;
    if (tags_.definitions[tag].source != source_kind::rule) return none;
    at_[tag] = out_.steps.size();
    return condition(tag, tags_.rules[tag].compiled().root);
  }
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

 private:
  std::size_t condition(std::size_t tag, std::uint32_t at) {
    const rule::program& program = tags_.rules[tag].compiled();
    const rule::node& n = program.nodes[at];
    const std::size_t here = out_.steps.size();
    out_.steps.push_back({});
    trace_step step;
    format_node(program, at, 0, step.rule);
    const auto bound = bound_rule::make(tags_.rules[tag], doctor_.values.view(), &doctor_.bits, 1, at);
    lanes found;
    bound.value().evaluate(0, 1, found);
    step.verdict = (found.known[0] & 1) == 0 ? truth::unknown : (found.yes[0] & 1) != 0 ? truth::yes : truth::no;
    if (n.kind == node_kind::has_tag) {
      step.tag = n.text;
      step.said = doctor_.is_said(n.tag);
      if (const std::size_t part = add(n.tag); part != none) step.parts.push_back(part);
    } else {
      for (const std::uint32_t child : n.children) below(tag, child, step);
      if (is_source(n.kind)) step.values.push_back(value_of(n, doctor_.values.view()));
    }
    out_.steps[here] = std::move(step);
    return here;
  }

  /// Conditions become parts of their own; what else is beneath is read by this one.
  void below(std::size_t tag, std::uint32_t at, trace_step& step) {
    const rule::node& n = tags_.rules[tag].compiled().nodes[at];
    if (n.type == value_type::boolean && n.kind != node_kind::literal) {
      step.parts.push_back(condition(tag, at));
    } else if (is_source(n.kind)) {
      read_value value = value_of(n, doctor_.values.view());
      if (std::none_of(step.values.begin(), step.values.end(),
                       [&](const read_value& v) { return v.from == value.from; }))
        step.values.push_back(std::move(value));
    } else {
      for (const std::uint32_t child : n.children) below(tag, child, step);
    }
  }

  const registry& tags_;
  const one_doctor& doctor_;
  trace& out_;
  std::map<std::size_t, std::size_t> at_;
};

}  // namespace tierwise
