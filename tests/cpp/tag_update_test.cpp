// Answers brought up to date are the bytes of an evaluation from scratch, and no more is evaluated than can have changed.
#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include <tierwise/core/random.hpp>
#include <tierwise/tag/update.hpp>

#include "tag_rows.hpp"
#include "threads.hpp"

namespace {

using namespace tierwise;
using tag::value_type;

const std::vector<std::pair<std::string, value_type>> columns = {
    {"a", value_type::number},  {"b", value_type::number},  {"c", value_type::number},
    {"city", value_type::text}, {"town", value_type::text}, {"flag", value_type::boolean}};

class world {
 public:
  explicit world(std::uint64_t seed) : random(seed, 8, 9) {
    const std::size_t n = 1 + below(1300);
    for (std::size_t i = 0; i < n; ++i) rows.push_back(row());
    std::vector<tag::definition> all;
    for (std::size_t t = 0, count = 1 + below(12); t < count; ++t) {
      tag::definition d{.id = std::string("t").append(std::to_string(t)), .name_en = {}, .name_zh = {}};
      if (below(6) == 0)
        d.source = tag::source_kind::person;
      else
        d.rule = condition(t, 3);
      all.push_back(std::move(d));
    }
    tag::schema known;
    for (const auto& [name, type] : columns) known.columns.push_back({name, type});
    registry = tag::compile(std::move(all), known).value();
    if (below(2) == 0) {
      said.set.resize(registry.rules.size());
      said.veto.resize(registry.rules.size());
      for (std::size_t t = 0; t < registry.rules.size(); ++t)
        if (below(2) == 0) said.set[t] = said.veto[t] = bit_set(rows.size());
    }
  }

  std::size_t below(std::size_t n) { return random.below(static_cast<std::uint32_t>(n)); }

  tag_rows::value cell(value_type type) {
    if (below(5) == 0) return {};
    if (type == value_type::boolean) return below(2) == 0;
    if (type == value_type::text) return std::string(1, static_cast<char>('A' + below(4)));
    return static_cast<double>(below(6));
  }

  tag_rows::row row() {
    tag_rows::row out;
    for (const auto& [name, type] : columns) out[name] = cell(type);
    return out;
  }

  std::string condition(std::size_t tags_before, int depth) {
    const char* const numbers[] = {"a", "b", "c"};
    const auto number = [&] { return std::string(numbers[below(3)]); };
    const auto digit = [&] { return std::to_string(below(6)); };
    switch (below(depth > 0 ? 11 : 7)) {
      case 0: return number() + " >= " + digit();
      case 1: return number() + " in {" + digit() + ", " + digit() + "}";
      case 2: return "city == \"" + std::string(1, static_cast<char>('A' + below(4))) + "\"";
      case 3: return "flag";
      case 4: return number() + " + " + number() + " > " + digit();
      case 5: return tags_before > 0 ? "has_tag(\"t" + std::to_string(below(tags_before)) + "\")" : "city == town";
      case 6: return "contains(lower(town), \"b\")";
      case 7: return "not (" + condition(tags_before, depth - 1) + ")";
      case 8: return "known(" + condition(tags_before, depth - 1) + ")";
      default:
        return "(" + condition(tags_before, depth - 1) + (below(2) == 0 ? " and " : " or ") +
               condition(tags_before, depth - 1) + ")";
    }
  }

  /// Changes something and says what.
  tag::changes step() {
    tag::changes out;
    for (std::size_t n = below(3); n > 0; --n) rows.push_back(row());  // doctors who are new need no mention
    for (std::vector<bit_set>* sets : {&said.set, &said.veto})
      for (bit_set& one : *sets)
        if (one.size() != 0 && one.size() != rows.size()) {
          bit_set grown(rows.size());
          std::copy(one.words().begin(), one.words().end(), grown.words().begin());
          one = grown;
        }
    out.rows = bit_set(rows.size());
    for (std::size_t n = below(4); n > 0; --n) {
      const std::size_t at = below(rows.size());
      out.rows.set(at);
      rows[at] = row();
      for (std::size_t t = 0; t < said.set.size(); ++t)
        if (said.set[t].size() != 0 && below(2) == 0) (below(2) == 0 ? said.set : said.veto)[t].set(at);
    }
    if (below(2) == 0)
      for (std::size_t n = 1 + below(2); n > 0; --n) {
        const auto& [name, type] = columns[below(columns.size())];
        out.columns.push_back(name);
        for (tag_rows::row& one : rows)
          if (below(3) == 0) one[name] = cell(type);
      }
    return out;
  }

