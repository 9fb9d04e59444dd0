// Which values go together. Each function gives what is wrong, or an empty text.
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
    if (n.kind == node_kind::sum) out.sums.emplace_back(n.text, n.window_days);
    if (n.kind == node_kind::has_tag) out.tags.push_back(n.text);
    out.interactions |= n.kind >= node_kind::count && n.kind <= node_kind::sum;
  }
  sort_unique(out.columns);
  sort_unique(out.windows_days);
  sort_unique(out.sums);
  sort_unique(out.tags);
  return out;
}

}  // namespace tierwise
