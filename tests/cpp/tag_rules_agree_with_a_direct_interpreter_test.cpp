// Random well-typed rules on random rows: the compiled rule against an interpreter of the tree the text was written from.
// The tree, its spelling and its meaning are written here a second time and share nothing with the library.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include <tierwise/tag/tag.hpp>

#include "tag_rows.hpp"
#include "threads.hpp"

namespace {

using namespace tierwise;
using tag::value_type;
using tag_rows::value;

const std::vector<std::pair<std::string, value_type>> columns = {{"a", value_type::number},
                                                                 {"b", value_type::number},
                                                                 {"c", value_type::number},
                                                                 {"rate", value_type::number},
                                                                 {"yes_no", value_type::boolean},
                                                                 {"flag", value_type::boolean},
                                                                 {"name", value_type::text},
                                                                 {"other", value_type::text},
                                                                 {"day", value_type::date},
                                                                 {"until", value_type::date},
                                                                 {"gap", value_type::duration},
                                                                 {"span", value_type::duration},
                                                                 {"contacts_30d", value_type::number},
                                                                 {"contacts_90d", value_type::number},
                                                                 {"contacts_x_30d", value_type::number},
                                                                 {"contacts_x_90d", value_type::number},
                                                                 {"sum_m_30d", value_type::number},
                                                                 {"days_since_contact", value_type::duration},
                                                                 {"days_since_x", value_type::duration},
                                                                 {"engagement_trend_30d", value_type::number},
                                                                 {"contact_coverage", value_type::number}};
const std::vector<std::string> tags = {"t0", "t1", "肿瘤"};
const std::vector<std::string> texts = {"", "a", "A", "肿瘤科", "a \"b\"", "\\", "and", "🙂", " A\t", " 肿瘤科 "};

tag::schema schema() {
  tag::schema s;
  for (std::size_t i = 0; i < 12; ++i) s.columns.push_back({columns[i].first, columns[i].second});
  s.channels = {"x"};
  s.measures = {"m"};
  s.tags = tags;
  return s;
}

struct tree {
  enum {
    literal,
    column,
    share,
    calculate,
    call,
    look,
    none,
    has_tag,
    known,
    negation,
    all,
    any,
    compare,
    member
  } kind = literal;
  value_type type = value_type::boolean;
  value constant = {};
  std::string spelling = {};  // of a leaf, or the operator of a comparison
  std::string name = {};  // of the column or tag
  std::vector<tree> parts = {};
};

std::optional<bool> truth_of(const tree& t, const tag_rows::row& row);

value value_of(const tree& t, const tag_rows::row& row) {
  if (t.kind == tree::literal) return t.constant;
  if (t.kind == tree::column) return row.at(t.name);
  if (t.kind == tree::share) {
    const value part = row.at("contacts_x_" + t.name), whole = row.at("contacts_" + t.name);
    if (part.index() == 0 || whole.index() == 0 || std::get<double>(whole) == 0) return {};
    return std::get<double>(part) / std::get<double>(whole);
  }
  if (t.kind == tree::calculate) {
    const value a = value_of(t.parts[0], row);
    if (a.index() == 0) return {};
    double x = std::get<double>(a);
    if (t.parts.size() == 1) {
      x = -x;
    } else {
      const value b = value_of(t.parts[1], row);
      if (b.index() == 0) return {};
      const double y = std::get<double>(b);
      x = t.spelling == "+" ? x + y : t.spelling == "-" ? x - y : t.spelling == "*" ? x * y : x / y;
    }
    return std::isfinite(x) ? value(x) : value();
  }
  if (t.kind == tree::call) {
    const value a = value_of(t.parts[0], row);
    if (a.index() == 0) return {};
    if (t.spelling == "abs") return std::fabs(std::get<double>(a));
    if (t.spelling == "lower" || t.spelling == "trim" || t.spelling == "length") {
      std::string text = std::get<std::string>(a);
      if (t.spelling == "lower")
        for (char& c : text) c = static_cast<unsigned char>(c) < 128 ? char(std::tolower(c)) : c;
      if (t.spelling == "trim") {
        while (!text.empty() && std::string(" \t\r\n").find(text.back()) != std::string::npos) text.pop_back();
        while (!text.empty() && std::string(" \t\r\n").find(text.front()) != std::string::npos) text.erase(0, 1);
      }
      if (t.spelling != "length") return text;
      return double(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
    }
    double best = std::get<double>(a);
    for (const tree& part : t.parts) {
      const value b = value_of(part, row);
      if (b.index() == 0) return {};
      best = t.spelling == "min" ? std::min(best, std::get<double>(b)) : std::max(best, std::get<double>(b));
    }
    return best;
  }
  const auto truth = truth_of(t, row);
  return truth ? value(*truth) : value();
}

std::optional<bool> truth_of(const tree& t, const tag_rows::row& row) {
  switch (t.kind) {
    case tree::literal:
    case tree::column:
    case tree::share: {
      const value v = value_of(t, row);
      if (v.index() == 0) return std::nullopt;
      return std::get<bool>(v);
    }
    case tree::calculate:
    case tree::call: return std::nullopt;  // never boolean
    case tree::look: {
      const value v = value_of(t.parts[0], row);
      if (v.index() == 0) return std::nullopt;
      const std::string& text = std::get<std::string>(v);
      if (t.name == "contains") return text.find(t.spelling) != std::string::npos;
      if (t.spelling.size() > text.size()) return false;
      return text.compare(t.name == "starts_with" ? 0 : text.size() - t.spelling.size(), t.spelling.size(),
                          t.spelling) == 0;
    }
    case tree::none: {
      const value covered = row.at("contact_coverage");
      if (value_of(t.parts[0], row).index() != 0) return t.spelling == "!=";
      if (covered.index() == 0 || std::get<double>(covered) < 1) return std::nullopt;
      return t.spelling == "==";
    }
    case tree::has_tag: {
      const value v = row.at("tag " + t.name);
      if (v.index() == 0) return std::nullopt;
      return std::get<bool>(v);
    }
    case tree::known: return value_of(t.parts[0], row).index() != 0;
    case tree::negation: {
      const auto inner = truth_of(t.parts[0], row);
      if (!inner) return std::nullopt;
      return !*inner;
    }
    case tree::all:
    case tree::any: {
      const bool decides = t.kind == tree::any;
      bool unknown = false;
      for (const tree& part : t.parts) {
        const auto one = truth_of(part, row);
        if (one == decides) return decides;
        unknown = unknown || !one;
      }
      if (unknown) return std::nullopt;
      return !decides;
    }
    case tree::compare: {
      const value a = value_of(t.parts[0], row), b = value_of(t.parts[1], row);
      if (a.index() == 0 || b.index() == 0) return std::nullopt;
      if (t.spelling == "==") return a == b;
      if (t.spelling == "!=") return a != b;
      const double x = std::get<double>(a), y = std::get<double>(b);
      if (t.spelling == "<") return x < y;
      if (t.spelling == "<=") return x <= y;
      if (t.spelling == ">") return x > y;
      return x >= y;
    }
    case tree::member: {
      const value v = value_of(t.parts[0], row);
      if (v.index() == 0) return std::nullopt;
      for (std::size_t i = 1; i < t.parts.size(); ++i)
        if (v == value_of(t.parts[i], row)) return true;
      return false;
    }
  }
  return std::nullopt;
}

class generator {
 public:
  explicit generator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[below(items.size())];
  }

  value random_value(value_type type) {
    switch (type) {
      case value_type::boolean: return below(2) == 0;
      case value_type::text: return one_of(texts);
      case value_type::number: return one_of(std::vector<double>{-3, -0.5, 0, 0.25, 1, 2, 3, 2.5, 1000000});
      case value_type::date: return double(16000 + int(below(4)));
      case value_type::duration: return double(below(4) * 15);
    }
    return {};
  }

  tag_rows::row row() {
    tag_rows::row out;
    for (const auto& [name, type] : columns) {
      const bool contacts = name.starts_with("contacts");
      out[name] = below(4) == 0 ? value() : contacts ? value(double(below(4))) : random_value(type);
    }
    for (const std::string& name : tags)
      out["tag " + name] = below(4) == 0 ? value() : random_value(value_type::boolean);
    return out;
  }

  tree literal(value_type type) {
    tree out{.kind = tree::literal, .type = type, .constant = random_value(type)};
    if (type == value_type::boolean) out.spelling = std::get<bool>(out.constant) ? "true" : "false";
    if (type == value_type::text) {
      for (const char c : std::get<std::string>(out.constant))
        out.spelling += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
      out.spelling = "\"" + out.spelling + "\"";
    }
    if (const double* x = std::get_if<double>(&out.constant)) {
      const int days = int(*x);
      if (type == value_type::date)
        out.spelling = "date(\"2013-10-" + std::to_string(days - 16000 + 22) + "\")";  // 16000 is the 22nd
      if (type == value_type::duration) out.spelling = std::to_string(days) + "d";
      if (type == value_type::number)
        out.spelling = *x == int(*x) ? std::to_string(days) + (below(3) == 0 ? ".0" : "") : std::to_string(*x);
    }
    return out;
  }

  tree text_column(int depth) {
    if (depth <= 0 || below(2) == 0) return column(value_type::text);
    return {.kind = tree::call,
            .type = value_type::text,
            .spelling = below(2) == 0 ? "lower" : "trim",
            .parts = {text_column(depth - 1)}};
  }

  /// Arithmetic that gives a value of the type.
  tree calculation(value_type type, int depth) {
    using enum value_type;
    const auto make = [&](const char* sign, value_type left, value_type right) {
      return tree{.kind = tree::calculate,
                  .type = type,
                  .spelling = sign,
                  .parts = {operand(left, depth - 1), operand(right, depth - 1)}};
    };
    if (below(4) == 0 && (type == number || type == duration)) {
      const tree inner = operand(type, depth - 1);
      if (below(2) == 0 && inner.kind != tree::literal)
        return {.kind = tree::calculate, .type = type, .spelling = "-", .parts = {inner}};
      return {.kind = tree::call, .type = type, .spelling = "abs", .parts = {inner}};
    }
    if (below(4) == 0) {
      tree out{.kind = tree::call, .type = type, .spelling = below(2) == 0 ? "min" : "max"};
      for (std::size_t n = 2 + below(2); n > 0; --n) out.parts.push_back(operand(type, depth - 1));
      return out;
    }
    if (type == date) return make(below(2) == 0 ? "+" : "-", date, duration);
    if (type == duration) switch (below(5)) {
        case 0: return make("+", duration, duration);
        case 1: return make("-", duration, duration);
        case 2: return make("-", date, date);
        case 3: return make("/", duration, number);
        default: return below(2) == 0 ? make("*", duration, number) : make("*", number, duration);
      }
    switch (below(6)) {
      case 0: return {.kind = tree::call, .type = number, .spelling = "length", .parts = {text_column(2)}};
      case 1: return make("/", duration, duration);
      case 2: return make("+", number, number);
      case 3: return make("-", number, number);
      case 4: return make("*", number, number);
      default: return make("/", number, number);
    }
  }

  tree operand(value_type type, int depth) {
    if (below(5) == 0) return literal(type);
    if (type == value_type::text) return text_column(2);
    if (depth > 0 && type != value_type::boolean && below(3) == 0) return calculation(type, depth);
    if (type == value_type::boolean) return condition(depth - 1);
    if (type == value_type::number && below(2) == 0) {
      const std::string w = one_of(std::vector<std::string>{"30d", "90d"});
      switch (below(4)) {
        case 0: return {.kind = tree::column, .type = type, .spelling = "count(" + w + ")", .name = "contacts_" + w};
        case 1:
          return {.kind = tree::column,
                  .type = type,
                  .spelling = "count(channel == \"x\", " + w + ")",
                  .name = "contacts_x_" + w};
        case 2: return {.kind = tree::share, .type = type, .spelling = "share(\"x\", " + w + ")", .name = w};
        default: return {.kind = tree::column, .type = type, .spelling = "sum(\"m\", 30d)", .name = "sum_m_30d"};
      }
    }
    if (type == value_type::duration && below(2) == 0) {
      if (below(2) == 0)
        return {.kind = tree::column, .type = type, .spelling = "last()", .name = "days_since_contact"};
      return {.kind = tree::column, .type = type, .spelling = "last(\"x\")", .name = "days_since_x"};
    }
    return column(type);
  }

  tree column(value_type type) {
    for (;;)
      if (const std::size_t i = below(12); columns[i].second == type)
        return {.kind = tree::column, .type = type, .spelling = columns[i].first, .name = columns[i].first};
  }

  tree condition(int depth) {
    const value_type type = value_type(below(5));
    if (depth <= 0) switch (below(3)) {
        case 0: return column(value_type::boolean);
        case 1: return {.kind = tree::has_tag, .name = one_of(tags)};
        default: return literal(value_type::boolean);
      }
    switch (below(9)) {
      case 7:
        return {.kind = tree::look,
                .spelling = one_of(std::vector<std::string>{"a", "\"", "肿", "A", "科", " ", "and"}),
                .name = one_of(std::vector<std::string>{"contains", "starts_with", "ends_with"}),
                .parts = {text_column(2)}};
      case 8: {
        const char* w = below(2) == 0 ? "30d" : "90d";
        tree asked{.kind = tree::share,
                   .type = value_type::number,
                   .spelling = std::string("share(\"x\", ") + w + ")",
                   .name = w};
        if (below(2) == 0)
          asked = {
              .kind = tree::column, .type = value_type::duration, .spelling = "last(\"x\")", .name = "days_since_x"};
        if (below(3) == 0)
          asked = {.kind = tree::column,
                   .type = value_type::number,
                   .spelling = "trend(engagement, 30d)",
                   .name = "engagement_trend_30d"};
        return {.kind = tree::none, .spelling = below(2) == 0 ? "==" : "!=", .parts = {asked}};
      }
      case 0: return {.kind = tree::negation, .parts = {condition(depth - 1)}};
      case 1: return {.kind = tree::known, .parts = {operand(type, depth - 1)}};
      case 2:
      case 3: {
        tree out{.kind = below(2) == 0 ? tree::all : tree::any};
        for (std::size_t n = 2 + below(3); n > 0; --n) out.parts.push_back(condition(depth - 1));
        return out;
      }
      case 4: {
        tree out{.kind = tree::member, .parts = {operand(type, depth - 1)}};
        for (std::size_t n = 1 + below(4); n > 0; --n) out.parts.push_back(literal(type));
        return out;
      }
      default: {
        const bool ordered = type != value_type::text && type != value_type::boolean;
        const std::string op = one_of(std::vector<std::string>{"==", "!=", "<", "<=", ">", ">="});
        tree out{.kind = tree::compare, .spelling = ordered || op == "!=" ? op : "=="};
        out.parts = {operand(type, depth - 1), operand(type, depth - 1)};
        return out;
      }
    }
  }

  /// The rule as somebody might write it: parentheses where needed and some where not, blanks of all kinds.
  std::string spell(const tree& t, int around) {
    const auto blank = [this] { return one_of(std::vector<std::string>{" ", " ", "  ", "\n", "\t "}); };
    const auto maybe_blank = [this] { return one_of(std::vector<std::string>{"", " "}); };
    std::string out;
    int own = 9;
    switch (t.kind) {
      case tree::literal:
      case tree::column:
      case tree::share: out = t.spelling; break;
      case tree::calculate: {
        own = t.parts.size() == 1 ? 7 : t.spelling == "+" || t.spelling == "-" ? 5 : 6;
        if (own == 7)
          out = "-" + maybe_blank() + spell(t.parts[0], 7);
        else
          out = spell(t.parts[0], own) + maybe_blank() + t.spelling + maybe_blank() + spell(t.parts[1], own + 1);
        break;
      }
      case tree::call:
        for (const tree& part : t.parts) out += (out.empty() ? "" : "," + maybe_blank()) + spell(part, 0);
        out = t.spelling + "(" + out + ")";
        break;
      case tree::look:
        for (const char c : t.spelling) out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
        out = t.name + "(" + spell(t.parts[0], 0) + maybe_blank() + ", \"" + out + "\")";
        break;
      case tree::none:
        own = 4;
        out = spell(t.parts[0], 5) + maybe_blank() + t.spelling + maybe_blank() + "null";
        break;
      case tree::has_tag: out = "has_tag(" + maybe_blank() + "\"" + t.name + "\")"; break;
      case tree::known: out = "known(" + spell(t.parts[0], 0) + maybe_blank() + ")"; break;
      case tree::negation: out = "not" + blank() + spell(t.parts[0], own = 3); break;
      case tree::all:
      case tree::any:
        own = t.kind == tree::any ? 1 : 2;
        for (const tree& part : t.parts)
          out += (out.empty() ? "" : blank() + (own == 1 ? "or" : "and") + blank()) + spell(part, own + 1);
        break;
      case tree::compare:
        own = 4;
        out = spell(t.parts[0], 5) + maybe_blank() + t.spelling + maybe_blank() + spell(t.parts[1], 5);
        break;
      case tree::member:
        own = 4;
        for (std::size_t i = 1; i < t.parts.size(); ++i)
          out += (i > 1 ? maybe_blank() + "," + maybe_blank() : "") + spell(t.parts[i], 99);
        out = spell(t.parts[0], 5) + blank() + "in" + maybe_blank() + "{" + out + "}";
    }
    if (around != 99 && (own < around || below(8) == 0)) out = "(" + maybe_blank() + out + maybe_blank() + ")";
    return out;
  }

 private:
  std::mt19937_64 random_;
};

#if TIERWISE_HEADER_ONLY
/// Every way to run a block that the machine at hand can take gives what plain C++ gives: in each slot, and of each tag.
void compare_machines(const tag::registry& registry, const table_view& rows) {
  namespace detail = tag::detail;
  const auto plan = detail::bind(registry, rows).value();
  const auto run_by = [&](auto run_block) {
    std::pair<std::vector<detail::sides>, tag::tag_bits> out;
    out.second.yes.assign(registry.rules.size(), bit_set(rows.rows()));
    out.second.known = out.second.yes;
    std::vector<detail::sides> at(plan.what->slot_count);
    for (std::size_t begin = 0; begin < rows.rows(); begin += detail::block_rows) {
      run_block(plan, begin, std::min(detail::block_rows, rows.rows() - begin), at, out.second);
      out.first.insert(out.first.end(), at.begin(), at.end());
    }
    return out;
  };
  const auto plain = run_by(detail::plain::run_block);
  const auto compare = [&](auto run_block) {
    const auto own = run_by(run_block);
    for (std::size_t slot = 0; slot < own.first.size(); ++slot) {
      RC_ASSERT(own.first[slot].yes == plain.first[slot].yes);
      RC_ASSERT(own.first[slot].no == plain.first[slot].no);
    }
    RC_ASSERT(own.second.yes == plain.second.yes);
    RC_ASSERT(own.second.known == plain.second.known);
  };
  compare(detail::run_block);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) compare(detail::avx2::run_block);
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) compare(detail::avx512::run_block);
#endif
}
#endif

