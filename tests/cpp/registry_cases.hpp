// The kept registries of tests/cases/registries.json, and doctors to try them on.
#ifndef TIERWISE_TESTS_REGISTRY_CASES_HPP
#define TIERWISE_TESTS_REGISTRY_CASES_HPP

#include <fstream>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <tierwise/tag/analysis.hpp>

#include "tag_rows.hpp"

namespace registry_cases {

using nlohmann::ordered_json;
namespace tag = tierwise::tag;

inline ordered_json all() {
  std::ifstream file(std::string(TIERWISE_TEST_ROOT) + "/tests/cases/registries.json");
  return ordered_json::parse(file);
}

template <class Enum>
Enum named(const std::string& name, int count) {
  for (int i = 0; i < count; ++i)
    if (tag::name_of(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  throw std::runtime_error("nothing is called " + name);
}

inline tag::analysis_input input_of(const ordered_json& all, const ordered_json& one) {
  tag::analysis_input in;
  for (const auto& [name, type] : all["columns"].items())
    in.known.columns.push_back({name, named<tag::value_type>(type, 5)});
  in.known.channels = all["channels"];
  in.known.measures = all["measures"];
  for (const auto& [id, given] : one["tags"].items()) {
    const ordered_json d = given.is_string() ? ordered_json{{"rule", given}} : given;
    tag::definition& to = in.definitions.emplace_back();
    to.id = id;
    to.rule = d.value("rule", "");
    to.group = d.value("group", "");
    to.purpose = d.value("purpose", "promotion");
    to.source = named<tag::source_kind>(d.value("source", "rule"), 4);
    to.of = named<tag::subject>(d.value("of", "doctor"), 3);
  }
  const auto part = [&one](const char* key) { return one.value(key, ordered_json::object()); };
  const ordered_json groups = part("groups"), purposes = part("purposes");
  for (const auto& [id, g] : groups.items())
    in.groups.push_back({id, "", "", g.value("exclusive", true), g.value("complete", false)});
  for (const auto& [column, purpose] : purposes.items()) in.purposes.emplace_back(column, purpose);
  if (one.contains("forbidden")) in.forbidden = one["forbidden"];
  if (one.contains("used")) in.used = one["used"].get<std::vector<std::string>>();
  in.all_channels = one.value("all_channels", false);
  in.most_steps = one.value("most_steps", in.most_steps);
  return in;
}

/// Verdicts of all tags on one row, each rule by itself. Tags without a rule are what `said` says, unknown if it says nothing.
class evaluator {
 public:
  explicit evaluator(const tag::analysis_input& in) : in_(in), rules_(in.definitions.size()) {
    tag::schema known = in.known;
    known.tags.clear();
    for (const tag::definition& d : in.definitions) known.tags.push_back(d.id);
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      if (in.definitions[i].source != tag::source_kind::rule) continue;
      if (auto read = tag::parse_rule(in.definitions[i].rule, known)) rules_[i] = read.value();
      if (rules_[i])
        for (const std::string& column : rules_[i]->uses().columns) columns_[column] = type_of(column);
    }
  }
  [[nodiscard]] const std::map<std::string, tag::value_type>& columns() const { return columns_; }

  [[nodiscard]] std::vector<tag::truth> operator()(const tag_rows::row& row,
                                                   const std::map<std::string, bool>& said = {}) const {
    std::vector<std::pair<std::string, tag::value_type>> columns(columns_.begin(), columns_.end());
    columns.emplace_back("some column", tag::value_type::number);
    const tag_rows::row_table table(columns, {row});
    tag::tag_bits bits;
    std::vector<tag::truth> out(rules_.size(), tag::truth::unknown);
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      tierwise::bit_set &yes = bits.yes.emplace_back(1), &known = bits.known.emplace_back(1);
      const auto found = said.find(in_.definitions[i].id);
      if (found == said.end()) continue;
      known.set(0);
      if (found->second) yes.set(0);
    }
    for (std::size_t round = 0; round < rules_.size(); ++round)  // as often as tags can be behind each other
      for (std::size_t i = 0; i < rules_.size(); ++i) {
        if (!rules_[i]) continue;
        out[i] = tag::evaluate_one(*rules_[i], table.view(), &bits, 0).value();
        bits.yes[i] = tierwise::bit_set(1);
        bits.known[i] = tierwise::bit_set(1);
        if (out[i] != tag::truth::unknown) bits.known[i].set(0);
        if (out[i] == tag::truth::yes) bits.yes[i].set(0);
      }
    return out;
  }

 private:
  [[nodiscard]] tag::value_type type_of(const std::string& column) const {
    for (const tag::symbol& s : in_.known.columns)
      if (s.name == column) return s.type;
    return tag::value_type::number;
  }

  const tag::analysis_input& in_;
  std::vector<std::optional<tag::rule>> rules_;
  std::map<std::string, tag::value_type> columns_;
};

/// Doctors made up by chance, whose contacts are one list: what profile::build would make of them.
class made_up_doctors {
 public:
  made_up_doctors(const tag::analysis_input& in, const std::map<std::string, tag::value_type>& columns)
      : in_(in), columns_(columns) {
    for (const tag::definition& d : in.definitions) {
      std::size_t at = 0;
      while ((at = d.rule.find('"', at)) != std::string::npos) {
        const std::size_t end = d.rule.find('"', at + 1);
        if (end == std::string::npos) break;
        texts_.push_back(d.rule.substr(at + 1, end - at - 1));
        at = end + 1;
      }
    }
    texts_.push_back("something else");
  }

