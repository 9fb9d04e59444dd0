// Values of a block of rows, from the leaves of the tree upwards. Recursion is as deep as the tree, which parsing has bounded.
#include <algorithm>
#include <span>
#include <string_view>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

/// Values of a number, date or duration; NaN where missing.
TIERWISE_INLINE void bound_rule::numbers(std::uint32_t at, std::size_t begin, std::span<double> out) const {
  const rule::node& n = program_->nodes[at];
  if (n.kind == node_kind::literal) return std::fill(out.begin(), out.end(), n.number);
  bound_[at].columns[0].read_numbers(begin, out);
  if (n.kind != node_kind::share) return;
  double whole[block_rows];
  bound_[at].columns[1].read_numbers(begin, {whole, out.size()});
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = whole[i] > 0 ? out[i] / whole[i] : missing;
}

/// Ids of texts; −1 where missing.
TIERWISE_INLINE void bound_rule::text_ids(const bound_node& bound, const text_side& side, std::size_t begin,
                                          std::span<std::int32_t> out) const {
  if (side.constant) return std::fill(out.begin(), out.end(), side.id);
  const std::span<const std::string_view> names = side.column.names();
  const auto* codes = static_cast<const std::int32_t*>(side.column.data()) + begin;
  const bitmap_view valid = side.column.validity();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto code =
        static_cast<std::size_t>(static_cast<std::uint32_t>(codes[i]));  // what is negative lands beyond the end
    if (code >= names.size() || !valid[begin + i]) {
      out[i] = -1;
    } else if (!side.id_of_code.empty()) {
      out[i] = side.id_of_code[code];
    } else {
      const auto found = bound.ids.find(names[code]);
      out[i] = found == bound.ids.end() ? 0 : found->second;
    }
  }
}

TIERWISE_INLINE void bound_rule::ask_tag(std::uint32_t tag, std::size_t begin, std::size_t rows, lanes& out) const {
  const bit_set& yes = tags_->yes[tag];
  const bit_set& known = tags_->known[tag];
  if (begin % 64 != 0)  // one row alone
    return fill_lanes(
        out, rows, [&](std::size_t i) { return yes.test(begin + i); },
        [&](std::size_t i) { return known.test(begin + i); });
  const lanes all = constant_lanes(true, rows);
  for (std::size_t w = 0; w * 64 < rows; ++w) {
    out.known[w] = known.words()[begin / 64 + w] & all.known[w];
    out.yes[w] = yes.words()[begin / 64 + w] & out.known[w];
  }
}

