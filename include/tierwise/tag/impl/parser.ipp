// Tokens to a typed tree, by recursive descent; one function a line of the grammar in docs/reference/rules.md.
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include <tierwise/tag/rule.hpp>

namespace tierwise::inline TIERWISE_ABI::tag::detail {

/// Functions give the position of the node they made, or `nothing` after an error, of which the first is kept.
class parser {
 public:
  parser(std::string_view text, const schema& known) : text_(text), known_(known), lexer_(text) {}

  [[nodiscard]] result<rule> run();

 private:
  static constexpr std::uint32_t nothing = std::numeric_limits<std::uint32_t>::max();

  std::uint32_t any_of();
  std::uint32_t all_of();
  std::uint32_t negation();
  std::uint32_t comparison();
  std::uint32_t membership(std::uint32_t value);
  std::uint32_t null_question(std::uint32_t value, relation how);
  std::uint32_t total();
  std::uint32_t product();
  std::uint32_t factor();
  std::uint32_t operand();
  std::uint32_t grouped();
  std::uint32_t literal();
  std::uint32_t date_literal(std::size_t at);
  std::uint32_t column(const token& name);
  std::uint32_t call(const token& name);
  std::uint32_t contacts(node_kind kind, std::size_t at);
  std::uint32_t has_tag(std::size_t at);
  std::uint32_t known(std::size_t at);
  std::uint32_t of_numbers(node_kind kind, std::size_t at);
  std::uint32_t of_text(node_kind kind, std::size_t at);

  std::uint32_t calculation(node_kind kind, std::string_view signs, std::uint32_t (parser::*part)());
  std::uint32_t chain(node_kind kind, std::string_view keyword, std::uint32_t (parser::*part)());
  bool condition(std::uint32_t at);
  bool one_of(std::string_view what, std::string_view example, const std::vector<std::string>& names, std::string& out);
  bool selector(rule::node& out);
  bool window(std::int32_t& out);
  bool expect(char sign, std::string_view why);
  bool deeper(std::size_t at);

  std::uint32_t fail(errc code, std::size_t at, std::string_view what);
  std::uint32_t expected(std::string_view what);
  bool check(std::size_t at, const std::string& fault) {
    return fault.empty() || fail(errc::rule_type, at, fault) != nothing;
  }
  std::uint32_t add(rule::node node);
  void advance();
  [[nodiscard]] std::string_view spelled(const token& t) const { return text_.substr(t.at, t.size); }
  [[nodiscard]] bool is(char sign) const {
    return now_.kind == token_kind::sign && now_.size == 1 && text_[now_.at] == sign;
  }
  [[nodiscard]] bool is(std::string_view keyword) const {
    return now_.kind == token_kind::name && spelled(now_) == keyword;
  }
  [[nodiscard]] std::string seen() const;

