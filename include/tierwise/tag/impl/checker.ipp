// Which values go together. Each function gives what is wrong, or an empty text.
#include <bit>
#include <optional>
#include <string>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

TIERWISE_INLINE std::string with_article(value_type type) { return "a " + std::string(name_of(type)); }

/// How to write a value of this type, where somebody wrote one of another.
TIERWISE_INLINE std::string_view example_of(value_type type) noexcept {
  switch (type) {
    case value_type::boolean: return "true";
    case value_type::number: return "2.5";
    case value_type::text: return "\"…\"";
    case value_type::date: return "date(\"2015-01-31\")";
    case value_type::duration: return "30d";
  }
  return "";
}

TIERWISE_INLINE std::string check_condition(const rule::node& what) {
  if (what.type == value_type::boolean) return {};
  return "expected a condition that is true or false, but this is " + with_article(what.type) +
         "; compare it with something";
}

TIERWISE_INLINE std::string check_equal_types(const rule::node& left, const rule::node& right) {
  if (left.type == right.type) return {};
  return "expected " + with_article(left.type) + " such as " + std::string(example_of(left.type)) +
         " to compare with, but this is " + with_article(right.type);
}

TIERWISE_INLINE std::string check_order(const rule::node& left, relation r) {
  if (r == relation::equal || r == relation::unequal) return {};
  if (left.type != value_type::text && left.type != value_type::boolean) return {};
  return "a " + std::string(name_of(left.type)) + " has no order; expected '==', '!=' or 'in'";
}

/// What `left sign right` gives; nothing if these do not go together.
TIERWISE_INLINE std::optional<value_type> type_of_calculation(value_type left, char sign, value_type right) noexcept {
  using enum value_type;
  const bool adds = sign == '+' || sign == '-';
  if (left == number && right == number) return number;
  if (left == duration && right == duration)
    return adds ? std::optional(duration) : sign == '/' ? std::optional(number) : std::nullopt;
  if (left == date && right == duration && adds) return date;
  if (left == date && right == date && sign == '-') return duration;
  if (left == duration && right == number && !adds) return duration;
  if (left == number && right == duration && sign == '*') return duration;
  return std::nullopt;
}

TIERWISE_INLINE bool has_order(value_type type) noexcept {
  return type == value_type::number || type == value_type::duration || type == value_type::date;
}

TIERWISE_INLINE std::string check_window(double days) {
  if (days >= 1 && days <= longest_window_days) return {};
  return "expected a window from 1d to " + std::to_string(longest_window_days) + "d";
}

/// Sorted and without repetition, so that equal rules have equal needs.
template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

TIERWISE_INLINE needs needs_of(const std::vector<rule::node>& nodes) {
  needs out;
  for (const rule::node& n : nodes) {
    out.columns.insert(out.columns.end(), n.reads.begin(), n.reads.end());
    if (n.kind == node_kind::count || n.kind == node_kind::share) out.windows_days.push_back(n.window_days);
    if (n.kind == node_kind::trend || n.kind == node_kind::engagement_trend)
      out.trend_windows_days.push_back(n.window_days);
    if (n.kind == node_kind::sum) out.sums.emplace_back(n.text, n.window_days);
    if (n.kind == node_kind::has_tag) out.tags.push_back(n.text);
    out.interactions |= reads_contacts(n.kind);
  }
  sort_unique(out.columns);
  sort_unique(out.windows_days);
  sort_unique(out.trend_windows_days);
  sort_unique(out.sums);
  sort_unique(out.tags);
  return out;
}

/// Steps of evaluating the nodes for one row, at most: one a node, and one more for each halving of a set.
TIERWISE_INLINE std::size_t cost_of(const std::vector<rule::node>& nodes) noexcept {
  std::size_t steps = 0;
  for (const rule::node& n : nodes)
    steps += 1 + (n.kind == node_kind::membership ? static_cast<std::size_t>(std::bit_width(n.children.size())) : 0);
  return steps;
}

}  // namespace tierwise
