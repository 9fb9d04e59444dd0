#include "bindings.hpp"

namespace tierwise::python {

namespace {

py_dict attributes(const held_policy& of) {
  py_dict out;
  for (const policy::attribute& a : of.value.attributes) {
    py_dict one;
    one["type"] = py::str(std::string(tag::name_of(a.type)));
    one["purpose"] = py::str(a.purpose);
    one["column"] = py::str(a.column);
    out[py::str(a.name)] = one;
  }
  return out;
}

py_dict mapping(const held_policy& of) {
  const policy::mapping& m = of.value.mapping;
  py_dict hcps, interactions, values, out;
  hcps["file"] = py::str(m.hcps_file);
  hcps["hcp_id"] = py::str(m.hcps_id);
  interactions["file"] = py::str(m.interactions_file);
  interactions["event_id"] = py::str(m.event_id);
  interactions["hcp_id"] = py::str(m.hcp_id);
  interactions["date"] = py::str(m.date);
  interactions["channel"] = py::str(m.channel);
  interactions["depth"] = py::str(m.depth);
  interactions["count"] = py::str(m.count);
  interactions["quality"] = py::str(m.quality);
  interactions["constant_channel"] = py::str(m.constant_channel);
  for (const auto& [text, id] : m.channel_values) values[py::str(text)] = py::str(id);
  interactions["channel_values"] = values;
  interactions["first_month"] = py::str(m.first_month);
  out["as_of"] = m.as_of ? py::object(py::str(format_date(*m.as_of))) : py::none();
  out["hcps"] = hcps;
  out["interactions"] = interactions;
  return out;
}

py::typing::List<py_dict> tiers(const held_policy& of) {
  const segment::scheme& s = of.value.segment.scheme;
  py::typing::List<py_dict> out;
  for (std::size_t grade = 0; grade < s.grades.size(); ++grade)
    for (std::size_t identity = 0; identity < s.identity_levels.size(); ++identity)
      for (std::size_t engagement = 0; engagement < s.engagement_levels.size(); ++engagement) {
        const segment::cell& cell = s.cells[s.index(grade, identity, engagement)];
        py_dict one;
        one["grade"] = py::str(s.grades[grade]);
        one["identity"] = py::str(s.identity_levels[identity]);
        one["engagement"] = py::str(s.engagement_levels[engagement]);
        one["profile_type"] = py::str(s.profile_types[cell.profile_type]);
        one["tier"] = py::int_(cell.tier);
        one["resources"] = py::str(s.resources[cell.tier - 1u]);
        out.append(one);
      }
  return out;
}

/// Names that an unknown grade or level counts as.
py_dict unknown_as(const held_policy& of) {
  const segment::policy& p = of.value.segment;
  py_dict out;
  out["grade"] = py::str(p.scheme.grades[p.potential.unknown_as]);
  out["identity"] = py::str(p.scheme.identity_levels[p.identity_cuts.unknown_as]);
  out["engagement"] = py::str(p.scheme.engagement_levels[p.engagement_cuts.unknown_as]);
  return out;
}

/// Floors of the levels where the policy fixes them, else None.
py_dict fixed_floors(const held_policy& of) {
  const auto floors = [](const segment::cuts& cuts) {
    return cuts.how == segment::cuts::kind::fixed ? py::object(py::cast(cuts.floors)) : py::none();
  };
  py_dict out;
  out["identity"] = floors(of.value.segment.identity_cuts);
  out["engagement"] = floors(of.value.segment.engagement_cuts);
  return out;
}

/// As the fields of tierwise.segment.Stability, in their order.
std::tuple<double, double, std::int32_t, int> stability_of(const held_policy& of) {
  const segment::stability& s = of.value.segment.stability;
  return {s.volume_band, s.score_band, s.minimum_stay_days, s.large_move};
}

/// By the names of the fields of tierwise.movers.MoverPolicy.
py_dict mover_policy(const held_policy& of) {
  const segment::mover_policy& m = of.value.segment.movers;
  py_dict out;
  out["method"] = py::str(m.trend.method == segment::trend_method::theil_sen ? "theil_sen" : "least_squares");
  out["unit_days"] = py::float_(m.trend.unit_days);
  out["window_days"] = py::int_(m.trend.window_days);
  out["half_life_days"] = py::float_(m.trend.half_life_days);
  out["confidence"] = py::float_(m.trend.confidence);
  out["noise"] = py::float_(m.trend.noise);
  out["noise_strength"] = py::int_(m.trend.noise_strength);
  out["least_slope"] = py::float_(m.least_slope);
  out["least_points"] = py::int_(m.least_points);
  out["stale_days"] = py::int_(m.stale_days);
  out["once_had"] = py::float_(m.once_had);
  out["nothing"] = py::float_(m.nothing);
  out["low_below"] = py::float_(m.low_below);
  return out;
}

}  // namespace

void register_policy(py::module_& m) {
  m.def("default_policy_json", [] { return std::string(policy::default_json()); });
  py::class_<held_policy>(m, "Policy")
      .def_static(
          "parse", [](const std::string& text) { return held_policy{policy::parse(text).value()}; }, py::arg("text"))
      .def_static(
          "load", [](const std::string& path) { return held_policy{policy::load(path).value()}; }, py::arg("path"))
      .def("format", [](const held_policy& p) { return policy::format(p.value); })
      .def(
          "equals", [](const held_policy& a, const held_policy& b) { return a.value == b.value; }, py::arg("other"))
      .def_property_readonly("name", [](const held_policy& p) { return p.value.name; })
      .def_property_readonly("description", [](const held_policy& p) { return p.value.description; })
      .def_property_readonly("attributes", &attributes)
      .def_property_readonly("mapping", &mapping)
      .def_property_readonly("channels",
                             [](const held_policy& p) {
                               std::vector<std::string> ids;
                               for (const auto& c : p.value.profile.channels) ids.push_back(c.id);
                               return ids;
                             })
      .def_property_readonly("measures",
                             [](const held_policy& p) {
                               std::vector<std::string> columns;
                               for (const auto& measure : p.value.profile.measures) columns.push_back(measure.column);
                               return columns;
                             })
      .def_property_readonly("topic_columns",
                             [](const held_policy& p) {
                               std::vector<std::string> columns;
                               for (const auto& topic : p.value.profile.topics) columns.push_back(topic.column);
                               std::sort(columns.begin(), columns.end());
                               columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
                               return columns;
                             })
      .def_property_readonly("grades", [](const held_policy& p) { return p.value.segment.scheme.grades; })
      .def_property_readonly("identity_levels",
                             [](const held_policy& p) { return p.value.segment.scheme.identity_levels; })
      .def_property_readonly("engagement_levels",
                             [](const held_policy& p) { return p.value.segment.scheme.engagement_levels; })
      .def_property_readonly("unknown_as", &unknown_as)
      .def_property_readonly("tiers", &tiers)
      .def_property_readonly("tags", [](const held_policy& p) { return definitions_out(p.value.tags); })
      .def_property_readonly("tag_groups", [](const held_policy& p) { return groups_out(p.value.tag_groups); })
      .def_property_readonly("fixed_floors", &fixed_floors)
      .def_property_readonly("stability", &stability_of)
      .def_property_readonly("mover_policy", &mover_policy)
      .def_property_readonly("action_count", [](const held_policy& p) { return p.value.recommend.actions.size(); });
}

}  // namespace tierwise::python