  tag_rows::row operator()(std::mt19937& roll) const {
    const auto pick = [&roll](int n) { return static_cast<int>(roll() % static_cast<unsigned>(n)); };
    constexpr int ages[] = {0, 9, 10, 14, 28, 29, 30, 31, 60, 89, 90, 91, 179, 180, 364, 365, 900};
    const int contacts = pick(3) == 0 ? 0 : pick(9);
    std::vector<std::pair<std::string, int>> list;
    const int channels = static_cast<int>(in_.known.channels.size()) + (in_.all_channels ? 0 : 1);
    for (int i = 0; i < contacts; ++i) {
      const auto c = static_cast<std::size_t>(pick(pick(2) == 0 ? 2 : channels));
      list.emplace_back(c < in_.known.channels.size() ? in_.known.channels[c] : "another", ages[pick(17)]);
    }
    const bool table = pick(12) != 0;
    tag_rows::row out;
    for (const auto& [column, type] : columns_) {
      if (pick(7) == 0 && !column.starts_with("contact") && !column.starts_with("days_since") &&
          !column.starts_with("trend"))
        continue;
      if (column == "contact_coverage") {
        if (table) out[column] = pick(2) == 0 ? 1.0 : 0.5;
      } else if (column.starts_with("contacts") || column.starts_with("trend") || column.starts_with("days_since")) {
        if (table) of_contacts(column, list, out, pick(9) - 4.0);
      } else if (type == tag::value_type::boolean) {
        out[column] = pick(2) == 0;
      } else if (type == tag::value_type::text) {
        out[column] = texts_[static_cast<std::size_t>(pick(static_cast<int>(texts_.size())))];
      } else if (type == tag::value_type::date) {
        const int around[] = {18262, 18263, 20088, 20089, 20453, 20454, 20455};
        out[column] = around[pick(7)] + pick(3) - 1.0;
      } else {
        constexpr double numbers[] = {0, 1, 2, 3, 4, 5, 10, 20, 21, 50, 100, 101, 364, 365, 1000};
        out[column] = numbers[pick(15)] + (pick(4) == 0 ? 0.5 : 0);
      }
    }
    return out;
  }

 private:
  static void of_contacts(const std::string& column, const std::vector<std::pair<std::string, int>>& list,
                          tag_rows::row& out, double trend) {
    const std::string rest = column.substr(column.starts_with("days_since") ? 11 : column.find('_') + 1);
    if (column.starts_with("days_since")) {
      double least = 1e9;
      for (const auto& [channel, age] : list)
        if (rest == "contact" || rest == channel) least = std::min<double>(least, age);
      if (least < 1e9) out[column] = least;
      return;
    }
    const std::size_t cut = rest.rfind('_');
    const std::string channel = cut == std::string::npos ? "" : rest.substr(0, cut);
    const int window = std::stoi(cut == std::string::npos ? rest : rest.substr(cut + 1));
    double count = 0;
    for (const auto& [of, age] : list) count += age < window && (channel.empty() || of == channel) ? 1 : 0;
    if (column.starts_with("contacts"))
      out[column] = count;
    else if (count > 0)
      out[column] = trend;
  }

  const tag::analysis_input& in_;
  const std::map<std::string, tag::value_type>& columns_;
  std::vector<std::string> texts_;
};

}  // namespace registry_cases

#endif
