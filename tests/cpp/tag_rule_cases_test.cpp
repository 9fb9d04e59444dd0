// The table of cases that C++ and Python both run.
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <tierwise/tag/tag.hpp>

#include "tag_rows.hpp"

namespace {

using namespace tierwise;
using nlohmann::json;

tag::value_type type_named(const std::string& name) {
  for (const auto type : {tag::value_type::boolean, tag::value_type::number, tag::value_type::text,
                          tag::value_type::date, tag::value_type::duration})
    if (tag::name_of(type) == name) return type;
  throw std::runtime_error("no type " + name);
}

tag_rows::value value_of(const json& j, tag::value_type type) {
  if (j.is_null()) return {};
  if (type == tag::value_type::boolean) return j.get<bool>();
  if (type == tag::value_type::text) return j.get<std::string>();
  if (type == tag::value_type::date) return double(parse_date(j.get<std::string>()).value().days);
  return j.get<double>();
}

TEST_CASE("rules: the shared table of cases") {
  std::ifstream file(std::string(TIERWISE_TEST_ROOT) + "/tests/cases/rules.json");
  const json all = json::parse(file);

  tag::schema known;
  std::vector<std::pair<std::string, tag::value_type>> columns;
  for (const auto& [name, type] : all["schema"]["columns"].items()) {
    known.columns.push_back({name, type_named(type)});
    columns.emplace_back(name, type_named(type));
  }
  for (const auto& [name, type] : all["computed"].items()) columns.emplace_back(name, type_named(type));
  known.channels = all["schema"]["channels"];
  known.measures = all["schema"]["measures"];
  known.tags = all["schema"]["tags"];
  known.topics = all["schema"]["topics"];

  CHECK(all["cases"].size() >= 450);
  for (const json& one : all["cases"]) {
    const std::string text = one["rule"];
    CAPTURE(text);
    const auto parsed = tag::parse_rule(text, known);
    if (one.contains("error")) {
      CHECK_FALSE(parsed.has_value());
      if (parsed) continue;
      CAPTURE(parsed.error().message());
      CHECK(name_of(parsed.error().code()) == one["error"].get<std::string>());
      CHECK(parsed.error().message().find(one.value("says", "")) != std::string::npos);
      continue;
    }
    CAPTURE(parsed ? "" : parsed.error().what());
    CHECK(parsed.has_value());
    if (!parsed) continue;
    if (one.contains("canonical")) CHECK(parsed.value().format() == one["canonical"].get<std::string>());
    CHECK(tag::parse_rule(parsed.value().format(), known).value().format() == parsed.value().format());

    // The row at three places of a table, so that one alone, the first of a word and one inside a word all answer alike.
    json values = all["row"], tags = all["tags"];
    if (one.contains("row")) values.update(one["row"]);
    if (one.contains("tags")) tags.update(one["tags"]);
    tag_rows::row row;
    for (const auto& [name, type] : columns) row[name] = value_of(values.at(name), type);
    const std::size_t rows = 131;
    const tag_rows::row_table table(columns, std::vector<tag_rows::row>(rows, row));
    tag::tag_bits bits;
    for (const std::string& name : known.tags) {
      auto& yes = bits.yes.emplace_back(rows);
      auto& is_known = bits.known.emplace_back(rows);
      for (std::size_t i = 0; i < rows; ++i) {
        if (tags[name] == "yes") yes.set(i);
        if (tags[name] != "unknown") is_known.set(i);
      }
    }
    bit_set yes(rows), is_known(rows);
    CHECK(tag::evaluate(parsed.value(), table.view(), &bits, 0, rows, yes, is_known).value());
    for (const std::size_t i : {std::size_t{0}, std::size_t{64}, rows - 1}) {
      const auto verdict = tag::evaluate_one(parsed.value(), table.view(), &bits, i).value();
      const std::string name = verdict == tag::truth::yes ? "yes" : verdict == tag::truth::no ? "no" : "unknown";
      CHECK(name == one["verdict"].get<std::string>());
      CHECK(yes.test(i) == (verdict == tag::truth::yes));
      CHECK(is_known.test(i) == (verdict != tag::truth::unknown));
    }
    if (parsed.value().uses().tags.empty()) {  // as the one rule of a registry, which is compiled in another way
      tag::schema others = known;
      const auto registry = tag::compile({{"alone", "", "", tag::layer::basic, text}}, others).value();
      const auto found = tag::evaluate(registry, table.view()).value();
      CHECK(found.yes[0] == yes);
      CHECK(found.known[0] == is_known);
    }
    CHECK(parsed.value().cost() >= 1);
    CHECK(parsed.value().cost() <= text.size());
    CHECK((yes.count() == 0 || yes.count() == rows));  // all rows are equal, and nothing is set beyond them
  }
}

}  // namespace
