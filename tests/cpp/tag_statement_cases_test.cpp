// The table of cases of statements that C++ and Python both run (tests/cases/statements.json).
#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <tierwise/tag/provenance.hpp>

#include "tag_rows.hpp"

namespace {

using namespace tierwise;
using nlohmann::json;
using tag::value_type;

tag::registry registry_of(const json& all) {
  std::vector<tag::definition> definitions;
  for (const json& one : all.at("definitions")) {
    tag::definition d;
    d.id = one.at("id");
    d.rule = one.value("rule", "");
    d.lives_days = one.value("lives_days", 0);
    for (const auto s : {tag::source_kind::model, tag::source_kind::person, tag::source_kind::import})
      if (name_of(s) == one.value("source", "rule")) d.source = s;
    if (one.value("of", "doctor") == "content") d.of = tag::subject::content;
    definitions.push_back(std::move(d));
  }
  const tag::schema known{{{"oncology", value_type::boolean}}, {}, {}, {}};
  return tag::compile(std::move(definitions), known).value();
}

/// Rows of statements with what the table leaves out.
std::vector<tag_rows::row> rows_of(const json& statements) {
  const json usual = {{"hcp_id", "d2"},     {"tag", "oncologist"},   {"kind", "set"},
                      {"source", "person"}, {"since", "2015-01-01"}, {"recorded", "2015-01-01"}};
  std::vector<tag_rows::row> rows;
  for (const json& given : statements) {
    json one = usual;
    one["statement_id"] = "s" + std::to_string(rows.size());
    one.update(given);
    tag_rows::row& row = rows.emplace_back();
    for (const auto& [name, value] : one.items()) {
      if (value.is_string()) row[name] = value.get<std::string>();
      if (value.is_number()) row[name] = value.get<double>();
    }
  }
  return rows;
}

const std::vector<std::pair<std::string, value_type>> statement_columns = {
    {"hcp_id", value_type::text},   {"tag", value_type::text},          {"kind", value_type::text},
    {"source", value_type::text},   {"by", value_type::text},           {"since", value_type::text},
    {"expires", value_type::text},  {"confidence", value_type::number}, {"recorded", value_type::text},
    {"evidence", value_type::text}, {"statement_id", value_type::text}, {"withdraws", value_type::text}};

std::string day_or_hyphen(date d) { return is_possible(d) ? format_date(d) : "-"; }
std::string name_of_truth(tag::truth t) {
  return t == tag::truth::yes ? "yes" : t == tag::truth::no ? "no" : "unknown";
}

TEST_CASE("statements: the shared table of cases") {
  std::ifstream file(std::string(TIERWISE_TEST_ROOT) + "/tests/cases/statements.json");
  const json all = json::parse(file);
  const tag::registry registry = registry_of(all);
  std::vector<tag_rows::row> doctors;
  std::vector<std::string> ids;
  for (const auto& [id, oncology] : all.at("doctors").items()) {
    tag_rows::row& row = doctors.emplace_back();
    row["hcp_id"] = id;
    if (!oncology.is_null()) row["oncology"] = oncology.get<bool>();
    ids.push_back(id);
  }
  const tag_rows::row_table hcps({{"hcp_id", value_type::text}, {"oncology", value_type::boolean}}, doctors);
  const tag::tag_bits by_rules = tag::evaluate(registry, hcps.view()).value();

  CHECK(all.at("cases").size() >= 40);
  for (const json& one : all.at("cases")) {
    CAPTURE(one.at("name").get<std::string>());
    const tag_rows::row_table table(statement_columns, rows_of(one.at("statements")));
    const auto said = tag::read_statements(table.view(), *hcps.view().find("hcp_id"), registry).value();

    std::vector<bad_row> rejected;
    for (const json& bad : one.value("rejected", json::array())) {
      REQUIRE(said.rejected.size() > rejected.size());
      const bad_row& found = said.rejected[rejected.size()];
      CHECK(found.table == "statements");
      CHECK(found.row == bad.at(0).get<int>());
      CHECK(found.column == bad.at(1).get<std::string>());
      CHECK(name_of(found.code) == bad.at(2).get<std::string>());
      rejected.push_back(found);
    }
    CHECK(said.rejected == rejected);
    CHECK(said.repeated == one.value("repeated", 0));
    CHECK(said.items.size() + said.withdrawals.size() + said.rejected.size() +
              static_cast<std::size_t>(said.repeated) ==
          one.at("statements").size());  // nothing is lost

    std::vector<double> least(registry.definitions.size());
    for (std::size_t t = 0; t < least.size(); ++t)
      least[t] = one.value("least_confidence", json::object()).value(registry.definitions[t].id, 0.0);
    const tag::viewpoint at{parse_date(one.at("as_of").get<std::string>()).value(),
                            parse_date(one.at("known_as_of").get<std::string>()).value(), least};
    const tag::overrides over = tag::overrides_of(said, at).value();
    const tag::tag_bits bits = tag::evaluate(registry, hcps.view(), nullptr, &over).value();
    const auto hcp =
        static_cast<std::size_t>(std::find(ids.begin(), ids.end(), one.at("doctor").get<std::string>()) - ids.begin());
    std::vector<std::string> answers;
    for (const tag::provenance& p : tag::resolve(registry, said, bits, by_rules, at).value()) {
      if (static_cast<std::size_t>(p.hcp) != hcp) continue;
      std::ostringstream line;
      line << registry.definitions[p.tag].id << ' ' << name_of_truth(p.answer) << ' ' << name_of(p.source);
      if (p.decides < 0) {
        line << " - - -";
      } else {
        const auto item = static_cast<std::size_t>(p.decides);
        const tag::statement& s = said.items[item];
        line << ' ' << said.ids[static_cast<std::size_t>(s.id)] << ' ' << format_date(s.since) << ' '
             << day_or_hyphen(tag::last_day_of(said, item, at.known_as_of));
      }
      line << ' ' << p.overruled << ' ' << name_of_truth(p.rule);
      answers.push_back(line.str());
    }
    CHECK(answers == one.at("expect").get<std::vector<std::string>>());

    if (!one.contains("tag")) continue;
    const auto place = static_cast<std::size_t>(
        std::find(said.tags.begin(), said.tags.end(), one.at("tag").get<std::string>()) - said.tags.begin());
    const auto id_of = [&](std::int64_t item) {
      return item < 0 ? "-" : said.ids[static_cast<std::size_t>(said.items[static_cast<std::size_t>(item)].id)];
    };
    if (one.contains("fates")) {
      std::vector<std::string> fates;
      for (const tag::statement_fate& f : tag::fates_of(said, hcp, place, at).value())
        fates.push_back(id_of(static_cast<std::int64_t>(f.item)) + " " + std::string(name_of(f.what)));
      CHECK(fates == one.at("fates").get<std::vector<std::string>>());
    }
    if (one.contains("timeline")) {
      std::vector<std::string> periods;
      for (const tag::period& p : tag::timeline_of(said, hcp, place, at).value())
        periods.push_back((p.first == first_date ? "-" : format_date(p.first)) + " " + day_or_hyphen(p.last) + " " +
                          name_of_truth(p.answer) + " " + id_of(p.decides));
      CHECK(periods == one.at("timeline").get<std::vector<std::string>>());
    }
  }
}

}  // namespace