TIERWISE_INLINE void bound_rule::is_known(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const {
  const rule::node& n = program_->nodes[at];
  const lanes all = constant_lanes(true, rows);
  if (n.type == value_type::boolean) {
    condition(at, begin, rows, out);
    out.yes = out.known;
  } else if (n.kind == node_kind::literal) {
    out = all;
  } else if (n.type != value_type::text) {
    truth_of_numbers(at, begin, rows, out);
    out.yes = out.known;
  } else {
    const column_view& column = bound_[at].columns.front();
    fill_lanes(
        out, rows, [&](std::size_t i) { return column.code(begin + i) >= 0; }, [](std::size_t) { return true; });
  }
  out.known = all.known;
}

/// Not zero; unknown where missing. Apart from `condition`, so that the buffer is on the stack once and not at every level.
TIERWISE_INLINE void bound_rule::truth_of_numbers(std::uint32_t at, std::size_t begin, std::size_t rows,
                                                  lanes& out) const {
  double values[block_rows];
  numbers(at, begin, {values, rows});
  fill_lanes(
      out, rows, [&](std::size_t i) { return values[i] != 0; }, [&](std::size_t i) { return values[i] == values[i]; });
}

TIERWISE_INLINE void bound_rule::compare_texts(std::uint32_t at, std::size_t begin, std::size_t rows,
                                               lanes& out) const {
  const bound_node& bound = bound_[at];
  const bool unequal = program_->nodes[at].relation == relation::unequal;
  if (bound.direct) {
    const column_view &left = bound.sides[0].column, &right = bound.sides[1].column;
    return fill_lanes(
        out, rows, [&](std::size_t i) { return (left.text(begin + i) == right.text(begin + i)) != unequal; },
        [&](std::size_t i) { return left.code(begin + i) >= 0 && right.code(begin + i) >= 0; });
  }
  std::int32_t a[block_rows], b[block_rows];
  text_ids(bound, bound.sides[0], begin, {a, rows});
  if (program_->nodes[at].kind == node_kind::membership)
    return fill_lanes(
        out, rows, [&](std::size_t i) { return a[i] > 0; }, [&](std::size_t i) { return a[i] >= 0; });
  text_ids(bound, bound.sides[1], begin, {b, rows});
  fill_lanes(
      out, rows, [&](std::size_t i) { return (a[i] == b[i]) != unequal; },
      [&](std::size_t i) { return a[i] >= 0 && b[i] >= 0; });
}

/// Numbers, dates and durations.
TIERWISE_INLINE void bound_rule::compare_values(std::uint32_t at, std::size_t begin, std::size_t rows,
                                                lanes& out) const {
  const rule::node& n = program_->nodes[at];
  const std::vector<double>& set = bound_[at].sorted;
  double a[block_rows], b[block_rows];
  numbers(n.children[0], begin, {a, rows});
  if (n.kind == node_kind::membership)
    return fill_lanes(
        out, rows, [&](std::size_t i) { return std::binary_search(set.begin(), set.end(), a[i]); },
        [&](std::size_t i) { return a[i] == a[i]; });
  numbers(n.children[1], begin, {b, rows});
  compare_numbers(out, n.relation, {a, rows}, {b, rows});
}

TIERWISE_INLINE void bound_rule::compare_truths(std::uint32_t at, std::size_t begin, std::size_t rows,
                                                lanes& out) const {
  const rule::node& n = program_->nodes[at];
  condition(n.children[0], begin, rows, out);
  if (n.kind == node_kind::membership) {
    const std::vector<double>& set = bound_[at].sorted;
    const std::uint64_t if_yes = std::binary_search(set.begin(), set.end(), 1.0) ? ~std::uint64_t{0} : 0;
    const std::uint64_t if_no = std::binary_search(set.begin(), set.end(), 0.0) ? ~std::uint64_t{0} : 0;
    for (std::size_t w = 0; w < out.yes.size(); ++w)
      out.yes[w] = ((out.yes[w] & if_yes) | (~out.yes[w] & if_no)) & out.known[w];
    return;
  }
  lanes right;
  condition(n.children[1], begin, rows, right);
  for (std::size_t w = 0; w < out.yes.size(); ++w) {
    const std::uint64_t differ = out.yes[w] ^ right.yes[w];
    out.known[w] &= right.known[w];
    out.yes[w] = (n.relation == relation::unequal ? differ : ~differ) & out.known[w];
  }
}

TIERWISE_INLINE void bound_rule::condition(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const {
  const rule::node& n = program_->nodes[at];
  switch (n.kind) {
    case node_kind::literal: out = constant_lanes(n.number != 0, rows); return;
    case node_kind::column: return truth_of_numbers(at, begin, rows, out);
    case node_kind::has_tag: return ask_tag(n.tag, begin, rows, out);
    case node_kind::known: return is_known(n.children[0], begin, rows, out);
    case node_kind::negation: condition(n.children[0], begin, rows, out); return negate(out);
    case node_kind::all_of:
    case node_kind::any_of: {
      condition(n.children[0], begin, rows, out);
      for (std::size_t i = 1; i < n.children.size(); ++i) {
        lanes next;
        condition(n.children[i], begin, rows, next);
        n.kind == node_kind::all_of ? conjoin(out, next) : disjoin(out, next);
      }
      return;
    }
    case node_kind::comparison:
    case node_kind::membership: {
      const value_type type = program_->nodes[n.children[0]].type;
      if (type == value_type::boolean) return compare_truths(at, begin, rows, out);
      return type == value_type::text ? compare_texts(at, begin, rows, out) : compare_values(at, begin, rows, out);
    }
    case node_kind::count:
    case node_kind::last:
    case node_kind::share:
    case node_kind::sum: break;  // never boolean
  }
}

}  // namespace tierwise