/// All rules compiled together answer as each does alone, whatever they share; in a batch, on threads, and for one doctor.
void compare_together(generator& g, const std::vector<std::string>& rules, const std::vector<tag_rows::row>& rows,
                      const table_view& table) {
  std::vector<tag::definition> definitions = {{"t0", "", "", tag::layer::basic, "flag"},
                                              {"t1", "", "", tag::layer::basic, "known(a) and not (b <= 0.5)"},
                                              {"肿瘤", "", "", tag::layer::basic, "not has_tag(\"t0\") or yes_no"}};
  for (const std::string& rule : rules)
    definitions.push_back({"rule" + std::to_string(definitions.size()), "", "", tag::layer::basic, rule});
  const auto registry = tag::compile(definitions, schema()).value();
  tests::thread_executor four(4);
  const tag::tag_bits all = tag::evaluate(registry, table, &four).value();
  for (std::size_t tag = 0; tag < definitions.size(); ++tag) {
    bit_set yes(rows.size()), known(rows.size());
    RC_ASSERT(tag::evaluate(registry.rules[tag], table, &all, 0, rows.size(), yes, known).has_value());
    if (!(yes == all.yes[tag] && known == all.known[tag])) RC_FAIL(definitions[tag].rule);
  }
  tag::tag_bits reused = all;
  for (int one = 0; one < 3; ++one) {
    const std::size_t i = g.below(rows.size());
    const tag_rows::row_table alone(columns, {rows[i]});
    RC_ASSERT(tag::evaluate(registry, alone.view(), reused).has_value());
    for (std::size_t tag = 0; tag < definitions.size(); ++tag) {
      RC_ASSERT(reused.yes[tag].test(0) == all.yes[tag].test(i));
      RC_ASSERT(reused.known[tag].test(0) == all.known[tag].test(i));
    }
  }
#if TIERWISE_HEADER_ONLY
  compare_machines(registry, table);
#endif
}

