// Functions of the rule language: what each takes, and the column of the profile behind it.
#include <algorithm>
#include <string>
#include <utility>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

/// A name in quotes that must be one of `names`.
TIERWISE_INLINE bool parser::one_of(std::string_view what, std::string_view example,
                                    const std::vector<std::string>& names, std::string& out) {
  if (now_.kind != token_kind::text) {
    std::string say("a ");
    say.append(what).append(" in quotes, as in \"").append(example).append("\"");
    return expected(say), false;
  }
  out = now_.text;
  if (std::find(names.begin(), names.end(), out) != names.end()) return advance(), true;
  std::string say("unknown ");
  say.append(what).append(" '").append(out).append("'");
  say += suggest_from(out, names, [](const std::string& s) -> std::string_view { return s; });
  return fail(errc::rule_unknown_name, now_.at, say) != nothing;
}

// "channel", "==", text | "topic", "==", text
TIERWISE_INLINE bool parser::selector(rule::node& out) {
  out.of_topic = is("topic");
  advance();
  if (spelled(now_) != "==") return expected("'==', as in count(channel == \"visit\", 90d)"), false;
  advance();
  return out.of_topic ? one_of("topic", "our_product", known_.topics, out.text)
                      : one_of("channel", "visit", known_.channels, out.text);
}

TIERWISE_INLINE bool parser::window(std::int32_t& out) {
  if (now_.kind != token_kind::duration) return expected("a window in days, as in 90d"), false;
  if (!check(now_.at, check_window(now_.number))) return false;
  out = static_cast<std::int32_t>(now_.number);
  advance();
  return true;
}

// count( [ s, ] 90d )   last( [ s | "c" ] )   share( s | "c", 90d )   sum( "m", 90d )   trend( [ channel == "c" | engagement, ] 90d )
// where s is channel == "c" or topic == "t"
TIERWISE_INLINE std::uint32_t parser::contacts(node_kind kind, std::size_t at) {
  rule::node node{.kind = kind, .type = kind == node_kind::last ? value_type::duration : value_type::number, .at = at};
  advance();
  const bool more = kind != node_kind::last;  // a window is to come
  if (kind != node_kind::sum && (is("channel") || (is("topic") && kind != node_kind::trend))) {
    if (!selector(node) || (more && !expect(',', "and then the window"))) return nothing;
  } else if (kind == node_kind::trend && is("engagement")) {
    advance();
    node.kind = node_kind::engagement_trend;
    if (!expect(',', "and then the window")) return nothing;
  } else if (kind == node_kind::count && now_.kind != token_kind::duration) {
    return expected("count(90d), count(channel == \"visit\", 90d) or count(topic == \"our_product\", 90d)");
  } else if (kind == node_kind::trend && now_.kind != token_kind::duration) {
    return expected("trend(180d), trend(channel == \"visit\", 180d) or trend(engagement, 180d)");
  } else if (kind == node_kind::share || (kind == node_kind::last && !is(')'))) {
    if (!one_of("channel", "visit", known_.channels, node.text)) return nothing;
    if (more && !expect(',', "and then the window")) return nothing;
  } else if (kind == node_kind::sum) {
    if (!one_of("measure", "amount_usd", known_.measures, node.text) || !expect(',', "and then the window"))
      return nothing;
  }
  if (more && !window(node.window_days)) return nothing;
  if (!expect(')', "to end the function")) return nothing;

  if ((node.kind == node_kind::trend || node.kind == node_kind::engagement_trend) && node.window_days < 2)
    return fail(errc::rule_type, at, "a trend needs a window of at least two days");
  const std::string suffix = "_" + std::to_string(node.window_days) + "d";
  const std::string of_channel = node.text.empty() ? "" : "_" + node.text;
  if (kind == node_kind::last) node.reads = {node.text.empty() ? "days_since_contact" : "days_since" + of_channel};
  if (kind == node_kind::count) node.reads = {"contacts" + of_channel + suffix};
  if (kind == node_kind::share) node.reads = {"contacts" + of_channel + suffix, "contacts" + suffix};
  if (kind == node_kind::sum) node.reads = {"sum" + of_channel + suffix};
  if (node.kind == node_kind::trend) node.reads = {"trend" + of_channel + suffix};
  if (node.kind == node_kind::engagement_trend) node.reads = {"engagement_trend" + suffix};
  return add(std::move(node));
}

