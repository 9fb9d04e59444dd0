// The field's own worked example: doctor A of docs/worked-example.md, from files to the way up, to the last bit of tests/cases/doctor_a.json.
// Python runs the same table, and there the numbers are reckoned once more by hand.
#include <sstream>

#include <nlohmann/json.hpp>

#include <tierwise/policy/policy.hpp>
#include <tierwise/segment/change.hpp>

#include "policy_files.hpp"

namespace {

using namespace tierwise;
using nlohmann::json;

/// A file of cells without quotes: names, then rows. An empty cell is missing; `numbers` are read as such, all others as text.
table table_of(const std::string& file, const std::vector<std::string>& numbers) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(policy_test::text_of(file));
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string>& cells = rows.emplace_back();
    std::istringstream in(line + ",");
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    REQUIRE(cells.size() == rows.front().size());
  }
  table out;
  for (std::size_t c = 0; c < rows.front().size(); ++c) {
    const std::string& name = rows.front()[c];
    std::vector<double> values;
    std::vector<std::int32_t> codes;
    std::vector<std::string> names;
    for (std::size_t r = 1; r < rows.size(); ++r) {
      const std::string& cell = rows[r][c];
      values.push_back(cell.empty() ? missing : std::strtod(cell.c_str(), nullptr));
      if (!cell.empty() && std::find(names.begin(), names.end(), cell) == names.end()) names.push_back(cell);
      codes.push_back(
          cell.empty() ? -1 : static_cast<std::int32_t>(std::find(names.begin(), names.end(), cell) - names.begin()));
    }
    if (std::find(numbers.begin(), numbers.end(), name) != numbers.end())
      out.add(name, std::move(values));
    else
      out.add(name, std::move(codes), std::move(names));
  }
  return out;
}

void check_parts(const std::vector<segment::contribution>& found, const json& wanted, double score) {
  REQUIRE(found.size() == wanted.size());
  double sum = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    CAPTURE(found[k].column);
    CHECK(found[k].column == wanted[k].at("column").get<std::string>());
    CHECK(found[k].value == wanted[k].at("value").get<double>());
    CHECK(found[k].weight_share == wanted[k].at("weight_share").get<double>());
    CHECK(found[k].known == wanted[k].at("known").get<bool>());
    sum += found[k].value;
  }
  CHECK(sum == score);
}

}  // namespace

TEST_CASE("segment: doctor A is placed as by hand, in both languages") {
  const json all = json::parse(policy_test::text_of("tests/cases/doctor_a.json"));
  const json& wanted = all.at("expect");
  const policy::policy p = policy::load(policy_test::path_of(all.at("policy"))).value();
  std::vector<std::string> numbers;
  for (const policy::attribute& a : p.attributes)
    if (a.type == tag::value_type::number) numbers.push_back(a.name);
  const table hcps = table_of(all.at("hcps"), numbers), contacts = table_of(all.at("interactions"), {});
  const date as_of = parse_date(all.at("as_of").get<std::string>()).value();
  CHECK(p.mapping.as_of == as_of);

  const profile::profile made = profile::build(p.profile, hcps.view(), &contacts.view(), as_of).value();
  REQUIRE(made.rows.view().rows() == 1);
  CHECK(made.rejected.empty());
  for (const auto& [channel, count] : wanted.at("contacts_365d").items())
    CHECK(made.rows.view().find("contacts_" + channel + "_365d")->number(0) == count.get<double>());
  // Points are sums of powers, which libraries of mathematics may round otherwise; scores are on a grid and exact.
  for (const auto& [channel, points] : wanted.at("points").items())
    CHECK(made.rows.view().find("points_" + channel)->number(0) ==
          doctest::Approx(points.get<double>()).epsilon(1e-13));

  const segment::model model = segment::fit(p.segment, made.rows.view()).value();
  CHECK(model.s0 == wanted.at("s0").get<double>());
  const segment::assignment found = segment::assign(model, made.rows.view()).value();
  const segment::scheme& s = p.segment.scheme;
  CHECK(found.potential[0] == wanted.at("potential").get<double>());
  CHECK(found.potential_coverage[0] == wanted.at("potential_coverage").get<double>());
  CHECK(s.grades.at(found.grade[0]) == wanted.at("grade").get<std::string>());
  CHECK(found.identity_score[0] == wanted.at("identity_score").get<double>());
  CHECK(found.identity_coverage[0] == wanted.at("identity_coverage").get<double>());
  CHECK(s.identity_levels.at(found.identity_level[0]) == wanted.at("identity_level").get<std::string>());
  CHECK(found.engagement_score[0] == wanted.at("engagement_score").get<double>());
  CHECK(found.engagement_coverage[0] == wanted.at("engagement_coverage").get<double>());
  CHECK(s.engagement_levels.at(found.engagement_level[0]) == wanted.at("engagement_level").get<std::string>());
  CHECK(s.profile_types.at(found.profile_type[0]) == wanted.at("profile_type").get<std::string>());
  CHECK(found.tier[0] == wanted.at("tier").get<int>());
  CHECK(s.resources.at(found.tier[0] - 1u) == wanted.at("resources").get<std::string>());
  CHECK(segment::reason(model, found, 0) == wanted.at("reason").at("en").get<std::string>());
  CHECK(segment::reason(model, found, 0, segment::language::chinese) ==
        wanted.at("reason").at("zh").get<std::string>());

  const auto parts = [&](segment::score which) { return segment::contributions(model, made.rows.view(), 0, which); };
  const json& contributions = wanted.at("contributions");
  check_parts(parts(segment::score::potential), contributions.at("potential"), found.potential[0]);
  check_parts(parts(segment::score::identity), contributions.at("identity"), found.identity_score[0]);
  check_parts(parts(segment::score::engagement), contributions.at("engagement"), found.engagement_score[0]);

  const segment::change up = segment::smallest_changes(model, made.rows.view()).value().at(0);
  const json& way = wanted.at("way_up");
  REQUIRE(up.outcome == segment::way_up::found);
  CHECK(up.cost == way.at("cost").get<double>());
  json times = json::object();
  for (const segment::effort& e : p.segment.efforts) times[e.id] = 0;
  for (const segment::effort_count& e : up.efforts) times[p.segment.efforts[e.effort].id] = e.times;
  CHECK(times == way.at("times"));
  CHECK(up.then.tier == way.at("tier").get<int>());
  CHECK(up.then.engagement == way.at("engagement_score").get<double>());
  CHECK(s.engagement_levels.at(up.then.engagement_level) == way.at("engagement_level").get<std::string>());
  CHECK(segment::words(model, up) == way.at("words").at("en").get<std::string>());
  CHECK(segment::words(model, up, segment::language::chinese) == way.at("words").at("zh").get<std::string>());
}