void compare_with_interpreter(std::uint64_t seed) {
  generator g(seed);
  std::vector<tag_rows::row> rows;
  for (std::size_t n = 1 + g.below(700); rows.size() < n;) rows.push_back(g.row());
  const tag_rows::row_table table(columns, rows);
  tag::tag_bits bits;
  for (const std::string& name : tags) {
    bits.yes.emplace_back(rows.size());
    bits.known.emplace_back(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (const value v = rows[i].at("tag " + name); v.index() != 0) {
        bits.known.back().set(i);
        if (std::get<bool>(v)) bits.yes.back().set(i);
      }
  }
  std::vector<std::string> together;
  for (int repeat = 0; repeat < 12; ++repeat) {
    const tree t = g.condition(1 + int(g.below(5)));
    const std::string text = g.spell(t, 0);
    const auto parsed = tag::parse_rule(text, schema());
    if (!parsed) RC_FAIL(text + "\n" + parsed.error().what());
    together.push_back(text);
    const auto again = tag::parse_rule(parsed.value().format(), schema());
    if (!again) RC_FAIL(text + "\n" + again.error().what());
    RC_ASSERT(again.value().format() == parsed.value().format());
    RC_ASSERT(again.value().uses().columns == parsed.value().uses().columns);

    bit_set yes(rows.size()), known(rows.size());
    RC_ASSERT(tag::evaluate(again.value(), table.view(), &bits, 0, rows.size(), yes, known).has_value());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto expected = truth_of(t, rows[i]);
      if (yes.test(i) != (expected == true) || known.test(i) != expected.has_value())
        RC_FAIL(text + "\nrow " + std::to_string(i));
    }
    bit_set part_yes(rows.size()), part_known(rows.size());  // in two parts, the same
    const std::size_t middle = g.below(rows.size() / 64 + 1) * 64;
    RC_ASSERT(
        tag::evaluate(parsed.value(), table.view(), &bits, middle, rows.size(), part_yes, part_known).has_value());
    RC_ASSERT(tag::evaluate(parsed.value(), table.view(), &bits, 0, middle, part_yes, part_known).has_value());
    RC_ASSERT(part_yes == yes);
    RC_ASSERT(part_known == known);
    for (int one = 0; one < 5; ++one) {
      const std::size_t i = g.below(rows.size());
      const auto truth = tag::evaluate_one(parsed.value(), table.view(), &bits, i).value();
      RC_ASSERT((truth == tag::truth::yes) == yes.test(i));
      RC_ASSERT((truth != tag::truth::unknown) == known.test(i));
    }
  }
  compare_together(g, together, rows, table.view());
}

TEST_CASE("rules: random rules on random rows agree with a direct interpreter") {
  CHECK(rc::check("compiled = interpreted", [](std::uint64_t seed) { compare_with_interpreter(seed); }));
  // A longer run when asked for: TIERWISE_TEST_RULES=50000
  const char* more = std::getenv("TIERWISE_TEST_RULES");
  for (long seed = 0; seed < (more != nullptr ? std::atol(more) / 12 : 0); ++seed)
    compare_with_interpreter(static_cast<std::uint64_t>(seed));
}

}  // namespace
