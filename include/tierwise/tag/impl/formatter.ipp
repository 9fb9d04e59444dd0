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
    case node_kind::membership:
    case node_kind::is_null: return 4;
    case node_kind::total: return 5;
    case node_kind::product: return 6;
    case node_kind::opposite: return 7;
    default: return 8;
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

/// The function that writes this kind of node with its operands in parentheses.
TIERWISE_INLINE std::string_view function_of(node_kind kind) noexcept {
  switch (kind) {
    case node_kind::count: return "count";
    case node_kind::last: return "last";
    case node_kind::share: return "share";
    case node_kind::sum: return "sum";
    case node_kind::trend:
    case node_kind::engagement_trend: return "trend";
    case node_kind::magnitude: return "abs";
    case node_kind::least: return "min";
    case node_kind::greatest: return "max";
    case node_kind::lower: return "lower";
    case node_kind::trim: return "trim";
    case node_kind::length: return "length";
    case node_kind::has_tag: return "has_tag";
    case node_kind::known: return "known";
    case node_kind::contains: return "contains";
    case node_kind::starts_with: return "starts_with";
    case node_kind::ends_with: return "ends_with";
    default: return {};
  }
}

/// Recursion is as deep as the tree, which parsing has bounded.
TIERWISE_INLINE void format_node(const rule::program& program, std::uint32_t at, int least_binding, std::string& out) {
  const rule::node& n = program.nodes[at];
  const std::string window = std::to_string(n.window_days) + "d)";
  const std::string selected = (n.of_topic ? "topic == " : "channel == ") + quote(n.text);
  const bool wrapped = binding_of(n.kind) < least_binding;
  if (wrapped) out += '(';
  out += function_of(n.kind);
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
    case node_kind::trend: out += "(" + (n.text.empty() ? "" : selected + ", ") + window; break;
    case node_kind::engagement_trend: out += "(engagement, " + window; break;
    case node_kind::last: out += "(" + (n.of_topic ? selected : n.text.empty() ? "" : quote(n.text)) + ")"; break;
    case node_kind::share: out += "(" + (n.of_topic ? selected : quote(n.text)) + ", " + window; break;
    case node_kind::sum: out += "(" + quote(n.text) + ", " + window; break;
    case node_kind::has_tag: out += "(" + quote(n.text) + ")"; break;
    case node_kind::known:
    case node_kind::magnitude:
    case node_kind::least:
    case node_kind::greatest:
    case node_kind::lower:
    case node_kind::trim:
    case node_kind::length:
      out += '(';
      join(", ", 0);
      out += ')';
      break;
    case node_kind::contains:
    case node_kind::starts_with:
    case node_kind::ends_with:
      out += '(';
      join("", 0);
      out += ", " + quote(n.text) + ")";
      break;
    case node_kind::is_null:
      join("", 5);
      out += n.relation == relation::unequal ? " != null" : " == null";
      break;
    case node_kind::total:
    case node_kind::product:
      for (std::size_t i = 0; i < n.children.size(); ++i) {
        if (i > 0) out.append(" ").append(1, n.text[i - 1]).append(" ");
        format_node(program, n.children[i], binding_of(n.kind) + 1, out);
      }
      break;
    case node_kind::opposite:
      out += '-';
      join("", 7);
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
