// The table of decisions that C++ and Python both run, through the whole main job: tables in, picks and stops out.
#include <fstream>
#include <map>
#include <optional>
#include <tuple>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <tierwise/model/engine.hpp>

namespace {

using namespace tierwise;
using nlohmann::json;

/// A table of a case; none where the case gives none.
std::optional<table> table_of(const json& one, const char* name, const json& columns) {
  if (!one.contains(name) || one[name].is_null()) return std::nullopt;
  table out;
  for (std::size_t at = 0; at < columns.at(name).size(); ++at) {
    const std::string column = columns[name][at][0];
    std::vector<std::int32_t> codes;
    std::vector<std::string> names;
    std::vector<double> numbers;
    for (const json& row : one[name]) {
      const json& cell = row.at(at);
      codes.push_back(cell.is_string() ? static_cast<std::int32_t>(names.size()) : -1);
      if (cell.is_string()) names.push_back(cell);
      numbers.push_back(cell.is_boolean() ? double(cell.get<bool>()) : cell.is_number() ? cell.get<double>() : missing);
    }
    if (columns[name][at][1] == "text")
      out.add(column, std::move(codes), std::move(names));
    else
      out.add(column, std::move(numbers));
  }
  return out;
}

std::string candidate_name(const recommend::engine& e, std::int32_t index) {
  const recommend::candidate& c = e.candidates[static_cast<std::size_t>(index)];
  return e.policy.actions[c.action].id + "/" + e.channels[c.channel].id +
         (c.content < 0 ? "" : "/" + e.policy.contents[static_cast<std::size_t>(c.content)].id);
}

struct came_out {
  std::map<std::string, std::vector<std::string>> picks, expires;
  std::map<std::string, std::map<std::string, std::string>> stops;
  std::vector<std::tuple<std::string, std::int64_t, std::string, std::string>> rejected;
};

came_out run(const json& all, const json& one) {
  json document = all.at("policy");
  if (one.contains("recommend"))
    for (const auto& [key, value] : one["recommend"].items()) document["recommend"][key] = value;
  const policy::policy what = policy::parse(document.dump()).value();
  const auto given = [&](const char* name) { return table_of(one, name, all.at("columns")); };
  const auto view = [](const std::optional<table>& t) { return t ? &t->view() : nullptr; };
  const auto hcps = given("hcps"), interactions = given("interactions"), history = given("history"),
             consents = given("consents");

  auto profile = model::build_profile(what, hcps->view(), view(interactions),
                                      parse_date(one.at("as_of").get<std::string>()).value())
                     .value();
  const auto engine = model::engine::make(model::fit(what, profile, view(history)).value()).value();
  const auto answer =
      engine.decide(std::move(profile), view(consents), view(history), {.trace = true, .threads = nullptr}).value();

  came_out out;
  const recommend::engine& e = engine.recommender();
  const auto doctor = [&](std::int64_t row) {
    return std::string(answer.rows.find("hcp_id")->text(static_cast<std::size_t>(row)));
  };
  for (const recommend::pick& p : answer.decisions.picks) {
    auto& picks = out.picks[doctor(p.hcp)];
    if (p.candidate < 0) continue;
    picks.push_back(candidate_name(e, p.candidate));
    out.expires[doctor(p.hcp)].push_back(format_date(p.expires));
  }
  for (const recommend::drop& d : answer.decisions.drops)
    out.stops[doctor(d.hcp)][candidate_name(e, d.candidate)] = e.stops[static_cast<std::size_t>(d.stop)].id;
  for (const bad_row& b : answer.rejected)
    out.rejected.emplace_back(b.table, b.row, b.column, std::string(name_of(b.code)));
  return out;
}

TEST_CASE("recommend: the shared table of cases") {
  std::ifstream file(std::string(TIERWISE_TEST_ROOT) + "/tests/cases/decisions.json");
  const json all = json::parse(file);
  CHECK(all["cases"].size() >= 38);
  for (const json& one : all["cases"]) {
    const std::string name = one["name"];
    CAPTURE(name);
    const came_out got = run(all, one);
    for (const auto& [doctor, picks] : one["picks"].items()) {
      CAPTURE(doctor);
      CHECK(json(got.picks.at(doctor)) == picks);
      const json stops = got.stops.contains(doctor) ? json(got.stops.at(doctor)) : json::object();
      CHECK(stops == one["stops"][doctor]);
    }
    if (one.contains("expires"))
      for (const auto& [doctor, dates] : one["expires"].items()) CHECK(json(got.expires.at(doctor)) == dates);
    CHECK(json(got.rejected) == one["rejected"]);
  }
}

}  // namespace