TIERWISE_INLINE std::uint32_t parser::has_tag(std::size_t at) {
  advance();
  if (now_.kind != token_kind::text) return expected("a tag in quotes, as in has_tag(\"opted_out\")");
  const auto found = std::find(known_.tags.begin(), known_.tags.end(), now_.text);
  if (found == known_.tags.end())
    return fail(errc::rule_unknown_name, now_.at,
                "unknown tag '" + now_.text + "'" +
                    suggest_from(now_.text, known_.tags, [](const std::string& s) -> std::string_view { return s; }));
  advance();
  if (!expect(')', "to end the function")) return nothing;
  return add({.kind = node_kind::has_tag,
              .at = at,
              .text = *found,
              .tag = static_cast<std::uint32_t>(found - known_.tags.begin())});
}

TIERWISE_INLINE std::uint32_t parser::known(std::size_t at) {
  const std::uint32_t inner = grouped();
  return inner == nothing ? nothing : add({.kind = node_kind::known, .at = at, .children = {inner}});
}

// abs( x )   min( x, y, … )   max( x, y, … )
TIERWISE_INLINE std::uint32_t parser::of_numbers(node_kind kind, std::size_t at) {
  if (!deeper(now_.at)) return nothing;
  advance();
  rule::node node{.kind = kind, .at = at};
  for (;;) {
    const std::uint32_t next = any_of();
    if (next == nothing) return nothing;
    const rule::node& what = nodes_[next];
    if (!has_order(what.type) || (kind == node_kind::magnitude && what.type == value_type::date))
      return fail(errc::rule_type, what.at,
                  "expected a number to calculate with, but this is " + with_article(what.type));
    if (!node.children.empty() && !check(what.at, check_equal_types(nodes_[node.children.front()], what)))
      return nothing;
    node.type = what.type;
    node.children.push_back(next);
    if (kind == node_kind::magnitude || is(')')) break;
    if (!expect(',', "or ')'")) return nothing;
  }
  --depth_;
  if (kind != node_kind::magnitude && node.children.size() < 2)
    return expected("',' and another value, as in min(a, b)");
  return expect(')', "to end the function") ? add(std::move(node)) : nothing;
}

// lower( t )   trim( t )   length( t )   contains( t, "x" )   starts_with( t, "x" )   ends_with( t, "x" )
TIERWISE_INLINE std::uint32_t parser::of_text(node_kind kind, std::size_t at) {
  if (!deeper(now_.at)) return nothing;
  advance();
  const std::uint32_t inner = any_of();
  --depth_;
  if (inner == nothing) return nothing;
  const rule::node& what = nodes_[inner];
  if (what.type != value_type::text || what.kind == node_kind::literal)
    return fail(errc::rule_type, what.at,
                what.type == value_type::text ? "expected a column of texts; of a text in quotes the answer is known"
                                              : "expected a text, but this is " + with_article(what.type));
  rule::node node{.kind = kind, .at = at, .children = {inner}};
  node.type = kind == node_kind::length ? value_type::number
              : is_text_question(kind)  ? value_type::boolean
                                        : value_type::text;
  if (is_text_question(kind)) {
    if (!expect(',', "and then the text to look for")) return nothing;
    if (now_.kind != token_kind::text) return expected("a text in quotes, as in contains(city, \"北\")");
    if (now_.text.empty()) return fail(errc::rule_type, now_.at, "expected a text to look for that is not empty");
    node.text = now_.text;
    advance();
  }
  return expect(')', "to end the function") ? add(std::move(node)) : nothing;
}

}  // namespace tierwise
