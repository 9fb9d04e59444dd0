// Tags of one registry: names, circles, order, the same bytes for any number of threads, and tables that do not fit.
#include <string>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/tag.hpp>

#include "tag_rows.hpp"
#include "threads.hpp"

namespace {

using namespace tierwise;
using tag::value_type;

tag::definition define(std::string id, std::string rule) {
  return {.id = std::move(id), .name_en = {}, .name_zh = {}, .rule = std::move(rule)};
}

tag::schema schema() {
  return {.columns = {{"x", value_type::number}, {"name", value_type::text}, {"yes", value_type::boolean}},
          .channels = {},
          .measures = {},
          .tags = {"not a tag"}};
}

std::string refusal(std::vector<tag::definition> definitions) {
  const auto compiled = tag::compile(std::move(definitions), schema());
  REQUIRE_FALSE(compiled.has_value());
  return compiled.error().what();
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("registry: tags are evaluated after those they ask for, otherwise as defined") {
  const auto r = tag::compile({define("d", "has_tag(\"a\") or has_tag(\"c\")"), define("c", "has_tag(\"b\")"),
                               define("a", "x > 1"), define("b", "has_tag(\"a\")"), define("e", "x < 3 and x < 2")},
                              schema())
                     .value();
  CHECK(r.order == std::vector<std::size_t>{2, 3, 1, 0, 4});
  CHECK(r.schema.tags == std::vector<std::string>{"d", "c", "a", "b", "e"});
  CHECK(tag::compile({}, schema()).value().order.empty());
}

TEST_CASE("registry: what is wrong is named, with its place") {
  CHECK(contains(refusal({define("a", "yes"), define("b", "yes"), define("a", "yes")}), "policy_duplicate_name"));
  CHECK(contains(refusal({define("a", "yes"), define("b", "yes"), define("a", "yes")}), "/tags/2/id"));
  CHECK(contains(refusal({define("a", "yes"), define("b", "x >")}), "rule_syntax"));
  CHECK(contains(refusal({define("a", "yes"), define("b", "x >")}), "/tags/1/rule"));
  CHECK(contains(refusal({define("a", "has_tag(\"not a tag\")")}), "rule_unknown_name"));
  CHECK(contains(refusal({define("a", "has_tag(\"a\")")}), "'a' asks for 'a'"));
  const std::string circle =
      refusal({define("a", "has_tag(\"c\")"), define("b", "yes"), define("c", "yes or has_tag(\"e\")"),
               define("d", "has_tag(\"b\")"), define("e", "has_tag(\"d\") and has_tag(\"c\")")});
  CHECK(contains(circle, "rule_type"));
  CHECK(contains(circle, "'c' asks for 'e' asks for 'c'"));  // 'a' is behind the circle and not on it
  CHECK(contains(circle, "/tags/2/rule"));
}

TEST_CASE("registry: definitions are checked as a whole") {
  const auto fault = [](std::vector<tag::definition> all, std::vector<tag::group> groups = {}) {
    const auto compiled = tag::compile(std::move(all), schema(), std::move(groups));
    return compiled ? std::string()
                    : compiled.error().where().path + " " + std::string(name_of(compiled.error().code()));
  };
  tag::definition said = define("said", ""), grouped = define("a", "yes"), content = define("topic", "");
  said.source = tag::source_kind::person;
  grouped.group = "stage";
  content.source = tag::source_kind::import;
  content.of = tag::subject::content;
  CHECK(fault({said, define("b", "has_tag(\"said\")")}).empty());
  CHECK(fault({grouped}) == "/tags/0/group policy_unknown_name");
  CHECK(fault({grouped}, {{"stage", "Stage", "阶段"}}).empty());
  CHECK(fault({content}).empty());
  CHECK(fault({define("b", "yes or has_tag(\"topic\")"), content}) == "/tags/0/rule rule_type");
  tag::definition both = content;
  both.of = tag::subject::both;
  CHECK(fault({define("b", "yes or has_tag(\"topic\")"), both}).empty());
  tag::definition wrong = said;
  wrong.rule = "yes";
  CHECK(fault({wrong}) == "/tags/0/rule policy_out_of_range");
  wrong = grouped, wrong.group.clear(), wrong.version = 0;
  CHECK(fault({wrong}) == "/tags/0/version policy_out_of_range");
  wrong.version = 1, wrong.lives_days = -1;
  CHECK(fault({wrong}) == "/tags/0/lives_days policy_out_of_range");
}

TEST_CASE("registry: what is said of doctors outweighs the rules, and other tags see it") {
  random_stream random(5, 6, 7);
  std::vector<tag_rows::row> rows(1500);
  for (auto& row : rows)
    if (random.below(4) > 0) row["x"] = double(random.below(6));
  const tag_rows::row_table table({{"x", value_type::number}, {"name", value_type::text}, {"yes", value_type::boolean}},
                                  rows);
  tag::definition said = define("said", "");
  said.source = tag::source_kind::model;
  const auto r =
      tag::compile({define("both", "has_tag(\"said\") and not has_tag(\"big\")"), said, define("big", "x >= 3"),
                    define("same", "x >= 3"), define("sure", "known(has_tag(\"said\"))")},
                   schema())
          .value();
  tag::overrides what;
  what.set.resize(5), what.veto.resize(5);
  for (const std::size_t tag : {std::size_t{1}, std::size_t{2}}) {
    what.set[tag] = what.veto[tag] = bit_set(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (random.below(5) == 0) what.set[tag].set(i);
      if (random.below(5) == 0) what.veto[tag].set(i);
    }
  }
  tests::thread_executor four(4);
  const auto bits = tag::evaluate(r, table.view(), &four, &what).value();
  using tag::truth;
  const auto after = [&](std::size_t tag, std::size_t i, truth rule) {
    return what.set[tag].test(i) ? truth::yes : what.veto[tag].test(i) ? truth::no : rule;
  };
  bool same = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    truth over = truth::unknown;
    if (rows[i].contains("x")) over = std::get<double>(rows[i]["x"]) >= 3 ? truth::yes : truth::no;
    const truth one = after(1, i, truth::unknown), big = after(2, i, over);
    truth both = one == truth::yes && big == truth::no ? truth::yes : truth::unknown;
    if (one == truth::no || big == truth::yes) both = truth::no;
    const truth expected[] = {both, one, big, over, one == truth::unknown ? truth::no : truth::yes};
    for (std::size_t tag = 0; tag < 5; ++tag)
      same = same && bits.known[tag].test(i) == (expected[tag] != truth::unknown) &&
             bits.yes[tag].test(i) == (expected[tag] == truth::yes);
  }
  CHECK(same);
  CHECK(bits.yes[0].count() > 20);
  const auto silent = tag::evaluate(r, table.view()).value();
  CHECK(silent.known[1].count() == 0);
  what.set[2] = bit_set(3);
  CHECK(tag::evaluate(r, table.view(), nullptr, &what).error().code() == errc::invalid_argument);
}

TEST_CASE("registry: has_tag carries unknown along") {
  const auto r =
      tag::compile({define("not_both", "not (has_tag(\"big\") and has_tag(\"named\"))"), define("big", "x > 10"),
                    define("named", "name == \"A\""), define("known_big", "known(has_tag(\"big\"))")},
                   schema())
          .value();
  const tag_rows::row_table table(
      {{"x", value_type::number}, {"name", value_type::text}, {"yes", value_type::boolean}},
      {{{"x", 20.0}, {"name", std::string("A")}}, {{"x", 20.0}}, {{"x", 5.0}}, {{"name", std::string("B")}}, {}});
  const auto bits = tag::evaluate(r, table.view()).value();
  const auto spell = [&](std::size_t tag) {
    std::string out;
    for (std::size_t i = 0; i < 5; ++i) out += !bits.known[tag].test(i) ? '?' : bits.yes[tag].test(i) ? 'y' : 'n';
    return out;
  };
  CHECK(spell(1) == "yyn??");
  CHECK(spell(2) == "y??n?");
  CHECK(spell(0) == "n?yy?");
  CHECK(spell(3) == "yyynn");
}

TEST_CASE("registry: many rows, in blocks, with threads, and one by one, give the same bytes") {
  random_stream random(7, "doctor", "tags");
  std::vector<tag_rows::row> rows(20'001);
  for (auto& row : rows) {
    if (random.below(5) > 0) row["x"] = double(random.below(30));
    if (random.below(5) > 0) row["name"] = std::string(1, char('A' + random.below(4)));
    if (random.below(5) > 0) row["yes"] = random.below(2) == 0;
  }
  const std::vector<std::pair<std::string, value_type>> columns = {
      {"x", value_type::number}, {"yes", value_type::boolean}, {"name", value_type::text}};
  const tag_rows::row_table table(columns, rows);
  std::vector<tag::definition> definitions = {define("last", "has_tag(\"t3\") != yes and not has_tag(\"t7\")")};
  for (int i = 0; i < 10; ++i)
    definitions.push_back(define("t" + std::to_string(i), "x > " + std::to_string(i * 3) + " or name in {\"A\", \"" +
                                                              std::string(1, char('A' + i % 5)) + "\"} and yes"));
  const auto r = tag::compile(definitions, schema()).value();
  const auto bits = tag::evaluate(r, table.view()).value();
  for (const std::size_t n : {1u, 8u}) {
    tests::thread_executor threads(n);
    const auto again = tag::evaluate(r, table.view(), &threads).value();
    CHECK(again.yes == bits.yes);
    CHECK(again.known == bits.known);
  }
  for (std::size_t tag = 0; tag < definitions.size(); ++tag) {
    CHECK(bits.yes[tag].count() > 0);
    CHECK(bits.yes[tag].count() < bits.known[tag].count());
    CHECK(bits.known[tag].count() < rows.size());
    bool same = true;
    for (std::size_t i = 0; i < rows.size(); i += 37) {
      const auto one = tag::evaluate_one(r.rules[tag], table.view(), &bits, i).value();
      same = same && bits.known[tag].test(i) == (one != tag::truth::unknown) &&
             bits.yes[tag].test(i) == (one == tag::truth::yes);
    }
    CHECK(same);
  }
  for (const std::size_t n : {7u, 64u, 129u}) {  // the first rows alone
    const tag_rows::row_table part(columns, {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(n)});
    const auto some = tag::evaluate(r, part.view()).value();
    bool same = true;
    for (std::size_t tag = 0; tag < definitions.size(); ++tag)
      for (std::size_t i = 0; i < n; ++i)
        same = same && some.yes[tag].test(i) == bits.yes[tag].test(i) &&
               some.known[tag].test(i) == bits.known[tag].test(i);
    CHECK(same);
  }
}

TEST_CASE("evaluate: two columns of texts agree however large their dictionaries, for a block and for one row") {
  // Dictionaries of more texts than there are rows, in different orders, with one text under two codes.
  constexpr std::size_t rows = 130;
  std::vector<std::string> left_texts, right_texts;
  for (int i = 0; i < 300; ++i)
    left_texts.push_back(std::to_string(i % 299)), right_texts.push_back(std::to_string(299 - i));
  std::vector<std::int32_t> left, right;
  for (std::size_t i = 0; i < rows; ++i) {
    left.push_back(i % 7 == 0 ? -1 : i % 5 == 0 ? 299 : static_cast<std::int32_t>(i));
    right.push_back(i % 11 == 0 ? 999 : i % 3 == 0 ? static_cast<std::int32_t>(299 - i) : 299);
  }
  table profiles;
  profiles.add("a", left, left_texts);
  profiles.add("b", right, right_texts);
  tag::schema known;
  known.columns = {{"a", tag::value_type::text}, {"b", tag::value_type::text}};
  std::size_t equal = 0;
  for (const char* text : {"a == b", "a != b", "b == a", "not (a == b)"}) {
    const tag::rule rule = tag::parse_rule(text, known).value();
    bit_set yes(rows), is_known(rows);
    REQUIRE(tag::evaluate(rule, profiles.view(), nullptr, 0, rows, yes, is_known));
    for (std::size_t i = 0; i < rows; ++i) {
      const column_view &a = *profiles.view().find("a"), &b = *profiles.view().find("b");
      const bool expected_known = a.has(i) && b.has(i), same = a.text(i) == b.text(i);
      const bool expected = expected_known && same == (std::string(text).find("==") != std::string::npos &&
                                                       std::string(text).find("not") == std::string::npos);
      equal += expected_known && same;
      CHECK(is_known.test(i) == expected_known);
      CHECK((yes.test(i) && is_known.test(i)) == expected);
      const tag::truth one = tag::evaluate_one(rule, profiles.view(), nullptr, i).value();
      CHECK(one == (!expected_known ? tag::truth::unknown : expected ? tag::truth::yes : tag::truth::no));
    }
  }
  CHECK(equal > 20);
}

TEST_CASE("evaluate: tables that do not fit are refused") {
  const auto r = tag::compile({define("a", "x > 1"), define("b", "has_tag(\"a\")")}, schema()).value();
  const tag_rows::row_table wrong({{"x", value_type::text}}, {{{"x", std::string("1")}}}),
      other({{"y", value_type::number}}, {{{"y", 1.0}}}),
      right({{"x", value_type::number}}, std::vector<tag_rows::row>(70, {{"x", 2.0}}));
  CHECK(tag::evaluate(r, wrong.view()).error().code() == errc::wrong_type);
  CHECK(tag::evaluate(r, other.view()).error().code() == errc::missing_column);
  CHECK(tag::evaluate(r, other.view()).error().where() == place{"/tags/0/rule", "x", -1});
  bit_set yes(70), known(70), small(69);
  const auto code = [&](const tag::rule& what, const tag::tag_bits* bits, std::size_t begin, std::size_t end,
                        bit_set& k) {
    const auto done = tag::evaluate(what, right.view(), bits, begin, end, yes, k);
    return done ? std::string_view("none") : name_of(done.error().code());
  };
  CHECK(code(r.rules[0], nullptr, 64, 70, known) == "none");
  CHECK(yes.count() == 6);
  CHECK(code(r.rules[0], nullptr, 1, 70, known) == "invalid_argument");
  CHECK(code(r.rules[0], nullptr, 0, 71, known) == "invalid_argument");
  CHECK(code(r.rules[0], nullptr, 64, 0, known) == "invalid_argument");
  CHECK(code(r.rules[0], nullptr, 0, 70, small) == "invalid_argument");
  CHECK(code(r.rules[1], nullptr, 0, 70, known) == "invalid_argument");
  const tag::tag_bits short_bits{{bit_set(69), bit_set(69)}, {bit_set(69), bit_set(69)}};
  CHECK(code(r.rules[1], &short_bits, 0, 70, known) == "invalid_argument");
  CHECK(tag::evaluate_one(r.rules[0], right.view(), nullptr, 70).error().code() == errc::invalid_argument);
  CHECK(tag::evaluate_one(r.rules[0], right.view(), nullptr, 69).value() == tag::truth::yes);
}

}  // namespace
