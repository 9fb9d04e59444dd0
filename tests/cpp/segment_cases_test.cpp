// The table of cases that C++ and Python both run (tests/cases/segments.json): all 36 cells, boundaries, unknowns.
#include <fstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "segment_doctors.hpp"

namespace {

using namespace tierwise;
using nlohmann::json;

tests::doctor doctor_of(const json& row) {
  tests::doctor d;
  for (const tests::number_field& field : tests::number_fields)
    if (const json& value = row.at(field.name); !value.is_null()) d.*field.value = value.get<double>();
  for (const tests::text_field& field : tests::text_fields)
    if (const json& value = row.at(field.name); !value.is_null()) d.*field.value = value.get<std::string>();
  return d;
}

bool is_close(const json& wanted, double found) {
  return wanted.is_null() ? std::isnan(found) : std::abs(wanted.get<double>() - found) <= 0x1p-19;
}

std::string name_in(const std::vector<std::string>& names, std::uint8_t step) {
  return step == segment::unknown_level ? "unknown" : names.at(step);
}
std::string word(const json& wanted) { return wanted.is_null() ? "unknown" : wanted.get<std::string>(); }

}  // namespace

TEST_CASE("segment: the cases that all languages share") {
  std::ifstream file(TIERWISE_TEST_ROOT "/tests/cases/segments.json");
  const json all = json::parse(file);
  std::vector<tests::doctor> population, doctors;
  for (const json& row : all.at("population")) population.push_back(doctor_of(row));
  for (const json& c : all.at("cases")) doctors.push_back(doctor_of(c.at("row")));
  REQUIRE(doctors.size() >= 70);

  const segment::model model = segment::fit(segment::default_policy(), tests::table_of(population).view()).value();
  const segment::assignment found = segment::assign(model, tests::table_of(doctors).view()).value();
  const segment::scheme& scheme = model.policy.scheme;
  REQUIRE(found.size() == doctors.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const json& c = all["cases"][i];
    const json& wanted = c.at("expect");
    CAPTURE(c.at("name").get<std::string>());
    CHECK(segment::name_of(found.potential_basis[i]) == wanted.at("potential_basis").get<std::string>());
    CHECK(is_close(wanted.at("potential"), found.potential[i]));
    CHECK(is_close(wanted.at("potential_coverage"), found.potential_coverage[i]));
    CHECK(int{found.decile[i]} == (wanted.at("decile").is_null() ? -1 : wanted.at("decile").get<int>()));
    CHECK(name_in(scheme.grades, found.grade[i]) == word(wanted.at("grade")));
    CHECK(is_close(wanted.at("identity_score"), found.identity_score[i]));
    CHECK(is_close(wanted.at("identity_coverage"), found.identity_coverage[i]));
    CHECK(name_in(scheme.identity_levels, found.identity_level[i]) == word(wanted.at("identity_level")));
    CHECK(is_close(wanted.at("engagement_score"), found.engagement_score[i]));
    CHECK(is_close(wanted.at("engagement_coverage"), found.engagement_coverage[i]));
    CHECK(name_in(scheme.engagement_levels, found.engagement_level[i]) == word(wanted.at("engagement_level")));
    CHECK(scheme.profile_types.at(found.profile_type[i]) == wanted.at("profile_type").get<std::string>());
    CHECK(found.tier[i] == wanted.at("tier").get<int>());
    CHECK(scheme.resources.at(found.tier[i] - 1u) == wanted.at("resources").get<std::string>());
    if (wanted.contains("reason_en")) {
      CHECK(segment::reason(model, found, i) == wanted.at("reason_en").get<std::string>());
      CHECK(segment::reason(model, found, i, segment::language::chinese) == wanted.at("reason_zh").get<std::string>());
    }
  }
}

TEST_CASE("segment: columns for rules keep unknowns missing") {
  std::vector<tests::doctor> doctors(3);
  doctors[0].patient_volume = 10;
  doctors[2].title = "chief_physician";
  doctors[2].hospital_level = "tier_3_large";
  doctors[2].trials = 1;
  const table given = tests::table_of(doctors);
  const segment::model model = segment::fit(segment::default_policy(), given.view()).value();
  const segment::assignment all = segment::assign(model, given.view()).value();
  const table made = segment::columns(model, all);
  std::vector<std::string> names;
  for (const named_column& column : made.view().columns()) names.push_back(column.name);
  CHECK(names == std::vector<std::string>{"potential", "decile", "grade", "identity_score", "identity_level",
                                          "engagement_score", "engagement_level", "profile_type", "tier"});
  const auto column = [&](const char* name) { return *made.view().find(name); };
  CHECK(column("decile").number(0) == 10);
  CHECK_FALSE(column("decile").has(1));
  CHECK(column("grade").text(0) == "A");
  CHECK_FALSE(column("grade").has(2));
  CHECK_FALSE(column("identity_level").has(0));
  CHECK(column("identity_level").text(2) == "high");
  CHECK_FALSE(column("engagement_level").has(2));
  CHECK(column("profile_type").text(1) == "ordinary");
  CHECK(column("tier").number(0) == 4);
  CHECK(column("tier").number(1) == 8);
  CHECK(column("tier").number(2) == 6);
}
