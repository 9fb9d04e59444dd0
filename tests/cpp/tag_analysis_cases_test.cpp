// Each kept registry: exactly the flaws that are there, with witnesses that the rules themselves confirm, and nothing in sound ones.
#include <map>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <tierwise/tag/analysis.hpp>

#include "registry_cases.hpp"
#include "tag_rows.hpp"

namespace {

using namespace tierwise;
using nlohmann::ordered_json;
using tag::finding_kind;
using tag::truth;

tag_rows::value value_of(const tag::witness_value& v) {
  if (v.is_missing) return {};
  if (v.type == tag::value_type::boolean) return v.number != 0;
  if (v.type == tag::value_type::text) return v.text;
  return v.number;
}

/// Whether these values, and nothing else known, show an overlap or a gap.
bool shows(const tag::finding& f, const std::vector<tag::witness_value>& values,
           const registry_cases::evaluator& evaluate) {
  tag_rows::row row;
  std::map<std::string, bool> said;
  for (const tag::witness_value& v : values) {
    if (!v.column.empty())
      row[v.column] = value_of(v);
    else if (!v.is_missing)
      said[v.name.substr(9, v.name.size() - 11)] = v.number != 0;  // has_tag("x")
  }
  const std::vector<truth> verdicts = evaluate(row, said);
  const truth wanted = f.kind == finding_kind::overlap ? truth::yes : truth::no;
  return std::all_of(f.tags.begin(), f.tags.end(), [&](std::size_t t) { return verdicts[t] == wanted; });
}

std::string written(const tag::analysis_input& in, const tag::rule_part& p) {
  return in.definitions[p.tag].rule.substr(p.begin, p.end - p.begin);
}

ordered_json facts_of(const tag::analysis_input& in, const tag::finding& f) {
  ordered_json out{{"kind", std::string(tag::name_of(f.kind))}, {"tags", ordered_json::array()}};
  for (const std::size_t t : f.tags) out["tags"].push_back(in.definitions[t].id);
  if (f.part) out["part"] = written(in, *f.part);
  if (f.kind == finding_kind::overlap || f.kind == finding_kind::gap) {
    out["values"] = ordered_json::object();
    for (const tag::witness_value& v : f.values) out["values"][v.name] = v.shown;
  }
  for (const tag::rule_part& p : f.because) out["because"].push_back((p.denied ? "not " : "") + p.text);
  if (!f.column.empty()) out["column"] = f.column, out["purpose"] = f.purpose;
  return out;
}

/// A rule of these parts joined by `and`, alone in a registry: can it never be true?
bool clash(const tag::analysis_input& in, const std::vector<tag::rule_part>& parts) {
  tag::analysis_input alone;
  alone.known = in.known;
  alone.all_channels = in.all_channels;
  tag::definition all;
  all.id = "all";
  for (const tag::definition& d : in.definitions) {
    alone.definitions.push_back(d);
    alone.definitions.back().group.clear();
  }
  for (const tag::rule_part& p : parts)
    all.rule += (all.rule.empty() ? "" : " and ") + std::string(p.denied ? "not (" : "(") + p.text + ")";
  if (all.rule.empty()) all.rule = "true";
  alone.definitions.push_back(all);
  for (const tag::finding& f : tag::analyse(alone))
    if (f.kind == finding_kind::never_true && f.tags.front() + 1 == alone.definitions.size()) return true;
  return false;
}

TEST_CASE("analysis: the kept registries") {
  const ordered_json all = registry_cases::all();
  CHECK(all["broken"].size() >= 80);
  CHECK(all["sound"].size() >= 20);
  std::map<finding_kind, int> seen;
  for (const char* key : {"broken", "sound"})
    for (const ordered_json& one : all[key]) {
      const std::string name = one["name"];
      CAPTURE(name);
      const tag::analysis_input in = registry_cases::input_of(all, one);
      const std::vector<tag::finding> found = tag::analyse(in);
      CHECK(tag::analyse(in) == found);
      const ordered_json wanted = one.value("finds", ordered_json::array());
      CHECK(found.size() == wanted.size());
      for (std::size_t i = 0; i < std::min(found.size(), wanted.size()); ++i) {
        ordered_json facts = wanted[i];
        const std::string says = facts.value("says", "");
        facts.erase("says");
        CHECK(facts_of(in, found[i]).dump() == facts.dump());
        CHECK(found[i].message_en.find(says) != std::string::npos);
        for (const char* hole : {"{t}", "{u}", "{p}", "{b}", "{a}", "{v}", "{g}", "{c}", "{o}", "{l}", "{x}"}) {
          CHECK(found[i].message_en.find(hole) == std::string::npos);
          CHECK(found[i].message_zh.find(hole) == std::string::npos);
        }
        CHECK_FALSE(found[i].message_zh.empty());
        ++seen[found[i].kind];
      }
    }
  for (int kind = 0; kind <= static_cast<int>(finding_kind::undecided); ++kind) {
    CAPTURE(tag::name_of(static_cast<finding_kind>(kind)));
    CHECK(seen[static_cast<finding_kind>(kind)] > 0);
  }
}

TEST_CASE("analysis: witnesses hold when the rules are evaluated on them, and no value can be left out") {
  const ordered_json all = registry_cases::all();
  int checked = 0;
  for (const ordered_json& one : all["broken"]) {
    const std::string name = one["name"];
    CAPTURE(name);
    const tag::analysis_input in = registry_cases::input_of(all, one);
    const registry_cases::evaluator evaluate(in);
    for (const tag::finding& f : tag::analyse(in)) {
      if ((f.kind != finding_kind::overlap && f.kind != finding_kind::gap) || f.tags.empty()) continue;
      CHECK(shows(f, f.values, evaluate));
      ++checked;
      for (std::size_t i = 0; i < f.values.size(); ++i) {
        if (f.values[i].is_missing) continue;
        std::vector<tag::witness_value> fewer = f.values;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(shows(f, fewer, evaluate));
      }
    }
  }
  CHECK(checked >= 20);
}

TEST_CASE("analysis: conditions that clash do so together and not without any of them") {
  const ordered_json all = registry_cases::all();
  int checked = 0;
  for (const ordered_json& one : all["broken"]) {
    const std::string name = one["name"];
    CAPTURE(name);
    const tag::analysis_input in = registry_cases::input_of(all, one);
    for (const tag::finding& f : tag::analyse(in)) {
      if (f.kind != finding_kind::never_true && f.kind != finding_kind::contradiction) continue;
      if (in.definitions[f.tags[0]].rule.find(") or (") != std::string::npos && f.kind == finding_kind::never_true)
        continue;  // its branches clash each by itself
      if (f.because.empty()) continue;
      CHECK(clash(in, f.because));
      ++checked;
      for (std::size_t i = 0; i < f.because.size(); ++i) {
        std::vector<tag::rule_part> fewer = f.because;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK_FALSE(clash(in, fewer));
      }
    }
  }
  CHECK(checked >= 30);
}

TEST_CASE("analysis: what is claimed of nobody or everybody holds for doctors made up by chance") {
  const ordered_json all = registry_cases::all();
  std::mt19937 roll(1);
  for (const char* key : {"broken", "sound"})
    for (const ordered_json& one : all[key]) {
      const std::string name = one["name"];
      CAPTURE(name);
      const tag::analysis_input in = registry_cases::input_of(all, one);
      const std::vector<tag::finding> found = tag::analyse(in);
      const registry_cases::evaluator evaluate(in);
      const registry_cases::made_up_doctors doctor(in, evaluate.columns());
      const bool broken = std::any_of(found.begin(), found.end(), [](const tag::finding& f) {
        return f.kind == finding_kind::rule_error || f.kind == finding_kind::circle;
      });
      for (int i = 0; i < 60; ++i) {
        std::map<std::string, bool> said;
        for (const tag::definition& d : in.definitions)
          if (d.source != tag::source_kind::rule && roll() % 3 != 0) said[d.id] = roll() % 2 == 0;
        const std::vector<truth> verdicts = evaluate(doctor(roll), said);
        for (const tag::finding& f : found) {
          if (f.kind == finding_kind::never_true || f.kind == finding_kind::never_known)
            CHECK(verdicts[f.tags[0]] != truth::yes);
          if (f.kind == finding_kind::never_false || f.kind == finding_kind::never_known)
            CHECK(verdicts[f.tags[0]] != truth::no);
          if (f.kind == finding_kind::always_true) CHECK(verdicts[f.tags[0]] == truth::yes);
          if (f.kind == finding_kind::same) CHECK(verdicts[f.tags[0]] == verdicts[f.tags[1]]);
        }
        if (broken) continue;
        for (const tag::group& g : in.groups) {  // where nothing was found, nothing is there
          const auto concerns = [&](const tag::finding& f) {
            return (f.kind == finding_kind::overlap || f.kind == finding_kind::gap ||
                    f.kind == finding_kind::undecided) &&
                   (f.group == g.id || f.group.empty());
          };
          if (std::any_of(found.begin(), found.end(), concerns)) continue;
          int yes = 0, no = 0, members = 0;
          for (std::size_t t = 0; t < in.definitions.size(); ++t) {
            if (in.definitions[t].group != g.id || in.definitions[t].source != tag::source_kind::rule) continue;
            ++members;
            yes += verdicts[t] == truth::yes ? 1 : 0;
            no += verdicts[t] == truth::no ? 1 : 0;
          }
          if (g.exclusive) CHECK(yes <= 1);
          const bool people = std::any_of(in.definitions.begin(), in.definitions.end(), [&g](const tag::definition& d) {
            return d.group == g.id && d.source != tag::source_kind::rule;
          });
          if (g.complete && !people) CHECK(no < members);
        }
      }
    }
}

}  // namespace
