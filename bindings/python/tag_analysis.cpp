// What is wrong with a registry of tags.
#include <tierwise/tag/analysis.hpp>

#include "tag_registry.hpp"

namespace tierwise::python {

namespace {

using findings = py::typing::List<py_dict>;

py_dict part_out(const tag::rule_part& part) {
  py_dict out;
  out["tag"] = py::int_(part.tag);
  out["text"] = py::str(part.text);
  out["begin"] = py::int_(part.begin);
  out["end"] = py::int_(part.end);
  out["denied"] = py::bool_(part.denied);
  return out;
}

py_dict value_out(const tag::witness_value& value) {
  py_dict out;
  out["name"] = py::str(value.name);
  out["column"] = py::str(value.column);
  out["type"] = py::str(std::string(tag::name_of(value.type)));
  out["is_missing"] = py::bool_(value.is_missing);
  out["number"] = py::float_(value.number);
  out["text"] = py::str(value.text);
  out["shown"] = py::str(value.shown);
  return out;
}

findings findings_out(const std::vector<tag::finding>& all) {
  findings out;
  for (const tag::finding& f : all) {
    py_dict one;
    one["kind"] = py::str(std::string(tag::name_of(f.kind)));
    one["severity"] = py::str(std::string(tag::name_of(f.severity)));
    one["tags"] = py::cast(f.tags);
    one["part"] = f.part ? py::object(part_out(*f.part)) : py::none();
    py::list values, because;
    for (const tag::witness_value& value : f.values) values.append(value_out(value));
    for (const tag::rule_part& part : f.because) because.append(part_out(part));
    one["values"] = values;
    one["because"] = because;
    one["column"] = py::str(f.column);
    one["purpose"] = py::str(f.purpose);
    one["group"] = py::str(f.group);
    one["message_en"] = py::str(f.message_en);
    one["message_zh"] = py::str(f.message_zh);
    out.append(one);
  }
  return out;
}

findings analysed(const tag::analysis_input& what) {
  std::vector<tag::finding> found;
  {
    const py::gil_scoped_release unlocked;
    found = tag::analyse(what);
  }
  return findings_out(found);
}

}  // namespace

void register_tag_analysis(py::module_& m) {
  m.def(
      "analyse_tags",
      [](const std::vector<py::dict>& definitions, const std::vector<py::dict>& groups, const tag::schema& schema,
         std::vector<std::pair<std::string, std::string>> purposes, std::vector<std::string> forbidden,
         std::optional<std::vector<std::string>> used, bool all_channels, std::size_t most_steps) {
        tag::analysis_input what;
        for (const py::dict& one : definitions) what.definitions.push_back(definition_of(one));
        for (const py::dict& one : groups) what.groups.push_back(group_of(one));
        what.known = schema;
        what.purposes = std::move(purposes);
        what.forbidden = std::move(forbidden);
        what.used = std::move(used);
        what.all_channels = all_channels;
        what.most_steps = most_steps;
        return analysed(what);
      },
      py::arg("definitions"), py::arg("groups"), py::arg("schema"), py::arg("purposes"), py::arg("forbidden"),
      py::arg("used"), py::arg("all_channels"), py::arg("most_steps"));
  m.def(
      "analyse_policy_tags",
      [](const held_policy& policy, std::optional<std::vector<std::string>> used, std::size_t most_steps) {
        tag::analysis_input what;
        what.definitions = policy.value.tags;
        what.groups = policy.value.tag_groups;
        what.known = policy::schema_of(policy.value);
        for (const policy::attribute& a : policy.value.attributes) what.purposes.emplace_back(a.name, a.purpose);
        const auto& measures = policy.value.measure_purposes;
        what.purposes.insert(what.purposes.end(), measures.begin(), measures.end());
        what.forbidden = policy.value.forbidden_purposes;
        what.used = std::move(used);
        what.all_channels = true;
        what.most_steps = most_steps;
        return analysed(what);
      },
      py::arg("policy"), py::arg("used"), py::arg("most_steps"));
}

}  // namespace tierwise::python
