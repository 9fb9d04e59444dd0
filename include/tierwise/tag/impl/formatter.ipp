// One canonical spelling for each rule.
#include <charconv>
#include <cmath>
#include <string>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

TIERWISE_INLINE std::string_view spelling(relation r) noexcept {
  constexpr std::string_view all[] = {"==", "!=", "<", "<=", ">", ">="};
  return all[static_cast<std::size_t>(r)];
}

/// How tightly a node binds; parentheses go around a child that binds less than its place asks.
TIERWISE_INLINE int binding_of(node_kind kind) noexcept {
  switch (kind) {
    case node_kind::any_of: return 1;
    case node_kind::all_of: return 2;
    case node_kind::negation: return 3;
    case node_kind::comparison:
    case node_kind::membership: return 4;
    default: return 5;
  }
}

TIERWISE_INLINE std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

TIERWISE_INLINE std::string format_literal(const rule::node& what) {
  const auto days =
      static_cast<std::int32_t>(what.type == value_type::date || what.type == value_type::duration ? what.number : 0);
  switch (what.type) {
    case value_type::boolean: return what.number != 0 ? "true" : "false";
    case value_type::text: return quote(what.text);
    case value_type::date: return "date(\"" + format_date(date{days}) + "\")";
    case value_type::duration: return std::to_string(days) + "d";
    case value_type::number: break;
  }
  char digits[512];  // the shortest digits that read back as the same number, never with an exponent
  const auto end = std::to_chars(digits, digits + sizeof digits, what.number, std::chars_format::fixed).ptr;
  return {digits, end};
}

/// Recursion is as deep as the tree, which parsing has bounded.
TIERWISE_INLINE void format_node(const rule::program& program, std::uint32_t at, int least_binding, std::string& out) {
  const rule::node& n = program.nodes[at];
  const std::string window = std::to_string(n.window_days) + "d)";
  const bool wrapped = binding_of(n.kind) < least_binding;
  if (wrapped) out += '(';
  const auto join = [&](std::string_view between, int binding) {
    for (std::size_t i = 0; i < n.children.size(); ++i) {
      if (i > 0) out += between;
      format_node(program, n.children[i], binding, out);
    }
  };
  switch (n.kind) {
    case node_kind::literal: out += format_literal(n); break;
    case node_kind::column: out += n.text; break;
    case node_kind::count:
      out += "count(" + (n.text.empty() ? "" : "channel == " + quote(n.text) + ", ") + window;
      break;
    case node_kind::last: out += "last(" + (n.text.empty() ? "" : quote(n.text)) + ")"; break;
    case node_kind::share: out += "share(" + quote(n.text) + ", " + window; break;
    case node_kind::sum: out += "sum(" + quote(n.text) + ", " + window; break;
    case node_kind::has_tag: out += "has_tag(" + quote(n.text) + ")"; break;
    case node_kind::known:
      out += "known(";
      join("", 0);
      out += ')';
      break;
    case node_kind::negation:
      out += "not ";
      join("", 3);
      break;
    case node_kind::all_of: join(" and ", 3); break;
    case node_kind::any_of: join(" or ", 2); break;
    case node_kind::comparison: join(" " + std::string(spelling(n.relation)) + " ", 5); break;
    case node_kind::membership:
      for (std::size_t i = 0; i < n.children.size(); ++i) {
        if (i > 0) out += i == 1 ? " in {" : ", ";
        format_node(program, n.children[i], 5, out);
      }
      out += '}';
      break;
  }
  if (wrapped) out += ')';
}

TIERWISE_INLINE std::string format_rule(const rule::program& what) {
  std::string out;
  format_node(what, what.root, 0, out);
  return out;
}

}  // namespace tierwise