  random_stream random;
  std::vector<tag_rows::row> rows;
  tag::registry registry;
  tag::overrides said;
};

}  // namespace

TEST_CASE("update: a thousand random sequences of changes give the bytes of an evaluation from scratch") {
  std::size_t tags = 0, rows = 0, all_tags = 0, all_rows = 0;
  tests::thread_executor two(2);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    world w(seed);
    tag::tag_bits answers =
        tag::evaluate(w.registry, tag_rows::row_table(columns, w.rows).view(), nullptr, &w.said).value();
    for (std::size_t n = 1 + w.below(4); n > 0; --n) {
      const tag::changes what = w.step();
      const tag_rows::row_table table(columns, w.rows);
      const tag::updated work =
          tag::update(w.registry, table.view(), what, answers, seed % 2 == 0 ? nullptr : &two, &w.said).value();
      const tag::tag_bits fresh = tag::evaluate(w.registry, table.view(), nullptr, &w.said).value();
      REQUIRE(answers.yes == fresh.yes);
      REQUIRE(answers.known == fresh.known);
      tags += work.tags, all_tags += w.registry.rules.size();
      rows += work.rows, all_rows += w.rows.size();
    }
  }
  CHECK(tags * 2 < all_tags);
  CHECK(rows < all_rows);
}

TEST_CASE("update: tags that do not ask for what changed are left alone") {
  tag::schema known{
      .columns = {{"a", value_type::number}, {"b", value_type::number}}, .channels = {}, .measures = {}, .tags = {}};
  const auto r = tag::compile({{.id = "x", .name_en = {}, .name_zh = {}, .rule = "a > 1"},
                               {.id = "y", .name_en = {}, .name_zh = {}, .rule = "b > 1"},
                               {.id = "z", .name_en = {}, .name_zh = {}, .rule = "has_tag(\"x\") and b < 9"}},
                              known)
                     .value();
  const std::vector<double> a(2000, 2.0), b(2000, 2.0);
  table_view table;
  table.add("a", std::span<const double>(a));
  table.add("b", std::span<const double>(b));
  auto answers = tag::evaluate(r, table).value();
  tag::changes what;
  CHECK(tag::update(r, table, what, answers).value().tags == 0);
  what.columns = {"a"};
  answers.yes[1] = answers.known[1] = bit_set(2000);  // what is not asked again stays as it is, even if it is wrong
  const auto work = tag::update(r, table, what, answers).value();
  CHECK(work.tags == 2);
  CHECK(work.rows == 0);
  CHECK(answers.yes[1].count() == 0);
  CHECK(answers.yes[2].count() == 2000);
  what.columns.clear();
  what.rows = bit_set(2000);
  what.rows.set(700);
  CHECK(tag::update(r, table, what, answers).value().rows == 512);
  CHECK(answers.yes[1].count() == 512);

  what.columns = {"nothing"};
  CHECK(tag::update(r, table, what, answers).error().where().column == "nothing");
  what.columns.clear();
  what.rows = bit_set(3);
  CHECK(tag::update(r, table, what, answers).error().where().column == "rows");
  tag::tag_bits other = answers;
  other.yes.pop_back();
  CHECK(tag::update(r, table, {}, other).error().where().column == "answers");
  table_view shorter;
  shorter.add("a", std::span<const double>(a).first(10));
  shorter.add("b", std::span<const double>(b).first(10));
  CHECK(tag::update(r, shorter, {}, answers).error().where().column == "answers");
}