  std::string_view text_;
  const schema& known_;
  lexer lexer_;
  token now_;
  int depth_ = 0;
  std::vector<rule::node> nodes_;
  std::optional<Error> error_;
};

inline constexpr std::string_view functions[] = {"count", "last",   "share",    "sum",         "trend",    "has_tag",
                                                 "known", "date",   "abs",      "min",         "max",      "lower",
                                                 "trim",  "length", "contains", "starts_with", "ends_with"};

TIERWISE_INLINE std::uint32_t parser::fail(errc code, std::size_t at, std::string_view what) {
  if (!error_) error_.emplace(code, point_at(text_, at, what));
  return nothing;
}

TIERWISE_INLINE std::string parser::seen() const {
  if (now_.kind == token_kind::end) return "the rule ends here";
  const std::string_view what = spelled(now_);
  return what.size() > 40 ? "found something else" : "found " + std::string(what);
}

TIERWISE_INLINE std::uint32_t parser::expected(std::string_view what) {
  return fail(errc::rule_syntax, now_.at, "expected " + std::string(what) + ", but " + seen());
}

TIERWISE_INLINE void parser::advance() {
  now_ = lexer_.next();
  if (now_.kind == token_kind::bad) fail(errc::rule_syntax, now_.at, now_.text);
}

TIERWISE_INLINE std::uint32_t parser::add(rule::node node) {
  nodes_.push_back(std::move(node));
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

TIERWISE_INLINE bool parser::expect(char sign, std::string_view why) {
  if (!is(sign)) return expected("'" + std::string(1, sign) + "' " + std::string(why)), false;
  advance();
  return true;
}

/// Counts what nests. Whoever gets `true` takes one off again when done; after an error the count no longer matters.
TIERWISE_INLINE bool parser::deeper(std::size_t at) {
  if (++depth_ <= most_depth) return true;
  fail(errc::rule_too_large, at,
       "expected at most " + std::to_string(most_depth) + " nested parentheses and 'not'; split the rule into tags");
  return false;
}

TIERWISE_INLINE bool parser::condition(std::uint32_t at) {
  return at != nothing && check(nodes_[at].at, check_condition(nodes_[at]));
}

// rule = all, { "or", all }   and   all = negation, { "and", negation }
TIERWISE_INLINE std::uint32_t parser::any_of() { return chain(node_kind::any_of, "or", &parser::all_of); }
TIERWISE_INLINE std::uint32_t parser::all_of() { return chain(node_kind::all_of, "and", &parser::negation); }

TIERWISE_INLINE std::uint32_t parser::chain(node_kind kind, std::string_view keyword, std::uint32_t (parser::*part)()) {
  const std::size_t at = now_.at;
  std::uint32_t next = (this->*part)();
  if (next == nothing || !is(keyword)) return next;
  rule::node node{.kind = kind, .at = at};
  for (;;) {
    if (!condition(next)) return nothing;
    // (a and b) and c is a and b and c
    if (nodes_[next].kind == kind)
      node.children.insert(node.children.end(), nodes_[next].children.begin(), nodes_[next].children.end());
    else
      node.children.push_back(next);
    if (!is(keyword)) return add(std::move(node));
    advance();
    if ((next = (this->*part)()) == nothing) return nothing;
  }
}

// negation = "not", negation | comparison
TIERWISE_INLINE std::uint32_t parser::negation() {
  if (!is("not")) return comparison();
  const std::size_t at = now_.at;
  if (!deeper(at)) return nothing;
  advance();
  const std::uint32_t inner = negation();
  --depth_;
  if (!condition(inner)) return nothing;
  return add({.kind = node_kind::negation, .at = at, .children = {inner}});
}

// comparison = total, [ relation, ( total | "null" ) | "in", set ]
TIERWISE_INLINE std::uint32_t parser::comparison() {
  const std::uint32_t left = total();
  if (left == nothing) return nothing;
  if (is("in")) return membership(left);
  if (is("not"))
    return fail(errc::rule_syntax, now_.at, "expected an operator; 'not' goes in front, as in: not x in {…}");
  const auto relation_now = [this]() -> std::optional<relation> {
    if (now_.kind == token_kind::sign)
      for (auto r = relation::equal;; r = static_cast<relation>(static_cast<int>(r) + 1)) {
        if (spelled(now_) == spelling(r)) return r;
        if (r == relation::greater_equal) break;
      }
    return std::nullopt;
  };
  const std::optional<relation> how = relation_now();
  if (!how) return left;
  const std::size_t sign_at = now_.at;
  if (!check(sign_at, check_order(nodes_[left], *how))) return nothing;
  advance();
  if (is("null")) return null_question(left, *how);
  const std::uint32_t right = total();
  if (right == nothing || !check(nodes_[right].at, check_equal_types(nodes_[left], nodes_[right]))) return nothing;
  if (relation_now() || is("in"))
    return fail(errc::rule_syntax, now_.at, "comparisons do not chain; join two with 'and', or use parentheses");
  return add({.kind = node_kind::comparison, .relation = *how, .at = nodes_[left].at, .children = {left, right}});
}

/// Whether the profile says that there is no such value, which is more than that none is known.
TIERWISE_INLINE std::uint32_t parser::null_question(std::uint32_t value, relation how) {
  const rule::node& what = nodes_[value];
  if (how != relation::equal && how != relation::unequal)
    return fail(errc::rule_type, now_.at, "null has no order; expected '==' or '!=' before it");
  if (what.kind != node_kind::last && what.kind != node_kind::share && what.kind != node_kind::trend &&
      what.kind != node_kind::engagement_trend)
    return fail(errc::rule_type, what.at, "only last(), share() and trend() can be null; ask of this with known(…)");
  advance();
  return add(
      {.kind = node_kind::is_null, .relation = how, .at = what.at, .children = {value}, .reads = {"contact_coverage"}});
}

// set = "{", literal, { ",", literal }, "}"
TIERWISE_INLINE std::uint32_t parser::membership(std::uint32_t value) {
  rule::node node{.kind = node_kind::membership, .at = nodes_[value].at, .children = {value}};
  advance();
  if (!expect('{', "to begin a set, as in {\"a\", \"b\"}")) return nothing;
  for (;;) {
    const std::uint32_t item = literal();
    if (item == nothing || !check(nodes_[item].at, check_equal_types(nodes_[value], nodes_[item]))) return nothing;
    node.children.push_back(item);
    if (is('}')) break;
    if (!expect(',', "or '}'")) return nothing;
  }
  advance();
  return add(std::move(node));
}

TIERWISE_INLINE std::uint32_t parser::literal() {
  const bool negative = is('-');
  const std::size_t at = now_.at;
  if (negative) advance();
  const token t = now_;
  rule::node node{.at = at, .number = negative && t.number != 0 ? -t.number : t.number};  // there is one zero
  if (t.kind == token_kind::number) {
    node.type = value_type::number;
  } else if (t.kind == token_kind::duration) {
    node.type = value_type::duration;
  } else if (negative) {
    return expected("a number after '-'");
  } else if (t.kind == token_kind::text) {
    node.type = value_type::text;
    node.text = t.text;
  } else if (is("true") || is("false")) {
    node.number = is("true") ? 1 : 0;
  } else if (is("date")) {
    advance();
    return date_literal(t.at);
  } else {
    return expected("a literal: a number, \"text\", 30d, date(\"2015-01-31\"), true or false");
  }
  advance();
  return add(std::move(node));
}

TIERWISE_INLINE std::uint32_t parser::date_literal(std::size_t at) {
  if (!expect('(', "as in date(\"2015-01-31\")")) return nothing;
  if (now_.kind != token_kind::text) return expected("a date in quotes, as in date(\"2015-01-31\")");
  const result<date> day = parse_date(now_.text);
  if (!day)
    return fail(errc::rule_syntax, now_.at, "expected a date of the calendar from 1900 to 2199, written YYYY-MM-DD");
  advance();
  if (!expect(')', "after the date")) return nothing;
  return add({.type = value_type::date, .at = at, .number = static_cast<double>(day.value().days)});
}

// total = product, { ( "+" | "-" ), product }   and   product = factor, { ( "*" | "/" ), factor }
TIERWISE_INLINE std::uint32_t parser::total() { return calculation(node_kind::total, "+-", &parser::product); }
TIERWISE_INLINE std::uint32_t parser::product() { return calculation(node_kind::product, "*/", &parser::factor); }

TIERWISE_INLINE std::uint32_t parser::calculation(node_kind kind, std::string_view signs,
                                                  std::uint32_t (parser::*part)()) {
  const std::uint32_t first = (this->*part)();
  const auto sign_now = [&] { return is(signs[0]) || is(signs[1]) ? text_[now_.at] : '\0'; };
  if (first == nothing || sign_now() == '\0') return first;
  rule::node node{.kind = kind, .type = nodes_[first].type, .at = nodes_[first].at};
  if (nodes_[first].kind == kind) {  // (a + b) + c is a + b + c
    node.children = nodes_[first].children;
    node.text = nodes_[first].text;
  } else {
    node.children = {first};
  }
  while (const char sign = sign_now()) {
    const std::size_t sign_at = now_.at;
    advance();
    const std::uint32_t next = (this->*part)();
    if (next == nothing) return nothing;
    const auto type = type_of_calculation(node.type, sign, nodes_[next].type);
    if (!type)
      return fail(errc::rule_type, sign_at,
                  std::string("'").append(1, sign).append("' does not take ") + with_article(node.type) + " and " +
                      with_article(nodes_[next].type));
    node.type = *type;
    node.children.push_back(next);
    node.text += sign;
  }
  return add(std::move(node));
}

// factor = "-", factor | operand
TIERWISE_INLINE std::uint32_t parser::factor() {
  if (!is('-')) return operand();
  const std::size_t at = now_.at;
  if (!deeper(at)) return nothing;
  advance();
  const std::uint32_t inner = factor();
  --depth_;
  if (inner == nothing) return nothing;
  rule::node& what = nodes_[inner];
  if (what.type != value_type::number && what.type != value_type::duration)
    return fail(errc::rule_type, at, "'-' does not take " + with_article(what.type));
  if (what.kind == node_kind::literal) {
    if (what.number != 0) what.number = -what.number;
    what.at = at;
    return inner;
  }
  return add({.kind = node_kind::opposite, .type = what.type, .at = at, .children = {inner}});
}

// operand = literal | name | call | "(", rule, ")"
TIERWISE_INLINE std::uint32_t parser::operand() {
  if (is('(')) return grouped();
  if (is("true") || is("false") ||
      (now_.kind != token_kind::name && now_.kind != token_kind::sign && now_.kind != token_kind::end))
    return literal();
  if (now_.kind != token_kind::name || is("and") || is("or") || is("in") || is("not") || is("null"))
    return expected("a value: a column, a function, a number or \"text\"");
  const token name = now_;
  advance();
  return is('(') ? call(name) : column(name);
}

TIERWISE_INLINE std::uint32_t parser::grouped() {
  if (!deeper(now_.at)) return nothing;
  advance();
  const std::uint32_t inner = any_of();
  --depth_;
  return inner != nothing && expect(')', "or an operator") ? inner : nothing;
}

TIERWISE_INLINE std::uint32_t parser::column(const token& name) {
  const std::string_view wanted = spelled(name);
  for (const symbol& s : known_.columns)
    if (s.name == wanted)
      return add({.kind = node_kind::column, .type = s.type, .at = name.at, .text = s.name, .reads = {s.name}});
  std::string hint;
  for (const std::string_view function : functions)
    if (wanted == function) hint = "; the function is written " + std::string(function) + "(…)";
  if (hint.empty())
    hint = suggest_from(wanted, known_.columns, [](const symbol& s) -> std::string_view { return s.name; });
  return fail(errc::rule_unknown_name, name.at, "unknown column '" + std::string(wanted) + "'" + hint);
}

TIERWISE_INLINE std::uint32_t parser::call(const token& name) {
  const std::string_view function = spelled(name);
  if (function == "date") return date_literal(name.at);
  if (function == "count") return contacts(node_kind::count, name.at);
  if (function == "last") return contacts(node_kind::last, name.at);
  if (function == "share") return contacts(node_kind::share, name.at);
  if (function == "sum") return contacts(node_kind::sum, name.at);
  if (function == "trend") return contacts(node_kind::trend, name.at);
  if (function == "has_tag") return has_tag(name.at);
  if (function == "known") return known(name.at);
  for (const node_kind kind : {node_kind::magnitude, node_kind::least, node_kind::greatest})
    if (function == function_of(kind)) return of_numbers(kind, name.at);
  for (const node_kind kind : {node_kind::lower, node_kind::trim, node_kind::length, node_kind::contains,
                               node_kind::starts_with, node_kind::ends_with})
    if (function == function_of(kind)) return of_text(kind, name.at);
  return fail(errc::rule_unknown_name, name.at,
              "unknown function '" + std::string(function) + "'" +
                  suggest_from(function, functions, [](std::string_view s) { return s; }));
}

TIERWISE_INLINE result<rule> parser::run() {
  const auto too_long = [](std::string_view what) {
    return Error(errc::rule_too_large, "expected at most " + std::to_string(most_characters) + " characters" +
                                           std::string(what) + "; split the rule into tags");
  };
  if (text_.size() > 4 * most_characters) return too_long("");  // not even worth decoding
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text_.size(); ++characters) {
    const std::size_t bytes = decode(text_, at).bytes;
    if (bytes == 0) return Error(errc::rule_syntax, point_at(text_, at, "expected UTF-8, but these bytes are not"));
    at += bytes;
  }
  if (characters > most_characters) return too_long("");

  advance();
  const std::uint32_t root = any_of();
  if (root != nothing && !error_ && now_.kind != token_kind::end) {
    std::string hint;
    for (const std::string_view keyword : {"and", "or", "in"})
      if (hint.empty() && now_.kind == token_kind::name && now_.size >= 2 && now_.size <= 4 &&
          edits(code_points(keyword), code_points(spelled(now_))) <= (keyword == "and" ? 1u : 0u))
        hint = "; did you mean '" + std::string(keyword) + "'?";
    fail(errc::rule_syntax, now_.at, "expected an operator or the end of the rule, but " + seen() + hint);
  }
  if (!error_) condition(root);
  if (error_) return *error_;
  rule::program program;
  program.text = text_;
  program.uses = needs_of(nodes_);
  program.cost = cost_of(nodes_);
  program.nodes = std::move(nodes_);
  program.root = root;
  // The canonical spelling must be a rule itself, and it may be longer (1<2 becomes 1 < 2).
  if (code_points(format_rule(program)).size() > most_characters) return too_long(" in canonical spelling");
  return rule(shared_value<rule::program>(std::move(program)));
}

}  // namespace tierwise
