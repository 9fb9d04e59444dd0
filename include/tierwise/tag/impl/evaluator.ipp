// Values of a block of rows, from the leaves of the tree upwards. Recursion is as deep as the tree, which parsing has bounded.
#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

/// Values of a number, date or duration; NaN where missing.
TIERWISE_INLINE void bound_rule::numbers(std::uint32_t at, std::size_t begin, std::span<double> out) const {
  const rule::node& n = program_->nodes[at];
  if (n.kind == node_kind::literal) return std::fill(out.begin(), out.end(), n.number);
  if (n.kind == node_kind::length) return answers_of_texts(at, begin, out);
  if (is_arithmetic(n.kind)) {
    constexpr std::size_t few = 32;  // buffers of every level are on the stack at once
    for (std::size_t from = 0; from < out.size(); from += few)
      calculate(at, begin + from, out.subspan(from, std::min(few, out.size() - from)));
    return;
  }
  bound_[at].columns[0].read_numbers(begin, out);
  if (n.kind != node_kind::share) return;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double whole = bound_[at].columns[1].number(begin + i);
    out[i] = whole > 0 ? out[i] / whole : missing;
  }
}

/// Arithmetic of at most 32 rows, from left to right, each result rounded to a double. What is not a finite number is missing.
TIERWISE_INLINE void bound_rule::calculate(std::uint32_t at, std::size_t begin, std::span<double> out) const {
  const rule::node& n = program_->nodes[at];
  const auto value = [&](std::uint32_t of, std::span<double> to) {
    is_arithmetic(program_->nodes[of].kind) ? calculate(of, begin, to) : numbers(of, begin, to);
  };
  value(n.children[0], out);
  if (n.kind == node_kind::opposite || n.kind == node_kind::magnitude)
    for (double& v : out) v = !std::isfinite(v) ? missing : n.kind == node_kind::opposite ? -v : std::fabs(v);
  double next[32];
  for (std::size_t i = 1; i < n.children.size(); ++i) {
    value(n.children[i], {next, out.size()});
    const char sign = n.kind == node_kind::least ? '<' : n.kind == node_kind::greatest ? '>' : n.text[i - 1];
    for (std::size_t row = 0; row < out.size(); ++row) {
      const double a = out[row], b = next[row];
      switch (sign) {
        case '+': out[row] = a + b; break;
        case '-': out[row] = a - b; break;
        case '*': out[row] = a * b; break;
        case '/': out[row] = a / b; break;
        case '<': out[row] = std::isnan(a) || std::isnan(b) ? missing : std::min(a, b); break;
        default: out[row] = std::isnan(a) || std::isnan(b) ? missing : std::max(a, b);
      }
      if (!std::isfinite(out[row])) out[row] = missing;
    }
  }
}

/// What a length or a text question answers; NaN where there is no text.
TIERWISE_INLINE void bound_rule::answers_of_texts(std::uint32_t at, std::size_t begin, std::span<double> out) const {
  const bound_node& bound = bound_[at];
  std::string room;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int32_t code = bound.asked.column.code(begin + i);
    if (code < 0)
      out[i] = missing;
    else if (!bound.of_code.empty())
      out[i] = bound.of_code[static_cast<std::size_t>(code)];
    else
      out[i] = answer_of_text(program_->nodes[at], bound.asked.of_row(begin + i, room));
  }
}

/// Ids of texts; −1 where missing.
TIERWISE_INLINE void bound_rule::text_ids(const bound_node& bound, const text_side& side, std::size_t begin,
                                          std::span<std::int32_t> out) const {
  if (side.constant) return std::fill(out.begin(), out.end(), side.id);
  const column_view& column = side.value.column;
  const std::span<const std::string_view> names = column.names();
  const auto* codes = static_cast<const std::int32_t*>(column.data()) + begin;
  const bitmap_view valid = column.validity();
  std::string room;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto code =
        static_cast<std::size_t>(static_cast<std::uint32_t>(codes[i]));  // what is negative lands beyond the end
    if (code >= names.size() || !valid[begin + i]) {
      out[i] = -1;
    } else if (!side.id_of_code.empty()) {
      out[i] = side.id_of_code[code];
    } else {
      const auto found = bound.ids.find(side.value(names[code], room));
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
    const column_view column = text_of(at).column;
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

TIERWISE_INLINE void bound_rule::ask_texts(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const {
  double answers[block_rows];
  answers_of_texts(at, begin, {answers, rows});
  fill_lanes(
      out, rows, [&](std::size_t i) { return answers[i] != 0; },
      [&](std::size_t i) { return answers[i] == answers[i]; });
}

/// There is none where none is known and no contact is at fault; where one may be, nobody knows.
TIERWISE_INLINE void bound_rule::is_null(std::uint32_t at, std::size_t begin, std::size_t rows, lanes& out) const {
  const rule::node& n = program_->nodes[at];
  double values[block_rows], coverage[block_rows];
  numbers(n.children[0], begin, {values, rows});
  bound_[at].columns[0].read_numbers(begin, {coverage, rows});
  fill_lanes(
      out, rows, [&](std::size_t i) { return std::isnan(values[i]) != (n.relation == relation::unequal); },
      [&](std::size_t i) { return !std::isnan(values[i]) || coverage[i] >= 1; });
}

TIERWISE_INLINE void bound_rule::compare_texts(std::uint32_t at, std::size_t begin, std::size_t rows,
                                               lanes& out) const {
  const bound_node& bound = bound_[at];
  const bool unequal = program_->nodes[at].relation == relation::unequal;
  if (bound.direct) {
    const text_value &left = bound.sides[0].value, &right = bound.sides[1].value;
    std::string one, two;
    return fill_lanes(
        out, rows,
        [&](std::size_t i) { return (left.of_row(begin + i, one) == right.of_row(begin + i, two)) != unequal; },
        [&](std::size_t i) { return left.column.code(begin + i) >= 0 && right.column.code(begin + i) >= 0; });
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
    case node_kind::is_null: return is_null(at, begin, rows, out);
    case node_kind::contains:
    case node_kind::starts_with:
    case node_kind::ends_with: return ask_texts(at, begin, rows, out);
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
    default: break;  // never boolean
  }
}

}  // namespace tierwise
